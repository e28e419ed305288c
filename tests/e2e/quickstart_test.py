"""tools/quickstart shows the main job and leaves nothing behind."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from harness import end_with_parent, needs_smbd, run, wait_until

# The script itself, not the link to it: it finds the repository by its own place.
SCRIPT = os.path.realpath("tools/quickstart")


def quickstart(*arguments):
    return subprocess.Popen([SCRIPT, "--programs", os.getcwd(), *arguments], stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                            preexec_fn=end_with_parent)


def is_free(port):
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", int(port))) != 0


class Quickstart(unittest.TestCase):

    def check_end(self, process, output):
        """It ended well, and what it told of is gone: its folder, and every port that it served."""
        self.assertEqual(process.returncode, 0, output)
        folder = re.search(r"unix:(/tmp/idlewarden-demo-[^/]+)/", output)
        self.assertTrue(folder, output)
        self.assertFalse(os.path.exists(folder.group(1)))
        ports = set(re.findall(r"127\.0\.0\.1:(\d+)", output))
        self.assertTrue(ports)
        wait_until(lambda: all(is_free(port) for port in ports), f"the ports {ports} are free again")

    def run_until(self, process, *patterns, decided=()):
        """Its whole output; Ctrl-C ends it as soon as it has told each of the patterns, and its agent has `decided`:
        (user, reason) pairs."""
        output = ""
        deadline = time.monotonic() + 180
        # It tells a summary every few seconds: no line is waited for longer than that.
        while not all(re.search(pattern, output) for pattern in patterns):
            line = process.stdout.readline()
            self.assertTrue(line and time.monotonic() < deadline, output)
            output += line
        if decided:
            agent = re.search(r"unix:\S+/control\.sock", output).group()
            wait_until(lambda: set(decided) <= self.decisions(agent), lambda: f"{decided} of {self.decisions(agent)}")
        process.send_signal(signal.SIGINT)
        output += process.stdout.read()
        process.wait(60)
        return output

    def decisions(self, agent):
        lines = run("idlewarden", "sessions", "--agent", agent, "-o", "json").stdout.splitlines()
        return {(session["user"], session["reason"]) for session in map(json.loads, lines)}

    def test_it_closes_and_shows(self):
        process = quickstart()
        output = self.run_until(process, r"closed, verified gone \(rule left-the-desk, idle \d+")
        self.check_end(process, output)
        self.assertRegex(output, r"http://127\.0\.0\.1:\d+/metrics")
        self.assertIn("Not closed, and why:", output)
        self.assertIn("protected by service-accounts", output)

    def test_it_ends_by_itself(self):
        process = quickstart("--for", "3s")
        output, _ = process.communicate(timeout=180)
        self.check_end(process, output)
        self.assertIn("Not closed, and why:", output)

    def test_ctrl_c_ends_it_cleanly(self):
        process = quickstart()
        output = self.run_until(process, "-- ")  # the first summary
        self.check_end(process, output)
        self.assertIn("Not closed, and why:", output)

    @needs_smbd
    def test_on_a_real_smbd_it_closes_by_age_and_spares_the_protected(self):
        process = quickstart("--samba")
        output = self.run_until(process, *(rf"{user} at 127\.0\.0\.5\d on smbd: closed" for user in ("alice", "bob")),
                                decided=[("carol", "protected"), ("dave", "collateral")])
        self.check_end(process, output)
        self.assertNotRegex(output, r"(carol|dave) at \S+ on smbd: closed")
        self.assertIn("a close would end somebody else's session too", output)

    def test_a_wrong_duration_is_wrong_usage(self):
        process = quickstart("--for", "soon")
        output, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 2)
        self.assertIn("soon", output)


if __name__ == "__main__":
    unittest.main()
