"""The metrics as Prometheus sees them: a real one scrapes a real agent."""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import (Agent, SambaServer, close_by_age, end_with_parent, needs_smbd, read_metrics, simulated, smb,
                     wait_until)

needs_prometheus = unittest.skipUnless(shutil.which("prometheus") and shutil.which("promtool"),
                                       "Prometheus is not installed (package prometheus)")
IDLE_RULE = {"name": "left-the-desk", "when": {"idle": "30m"}, "mode": "enforce"}


class Prometheus:
    """Scrapes one target each second."""

    def __init__(self, target):
        self.directory = tempfile.mkdtemp(prefix="prometheus-")
        with socket.create_server(("127.0.0.1", 0)) as sock:
            self.address = f"127.0.0.1:{sock.getsockname()[1]}"
        config = os.path.join(self.directory, "prometheus.yaml")
        with open(config, "w", encoding="utf-8") as file:
            json.dump({"global": {"scrape_interval": "1s"},
                       "scrape_configs": [{"job_name": "idlewarden", "static_configs": [{"targets": [target]}]}]}, file)
        self.process = subprocess.Popen(
            ["prometheus", "--config.file", config, "--storage.tsdb.path", self.directory + "/data",
             "--web.listen-address", self.address, "--log.level", "warn"], stdin=subprocess.DEVNULL,
            preexec_fn=end_with_parent)

    def stop(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def query(self, expression):
        """[(labels, value)] now; empty while Prometheus is not up."""
        url = f"http://{self.address}/api/v1/query?query={urllib.parse.quote(expression)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                result = json.load(answer)["data"]["result"]
        except (urllib.error.URLError, ConnectionError):
            return []
        return [(series["metric"], float(series["value"][1])) for series in result]


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
                self.assertTrue(alice.wait_closed(30), agent.log())
                (labels, value), = wait_until(
                    lambda: prometheus.query('idlewarden_closes_total{outcome="closed"} > 0'),
                    lambda: f"the close is scraped; {prometheus.query('idlewarden_closes_total')}", 60)
                self.assertEqual((labels["rule"], labels["job"], value), ("old", "idlewarden", 1))
                (_, up), = prometheus.query('idlewarden_server_up{server="smbd"}')
                self.assertEqual(up, 1)

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
