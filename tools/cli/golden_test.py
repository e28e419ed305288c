"""What the command line prints, to the letter: each case's output is compared with a file in testdata/golden.

UPDATE_GOLDEN=1 bazel run //tools/cli:golden_test writes the files anew; look at the difference before it is committed.
"""

import json
import os
import subprocess
import unittest

DATA = "tools/cli/testdata/"
IMPORTS = "tools/import/testdata/"
POLICY = ["--policy", DATA + "policy.yaml"]
WHO = ["--policy", DATA + "who.yaml", "--snapshot", DATA + "who.json"]
SESSIONS = ["--snapshot", DATA + "sessions.json"]

# Name of the golden file: the command line.
CASES = {
    "help": ["--help"],
    "help-check": ["check", "--help"],
    "help-preview": ["preview", "--help"],
    "help-diff": ["diff", "--help"],
    "help-test": ["test", "--help"],
    "help-dump": ["dump", "--help"],
    "help-record": ["record", "--help"],
    "help-import": ["import", "--help"],
    "import-get-smbsession": ["import", "--from", "get-smbsession", IMPORTS + "get-smbsession.json", "--server", "fs01",
                              "--taken-at", "2026-11-30T10:00:00Z"],
    "import-smbstatus": ["import", "--from", "smbstatus", IMPORTS + "smbstatus-4.17.json"],
    "import-net-session": ["import", "--from", "net-session", IMPORTS + "net-session.txt",
                           "--taken-at", "2026-11-30T10:00:00Z"],
    "import-other-format": ["import", "--from", "net-session", IMPORTS + "smbstatus-4.17.json"],
    "import-no-file": ["import", "--from", "smbstatus", IMPORTS + "nothing"],
    "help-audit": ["audit", "--help"],
    "help-audit-policies": ["audit", "policies", "--help"],
    "help-status": ["status", "--help"],
    "help-sessions": ["sessions", "--help"],
    "help-decisions": ["decisions", "--help"],
    "help-reload": ["reload", "--help"],
    "help-pause": ["pause", "--help"],
    "help-resume": ["resume", "--help"],
    "help-approve": ["approve", "--help"],
    "help-restore": ["restore", "--help"],
    "help-exempt": ["exempt", "--help"],
    "help-exempt-add": ["exempt", "add", "--help"],
    "usage-exempt-end": ["exempt", "add", "--user", "alice"],
    "version": ["--version"],
    "usage-none": [],
    "usage-command": ["previw"],
    "usage-option": ["preview", "--polcy", "x"],
    "usage-missing": ["preview", "--policy", "x"],
    "usage-format": ["preview"] + POLICY + SESSIONS + ["-o", "xml"],
    "usage-at": ["preview"] + POLICY + SESSIONS + ["--at", "yesterday"],
    "usage-credentials": ["record", "--address", "fs01"],
    "check-good": ["check", DATA + "policy.yaml"],
    "check-broken": ["check", DATA + "broken.yaml", DATA + "policy.yaml"],
    "check-broken-json": ["check", DATA + "broken.yaml", "-o", "json"],
    "check-warning": ["check", DATA + "warning.yaml"],
    "check-strict": ["check", "--strict", DATA + "warning.yaml"],
    "check-missing": ["check", DATA + "nothing.yaml"],
    "preview-table": ["preview"] + POLICY + SESSIONS,
    "preview-json": ["preview"] + POLICY + SESSIONS + ["-o", "json"],
    "preview-summary": ["preview"] + POLICY + SESSIONS + ["-o", "summary"],
    "preview-history": ["preview"] + POLICY + ["--snapshot", DATA + "history.jsonl"],
    "preview-several": ["preview"] + POLICY + ["--snapshot", DATA + "first.json", "--snapshot", DATA + "second.json"],
    "preview-several-wrong-order": ["preview"] + POLICY + ["--snapshot", DATA + "second.json",
                                                           "--snapshot", DATA + "first.json"],
    "preview-no-time": ["preview"] + POLICY + ["--snapshot", DATA + "timeless.json"],
    "preview-names": ["preview"] + POLICY + ["--snapshot", DATA + "names.json"],
    "preview-names-json": ["preview"] + POLICY + ["--snapshot", DATA + "names.json", "-o", "json"],
    "check-names": ["check", DATA + "names.yaml"],
    "check-directory": ["check", "tools/cli"],
    "check-missing-json": ["check", DATA + "nothing.yaml", "-o", "json"],
    "check-strict-json": ["check", "--strict", DATA + "warning.yaml", "-o", "json"],
    "check-list-file": ["check", DATA + "bad_list.yaml"],
    "help-explain": ["explain", "--help"],
    "explain": ["explain"] + POLICY + SESSIONS + ["--server", "fs01", "--client", "10.20.0.5", "--user", "ALICE"],
    "explain-nobody": ["explain"] + POLICY + SESSIONS + ["--server", "fs01", "--client", "10.20.0.5", "--user", "x"],
    "explain-for": ["explain"] + POLICY + ["--snapshot", DATA + "history.jsonl", "--server", "fs01",
                                           "--client", "10.20.0.5", "--user", "alice"],
    "explain-collateral": ["explain"] + POLICY + SESSIONS + ["--server", "nas1", "--client", "10.20.1.2",
                                                             "--user", "alice"],
    "explain-reason": ["explain", "--policy", DATA + "reasons.yaml"] + SESSIONS + [
        "--server", "fs01", "--client", "10.20.0.7", "--user", "svc-backup"],
    # Who is meant, where names of users and hosts are spelled in several ways.
    "preview-who": ["preview"] + WHO,
    "preview-who-summary": ["preview"] + WHO + ["-o", "summary"],
    "explain-address-only": ["explain"] + WHO + ["--server", "fs01", "--client", "10.0.0.9", "--user", "alice"],
    "explain-partly-qualified": ["explain"] + WHO + ["--server", "fs01", "--client", "10.0.0.9", "--user", "bob"],
    "explain-other-notation": ["explain"] + WHO + ["--server", "fs01", "--client", "10.0.0.8",
                                                   "--user", "sql@corp.example"],
    "explain-no-domain": ["explain"] + WHO + ["--server", "fs01", "--client", "pc-7", "--user", "sql"],
    "preview-reasons": ["preview", "--policy", DATA + "reasons.yaml"] + SESSIONS,
    "diff-table": ["diff", "--old", DATA + "warning.yaml", "--new", DATA + "policy.yaml"] + SESSIONS,
    "diff-json": ["diff", "--old", DATA + "warning.yaml", "--new", DATA + "policy.yaml"] + SESSIONS + ["-o", "json"],
    "diff-same": ["diff", "--old", DATA + "policy.yaml", "--new", DATA + "policy.yaml"] + SESSIONS,
    "dump": ["dump", "--policy", DATA + "policy.yaml"],
    "test-good": ["test", DATA + "policy_test.yaml"],
    "test-failing": ["test", DATA + "failing_test.yaml"],
    "preview-broken-policy": ["preview", "--policy", DATA + "broken.yaml"] + SESSIONS,
    "preview-broken-snapshot": ["preview"] + POLICY + ["--snapshot", DATA + "broken.json"],
    "preview-no-snapshot": ["preview"] + POLICY + ["--snapshot", DATA + "nothing.json"],
}


def run(arguments):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    return subprocess.run([os.path.abspath("tools/idlewarden")] + arguments, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=environment)


def transcript(arguments, done):
    return (f"$ idlewarden {' '.join(arguments)}\n{done.stdout}"
            f"--- stderr\n{done.stderr}--- exit status {done.returncode}\n")


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, name):
        got = transcript(CASES[name], run(CASES[name]))
        path = f"tools/cli/testdata/golden/{name}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            path = os.path.join(os.environ["BUILD_WORKSPACE_DIRECTORY"], path)
            with open(path, "w", encoding="utf-8") as file:
                file.write(got)
            return
        with open(path, encoding="utf-8") as file:
            self.assertEqual(got, file.read(), "UPDATE_GOLDEN=1 bazel run //tools/cli:golden_test updates it")

    def test_no_golden_file_is_left_over(self):
        files = {os.path.splitext(name)[0] for name in os.listdir("tools/cli/testdata/golden")}
        if not os.environ.get("UPDATE_GOLDEN"):
            self.assertEqual(files, set(CASES))


def _add(name):
    setattr(Golden, "test_" + name.replace("-", "_"), lambda self: self.check(name))


for _name in CASES:
    _add(_name)


class Contract(unittest.TestCase):
    """What scripts rely on, whatever the golden files say."""

    def test_json_of_preview_has_the_members_of_the_contract_in_order(self):
        lines = run(["preview"] + POLICY + SESSIONS + ["-o", "json"]).stdout.splitlines()
        self.assertEqual(len(lines), 12)
        for line in lines:
            self.assertEqual(list(json.loads(line)), [
                "server", "client", "user", "idle_seconds", "age_seconds", "open_files", "decision", "rule", "reason"])
        self.assertEqual(lines[0], '{"server":"fs01","client":"\\\\\\\\10.20.0.5","user":"alice","idle_seconds":1900,'
                         '"age_seconds":7200,"open_files":0,"decision":"close","rule":"kiosks","reason":"matched"}')

    def test_json_of_check_has_the_members_of_the_contract(self):
        lines = run(["check", DATA + "broken.yaml", "-o", "json"]).stdout.splitlines()
        self.assertGreaterEqual(len(lines), 3)
        for line in lines:
            self.assertEqual(list(json.loads(line)), ["file", "line", "column", "severity", "code", "message"])

    def test_output_that_cannot_be_written_is_a_failure(self):
        with open("/dev/full", "w", encoding="utf-8") as full:
            done = subprocess.run([os.path.abspath("tools/idlewarden"), "preview"] + POLICY + SESSIONS, stdout=full,
                                  stderr=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertIn("could not be written", done.stderr)


if __name__ == "__main__":
    unittest.main()
