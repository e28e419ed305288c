"""Runs one test server as a child process, for tests in other languages.

    peer_main.py windows|samba|black-hole < JSON lines > JSON lines

The first line read holds the constructor's arguments; the first line written is {"ok": true, "result": {"address",
"port", "user", "password", "directory"}}, or {"skip": "reason"} where no smbd can run. Then each line {"cmd": METHOD,
arguments…} calls a method of WindowsPeer or SambaServer. For samba, `open_session` answers a number that
{"cmd": "alive"|"works"|"wait_closed"|"close_session", "session": N} take. End of input ends the server.
"""

import json
import os
import signal
import socket
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from samba_server import SambaServer  # noqa: E402
from smbd_process import why_unavailable  # noqa: E402
from windows_peer import WindowsPeer  # noqa: E402


class BlackHole:
    """Accepts connections and never answers: the kernel does so for a listening socket that nobody accepts from."""

    user = password = directory = ""

    def __init__(self, address="127.0.0.1"):
        self._socket = socket.create_server((address, 0), backlog=128)
        self.address, self.port = self._socket.getsockname()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()


class _Sessions:
    """Numbers for the clients of a SambaServer."""

    def __init__(self, server):
        self._server = server
        self._clients = []

    def open_session(self, **arguments):
        self._clients.append(self._server.open_session(**arguments))
        return len(self._clients) - 1

    def alive(self, session):
        return self._clients[session].alive()

    def works(self, session):
        return self._clients[session].works()

    def wait_closed(self, session, seconds):
        return self._clients[session].wait_closed(seconds)

    def open_file(self, session, name):
        self._clients[session].open_file(name)

    def close_session(self, session):
        self._clients[session].close()


def _answer(result):
    print(json.dumps(result), flush=True)


def _serve(server):
    sessions = _Sessions(server)
    _answer({"ok": True, "result": {name: getattr(server, name)
                                    for name in ("address", "port", "user", "password", "directory")}})
    for line in sys.stdin:
        try:
            command = json.loads(line)
            name = command.pop("cmd")
            method = getattr(sessions, name, None) or getattr(server, name, None) or getattr(server.smbd, name)
            _answer({"ok": True, "result": method(**command)})
        except Exception as error:  # whatever a test sends wrongly, tell it
            _answer({"ok": False, "error": "%s: %s" % (type(error).__name__, error)})


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    kind, arguments = sys.argv[1], json.loads(sys.stdin.readline())
    if kind == "black-hole":
        server = BlackHole(**arguments)
    else:
        reason = why_unavailable()
        if reason:
            _answer({"skip": reason})
            return
        server = {"windows": WindowsPeer, "samba": SambaServer}[kind](**arguments)
    with server:
        _serve(server)


if __name__ == "__main__":
    main()
