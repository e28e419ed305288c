"""The runs of Bazel that tools/test is made of, and which tests each of them takes, by their tags.

Unit and component tests run once, under the address and undefined-behaviour sanitizers. In the plain build run the
end-to-end tests, and the tests that the sanitizers cannot run or that do less with them. Every test is in one of the
two: the plain phase asks for each tag that the sanitized one leaves out.
"""

from typing import NamedTuple

_NOT_SANITIZED = ("e2e", "external", "no_asan", "no_ubsan", "no_sanitizer")
_MORE_IN_PLAIN = ("more_unsanitized",)  # with sanitizers they run as well, on fewer cases

# The thread sanitizer looks at what has threads: everything else would be compiled for nothing.
_THREADED = ("//agent/app/...", "//agent/clock/...", "//agent/control/...", "//agent/inhibitors/...", "//agent/log/...",
             "//agent/http/...", "//agent/loop/...", "//agent/metrics/...", "//agent/overrides/...", "//agent/servers/...", "//agent/smb_worker/...",
             "//agent/threads/...", "//policy/model/...", "//policy/planner:parallel_test")


class Phase(NamedTuple):
    name: str
    title: str
    any_of: tuple = ()  # a test needs one of these tags, if there are any
    none_of: tuple = ()  # and none of these
    flags: tuple = ()  # of `bazel test`
    targets: tuple = ("//...",)

    def bazel_flags(self):
        filters = list(self.any_of) + ["-" + tag for tag in self.none_of]
        return list(self.flags) + (["--test_tag_filters=" + ",".join(filters)] if filters else [])


# Sanitized builds get output folders of their own, so that going back and forth between them rebuilds nothing. Of these
# only the first builds what no test needs, too: benchmarks and generators.
ALL = (
    Phase("asan", "address and undefined-behaviour sanitizer", none_of=_NOT_SANITIZED,
          flags=("--config=asan", "--config=ubsan", "--platform_suffix=asan")),
    Phase("plain", "without sanitizers: end-to-end tests, and what sanitizers cannot run",
          any_of=_NOT_SANITIZED + _MORE_IN_PLAIN, flags=("--build_tests_only",)),
    Phase("tsan", "thread sanitizer", none_of=("no_tsan", "no_sanitizer", "e2e", "external"),
          flags=("--config=tsan", "--platform_suffix=tsan", "--build_tests_only"), targets=_THREADED),
)

# Parts for whoever is developing.
QUICK = Phase("unit", "unit and component tests without sanitizers", none_of=("e2e",))
_END_TO_END = Phase("e2e", "end-to-end tests, with real processes", any_of=("e2e",), flags=("--build_tests_only",))

BY_NAME = {phase.name: phase for phase in (*ALL, QUICK, _END_TO_END)}
