"""SambaServer: a real smbd on loopback with users, a share and real client sessions kept open by smbclient.

    with SambaServer(users={"alice": "secret-a", "bob": "secret-b"}) as server:
        alice = server.open_session("alice", client_address="127.0.0.51")
        connect(server.address, server.port, server.user, server.password)   # may enumerate and delete
        assert alice.alive()                                                  # no request is sent
        alice.wait_closed(10)

Samba's own srvsvc answers: levels 0 and 1 only, idle 0 for all, a delete ends the client's whole connection.
"""

import os
import secrets

from smb_client import SmbClient
from smbd_process import SmbdProcess, wait_until, why_unavailable  # noqa: F401 (re-exported)

USER = "root"
# Anew for each run: while it runs, everybody on this machine can reach the port.
PASSWORD = secrets.token_urlsafe(18)


class SambaServer:
    """users: {name: password}, beside the administrator `user` with `password`."""

    def __init__(self, users, addresses=("127.0.0.1",), smb_config="", port=0):
        self.user, self.password = USER, PASSWORD
        self._users = dict(users)
        self._clients = []
        self.smbd = SmbdProcess(dict(users, **{USER: PASSWORD}), addresses, smb_config, port)
        self.address, self.port, self.directory = self.smbd.address, self.smbd.port, self.smbd.directory
        self._add_share()

    def _add_share(self):
        share = os.path.join(self.directory, "share")
        os.mkdir(share)
        os.chmod(share, 0o777)
        self.smbd.add_config("[share]\n  path = %s\n  read only = no\n" % share)

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
        # Enumeration wants BUILTIN\Administrators in the token, deletion wants uid 0: root gets the former, too.
        self.smbd.run("net", "groupmap", "add", "sid=S-1-5-32-544", "unixgroup=root", "type=builtin")
        self.smbd.start()
        self.port = self.smbd.port

    def stop(self):
        for client in self._clients:
            client.close()
        self._clients = []
        self.smbd.stop()

    def open_session(self, user, client_address="127.0.0.1"):
        """A real session, open until the server ends it or `close()` is called."""
        client = SmbClient(self.address, self.port, "share", user, self._users[user], client_address)
        self._clients.append(client)
        return client

    def freeze(self):
        self.smbd.freeze()

    def thaw(self):
        self.smbd.thaw()
