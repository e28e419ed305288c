"""Faults that a test scripts: the first rule that fits a call decides what goes wrong with it."""

_KEYS = {
    "op", "levels", "user", "skip", "count", "error", "rpc_fault", "delay", "hang", "drop", "via", "page", "more",
    "truncate", "spoil", "wrong_call_id", "rows", "jump"
}


class FaultRules:
    """A rule is a dict.

    Which calls: op (enum, del, open, bind, any), levels, user (of the request), skip (so many pass first), count.
    What happens: error (return value; a delete then does nothing), rpc_fault (DCE/RPC fault status), delay (seconds
    before executing), hang (before or after executing: no answer), drop (before, after, mid: the connection goes; via
    tcp or pipe), page (rows a reply), more (stuck, endless, empty), rows (none: an empty list; twice: each row twice), jump
    (seconds added to each idle time, as by a clock that was set), truncate (bytes of the reply's stub), spoil (see
    srvsvc.enum_reply), wrong_call_id.
    """

    def __init__(self):
        self._rules = []

    def add(self, **rule):
        unknown = set(rule) - _KEYS
        if unknown:
            raise ValueError("unknown key of a fault: %s" % ", ".join(sorted(unknown)))
        self._rules.append(dict({"op": "enum", "skip": 0, "count": None}, **rule))

    def clear(self):
        self._rules = []

    def rule_for(self, op, level=None, user=None):
        for rule in self._rules:
            if rule["op"] not in (op, "any") or (level is not None and level not in rule.get("levels", [level])):
                continue
            if "user" in rule and rule["user"] != user:
                continue
            if rule["skip"] > 0:
                rule["skip"] -= 1
                continue
            if rule["count"] is not None:
                if rule["count"] == 0:
                    continue
                rule["count"] -= 1
            return rule
        return {}
