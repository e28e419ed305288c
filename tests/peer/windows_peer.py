"""WindowsPeer: a server on loopback that speaks real SMB and answers the session calls as Windows does.

A real smbd carries the transport (SMB2/3, signing, NTLM); srvsvc_process.py answers \\PIPE\\srvsvc in place of Samba.

    with WindowsPeer([{"client": "10.0.0.1", "user": "alice", "age": 7200, "idle": 3600, "open_files": 2}]) as peer:
        connect(peer.address, peer.port, peer.user, peer.password)
        peer.touch(user="alice")        # idle back to 0
        peer.advance(900)               # a quarter of an hour passes for all sessions
        peer.fault(op="del", drop="after", count=1)
        assert peer.deletes() == []

As a program it reads the same methods as JSON lines, for tests in other languages: see peer_main.py.
"""

import json
import os
import secrets
import socket
import subprocess
import sys

from smbd_process import SmbdProcess, why_unavailable  # noqa: F401 (re-exported)

USER = "root"
# Anew for each run: while it runs, everybody on this machine can reach the port.
PASSWORD = secrets.token_urlsafe(18)


class WindowsPeer:
    """sessions: a list of dicts (fields: session_table.Session; `repeat`: N), or {address: list} for several servers
    on one port. Times run with the wall clock unless a session is `frozen`. users: more {name: password} than root.
    admins: who may enumerate and delete; None is everybody. list_own: whether the caller's own connection is listed,
    as on Windows. smb_config: more [global] lines for smbd."""

    def __init__(self, sessions=(), addresses=("127.0.0.1",), users=None, admins=None, list_own=True, smb_config="",
                 port=0):
        servers = sessions if isinstance(sessions, dict) else {address: list(sessions) for address in addresses}
        self.user, self.password = USER, PASSWORD
        # With on-demand helpers samba-dcerpcd would start at some time and take the srvsvc socket for itself.
        self.smbd = SmbdProcess(dict(users or {}, **{USER: PASSWORD}), list(servers),
                                smb_config + "\n  rpc start on demand helpers = no", port)
        self.address, self.port = self.smbd.address, self.smbd.port
        self.directory = self.smbd.directory
        self._settings = {"servers": servers, "admins": admins, "list_own": list_own}
        self._service = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "srvsvc_process.py")
        self._service = subprocess.Popen([sys.executable, program, self.directory], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, text=True, start_new_session=True)
        json.dump(self._settings, self._service.stdin)
        self._service.stdin.close()
        if self._service.stdout.readline().strip() != "ready":
            raise RuntimeError("srvsvc_process.py did not start")
        self.smbd.start()
        self.port = self.smbd.port

    def stop(self):
        if self._service is not None:
            self._service.kill()
            self._service.wait()
            self._service.stdout.close()
            self._service = None
        self.smbd.stop()

    def control(self, cmd, **arguments):
        with socket.socket(socket.AF_UNIX) as sock:
            sock.connect(os.path.join(self.directory, "control"))
            sock.sendall((json.dumps(dict(arguments, cmd=cmd)) + "\n").encode())
            with sock.makefile() as lines:
                answer = json.loads(lines.readline())
        if not answer["ok"]:
            raise RuntimeError(answer["error"])
        return answer["result"]

    # match: server=address, client=glob, user=glob, ignoring case.

    def sessions(self, **match):
        return self.control("list", **match)

    def touch(self, **match):
        """The sessions become busy: idle 0. How many."""
        return self.control("touch", **match)

    def change(self, changes, **match):
        return self.control("set", changes=changes, **match)

    def add(self, **fields):
        """One more session, at all addresses or at server=address."""
        self.control("add", **fields)

    def remove(self, **match):
        return self.control("remove", **match)

    def advance(self, seconds):
        self.control("advance", seconds=seconds)

    def fault(self, **rule):
        """See faults.FaultRules."""
        self.control("fault", **rule)

    def clear_faults(self):
        self.control("clear_faults")

    def cut(self, via="tcp"):
        """Closes all present connections. How many."""
        return self.control("cut", via=via)

    def deletes(self):
        """Every NetrSessionDel received: server, caller, client, user, status (None: not answered), ended rows."""
        return self.control("deletes")

    def calls(self):
        """Every call received, in order: {"op": "enum", "level": 502, …}."""
        return self.control("calls")

    def freeze(self):
        self.smbd.freeze()

    def thaw(self):
        self.smbd.thaw()
