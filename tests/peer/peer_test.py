"""Unit tests of the pretended Windows server's parts; no smbd needed."""

import os
import struct
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import faults  # noqa: E402
import ndr  # noqa: E402
import srvsvc  # noqa: E402
from session_table import SessionTable, listed_client  # noqa: E402
from unsigned_relay import without_signature  # noqa: E402


class FakeClock:
    seconds = 1000.0

    def now(self):
        return self.seconds


def _table(*sessions):
    return SessionTable(FakeClock(), sessions)


def _enum_stub(level, client=None, user=None, resume=0):
    def unique(text):
        return ndr.u32(0) if text is None else ndr.u32(0x20000) + ndr.string(text)
    return (unique("\\\\srv") + unique(client) + unique(user) + ndr.u32(level, level, 0x20004, 0, 0, 0xFFFFFFFF) +
            ndr.u32(0x20008, resume))


def _del_stub(client, user):
    def unique(text):
        return ndr.u32(0) if text is None else ndr.u32(0x20000) + ndr.string(text)
    return unique("\\\\srv") + unique(client) + unique(user)


def _enumerate(table, stub, allowed=True, rule=None):
    return srvsvc.enumerate_sessions(table, srvsvc.EnumRequest(stub), allowed, rule or {})


def _status(reply):
    return struct.unpack("<I", reply[-4:])[0]


def _delete(table, client, user, allowed=True):
    return srvsvc.delete_sessions(table, srvsvc.DelRequest(_del_stub(client, user)), allowed)


class SessionTableTest(unittest.TestCase):

    def test_ages_and_idles_with_the_clock(self):
        table = _table({"client": "10.0.0.1", "user": "alice", "age": 100, "idle": 40})
        session = table.rows()[0]
        FakeClock.seconds += 5
        self.assertEqual((session.age(), session.idle()), (105, 45))
        session.change(idle=0)
        self.assertEqual((session.age(), session.idle()), (105, 0))

    def test_frozen_times_stand_still(self):
        session = _table({"client": "10.0.0.1", "user": "a", "age": 7, "idle": 3, "frozen": True}).rows()[0]
        FakeClock.seconds += 50
        self.assertEqual((session.age(), session.idle()), (7, 3))

    def test_a_session_returns_after_its_delete(self):
        table = _table({"client": "10.0.0.1", "user": "a", "age": 50, "returns_after": 2})
        table.end(table.rows())
        self.assertEqual(table.rows(), [])
        FakeClock.seconds += 2
        self.assertEqual([s.age() for s in table.rows()], [0])

    def test_repeat_and_names(self):
        table = _table({"client": "{ip}", "user": "u{n}", "repeat": 300})
        self.assertEqual(table.rows()[299].user, "u300")
        self.assertEqual(table.rows()[299].client, "10.0.1.44")
        self.assertEqual(listed_client("\\\\::1"), "[::1]")

    def test_unknown_fields_are_refused(self):
        with self.assertRaises(ValueError):
            _table({"client": "x", "user": "y", "idel": 3})


class EnumerateTest(unittest.TestCase):

    def setUp(self):
        self.table = _table({"client": "10.0.0.1", "user": "alice", "age": 100, "idle": 40, "open_files": 2},
                            {"client": "::1", "user": "Bob"})

    def test_level_502_has_the_bytes_of_the_specification(self):
        reply = _enumerate(self.table, _enum_stub(502))
        self.assertEqual(struct.unpack_from("<8I", reply), (502, 502, 0x20000, 2, 0x20000, 2, 0x20000, 0x20000))
        self.assertEqual(struct.unpack_from("<4I", reply, 32), (2, 100, 40, 0))
        self.assertEqual(_status(reply), 0)

    def test_level_10_puts_backslashes_before_the_client(self):
        self.assertIn("\\\\10.0.0.1\0".encode("utf-16-le"), _enumerate(self.table, _enum_stub(10)))
        self.assertNotIn("\\\\10.0.0.1\0".encode("utf-16-le"), _enumerate(self.table, _enum_stub(1)))

    def test_filters(self):
        self.assertIn("alice".encode("utf-16-le"), _enumerate(self.table, _enum_stub(1, "\\\\10.0.0.1")))
        self.assertEqual(_status(_enumerate(self.table, _enum_stub(1, "\\\\::1"))), 2312)
        self.assertEqual(_status(_enumerate(self.table, _enum_stub(1, "\\\\[::1]", "bob"))), 0)
        self.assertEqual(_status(_enumerate(self.table, _enum_stub(1, "10.0.0.1"))), 2312)
        self.assertEqual(_status(_enumerate(self.table, _enum_stub(1, None, "eve"))), 2221)

    def test_rows_that_cannot_be_true(self):
        def count_and_first_idle(rule):
            reply = _enumerate(self.table, _enum_stub(502), rule=rule)
            self.assertEqual(_status(reply), 0)
            count = struct.unpack_from("<I", reply, 12)[0]
            return count, struct.unpack_from("<I", reply, 40)[0] if count else None
        self.assertEqual(count_and_first_idle({}), (2, 40))
        self.assertEqual(count_and_first_idle({"rows": "none"}), (0, None))
        self.assertEqual(count_and_first_idle({"rows": "twice"}), (4, 40))
        self.assertEqual(count_and_first_idle({"jump": 50}), (2, 90))
        self.assertEqual(self.table.rows()[0].idle(), 40)

    def test_refusals(self):
        self.assertEqual(_status(_enumerate(self.table, _enum_stub(502), allowed=False)), 5)
        self.assertEqual(_status(_enumerate(self.table, _enum_stub(3))), 124)
        with self.assertRaises(ndr.BadStub):
            _enumerate(self.table, _enum_stub(1)[:-6])

    def test_pages(self):
        first = _enumerate(self.table, _enum_stub(0), rule={"page": 1})
        self.assertEqual(struct.unpack("<4I", first[-16:]), (2, 0x20000, 1, 234))
        second = _enumerate(self.table, _enum_stub(0, resume=1), rule={"page": 1})
        self.assertEqual(_status(second), 0)
        self.assertIn("[::1]".encode("utf-16-le"), second)


class DeleteTest(unittest.TestCase):

    def setUp(self):
        self.table = _table({"client": "10.0.0.1", "user": "alice"}, {"client": "10.0.0.1", "user": "alice"},
                            {"client": "::1", "user": "alice"})

    def test_a_pair_goes_with_all_its_rows(self):
        status, ended = _delete(self.table, "\\\\10.0.0.1", "ALICE")
        self.assertEqual((status, len(ended), len(self.table.rows())), (0, 2, 1))

    def test_refusals(self):
        self.assertEqual(_delete(self.table, None, "")[0], 87)
        self.assertEqual(_delete(self.table, "10.0.0.1", "alice")[0], 2312)
        self.assertEqual(_delete(self.table, "\\\\::1", "alice")[0], 2312)
        self.assertEqual(_delete(self.table, "\\\\10.0.0.1", "alice", allowed=False)[0], 5)
        self.assertEqual(len(self.table.rows()), 3)

    def test_an_empty_client_is_a_wildcard(self):
        self.assertEqual(len(_delete(self.table, "", "alice")[1]), 3)


class UnsignedRelayTest(unittest.TestCase):

    def test_only_the_signature_of_a_signed_message_is_taken_out(self):
        def message(command, flags, following=0):
            return (b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ", 64, 0, 0, command, 1, flags, following, 1, 0, 0, 0) +
                    b"s" * 16 + b"body" * 4)
        create, read, tree_connect = 5, 8, 3
        unsigned = message(create, 1).replace(b"s" * 16, bytes(16))
        self.assertEqual(without_signature(message(create, 9)), unsigned)
        chain = without_signature(message(create, 9, 80) + message(read, 9))
        self.assertNotIn(b"s" * 16, chain)
        for kept in (message(create, 1), message(tree_connect, 9), b"\xfdSMB" + bytes(60), b""):
            self.assertEqual(without_signature(kept), kept)


class FaultRulesTest(unittest.TestCase):

    def test_skip_and_count(self):
        rules = faults.FaultRules()
        rules.add(op="del", error=8, skip=1, count=1)
        self.assertEqual([bool(rules.rule_for("del")) for _ in range(3)], [False, True, False])
        self.assertFalse(rules.rule_for("enum"))

    def test_levels_and_unknown_keys(self):
        rules = faults.FaultRules()
        rules.add(levels=[502, 2], error=124)
        self.assertEqual([rules.rule_for("enum", level=n).get("error") for n in (502, 2, 1)], [124, 124, None])
        with self.assertRaises(ValueError):
            rules.add(eror=5)


if __name__ == "__main__":
    unittest.main()
