"""The single test cases of a run of Bazel, from its event file and the XML report of each test."""

import json
import os
import urllib.parse
from typing import NamedTuple
from xml.etree import ElementTree


class Case(NamedTuple):
    name: str  # //package:target Class.case
    outcome: str  # passed | failed | skipped
    reason: str = ""  # of a failure or a skip, one line


def read_events(path):
    """The cases of the run that wrote the build event file `path`; a target that could not run is a failed case."""
    cases = []
    for event in _events(path):
        identity = event.get("id", {})
        if "testResult" in identity and "testResult" in event:
            cases += _cases_of_result(identity["testResult"]["label"], event["testResult"])
        elif "targetCompleted" in identity and _is_failed_test_target(event):
            cases.append(Case(identity["targetCompleted"]["label"], "failed", "does not build"))
        elif "aborted" in event and "unconfiguredLabel" in identity:
            cases.append(Case(identity["unconfiguredLabel"]["label"], "failed",
                              event["aborted"].get("description", "aborted").strip().split("\n")[0]))
    return cases


def _events(path):
    if not os.path.exists(path):
        return
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _is_failed_test_target(event):
    # A target that fails to build is reported with success left out; with --keep_going others go on.
    return "completed" in event and not event["completed"].get("success", False)


def _cases_of_result(label, result):
    passed = result.get("status") in ("PASSED", "FLAKY")
    files = {output["name"]: _file_path(output.get("uri", "")) for output in result.get("testActionOutput", [])}
    cases = cases_of_xml(label, files.get("test.xml"))
    if not passed and not any(case.outcome == "failed" for case in cases):
        log = files.get("test.log", "no log")
        cases.append(Case(label, "failed", f"{result.get('status', 'no status')}: see {log}"))
    if passed and not cases:
        cases.append(Case(label, "passed"))
    return cases


def _file_path(uri):
    return urllib.parse.unquote(urllib.parse.urlparse(uri).path)


def cases_of_xml(label, path):
    """The cases of one test's report; none if it wrote none that can be read."""
    if not path or not os.path.exists(path):
        return []
    try:
        root = ElementTree.parse(path).getroot()
    except ElementTree.ParseError:
        return []
    return [_case(label, element) for element in root.iter("testcase")]


def _case(label, element):
    short = element.get("name", "")
    if element.get("classname"):
        short = element.get("classname") + "." + short
    # The report that Bazel writes for a plain shell test has one case, named as the target.
    name = label if short == label.lstrip("/").replace(":", "/") else f"{label} {short}"
    for tag in ("failure", "error"):
        found = element.find(tag)
        if found is not None:
            return Case(name, "failed", _first_line(found))
    found = element.find("skipped")
    if found is not None:
        return Case(name, "skipped", _first_line(found))
    if element.get("status") == "notrun":
        return Case(name, "skipped", "disabled in its source")
    return Case(name, "passed")


def _first_line(element):
    text = (element.get("message") or element.text or "").strip()
    # GoogleTest puts the place in a line of its own before a skip's message.
    lines = [line for line in text.split("\n") if line.strip()]
    return " ".join(lines[:2])[:200]


def merge(cases):
    """One entry a case: failed if it failed anywhere, else passed if it passed anywhere, else skipped."""
    order = ["skipped", "passed", "failed"]
    merged = {}
    for case in cases:
        known = merged.get(case.name)
        if known is None or order.index(case.outcome) > order.index(known.outcome):
            merged[case.name] = case
    return list(merged.values())


def count(cases):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for case in cases:
        counts[case.outcome] += 1
    return counts


def summary(counts):
    return f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
