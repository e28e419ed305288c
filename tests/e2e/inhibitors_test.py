"""A firing alert holds the agent back, by the word of a real Prometheus and of a real Alertmanager."""

import unittest

from harness import Agent, simulated, wait_until
from monitoring import Alertmanager, Prometheus, needs_alertmanager, needs_prometheus

ALERT = "BackupRuns"
POLICY = {"rules": [{"name": "left-the-desk", "when": {"idle": "30m"}, "mode": "enforce"}],
          "limits": {"max_percent_per_server": "unlimited"}}


class Inhibitors(unittest.TestCase):

    def reason(self, agent):
        """Why the inhibitors hold it; empty if they do not."""
        holds = [hold["reason"] for hold in agent.status()["holds"] if hold["cause"] == "inhibitor"]
        return holds[0] if holds else ""

    def closed(self, agent):
        # A pair that comes back is counted a second time, as returned.
        return agent.metric("idlewarden_closes_total") - agent.metric("idlewarden_closes_total", outcome="returned")

    def check_held(self, agent, reason):
        """Status and metric say why, and nothing is closed though something would be."""
        wait_until(lambda: reason in self.reason(agent), lambda: f"held with {reason!r}; it is {self.reason(agent)!r}")
        self.assertIn(reason, agent.cli("status").stdout)
        wait_until(lambda: any(reason in text for text in agent.label_values("idlewarden_hold_info", "reason")),
                   lambda: f"{reason} in {agent.label_values('idlewarden_hold_info', 'reason')}")
        agent.wait_for_metric("idlewarden_hold_info", 1, cause="inhibitor")
        wait_until(lambda: agent.sessions(decision="close"), "something would be closed")
        wait_until(lambda: agent.status()["close_queue_length"] == 0, "nothing waits to be closed")
        agent.wait_for_enumerations(2)  # and what was under way is over
        before = self.closed(agent)
        agent.wait_for_enumerations(3)
        self.assertTrue(agent.sessions(decision="close"))
        self.assertEqual(self.closed(agent), before)

    def check(self, source, server):
        """`source`: prometheus or alertmanager; `server` is one whose alert fires."""
        inhibitor = {source: server.url, "alerts": [ALERT], "every": "1s"}
        with Agent([simulated("fs01", sessions=100)], POLICY, inhibitors=[inhibitor]) as agent:
            self.check_held(agent, f"alert {ALERT} fires ({server.url})")
            self.assertEqual(agent.closes(), [])
            server.set_alert(ALERT, fires=False)
            agent.wait_for_close(outcome="closed")
            self.assertEqual(self.reason(agent), "")
            agent.wait_for_metric("idlewarden_hold_info", 0, cause="inhibitor")
            server.stop()
            self.check_held(agent, f"{server.url} cannot be asked: ")

    @needs_prometheus
    def test_an_alert_of_prometheus_holds_while_it_fires_and_so_does_a_stopped_prometheus(self):
        prometheus = Prometheus()
        prometheus.set_alert(ALERT, fires=True)
        with prometheus:
            self.check("prometheus", prometheus)

    @needs_alertmanager
    def test_an_alert_of_alertmanager_holds_while_it_fires_and_so_does_a_stopped_alertmanager(self):
        with Alertmanager() as alertmanager:
            alertmanager.set_alert(ALERT, fires=True)
            self.check("alertmanager", alertmanager)


if __name__ == "__main__":
    unittest.main()
