"""The metrics as Prometheus sees them: a real one scrapes a real agent."""

import subprocess
import unittest

from harness import Agent, SambaServer, close_by_age, needs_smbd, read_metrics, simulated, smb, wait_until
from monitoring import Prometheus, needs_prometheus

IDLE_RULE = {"name": "left-the-desk", "when": {"idle": "30m"}, "mode": "enforce"}


@needs_prometheus
class Scrape(unittest.TestCase):

    @needs_smbd
    def test_a_closed_pair_appears_in_what_prometheus_scraped(self):
        with SambaServer({"alice": "secret-a"}) as server:
            alice = server.open_session("alice", client_address="127.0.0.51")
            agent = Agent([smb("smbd", server)], {"rules": [close_by_age(users=["alice"])]})
            agent.add_credentials("admin", server.user, server.password)
            with agent:
                prometheus = Prometheus(agent.status()["http_address"])
                self.addCleanup(prometheus.stop)
                prometheus.start()
                self.assertTrue(alice.wait_closed(90), agent.log())
                (labels, value), = wait_until(
                    lambda: prometheus.query('idlewarden_closes_total{outcome="closed"} > 0'),
                    lambda: f"the close is scraped; {prometheus.query('idlewarden_closes_total')}")
                self.assertEqual((labels["rule"], labels["job"], value), ("old", "idlewarden", 1))
                wait_until(lambda: prometheus.query('idlewarden_server_up{server="smbd"} == 1'), "the server is up")

    def test_a_live_scrape_passes_promtool(self):
        servers = [simulated("fs01"), simulated("fs02", seed=2, samba_like=True)]
        with Agent(servers, {"rules": [IDLE_RULE]}) as agent:
            agent.wait_for_close(outcome="closed")
            _, text = agent.get("/metrics")
            done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(done.stdout + done.stderr, "")


class Pages(unittest.TestCase):

    def test_the_metrics_that_dashboards_rely_on_are_there(self):
        with Agent([simulated("fs01")], {"rules": [IDLE_RULE]}) as agent:
            agent.wait_for_close(outcome="closed")
            wait_until(lambda: agent.metric("idlewarden_closes_total", outcome="closed") >= 1, "the close is counted")
            series = {}
            for (name, labels), _ in read_metrics(agent.get("/metrics")[1]):
                series.setdefault(name, set()).update(labels)
            for name, labels in (
                    ("idlewarden_server_up", {"server"}),
                    ("idlewarden_server_last_success_timestamp_seconds", {"server"}),
                    ("idlewarden_server_sessions", {"server"}),
                    ("idlewarden_server_idle_trust", {"server", "trust"}),
                    ("idlewarden_enumerations_total", {"result"}),
                    ("idlewarden_enumeration_duration_seconds_bucket", {"le"}),
                    ("idlewarden_decisions_total", {"rule", "decision"}),
                    ("idlewarden_closes_total", {"rule", "outcome"}),
                    ("idlewarden_close_queue_length", set()),
                    ("idlewarden_policy_info", {"hash"}),
                    ("idlewarden_policy_reloads_total", {"result"}),
                    ("idlewarden_paused", set()),
                    ("idlewarden_worker_restarts_total", set()),
                    ("idlewarden_build_info", {"version"})):
                with self.subTest(metric=name):
                    self.assertIn(name, series)
                    self.assertLessEqual(labels, series[name])

    def test_no_user_and_no_client_is_a_label(self):
        with Agent([simulated("fs01")], {"rules": [IDLE_RULE]}) as agent:
            agent.wait_for_close(outcome="closed")
            names = {session["user"] for session in agent.sessions()} | {s["client"] for s in agent.sessions()}
            values = {value for (_, labels), _ in read_metrics(agent.get("/metrics")[1]) for value in labels.values()}
            self.assertTrue(names)
            self.assertEqual(names & values, set())

    def test_health_pages(self):
        with Agent([simulated("fs01")], {"rules": [IDLE_RULE]}) as agent:
            self.assertEqual(agent.get("/healthz")[0], 200)
            wait_until(lambda: agent.get("/readyz")[0] == 200, "the agent is ready")
            self.assertEqual(agent.get("/nothing-here")[0], 404)


if __name__ == "__main__":
    unittest.main()
