"""The agent as its operator meets it: settings, signals, reload, pause, its command line. Needs no root and no smbd."""

import json
import os
import re
import signal
import socket
import time
import unittest

from harness import Agent, program, run, simulated, wait_until

IDLE_RULE = {"name": "left-the-desk", "when": {"idle": "30m"}, "mode": "enforce"}
OBSERVE = {"rules": [{"name": "watch", "when": {"idle": "30m"}}]}
BAD_POLICY = 'version: 1\nrules:\n  - name: "Bad Name"\n    when: {idel: 30m}\n'


class Settings(unittest.TestCase):

    def test_all_errors_are_told_with_their_place_and_nothing_is_started(self):
        agent = Agent([simulated("fs01")], OBSERVE)
        self.addCleanup(agent.stop)
        with open(agent.path("wrong.yaml"), "w", encoding="utf-8") as file:
            file.write("version: 1\nmode: enforcing\npolicy: policy.yaml\npoling: {shortest: 30s}\n"
                       f"listen: {{control: 'unix:{agent.path('wrong.sock')}', http: 127.0.0.1:0}}\n"
                       "servers:\n  - {name: fs01, backend: simulated, simulated: {sessions: many}}\n")
        done = run("idlewardend", "--config", agent.path("wrong.yaml"))
        self.assertEqual(done.returncode, 1)
        places = set(re.findall(r"wrong\.yaml:(\d+):\d+: error", done.stdout + done.stderr))
        self.assertLessEqual({"2", "4", "7"}, places, done.stderr)
        self.assertFalse(os.path.exists(agent.path("wrong.sock")))

    def test_a_policy_with_errors_does_not_start(self):
        agent = Agent([simulated("fs01")], BAD_POLICY)
        self.addCleanup(agent.stop)
        agent.start()
        self.assertEqual(agent.process.wait(30), 1)
        self.assertIn("policy.yaml:", agent.log())

    def test_a_missing_file_is_said(self):
        done = run("idlewardend", "--config", "/nonexistent/settings.yaml")
        self.assertEqual(done.returncode, 1)
        self.assertIn("/nonexistent/settings.yaml", done.stderr)

    def test_every_program_tells_version_and_help(self):
        for name in ("idlewardend", "idlewarden-smb-worker", "idlewarden", "netsessiondel"):
            with self.subTest(program=name):
                version = run(name, "--version")
                self.assertEqual(version.returncode, 0, version.stderr)
                self.assertIn("0.1.0", version.stdout)
                usage = run(name, "--help")
                self.assertEqual(usage.returncode, 0, usage.stderr)
                self.assertIn("--", usage.stdout)


class Signals(unittest.TestCase):

    def ends_in_time(self, agent):
        """Ends it by SIGTERM; whether that took less than its five seconds."""
        started = time.monotonic()
        agent.process.send_signal(signal.SIGTERM)
        self.assertEqual(agent.process.wait(90), 0)
        return time.monotonic() - started < 5

    def check_in_time(self, attempt):
        """A busy machine may be too slow now and then, but not each time."""
        self.assertTrue(any(attempt() for _ in range(5)))

    def test_sigterm_ends_it_cleanly_within_five_seconds(self):
        def attempt():
            with Agent([simulated("fs01")], {"rules": [IDLE_RULE]}) as agent:
                agent.wait_for_close(outcome="closed")
                in_time = self.ends_in_time(agent)
                self.assertFalse(os.path.exists(agent.path("control.sock")))
                return in_time
        self.check_in_time(attempt)

    def test_sigterm_does_not_wait_for_a_close_that_hangs_nor_for_a_slow_reader(self):
        self.check_in_time(self.end_with_a_hanging_close_and_a_slow_reader)

    def end_with_a_hanging_close_and_a_slow_reader(self):
        hanging = simulated("fs01", sessions=100)
        hanging["faults"] = [{"call": "close", "kind": "hang", "count": "forever"}]
        polling = {"shortest": "1s", "longest": "2s", "timeout": "60s"}
        policy = {"rules": [IDLE_RULE], "limits": {"max_percent_per_server": "unlimited"}}
        with Agent([hanging], policy, polling=polling) as agent:
            wait_until(lambda: agent.status()["close_queue_length"] >= 1, "a close is under way")
            host, port = agent.status()["http_address"].rsplit(":", 1)
            with socket.create_connection((host, int(port))) as reader:
                reader.sendall(b"GET /metrics HTTP/1.1\r\nHost: agent\r\n")  # and never the rest
                in_time = self.ends_in_time(agent)
            exported = run("idlewarden", "audit", "export", "--state-dir", agent.path("state"))
            outcomes = {json.loads(line)["outcome"] for line in exported.stdout.splitlines()}
            self.assertNotIn("closed", outcomes, exported.stderr)
            self.assertIn("close-abandoned", agent.log())  # asked to close, and nobody knows yet
            return in_time

    def test_it_starts_again_after_being_killed(self):
        with Agent([simulated("fs01")], {"rules": [IDLE_RULE]}) as agent:
            agent.wait_for_close(outcome="closed")
            agent.process.kill()
            agent.process.wait()
            agent.start()
            wait_until(agent.answers, lambda: agent.log())
            agent.wait_for_close(outcome="closed")


class Reload(unittest.TestCase):

    def rules(self, agent):
        return {s["rule"] for s in agent.sessions() if s["decision"] == "would-close"}

    def test_a_changed_file_is_taken_by_itself(self):
        with Agent([simulated("fs01")], OBSERVE) as agent:
            wait_until(lambda: self.rules(agent) == {"watch"}, "the first policy decides")
            before = agent.status()["policy"]["hash"]
            agent.write_policy({"rules": [{"name": "other", "when": {"idle": "31m"}}]})
            wait_until(lambda: self.rules(agent) == {"other"}, lambda: f"the second policy decides\n{agent.log()}")
            after = agent.status()["policy"]["hash"]
            self.assertNotEqual(before, after)
            agent.wait_for_metric("idlewarden_policy_info", 1, hash=after)
            agent.wait_for_metric("idlewarden_policy_info", 0, hash=before)

    def signalled_reloads(self, agent):
        # The file is watched as well: the log tells who asked.
        return len(re.findall(r"trigger=\"?signal", agent.log()))

    def test_sighup_reads_the_file_and_a_bad_one_is_not_taken(self):
        with Agent([simulated("fs01")], OBSERVE) as agent:
            before = agent.status()["policy"]["hash"]
            agent.write_policy(BAD_POLICY)
            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: self.signalled_reloads(agent) == 1, agent.log)
            wait_until(lambda: agent.status()["policy"]["last_reload_error"], "the reload fails")
            self.assertEqual(agent.status()["policy"]["hash"], before)
            agent.write_policy(OBSERVE)
            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: self.signalled_reloads(agent) == 2, agent.log)
            wait_until(lambda: not agent.status()["policy"]["last_reload_error"], "the reload succeeds")
            wait_until(lambda: self.rules(agent) == {"watch"}, "the last good policy decides")

    def test_reload_tells_what_is_wrong(self):
        with Agent([simulated("fs01")], OBSERVE) as agent:
            agent.write_policy(BAD_POLICY)
            done = agent.cli("reload")
            self.assertEqual(done.returncode, 1)
            self.assertRegex(done.stdout, r"policy\.yaml:4:\d+: error \[unknown-key\]")
            self.assertIn("last good policy", done.stderr)
            agent.write_policy({"rules": [IDLE_RULE]})
            done = agent.cli("reload")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("1 rule", done.stdout)


class Operation(unittest.TestCase):

    def test_pause_stops_closing_until_resume(self):
        with Agent([simulated("fs01", sessions=100)], OBSERVE) as agent:
            paused = json.loads(agent.cli("pause", "--reason", "maintenance", "-o", "json").stdout)
            self.assertEqual((paused["paused"], paused["pause_reason"]), (True, "maintenance"))
            agent.wait_for_metric("idlewarden_paused", 1)
            agent.write_policy({"rules": [IDLE_RULE], "limits": {"max_percent_per_server": "unlimited"}})
            self.assertEqual(agent.cli("reload").returncode, 0)
            wait_until(lambda: agent.sessions(decision="close"), "something would be closed")
            agent.wait_for_enumerations(2)
            self.assertEqual(agent.closes(outcome="closed"), [])
            self.assertIn("maintenance", agent.cli("status").stdout)
            self.assertEqual(agent.cli("resume").returncode, 0)
            agent.wait_for_close(outcome="closed")

    def test_every_close_is_in_the_audit_trail_which_verifies(self):
        with Agent([simulated("fs01")], {"rules": [IDLE_RULE]}) as agent:
            close = agent.wait_for_close(outcome="closed")[0]
            state = ["--state-dir", agent.path("state")]
            exported = run("idlewarden", "audit", "export", *state, "--outcome", "closed")
            records = [json.loads(line) for line in exported.stdout.splitlines()]
            self.assertIn((close["server"], close["client"], close["user"]),
                          {(r["server"], r["client"], r["user"]) for r in records}, exported.stderr)
            self.assertGreaterEqual(records[0]["sessions"][0]["idle_seconds"], 1800)
            verified = run("idlewarden", "audit", "verify", *state)
            self.assertEqual(verified.returncode, 0, verified.stderr)
            self.assertIn("records verified", verified.stdout)

    def test_a_mass_match_is_held(self):
        policy = {"rules": [dict(IDLE_RULE, when={"idle": "1s"})]}
        with Agent([simulated("fs01", sessions=100)], policy) as agent:
            held = wait_until(lambda: agent.sessions(decision="held"), "closes are held")
            self.assertEqual({session["reason"] for session in held}, {"limit-server"})
            agent.wait_for_enumerations(2)
            self.assertEqual(agent.closes(), [])
            wait_until(lambda: agent.metric("idlewarden_decisions_total", decision="held") >= 1, "held is counted")

    def test_a_recording_of_the_agent_previews_as_it_decides(self):
        policy = dict(OBSERVE, limits={"max_percent_per_server": "unlimited", "max_closes_per_cycle": "unlimited"})
        with Agent([simulated("fs01"), simulated("fs02", seed=2)], policy, mode="observe") as agent:
            wait_until(lambda: {s["server"] for s in agent.sessions()} == {"fs01", "fs02"}, "both are enumerated")
            recorded = agent.cli("record")
            self.assertEqual(recorded.returncode, 0, recorded.stderr)
            snapshot = json.loads(recorded.stdout)
            self.assertEqual({server["name"] for server in snapshot["servers"]}, {"fs01", "fs02"})
            preview = run("idlewarden", "preview", "--policy", agent.path("policy.yaml"), "--snapshot", "-", "-o",
                          "json", stdin=recorded.stdout)
            rows = [json.loads(line) for line in preview.stdout.splitlines()]
            self.assertEqual(len(rows), sum(len(server["sessions"]) for server in snapshot["servers"]))
            self.assertIn("would-close", {row["decision"] for row in rows})
            for row in rows:
                # A pair of which one session works is kept as a whole.
                matches = (row["idle_seconds"] or 0) >= 1800 and row["open_files"] == 0
                expected = ("would-close", "collateral") if matches else ("keep", "no-rule")
                self.assertTrue(row["decision"] in expected or row["reason"] in expected, row)

    def test_sessions_and_decisions_have_the_fields_of_the_contract(self):
        with Agent([simulated("fs01"), simulated("fs02", seed=2)], OBSERVE) as agent:
            wait_until(lambda: {s["server"] for s in agent.sessions()} == {"fs01", "fs02"}, "both are enumerated")
            row = wait_until(lambda: self.decided(agent), "something is decided")[0]
            self.assertEqual(list(row), ["server", "client", "user", "idle_seconds", "age_seconds", "open_files",
                                         "decision", "rule", "reason", "idle_at_least"])
            self.assertNotIn("keep", {row["decision"] for row in self.decided(agent)})
            self.assertEqual({s["server"] for s in agent.json_lines("sessions", "--server", "fs02")}, {"fs02"})
            table = agent.cli("sessions").stdout
            self.assertRegex(table.splitlines()[-1], r"^\d+ sessions on 2 servers: ")

    def decided(self, agent):
        return agent.json_lines("decisions")

    def test_no_agent_is_said_with_what_to_do(self):
        done = run("idlewarden", "status", "--agent", "unix:/nonexistent/control.sock")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stdout, "")
        self.assertIn("--agent", done.stderr)

    def test_two_agents_do_not_share_a_socket(self):
        with Agent([simulated("fs01")], OBSERVE) as agent:
            second = run("idlewardend", "--config", agent.path("settings.yaml"))
            self.assertEqual(second.returncode, 1, second.stderr)
            self.assertEqual(agent.cli("status").returncode, 0)


if __name__ == "__main__":
    unittest.main()
