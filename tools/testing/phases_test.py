"""No test is left out of tools/test, whatever its tags are."""

import itertools
import re
import unittest

from tools.testing import phases

TAGS = ("e2e", "exclusive", "external", "local", "more_unsanitized", "no_asan", "no_sanitizer", "no_tsan", "no_ubsan")
COMBINATIONS = [tags for size in range(len(TAGS) + 1) for tags in itertools.combinations(TAGS, size)]


def runs(phase, tags):
    """As Bazel reads the flag that the phase gives it."""
    flag, = [flag for flag in phase.bazel_flags() if flag.startswith("--test_tag_filters=")]
    filters = re.fullmatch("--test_tag_filters=(.+)", flag).group(1).split(",")
    wanted = {text for text in filters if not text.startswith("-")}
    unwanted = {text[1:] for text in filters if text.startswith("-")}
    return not unwanted & set(tags) and (not wanted or bool(wanted & set(tags)))


class Phases(unittest.TestCase):

    def test_every_test_runs_with_sanitizers_or_without(self):
        for tags in COMBINATIONS:
            sanitized, plain = (runs(phases.BY_NAME[name], tags) for name in ("asan", "plain"))
            self.assertTrue(sanitized or plain, tags)
            self.assertEqual(sanitized and plain, sanitized and "more_unsanitized" in tags, tags)

    def test_the_parts_for_developers_are_everything_too(self):
        for tags in COMBINATIONS:
            self.assertNotEqual(runs(phases.BY_NAME["unit"], tags), runs(phases.BY_NAME["e2e"], tags), tags)

    def test_no_sanitizer_runs_what_it_cannot(self):
        for name in ("asan", "tsan"):
            for tag in ("e2e", "external", "no_sanitizer"):
                self.assertFalse(runs(phases.BY_NAME[name], (tag,)))
        self.assertFalse(runs(phases.BY_NAME["asan"], ("no_asan",)))
        self.assertFalse(runs(phases.BY_NAME["asan"], ("no_ubsan",)))
        self.assertFalse(runs(phases.BY_NAME["tsan"], ("no_tsan",)))

    def test_only_the_thread_sanitizer_looks_at_a_part(self):
        self.assertEqual({phase.name for phase in phases.BY_NAME.values() if phase.targets != ("//...",)}, {"tsan"})


if __name__ == "__main__":
    unittest.main()
