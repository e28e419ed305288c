"""The sessions of one pretended server, with ages and idle times that run on a clock a test can move.

Not thread-safe: used from the one asyncio thread of srvsvc_process.py.
"""

import copy
import fnmatch
import ipaddress
import itertools
import time

DEFAULT_TRANSPORT = "\\Device\\NetbiosSmb"
_FIELDS = {
    "client", "user", "age", "idle", "open_files", "flags", "client_type", "transport", "frozen", "returns_after"
}


class MovableClock:
    """Seconds that run like the machine's, plus what a test added."""

    def __init__(self):
        self.offset = 0.0

    def now(self):
        return time.monotonic() + self.offset


def listed_client(name):
    """A client's name as Windows lists it: no leading backslashes, brackets around IPv6."""
    name = name[2:] if name.startswith("\\\\") else name
    try:
        ipaddress.IPv6Address(name.split("%")[0])
    except ValueError:
        return name
    return "[%s]" % name


class Session:
    """One row. `frozen` keeps age and idle where they are; `returns_after` makes it come back after a delete."""

    _ids = itertools.count(1)

    def __init__(self, clock, **fields):
        self.id = next(Session._ids)
        self._clock = clock
        self.open_files = self.flags = 0
        self.client = self.user = self.client_type = ""
        self.transport = DEFAULT_TRANSPORT
        self.frozen = None  # (age, idle) while frozen
        self.returns_after = None
        self._created = self._used = clock.now()
        self.change(**fields)

    def change(self, **fields):
        unknown = set(fields) - _FIELDS
        if unknown:
            raise ValueError("unknown session field %s" % ", ".join(sorted(unknown)))
        age, idle = fields.pop("age", self.age()), fields.pop("idle", self.idle())
        frozen = fields.pop("frozen", self.frozen is not None)
        for name, value in fields.items():
            setattr(self, name, listed_client(value) if name == "client" else value)
        self._created, self._used = self._clock.now() - age, self._clock.now() - idle
        self.frozen = (age, idle) if frozen else None

    def age(self):
        return self.frozen[0] if self.frozen else int(self._clock.now() - self._created)

    def idle(self):
        return self.frozen[1] if self.frozen else int(self._clock.now() - self._used)

    def as_seen(self, idle):
        """A copy of the row as it is now, but for its idle time."""
        seen = copy.copy(self)
        seen.frozen = (self.age(), idle)
        return seen

    def as_dict(self):
        return {
            "id": self.id, "client": self.client, "user": self.user, "age": self.age(), "idle": self.idle(),
            "open_files": self.open_files, "flags": self.flags,
        }


def _same(left, right):
    return left.casefold() == right.casefold()


class SessionTable:
    """All sessions of one address."""

    def __init__(self, clock, sessions=()):
        self._clock = clock
        self.sessions = []
        self._returning = []  # (when, fields)
        for fields in sessions:
            self.add(**fields)

    def add(self, **fields):
        """`repeat`: N adds N sessions; {n} in client and user becomes 1..N."""
        repeat = fields.pop("repeat", None)
        for n in range(1, (repeat or 1) + 1):
            one = dict(fields)
            if repeat:
                for name in ("client", "user"):
                    one[name] = one[name].replace("{n}", str(n)).replace(
                        "{ip}", "10.%d.%d.%d" % (n >> 16 & 255, n >> 8 & 255, n & 255))
            self.sessions.append(Session(self._clock, **one))

    def rows(self):
        now = self._clock.now()
        for item in [item for item in self._returning if item[0] <= now]:
            self._returning.remove(item)
            self.add(**item[1])
        return list(self.sessions)

    def select(self, client=None, user=None):
        """Sessions by glob patterns, ignoring case; for the control commands."""
        def fits(pattern, value):
            return pattern is None or fnmatch.fnmatchcase(value.casefold(), pattern.casefold().replace("[", "[[]"))
        return [s for s in self.rows() if fits(client, s.client) and fits(user, s.user)]

    def matching(self, client, user):
        """Sessions of a NetrSessionEnum filter or a NetrSessionDel pair; "" is all. Spelling counts, case does not."""
        return [s for s in self.rows()
                if (not client or _same(client, s.client)) and (not user or _same(user, s.user))]

    def end(self, sessions):
        for session in sessions:
            self.sessions.remove(session)
            if session.returns_after is not None:
                fields = {"client": session.client, "user": session.user, "returns_after": session.returns_after}
                self._returning.append((self._clock.now() + session.returns_after, fields))
