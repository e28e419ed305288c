"""On a real smbd: what the policy closes, and what it leaves alone."""

import unittest

from harness import Agent, SambaServer, close_by_age, needs_smbd, smb, wait_until

USERS = {"alice": "secret-a", "bob": "secret-b", "carol": "secret-c"}


def agent_for(server, policy, **more):
    agent = Agent([smb("smbd", server)], policy, **more)
    agent.add_credentials("admin", server.user, server.password)
    return agent


@needs_smbd
class Samba(unittest.TestCase):

    def setUp(self):
        self.server = SambaServer(USERS)
        self.server.__enter__()
        self.addCleanup(self.server.stop)

    def test_a_session_is_closed_by_the_policy_and_its_client_sees_it(self):
        alice = self.server.open_session("alice", client_address="127.0.0.51")
        self.assertTrue(alice.alive())
        with agent_for(self.server, {"rules": [close_by_age(users=["alice"])]}) as agent:
            self.assertTrue(alice.wait_closed(90), agent.log())
            close, = agent.wait_for_close(user="alice", outcome="closed")
            self.assertEqual((close["rule"], close["client"]), ("old", "127.0.0.51"))
            self.assertFalse(alice.works())
            wait_until(lambda: agent.metric("idlewarden_closes_total", rule="old", outcome="closed") == 1,
                       "the close is counted")

    def test_protected_and_collateral_sessions_stay(self):
        alice = self.server.open_session("alice", client_address="127.0.0.51")
        bob = self.server.open_session("bob", client_address="127.0.0.52")
        carol = self.server.open_session("carol", client_address="127.0.0.52")
        policy = {"protect": [{"name": "bob-stays", "when": {"users": ["bob"]}}], "rules": [close_by_age()]}
        with agent_for(self.server, policy) as agent:
            self.assertTrue(alice.wait_closed(90), agent.log())
            agent.wait_for_close(user="alice", outcome="closed")
            # Closing carol would end bob's session: Samba ends the client's whole connection.
            kept, = agent.wait_for_session(user="carol", decision="keep", reason="collateral")
            self.assertEqual(kept["rule"], "old")
            kept, = agent.wait_for_session(user="bob", decision="keep", reason="protected")
            self.assertEqual(kept["rule"], "bob-stays")
            agent.wait_for_enumerations(2)
            self.assertTrue(bob.works() and carol.works())
            self.assertEqual({close["user"] for close in agent.closes()}, {"alice"})
            self.assertEqual(agent.server("smbd")["close_scope"], "client")

    def test_a_rule_in_observe_closes_nothing_and_counts(self):
        alice = self.server.open_session("alice", client_address="127.0.0.51")
        with agent_for(self.server, {"rules": [close_by_age(mode="observe")]}) as agent:
            agent.wait_for_session(user="alice", decision="would-close", reason="matched")
            agent.wait_for_enumerations(2)
            wait_until(lambda: agent.metric("idlewarden_decisions_total", rule="old", decision="would-close") >= 1,
                       "the decision is counted")
            self.assertEqual(agent.metric("idlewarden_decisions_total", decision="close"), 0)
            self.assertEqual(agent.metric("idlewarden_closes_total"), 0)
            self.assertEqual(agent.closes(), [])
            self.assertTrue(alice.works())

    def test_an_agent_in_observe_holds_every_rule_back(self):
        alice = self.server.open_session("alice", client_address="127.0.0.51")
        with agent_for(self.server, {"rules": [close_by_age(mode="enforce")]}, mode="observe") as agent:
            agent.wait_for_session(user="alice", decision="would-close", reason="matched")
            agent.wait_for_enumerations(2)
            self.assertEqual(agent.metric("idlewarden_closes_total"), 0)
            self.assertTrue(alice.works())

    def test_idle_times_are_unknown_and_everybody_is_told(self):
        alice = self.server.open_session("alice", client_address="127.0.0.51")
        rules = [{"name": "idle-soon", "when": {"idle": "2s"}, "mode": "enforce"}]
        with agent_for(self.server, {"rules": rules}) as agent:
            agent.wait_for_session(user="alice", idle_seconds=None, decision="keep", reason="no-rule")
            server = agent.wait_for_server("smbd", idle_trust="none")
            self.assertEqual(server["idle_rules_without_effect"], ["idle-soon"])
            agent.wait_for_metric("idlewarden_server_idle_trust", 1, server="smbd", trust="none")
            wait_until(lambda: any("idle-soon" in warning for warning in agent.status()["warnings"]),
                       lambda: f"the rule is warned of: {agent.status()['warnings']}")
            wait_until(lambda: "idle-soon" in agent.log(), agent.log)
            agent.wait_for_enumerations(3)
            self.assertTrue(alice.works())

    def test_sessions_with_open_files_are_not_closed_unless_the_rule_says_so(self):
        alice = self.server.open_session("alice", client_address="127.0.0.51")
        alice.open_file("unsaved.txt")
        bob = self.server.open_session("bob", client_address="127.0.0.52")
        rule = {"name": "old", "when": {"age": "3s"}, "close_active": True, "mode": "enforce"}
        with agent_for(self.server, {"rules": [rule]}) as agent:
            self.assertTrue(bob.wait_closed(90), agent.log())
            agent.wait_for_close(user="bob", outcome="closed")
            agent.wait_for_session(user="alice", decision="keep", reason="no-rule")
            self.assertTrue(alice.alive())


if __name__ == "__main__":
    unittest.main()
