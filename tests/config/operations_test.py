"""Alert rules, scrape configuration and systemd unit are valid by the tools that will read them."""

import os
import re
import shutil
import subprocess
import unittest

PROMETHEUS = "config/prometheus"
UNIT = "config/systemd/idlewardend.service"


def run(*command, cwd=None):
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True)


@unittest.skipUnless(shutil.which("promtool"), "promtool is not installed (package prometheus)")
class Prometheus(unittest.TestCase):

    def test_alert_rules_are_clean(self):
        done = run("promtool", "check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml", cwd=PROMETHEUS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_fires_where_it_should_and_only_there(self):
        done = run("promtool", "test", "rules", "alerts_test.yaml", cwd=PROMETHEUS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_every_alert_is_tested(self):
        with open(os.path.join(PROMETHEUS, "alerts.yaml"), encoding="utf-8") as file:
            alerts = set(re.findall(r"- alert: (\w+)", file.read()))
        with open(os.path.join(PROMETHEUS, "alerts_test.yaml"), encoding="utf-8") as file:
            text = file.read()
        silent = set(re.findall(r"alertname: (\w+)\}", text))
        firing = set(re.findall(r'alertname="(\w+)"', text))
        self.assertTrue(alerts)
        self.assertEqual(alerts, silent)
        self.assertEqual(alerts, firing)

    def test_scrape_configuration_is_valid(self):
        done = run("promtool", "check", "config", "prometheus.yaml", cwd=PROMETHEUS)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


@unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed (package systemd)")
class SystemdUnit(unittest.TestCase):

    def test_unit_is_understood(self):
        # The program is not installed here, which is the only complaint allowed.
        done = run("systemd-analyze", "verify", "--man=no", UNIT)
        complaints = [line for line in done.stderr.splitlines() if "is not executable" not in line]
        self.assertEqual(complaints, [])

    def test_unit_is_locked_down(self):
        done = run("systemd-analyze", "security", "--offline=true", "--threshold=20", UNIT)
        self.assertEqual(done.returncode, 0, done.stdout[-200:] + done.stderr)


if __name__ == "__main__":
    unittest.main()
