"""Each example policy has tests, and they pass."""

import glob
import os
import subprocess
import unittest

POLICIES = "config/policies"
IDLEWARDEN = os.path.abspath("tools/idlewarden")


class PolicyTests(unittest.TestCase):

    def test_every_example_policy_has_tests(self):
        policies = {os.path.basename(path)[:-len(".yaml")] for path in glob.glob(f"{POLICIES}/*.yaml")}
        tests = {os.path.basename(path)[:-len("_test.yaml")] for path in glob.glob(f"{POLICIES}/tests/*_test.yaml")}
        self.assertTrue(policies)
        self.assertEqual(policies, tests)

    def test_they_pass(self):
        for path in sorted(glob.glob(f"{POLICIES}/tests/*_test.yaml")):
            with self.subTest(path):
                done = subprocess.run([IDLEWARDEN, "test", path], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
