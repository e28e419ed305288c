"""netsessiondel as a process, against a real smbd and the Windows-like peer."""

import os
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "peer"))

from samba_server import SambaServer  # noqa: E402
from smbd_process import wait_until, why_unavailable  # noqa: E402
from windows_peer import WindowsPeer  # noqa: E402

PROGRAM = os.path.join(ROOT, "tools", "netsessiondel")
WORKER = os.path.join(ROOT, "agent", "smb_worker", "idlewarden-smb-worker")


class NetSessionDelTest(unittest.TestCase):

    def setUp(self):
        reason = why_unavailable()
        if reason:
            self.skipTest(reason)
        self._folder = tempfile.TemporaryDirectory()
        self.addCleanup(self._folder.cleanup)

    def run_against(self, server, *words, password=None):
        """(exit status, standard output, standard error) with the server's administrator as credentials."""
        path = os.path.join(self._folder.name, "credentials.yaml")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write("user: %s\npassword: %s\n" % (server.user, password or server.password))
        done = subprocess.run([PROGRAM, "\\\\" + server.address, *words, "--port", str(server.port),
                               "--credentials-file", path, "--smb-worker", WORKER, "--timeout", "60"],
                              capture_output=True, text=True, timeout=120, check=False)
        return done.returncode, done.stdout, done.stderr

    def test_samba(self):
        with SambaServer(users={"alice": "a-pass", "bob": "b-pass"}) as server:
            alice = server.open_session("alice", client_address="127.0.0.51")
            bob = server.open_session("bob", client_address="127.0.0.52")
            status, out, err = self.run_against(server, "\\\\127.0.0.51", "alice")
            self.assertEqual(status, 0, err)
            self.assertIn("NERR_Success (0)", out)
            self.assertIn("1 session of alice from 127.0.0.51", out)
            self.assertTrue(alice.wait_closed(90))
            self.assertTrue(bob.works())
            # smbd ends the connection first, and its list follows.
            again = []
            wait_until(lambda: again.append(self.run_against(server, "\\\\127.0.0.51", "alice")) or again[-1][0] != 0,
                       90, "the session is off the list")
            status, _, err = again[-1]
            self.assertEqual(status, 1)
            self.assertIn("ERROR_ACCESS_DENIED (5)", err)
            self.assertIn("no such session is listed", err)
            # All users of a client, and then everybody: the program's own session goes with them.
            self.assertEqual(self.run_against(server, "\\\\127.0.0.52")[0], 2)
            self.assertEqual(self.run_against(server, "\\\\127.0.0.52", "--all-users")[0], 0)
            self.assertTrue(bob.wait_closed(90))
            alice = server.open_session("alice", client_address="127.0.0.51")
            status, out, err = self.run_against(server, "--all-clients", "--all-users")
            self.assertEqual(status, 0, err)
            self.assertTrue(alice.wait_closed(90))

    def test_windows(self):
        sessions = [{"client": "2001:db8::7", "user": "alice", "age": 100},
                    {"client": "10.0.0.5", "user": "bob", "age": 100}]
        with WindowsPeer(sessions) as server:
            status, out, err = self.run_against(server, "\\\\2001:db8::7", "ALICE")
            self.assertEqual(status, 0, err)
            self.assertEqual(server.deletes()[-1]["client"], "\\\\[2001:db8::7]")
            status, _, err = self.run_against(server, "\\\\2001:db8::7", "alice")
            self.assertEqual(status, 1)
            self.assertIn("NERR_ClientNameNotFound (2312)", err)
            server.fault(op="del", error=8, count=1)
            self.assertIn("ERROR_NOT_ENOUGH_MEMORY (8)", self.run_against(server, "\\\\10.0.0.5", "bob")[2])
            server.fault(op="del", error=5, count=1)
            status, _, err = self.run_against(server, "\\\\10.0.0.5", "bob")
            self.assertEqual(status, 1)
            self.assertIn("ERROR_ACCESS_DENIED (5)", err)
            server.fault(op="del", drop="after", count=1)
            self.assertEqual(self.run_against(server, "bob", "--all-clients")[0], 0)
            self.assertEqual([s for s in server.sessions() if s["user"] == "bob"], [])
            status, _, err = self.run_against(server, "--all-clients", "--all-users")
            self.assertEqual(status, 1)
            self.assertIn("ERROR_INVALID_PARAMETER (87)", err)

    def test_failures_of_the_transport(self):
        with WindowsPeer() as server:
            status, _, err = self.run_against(server, "\\\\10.0.0.5", "bob", password="wrong-one")
            self.assertEqual(status, 1)
            self.assertIn("ERROR_LOGON_FAILURE (1326)", err)
            self.assertNotIn("wrong-one", err)
            self.assertEqual(server.deletes(), [])
            server.port = 1
            self.assertIn("ERROR_CONNECTION_REFUSED (1225)", self.run_against(server, "\\\\10.0.0.5", "bob")[2])

    def test_usage(self):
        done = subprocess.run([PROGRAM], capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("[\\\\ServerName] [\\\\ClientName] [UserName]", done.stderr)


if __name__ == "__main__":
    unittest.main()
