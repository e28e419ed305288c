"""tools/install-packages installs what is missing, says what and why, and is silent when nothing is."""

import os
import stat
import subprocess
import tempfile
import unittest

SCRIPT = os.path.abspath("tools/install-packages")


class InstallPackages(unittest.TestCase):
    """Every command that would change the machine is a fake that only writes down how it was called."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        for name in ("apt-get", "tee", "chmod", "rm", "systemctl"):
            self.fake(name, f'echo "{name} $*" >> {self.folder}/calls\nexit 0')
        # A user without root would go through sudo.
        self.fake("sudo", '"$@"')

    def fake(self, name, body):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("#!/bin/sh\n" + body + "\n")
        os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)

    def run_script(self, *arguments, missing=(), apt_fails=False):
        absent = " ".join(missing)
        self.fake("dpkg-query", f'for last; do :; done\ncase " {absent} " in *" $last "*) exit 1;; esac\n'
                                'printf installed')
        if apt_fails:
            self.fake("apt-get", "exit 100")
        done = subprocess.run([SCRIPT, *arguments], capture_output=True, text=True,
                              env={"PATH": f"{self.folder}:/usr/bin:/bin"})
        calls = ""
        if os.path.exists(self.folder + "/calls"):
            with open(self.folder + "/calls", encoding="utf-8") as file:
                calls = file.read()
        return done, calls

    def test_nothing_is_said_or_done_when_all_is_there(self):
        done, calls = self.run_script("--dev")
        self.assertEqual((done.returncode, done.stdout, done.stderr, calls), (0, "", "", ""))

    def test_only_what_is_missing_is_installed_and_named_with_its_reason(self):
        done, calls = self.run_script(missing=["libabsl-dev", "samba-dev", "prometheus"])
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("libabsl-dev", done.stderr)
        self.assertIn("SMB client library of the worker", done.stderr)
        install, = [line for line in calls.splitlines() if " install " in line]
        self.assertTrue(install.endswith(" libabsl-dev samba-dev"), install)
        self.assertIn("DPkg::Lock::Timeout=300", install)
        self.assertEqual(sum(" update" in line for line in calls.splitlines()), 1)

    def test_services_are_neither_started_nor_enabled(self):
        _, calls = self.run_script("--dev", missing=["samba", "prometheus", "prometheus-alertmanager"])
        self.assertIn("systemctl disable smbd.service", calls)
        self.assertIn("systemctl disable prometheus.service", calls)
        self.assertIn("systemctl disable prometheus-alertmanager.service", calls)
        if not os.path.exists("/usr/sbin/policy-rc.d"):
            self.assertLess(calls.index("tee /usr/sbin/policy-rc.d"), calls.index(" install "))
            self.assertGreater(calls.index("rm -f /usr/sbin/policy-rc.d"), calls.index(" install "))

    def test_a_failed_installation_is_a_failure(self):
        done, _ = self.run_script(missing=["libabsl-dev"], apt_fails=True)
        self.assertNotEqual(done.returncode, 0)

    def test_wrong_usage(self):
        done, _ = self.run_script("--frobnicate")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--frobnicate", done.stderr)

    def test_every_package_has_a_reason(self):
        done, _ = self.run_script("--list", "--dev")
        for line in done.stdout.splitlines():
            self.assertGreaterEqual(len(line.split(maxsplit=1)), 2, line)


if __name__ == "__main__":
    unittest.main()
