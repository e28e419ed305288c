"""What a Windows server answers to NetrSessionEnum and NetrSessionDel (MS-SRVS 3.1.4.5, 3.1.4.6), over a SessionTable.

Stubs in, stubs out; how they travel is named_pipe.py's business, what is to go wrong is decided by faults.py.
"""

import ndr

NETR_SESSION_ENUM = 12
NETR_SESSION_DEL = 13

OK = 0
ACCESS_DENIED = 5
INVALID_PARAMETER = 87
INVALID_LEVEL = 124
MORE_DATA = 234
CLIENT_NAME_NOT_FOUND = 2312
USER_NOT_FOUND = 2221

# Fields after the client's name, in wire order; s marks a string.
_FIELDS = {
    0: [],
    1: ["s user", "open_files", "age", "idle", "flags"],
    2: ["s user", "open_files", "age", "idle", "flags", "s client_type"],
    10: ["s user", "age", "idle"],
    502: ["s user", "open_files", "age", "idle", "flags", "s client_type", "s transport"],
}


class EnumRequest:
    """The arguments of NetrSessionEnum."""

    def __init__(self, stub):
        reader = ndr.Reader(stub)
        reader.unique_string()  # ServerName, ignored
        self.client = reader.unique_string()
        self.user = reader.unique_string()
        self.level = reader.u32()
        if reader.u32() != self.level:
            raise ndr.BadStub("union tag and level differ")
        self.has_container = False
        if self.level in _FIELDS:
            self.has_container = reader.u32() != 0
            if self.has_container:
                reader.u32()
                if reader.u32():
                    raise ndr.BadStub("a request carries no array")
        reader.u32()  # PreferedMaximumLength
        self.resume = reader.unique_u32()


class DelRequest:
    """The arguments of NetrSessionDel."""

    level = None

    def __init__(self, stub):
        reader = ndr.Reader(stub)
        reader.unique_string()
        self.client = reader.unique_string()
        self.user = reader.unique_string()


def _row(session, level, nul):
    """The fixed part and the deferred strings of one session."""
    client = "\\\\" + session.client if level == 10 else session.client
    fixed, strings = ndr.u32(0x20000), ndr.string(client, nul)
    for field in _FIELDS[level]:
        if field.startswith("s "):
            fixed += ndr.u32(0x20000)
            strings += ndr.string(getattr(session, field[2:]), nul)
        else:
            value = getattr(session, field)
            fixed += ndr.u32(value() if callable(value) else value)
    return fixed, strings


def enum_reply(request, sessions, status, total=None, resume=0, spoil=None):
    """The reply stub. `spoil` breaks it in a named way: null_array, no_nul, level, huge, bad_surrogate."""
    level = request.level
    out = ndr.u32(level + 1 if spoil == "level" else level, level)
    if level in _FIELDS:
        if spoil == "bad_surrogate":
            sessions = [type("Row", (), dict(s.__dict__, client="\ud800x", age=s.age, idle=s.idle)) for s in sessions]
        rows = [_row(session, level, spoil != "no_nul") for session in sessions]
        count = 0x7FFFFFFF if spoil == "huge" else len(rows)
        out += ndr.u32(0x20000, count)
        if rows and spoil != "null_array":
            out += ndr.u32(0x20000, count) + b"".join(row[0] for row in rows) + b"".join(row[1] for row in rows)
        else:
            out += ndr.u32(0)
    out += ndr.u32(len(sessions) if total is None else total)
    out += ndr.u32(0x20000, resume) if request.resume is not None else ndr.u32(0)
    return out + ndr.u32(status)


def _page(sessions, request, rule):
    """(rows, status, resume handle) where a fault asks for paging."""
    more = rule.get("more")
    if more == "empty":
        return [], MORE_DATA, 7
    if more == "stuck":
        return sessions[:1], MORE_DATA, request.resume or 0
    if more == "endless":
        return sessions[:1], MORE_DATA, (request.resume or 0) + 1
    page = rule.get("page")
    if not page:
        return sessions, OK, 0
    start = request.resume or 0
    rest = sessions[start:]
    return rest[:page], MORE_DATA if len(rest) > page else OK, start + page


def _falsified(sessions, rule):
    """What a server shows that answers in form, and wrongly."""
    if "jump" in rule:
        sessions = [session.as_seen(idle=session.idle() + rule["jump"]) for session in sessions]
    return {None: sessions, "none": [], "twice": sessions + sessions}[rule.get("rows")]


def enumerate_sessions(table, request, allowed, rule):
    """NetrSessionEnum: the reply stub."""
    if request.level not in _FIELDS:
        return enum_reply(request, [], INVALID_LEVEL)
    if not request.has_container:
        return enum_reply(request, [], INVALID_PARAMETER)
    if not allowed:
        return enum_reply(request, [], ACCESS_DENIED)
    if request.client and not request.client.startswith("\\\\"):
        return enum_reply(request, [], CLIENT_NAME_NOT_FOUND)
    sessions = _falsified(table.matching((request.client or "")[2:], request.user or ""), rule)
    if not sessions and (request.client or request.user):
        return enum_reply(request, [], CLIENT_NAME_NOT_FOUND if request.client else USER_NOT_FOUND)
    rows, status, resume = _page(sessions, request, rule)
    return enum_reply(request, rows, status, len(sessions), resume, rule.get("spoil"))


def delete_sessions(table, request, allowed):
    """NetrSessionDel: (status, ended sessions)."""
    if not request.client and not request.user:
        return INVALID_PARAMETER, []
    if not allowed:
        return ACCESS_DENIED, []
    if request.client and not request.client.startswith("\\\\"):
        return CLIENT_NAME_NOT_FOUND, []
    ended = table.matching((request.client or "")[2:], request.user or "")
    table.end(ended)
    return (OK if ended else CLIENT_NAME_NOT_FOUND), ended
