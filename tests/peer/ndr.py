"""NDR 2.0, little endian, as much as srvsvc's session calls need: the server's side.

Requests are read, replies are written; the C++ codec under test is the other side, so nothing is shared with it.
"""

import struct


class BadStub(Exception):
    """The request is not valid NDR."""


class Reader:
    """Reads one request stub."""

    def __init__(self, data):
        self._data = data
        self._at = 0

    def u32(self):
        self._at = (self._at + 3) & ~3
        if self._at + 4 > len(self._data):
            raise BadStub("the stub ends early")
        value, = struct.unpack_from("<I", self._data, self._at)
        self._at += 4
        return value

    def _string(self):
        most, offset, count = self.u32(), self.u32(), self.u32()
        end = self._at + 2 * count
        if offset or count > most or end > len(self._data):
            raise BadStub("bad string header")
        text = self._data[self._at:end].decode("utf-16-le", "surrogatepass")
        self._at = end
        return text.split("\0")[0]

    def unique_string(self):
        """None for a NULL pointer."""
        return self._string() if self.u32() else None

    def unique_u32(self):
        return self.u32() if self.u32() else None


def u32(*values):
    return struct.pack("<%dI" % len(values), *[value & 0xFFFFFFFF for value in values])


def string(text, nul=True):
    raw = text.encode("utf-16-le", "surrogatepass") + (b"\0\0" if nul else b"")
    count = len(raw) // 2
    return u32(count, 0, count) + raw + b"\0" * (-len(raw) % 4)
