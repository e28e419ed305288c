"""SmbClient: a real client session that stays open: smbclient behind a relay that gives it a client address.

Everything that connects on this machine comes from 127.0.0.1. The relay binds the address it is told (any of
127.0.0.0/8) before it connects, so a server sees clients with addresses of their own.
"""

import os
import selectors
import socket
import subprocess
import tempfile
import threading
import time


class _Relay:
    """One connection: accepts on loopback, connects onwards from `client_address`."""

    def __init__(self, server, client_address):
        self._server, self._client_address = server, client_address
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.connected = threading.Event()
        self.closed_by_server = threading.Event()
        self._sockets = []
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        near = far = None
        try:
            near, _ = self._listener.accept()
            far = socket.create_connection(self._server, source_address=(self._client_address, 0))
            self._sockets = [near, far]
            self.connected.set()
            self._copy(near, far)
        except OSError:
            self.closed_by_server.set()
        finally:
            for sock in (near, far, self._listener):
                if sock is not None:
                    sock.close()

    def _copy(self, near, far):
        with selectors.DefaultSelector() as selector:
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in selector.select():
                    data = key.fileobj.recv(65536)
                    if not data:
                        if key.fileobj is far:
                            self.closed_by_server.set()
                        return
                    key.data.sendall(data)

    def close(self):
        for sock in (self._listener, *self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class SmbClient:
    """A session of `user` on `share`, from `client_address` as the server sees it. Context manager."""

    def __init__(self, address, port, share, user, password, client_address="127.0.0.1", environment=None):
        self.user, self.client_address = user, client_address
        self._relay = _Relay((address, port), client_address)
        with tempfile.NamedTemporaryFile("w", prefix="smbclient-", delete=False) as file:
            file.write("username = %s\npassword = %s\n" % (user, password))
            self._login = file.name
        # Without a terminal smbclient's output would stay in its buffer, and it selects on its input before each
        # buffered read: a socket of packets hands it one line a read, so none waits in the buffer.
        self._input, input_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process = subprocess.Popen(
            ["stdbuf", "-oL", "smbclient", "//127.0.0.1/" + share, "-p", str(self._relay.port), "-A", self._login,
             "-s", "/dev/null"],
            stdin=input_end, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
        input_end.close()
        self._commands = 0
        greeting = self.command("")
        os.unlink(self._login)
        if "Try \"help\"" not in greeting:
            self.close()
            raise RuntimeError("smbclient as %s: %s" % (user, greeting))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def command(self, text):
        """What smbclient answers to one of its commands. A command of the shell marks the end of the answer."""
        self._commands += 1
        mark = "end-of-answer-%d" % self._commands
        try:
            for line in (text, "!echo " + mark):
                self._input.send(line.encode() + b"\n")
        except OSError:
            return "NT_STATUS_CONNECTION_DISCONNECTED"
        return self._read_until(mark, 90)

    def _read_until(self, mark, seconds):
        output = b""
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while mark.encode() not in output and time.monotonic() < deadline:
                if selector.select(0.2):
                    data = os.read(self._process.stdout.fileno(), 65536)
                    if not data:
                        return output.decode(errors="replace") + "NT_STATUS_CONNECTION_DISCONNECTED"
                    output += data
        return output.decode(errors="replace")

    def works(self):
        """Whether a request still succeeds on this session. Counts as activity, and smbclient does not reconnect."""
        answer = self.command("ls")
        return "end-of-answer" in answer and "NT_STATUS_" not in answer

    def open_file(self, name):
        """Creates a file and keeps it open."""
        with tempfile.NamedTemporaryFile("w", prefix="smbclient-") as local:
            local.write("x")
            local.flush()
            self.command("put %s %s" % (local.name, name))
        answer = self.command("open " + name)
        if "NT_STATUS_" in answer:
            raise RuntimeError(answer)

    def alive(self):
        """Whether the server has kept the connection: no request is sent, so this is no activity."""
        return not self._relay.closed_by_server.is_set() and self._process.poll() is None

    def wait_closed(self, seconds):
        """Waits until the server ends the connection; False if it does not within that time."""
        return self._relay.closed_by_server.wait(seconds)

    def close(self):
        self._relay.close()
        self._process.kill()
        self._process.wait()
        self._input.close()
        self._process.stdout.close()
