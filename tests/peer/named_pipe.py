"""One open of \\PIPE\\srvsvc: smbd's named-pipe handshake, DCE/RPC bind and calls, over an asyncio stream.

smbd connects to ncalrpc/np/srvsvc once for each client that opens the pipe, tells who that is, and then passes the
pipe's messages with a 16-bit length before each. Facts on the messages: MS-RPCE, and smbd 4.17's named_pipe_auth.
"""

import asyncio
import os
import signal
import socket
import struct
import uuid

import ndr

_REQUEST, _RESPONSE, _FAULT, _BIND, _BIND_ACK, _BIND_NAK, _ALTER, _ALTER_ACK = 0, 2, 3, 11, 12, 13, 14, 15
_FIRST, _LAST = 1, 2
_SRVSVC = uuid.UUID("4b324fc8-1670-01d3-1278-5a47bf6ee188").bytes_le + struct.pack("<I", 3)
_NDR = uuid.UUID("8a885d04-1ceb-11c9-9fe8-08002b104860").bytes_le + struct.pack("<I", 2)
_BIND_TIME_FEATURES = uuid.UUID("6cb71c2c-9812-4540-0000-000000000000").bytes_le[:8]
_FAULT_BAD_STUB = 0x6F7
_FAULT_OP_RANGE = 0x1C010002
_FRAGMENT = 4280  # what Windows uses on pipes


class Gone(Exception):
    """The pipe was closed, by either side."""


class Caller:
    """Who opened the pipe, from the handshake."""

    def __init__(self, message, smbd_pid):
        self.smbd_pid = smbd_pid
        at = 48
        texts = []
        for pointer in struct.unpack_from("<II4xII", message, 20):
            if not pointer:
                texts.append("")
                continue
            count, = struct.unpack_from("<I", message, at + 8)
            texts.append(message[at + 12:at + 11 + count].decode())
            at += (12 + count + 3) & ~3
        self.client_address, self.server_address = texts[1], texts[3]
        self.user = _unix_name(message)


def _unix_name(message):
    """The Unix account: the last but one string, found from the end because what precedes it varies by version."""
    names, end = [], len(message)
    while len(names) < 2:
        for at in range((end - 13) & ~3, 44, -4):
            most, offset, count = struct.unpack_from("<III", message, at)
            if 0 < count == most and offset == 0 and 0 <= end - (at + 12 + count) < 4 and not message[at + 11 + count]:
                names.append(message[at + 12:at + 11 + count].decode("utf-8", "replace"))
                end = at
                break
        else:
            return "?"
    return names[-1]


class NamedPipe:
    """`service.call(pipe, opnum, stub)` answers (reply stub or fault number, rule); it may be a coroutine."""

    def __init__(self, service, reader, writer):
        self._service, self._reader, self._writer = service, reader, writer
        self._buffer = b""
        self._stubs = {}
        self._max_send = _FRAGMENT
        self.caller = None

    async def run(self):
        try:
            await self._handshake()
            self._service.opened(self)
            while True:
                await self._pdu(*await self._next_pdu())
        except (Gone, asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._service.closed(self)
            self._writer.close()

    # Handshake -------------------------------------------------------------------------------------------------

    async def _handshake(self):
        length, = struct.unpack(">I", await self._reader.readexactly(4))
        message = b"\0\0\0\0" + await self._reader.readexactly(length)  # offsets count from the length field
        magic, level = struct.unpack_from("<4sI", message, 4)
        if magic != b"NPAM":
            raise Gone
        peer = self._writer.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        self.caller = Caller(message, struct.unpack("<iii", peer)[0])
        rule = self._service.rule_for("open")
        await self._apply_before(rule)
        reply = struct.pack("<4sIIHH4xQI", b"NPAM", level, level, 2, 0x05FF, 4096, 0)
        self._writer.write(struct.pack(">I", len(reply)) + reply)

    # PDUs ------------------------------------------------------------------------------------------------------

    async def _next_pdu(self):
        while True:
            if len(self._buffer) >= 16:
                length, = struct.unpack_from("<H", self._buffer, 8)
                if length < 16:
                    raise Gone
                if len(self._buffer) >= length:
                    pdu, self._buffer = self._buffer[:length], self._buffer[length:]
                    return pdu[2], pdu[3], struct.unpack_from("<I", pdu, 12)[0], pdu[16:]
            size, = struct.unpack("<H", await self._reader.readexactly(2))
            self._buffer += await self._reader.readexactly(size)

    def _send(self, kind, flags, call_id, body):
        header = struct.pack("<BBBBIHHI", 5, 0, kind, flags, 0x10, len(body) + 16, 0, call_id)
        self._writer.write(struct.pack("<H", len(body) + 16) + header + body)

    async def _pdu(self, kind, flags, call_id, body):
        if kind in (_BIND, _ALTER):
            await self._bind(kind, call_id, body)
        elif kind == _REQUEST:
            context, opnum = struct.unpack_from("<HH", body, 4)
            stub = self._stubs.pop(call_id, b"") + body[24 if flags & 0x80 else 8:]
            if flags & _LAST:
                await self._request(call_id, context, opnum, stub)
            else:
                self._stubs[call_id] = stub
        else:
            raise Gone

    async def _bind(self, kind, call_id, body):
        rule = self._service.rule_for("bind")
        await self._apply_before(rule)
        max_send, max_receive, _, count = struct.unpack_from("<HHIB", body)
        self._max_send = min(max_receive, _FRAGMENT)
        results, at = b"", 12
        for _ in range(count):
            transfers, = struct.unpack_from("<B", body, at + 2)
            offered = [body[at + 24 + 20 * i:at + 44 + 20 * i] for i in range(transfers)]
            results += self._context_result(body[at + 4:at + 24], offered)
            at += 24 + 20 * transfers
        name = b"\\PIPE\\srvsvc\0" if kind == _BIND else b""
        ack = struct.pack("<HHIH", self._max_send, min(max_send, _FRAGMENT), 0x1DE, len(name)) + name
        ack += b"\0" * (-len(ack) % 4) + struct.pack("<B3x", count) + results
        self._send(_BIND_ACK if kind == _BIND else _ALTER_ACK, _FIRST | _LAST, call_id, ack)

    @staticmethod
    def _context_result(interface, offered):
        if offered and offered[0].startswith(_BIND_TIME_FEATURES):
            return struct.pack("<HH20x", 3, 0)
        if interface != _SRVSVC:
            return struct.pack("<HH20x", 2, 1)
        if _NDR not in offered:
            return struct.pack("<HH20x", 2, 2)
        return struct.pack("<HH", 0, 0) + _NDR

    async def _request(self, call_id, context, opnum, stub):
        try:
            reply, rule = await self._service.call(self, opnum, stub)
        except ndr.BadStub:
            reply, rule = _FAULT_BAD_STUB, {}
        if rule.get("hang"):
            await self.hang()
        if rule.get("drop") in ("before", "after"):
            self.drop(rule)
        if isinstance(reply, int):
            body = struct.pack("<IHBBII", 32, context, 0, 0, reply, 0)
            return self._send(_FAULT, _FIRST | _LAST, call_id, body)
        if "truncate" in rule:
            reply = reply[:rule["truncate"]]
        if rule.get("wrong_call_id"):
            call_id += 1000
        await self._respond(call_id, context, reply, rule)

    async def _respond(self, call_id, context, reply, rule):
        step = (self._max_send - 24) & ~7
        parts = [reply[at:at + step] for at in range(0, len(reply), step)] or [b""]
        left = len(reply)
        for number, part in enumerate(parts):
            if rule.get("drop") == "mid" and number == len(parts) // 2:
                # Half of this fragment is promised and never comes.
                self._writer.write(struct.pack("<H", len(part) // 2 + 16) + b"\5\0\2\3\x10\0\0\0" + b"\xff\x0f" +
                                   b"\0\0" + struct.pack("<I", call_id) + part[:len(part) // 2])
                await self._writer.drain()
                self.drop(rule)
            flags = (_FIRST if number == 0 else 0) | (_LAST if number == len(parts) - 1 else 0)
            self._send(_RESPONSE, flags, call_id, struct.pack("<IHBx", left, context, 0) + part)
            left -= len(part)
        await self._writer.drain()

    # Faults ----------------------------------------------------------------------------------------------------

    async def _apply_before(self, rule):
        if rule.get("delay"):
            await asyncio.sleep(rule["delay"])
        if rule.get("hang"):
            await self.hang()
        if rule.get("drop"):
            self.drop(rule)

    async def hang(self):
        """Never answers; ends when smbd closes its side."""
        while await self._reader.read(65536):
            pass
        raise Gone

    def drop(self, rule):
        """via tcp (default): ends the client's smbd process, so its TCP connection closes; via pipe: only this pipe."""
        self.cut(rule.get("via", "tcp"))
        raise Gone

    def cut(self, via="tcp"):
        if via == "tcp":
            try:
                os.kill(self.caller.smbd_pid, signal.SIGTERM)
            except ProcessLookupError:
                pass
        self._writer.close()
