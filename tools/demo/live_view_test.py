"""The live view says what was closed and why, and what was not."""

import io
import os
import unittest

from tools.demo import live_view


def close(user, outcome="closed", message=""):
    return {"at": "2026-11-22T10:00:05Z", "server": "fs01", "client": "10.0.0.5", "user": user, "rule": "left-the-desk",
            "outcome": outcome, "message": message}


def session(user, decision, reason, rule="", idle=60):
    return {"server": "fs01", "client": "10.0.0.5", "user": user, "idle_seconds": idle, "age_seconds": 7200,
            "open_files": 0, "decision": decision, "reason": reason, "rule": rule}


def status(*closes):
    return {"recent_closes": list(closes), "close_queue_length": 1, "servers": [
        {"name": "fs01", "up": True, "error": "", "sessions": 3, "idle_trust": "reported", "close_scope": "pair",
         "idle_rules_without_effect": []},
        {"name": "nas", "up": True, "error": "", "sessions": 2, "idle_trust": "none", "close_scope": "client",
         "idle_rules_without_effect": ["left-the-desk"]}]}


class Lines(unittest.TestCase):

    def setUp(self):
        self.out = io.StringIO()
        self.now = 0.0
        self.view = live_view.LineView(self.out, clock=lambda: self.now)

    def test_a_close_is_told_once_with_its_measured_idle_time(self):
        self.view.show(status(), [session("alice", "close", "matched", "left-the-desk", idle=1900)])
        for _ in range(2):
            self.view.show(status(close("alice")), [])
        lines = [line for line in self.out.getvalue().splitlines() if "alice" in line]
        self.assertEqual(lines, ["alice at 10.0.0.5 on fs01: closed, verified gone "
                                 "(rule left-the-desk, idle 31m, age 2h00m)"])

    def test_a_pair_that_came_back_is_not_counted_as_closed(self):
        self.view.show(status(close("alice")), [])
        self.view.show(status(close("alice", "returned")), [])
        self.view.finish()
        self.assertIn("closed, but came back at once", self.out.getvalue())
        self.assertIn("closes so far: 1 returned; 1 waiting", self.out.getvalue())

    def test_a_failure_is_told_with_its_message(self):
        self.view.show(status(close("bob", "denied", "ERROR_ACCESS_DENIED (5)")), [])
        self.assertIn("the server denied it (rule left-the-desk) ERROR_ACCESS_DENIED (5)", self.out.getvalue())

    def test_summaries_come_now_and_then(self):
        for second in range(11):
            self.now = float(second)
            self.view.show(status(), [])
        self.assertEqual(self.out.getvalue().count("-- 5 sessions on 2 servers"), 3)

    def test_the_end_says_what_was_kept_and_why(self):
        self.view.show(status(close("alice")), [
            session("bob", "keep", "no-rule"), session("carol", "keep", "no-rule"),
            session("svc-a", "keep", "protected", "service-accounts"), session("dave", "keep", "collateral")])
        self.view.finish()
        text = self.out.getvalue()
        self.assertIn("    2  keep         no rule matches", text)
        self.assertIn("    1  keep         protected by service-accounts", text)
        self.assertIn("a close would end somebody else's session too", text)
        self.assertIn("cannot act there: left-the-desk", text)
        self.assertIn("closes so far: 1 closed; 1 waiting", text)

    def test_an_end_before_the_first_look_is_silent(self):
        self.view.finish()
        self.assertEqual(self.out.getvalue(), "")

    def test_names_cannot_steer_the_terminal(self):
        self.view.show(status(close("eve\033[2J")), [])
        self.assertNotIn("\033", self.out.getvalue())


class Screen(unittest.TestCase):

    def test_it_fits_the_terminal(self):
        view = live_view.ScreenView(io.StringIO(), colour=False)
        closes = [close(f"user{n}") for n in range(30)]
        screen = view.lines(status(*closes), [session(f"u{n}", "keep", "no-rule") for n in range(100)],
                            os.terminal_size((40, 12)))
        self.assertLessEqual(len(screen), 11)
        self.assertTrue(all(len(line) <= 40 for line in screen))

    def test_colour_only_where_it_is_wanted(self):
        for colour in (False, True):
            view = live_view.ScreenView(io.StringIO(), colour)
            screen = view.lines(status(close("alice")), [], os.terminal_size((80, 24)))
            self.assertEqual("\033" in "".join(screen), colour)


if __name__ == "__main__":
    unittest.main()
