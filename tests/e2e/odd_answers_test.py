"""Answers that are in form and cannot be true: an empty list, rows that come twice, idle times that jump, crowds."""

import unittest

from harness import Agent, WindowsPeer, needs_smbd, smb, wait_until

HOUR = 3600


def session(user, idle=HOUR):
    return {"client": "10.20.0.5", "user": user, "age": 2 * HOUR, "idle": idle}


@needs_smbd
class OddAnswers(unittest.TestCase):

    def start(self, rule, sessions, mode="enforce"):
        peer = WindowsPeer(sessions, list_own=False)
        self.addCleanup(peer.stop)
        peer.start()
        agent = Agent([smb("fs01", peer)], {"rules": [dict({"name": "idle", "mode": "enforce"}, **rule)]}, mode=mode)
        agent.add_credentials("admin", peer.user, peer.password)
        return peer, agent

    def test_an_empty_list_once_does_not_make_everybody_new(self):
        peer, agent = self.start({"when": {"idle": "15m"}, "for": "1h"}, [session("alice"), session("bob", idle=5)])
        with agent:
            agent.wait_for_session(user="alice", decision="pending")
            peer.fault(op="enum", rows="none", count=1)
            agent.wait_for_enumerations(2)
            # Where one answer counted, the sessions would have gone, and `for` would begin again.
            self.assertEqual([s["decision"] for s in agent.sessions(user="alice")], ["pending"])
            self.assertEqual(agent.server("fs01")["sessions"], 2)
            # Lasting emptiness is believed.
            peer.fault(op="enum", rows="none")
            wait_until(lambda: agent.server("fs01")["sessions"] == 0, "two empty answers are believed")

    def test_rows_that_come_twice_are_one_pair(self):
        peer, agent = self.start({"when": {"idle": "15m"}}, [session("alice"), session("bob", idle=5)])
        peer.fault(op="enum", rows="twice")
        with agent:
            agent.wait_for_close(user="alice", outcome="closed")
            self.assertEqual([delete["user"] for delete in peer.deletes()], ["alice"])

    def test_idle_times_that_jump_close_nobody(self):
        peer, agent = self.start({"when": {"idle": "15m"}}, [session("alice", idle=5), session("bob", idle=60)])
        with agent:
            agent.wait_for_session(user="alice", decision="keep")
            peer.fault(op="enum", jump=HOUR)
            agent.wait_for_enumerations(3)
            self.assertEqual(peer.deletes(), [])
            self.assertEqual([s.get("idle_seconds") for s in agent.sessions(user="alice")], [None])
            agent.wait_for_server("fs01", idle_trust="none")
            peer.clear_faults()
            agent.wait_for_server("fs01", idle_trust="reported")

    def test_ten_thousand_sessions_in_one_reply(self):
        crowd = {"client": "{ip}", "user": "user{n}", "age": 2 * HOUR, "idle": 5, "repeat": 10000}
        peer, agent = self.start({"when": {"idle": "15m"}}, [crowd, session("alice")])
        with agent:
            agent.wait_for_close(user="alice", outcome="closed")
            self.assertGreaterEqual(agent.server("fs01")["sessions"], 10000)
            self.assertEqual([delete["user"] for delete in peer.deletes()], ["alice"])


if __name__ == "__main__":
    unittest.main()
