"""Runs one file of unittest cases and reports each case, by name, in the XML file that Bazel asks for.

    python3 tools/testing/unittest_xml.py PATH/TO/x_test.py [NAME…]

A run without cases fails. NAMEs (`Class.method`, or a part of it) choose cases; so does Bazel's --test_filter.
"""

import importlib.util
import os
import sys
import time
import unittest
from xml.etree import ElementTree


class Result(unittest.TextTestResult):
    """Collects (case, seconds, outcome, text) for the report."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.report = []
        self._started = 0.0

    def startTest(self, test):
        self._started = time.monotonic()
        super().startTest(test)

    def _add(self, test, outcome, text=""):
        self.report.append((test, time.monotonic() - self._started, outcome, text))

    def addSuccess(self, test):
        super().addSuccess(test)
        self._add(test, "passed")

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._add(test, "failure", self._exc_info_to_string(err, test))

    def addError(self, test, err):
        super().addError(test, err)
        self._add(test, "error", self._exc_info_to_string(err, test))

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._add(subtest, "failure", self._exc_info_to_string(err, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._add(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self._add(test, "passed")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self._add(test, "failure", "succeeded unexpectedly")


def write_xml(report, path, suite_name):
    suite = ElementTree.Element("testsuite", name=suite_name, tests=str(len(report)))
    for test, seconds, outcome, text in report:
        names = test.id().split(".")
        case = ElementTree.SubElement(
            suite, "testcase", classname=".".join(names[-2:-1]) or suite_name, name=names[-1], time=f"{seconds:.3f}")
        if outcome != "passed":
            child = ElementTree.SubElement(case, outcome, message=text.strip().splitlines()[-1] if text.strip() else "")
            child.text = text
    root = ElementTree.Element("testsuites")
    root.append(suite)
    for key, outcomes in (("failures", ("failure",)), ("errors", ("error",)), ("skipped", ("skipped",))):
        suite.set(key, str(sum(1 for entry in report if entry[2] in outcomes)))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def load(path, names):
    sys.path.insert(0, os.getcwd())
    sys.path.insert(1, os.path.dirname(os.path.abspath(path)))
    spec = importlib.util.spec_from_file_location(os.path.splitext(os.path.basename(path))[0], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    loader = unittest.TestLoader()
    if names:
        loader.testNamePatterns = [f"*{name}*" for name in names]
    return loader.loadTestsFromModule(module)


def main(argv):
    path = argv[1]
    names = argv[2:]
    if os.environ.get("TESTBRIDGE_TEST_ONLY"):
        names.append(os.environ["TESTBRIDGE_TEST_ONLY"])
    suite = load(path, names)
    if suite.countTestCases() == 0:
        print(f"{path}: no test cases", file=sys.stderr)
        return 1
    result = unittest.TextTestRunner(resultclass=Result, verbosity=2).run(suite)
    if os.environ.get("XML_OUTPUT_FILE"):
        write_xml(result.report, os.environ["XML_OUTPUT_FILE"], os.path.basename(path))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv))
