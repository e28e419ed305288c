"""Test cases are counted from what Bazel and the tests write: a wrong count would hide a failure."""

import json
import os
import tempfile
import unittest

from tools.testing import test_results
from tools.testing.test_results import Case

GTEST_XML = """<testsuites><testsuite name="A">
<testcase name="Good" classname="A" status="run" result="completed"/>
<testcase name="Bad" classname="A" status="run"><failure message="x.cc:3&#x0A;wrong"/></testcase>
<testcase name="Skipped" classname="A" status="run" result="skipped"><skipped message="x.cc:9&#x0A;no root"/></testcase>
<testcase name="DISABLED_Off" classname="A" status="notrun" result="suppressed"/>
</testsuite></testsuites>"""

PLAIN_XML = '<testsuites><testsuite name="p/t"><testcase name="p/t" status="run"/></testsuite></testsuites>'


class Results(unittest.TestCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        return path

    def events(self, *events):
        return test_results.read_events(self.write("events.json", "\n".join(json.dumps(event) for event in events)))

    def result(self, status, xml=None):
        outputs = [{"name": "test.log", "uri": "file:///logs/test.log"}]
        if xml:
            outputs.append({"name": "test.xml", "uri": "file://" + self.write("test.xml", xml)})
        return {"id": {"testResult": {"label": "//p:t"}}, "testResult": {"status": status, "testActionOutput": outputs}}

    def test_each_case_is_read_with_its_reason(self):
        self.assertEqual(self.events(self.result("FAILED", GTEST_XML)), [
            Case("//p:t A.Good", "passed"),
            Case("//p:t A.Bad", "failed", "x.cc:3 wrong"),
            Case("//p:t A.Skipped", "skipped", "x.cc:9 no root"),
            Case("//p:t A.DISABLED_Off", "skipped", "disabled in its source"),
        ])

    def test_a_plain_shell_test_is_one_case(self):
        self.assertEqual(self.events(self.result("PASSED", PLAIN_XML)), [Case("//p:t", "passed")])

    def test_a_crash_after_passed_cases_is_a_failure(self):
        cases = self.events(self.result("FAILED", PLAIN_XML))
        self.assertEqual([case.outcome for case in cases], ["passed", "failed"])

    def test_a_timeout_without_report_is_a_failure(self):
        case, = self.events(self.result("TIMEOUT"))
        self.assertEqual(case, Case("//p:t", "failed", "TIMEOUT: see /logs/test.log"))

    def test_a_broken_report_is_no_pass_of_a_failed_test(self):
        case, = self.events(self.result("FAILED", "<testsuites><test"))
        self.assertEqual(case.outcome, "failed")

    def test_a_target_that_does_not_build_is_a_failure(self):
        case, = self.events({"id": {"targetCompleted": {"label": "//p:t"}}, "completed": {"success": False}})
        self.assertEqual(case, Case("//p:t", "failed", "does not build"))

    def test_no_event_file_means_no_case(self):
        self.assertEqual(test_results.read_events(os.path.join(self.folder, "none")), [])

    def test_a_case_counts_once_and_its_worst_run_counts(self):
        merged = test_results.merge([Case("a", "passed"), Case("a", "failed", "why"), Case("a", "passed"),
                                     Case("b", "skipped", "why"), Case("b", "passed"), Case("c", "skipped", "why")])
        self.assertEqual(merged, [Case("a", "failed", "why"), Case("b", "passed"), Case("c", "skipped", "why")])
        self.assertEqual(test_results.summary(test_results.count(merged)), "1 passed, 1 failed, 1 skipped")


if __name__ == "__main__":
    unittest.main()
