"""UnsignedRelay: stands before an SMB server, whose answers lose their signatures on the way.

A server that does not sign cannot be had from smbd, whose `server signing = disabled` counts for SMB1 only. To a client
this one looks like it, and like somebody who changes answers on their way. Two answers keep their signature, because
Samba's client wants it whatever it is told: those to the tree connect and to the validation of the negotiation.

    with WindowsPeer(smb_config="  server max protocol = SMB2_10") as peer, UnsignedRelay(peer) as relay:
        connect(relay.address, relay.port)      # as the peer otherwise

SMB 3.1.1 has more signatures that no client does without, so the server is to speak SMB 2.
"""

import socket
import struct
import threading

# [MS-SMB2] 2.2.1, 2.2.31
_SIGNED = 8
_TREE_CONNECT = 3
_IOCTL = 11
_VALIDATE_NEGOTIATE_INFO = 0x00140204


def _keeps_signature(message, at):
    command, = struct.unpack_from("<H", message, at + 12)
    return command == _TREE_CONNECT or (
        command == _IOCTL and message[at + 68:at + 72] == struct.pack("<I", _VALIDATE_NEGOTIATE_INFO))


def without_signature(message):
    """An SMB2 message, which may be a chain of them, with its signatures taken out."""
    message = bytearray(message)
    at = 0
    while message[at:at + 4] == b"\xfeSMB" and len(message) >= at + 64:
        flags, following = struct.unpack_from("<II", message, at + 16)
        if flags & _SIGNED and not _keeps_signature(message, at):
            struct.pack_into("<I", message, at + 16, flags & ~_SIGNED)
            message[at + 48:at + 64] = bytes(16)
        if not following:
            break
        at += following
    return bytes(message)


class UnsignedRelay:
    """`server`: anything with address, port, user and password."""

    def __init__(self, server):
        self.user, self.password = server.user, server.password
        self._server = (server.address, server.port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address, self.port = self._listener.getsockname()
        self._sockets = []

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        for sock in (self._listener, *self._sockets):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            sock.close()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._server)
            except OSError:
                return
            self._sockets += [near, far]
            for copy, source, target in ((self._copy, near, far), (self._copy_unsigned, far, near)):
                threading.Thread(target=self._run, args=(copy, source, target), daemon=True).start()

    @staticmethod
    def _run(copy, source, target):
        try:
            copy(source, target)
        except OSError:
            pass
        for sock in (source, target):
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @staticmethod
    def _copy(source, target):
        while data := source.recv(65536):
            target.sendall(data)

    @staticmethod
    def _copy_unsigned(source, target):
        # Each message has its length before it, in four bytes ([MS-SMB2] 2.1).
        with source.makefile("rb") as messages:
            while len(head := messages.read(4)) == 4:
                message = messages.read(struct.unpack(">I", head)[0])
                target.sendall(head + without_signature(message))
