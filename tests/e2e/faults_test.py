"""What goes wrong with one server, or with the worker, is reported as what it is, and everything else goes on."""

import json
import os
import signal
import socket
import unittest

from harness import Agent, WindowsPeer, needs_smbd, read_metrics, run, simulated, smb, wait_until

HOUR = 3600
IDLE_RULE = {"name": "idle", "when": {"idle": "15m"}, "mode": "enforce"}


def idle_session(user):
    return {"client": "10.20.0.5", "user": user, "age": 2 * HOUR, "idle": HOUR}


def refusing_socket():
    """Its port refuses connections, and nobody else can listen there while it is open."""
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    return sock


def worker_of(agent):
    """The process id of the agent's SMB worker."""
    path = f"/proc/{agent.process.pid}/task/{agent.process.pid}/children"
    with open(path, encoding="ascii") as file:
        children = file.read().split()
    for child in children:
        try:
            with open(f"/proc/{child}/cmdline", "rb") as file:
                if b"idlewarden-smb-worker" in file.read():
                    return int(child)
        except OSError:  # it has ended
            continue
    return None


@needs_smbd
class Faults(unittest.TestCase):

    def setUp(self):
        self.peer = WindowsPeer([idle_session("alice")])
        self.addCleanup(self.peer.stop)
        self.peer.start()

    def agent(self, servers, **more):
        agent = Agent(servers, {"rules": [IDLE_RULE]}, **more)
        agent.add_credentials("admin", self.peer.user, self.peer.password)
        agent.add_credentials("wrong", self.peer.user, "not the password")
        return agent

    def test_each_fault_has_its_own_error_and_the_others_go_on(self):
        # The kernel accepts for a listener that nobody serves: a black hole.
        black_hole = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(black_hole.close)
        refusing = refusing_socket()
        self.addCleanup(refusing.close)
        broken = WindowsPeer([idle_session("eve")])
        self.addCleanup(broken.stop)
        broken.start()
        broken.fault(op="enum", drop="mid")
        servers = [
            smb("good", self.peer),
            smb("wrong-password", self.peer, credentials="wrong"),
            dict(smb("refused", self.peer), port=refusing.getsockname()[1]),
            dict(smb("black-hole", self.peer), port=black_hole.getsockname()[1]),
            smb("mid-reply", broken),
        ]
        with self.agent(servers) as agent:
            agent.wait_for_close(server="good", user="alice", outcome="closed")
            for name, cause in (("wrong-password", "auth-failed"), ("refused", "refused"), ("black-hole", "timeout"),
                                ("mid-reply", "disconnected")):
                server = agent.wait_for_server(name, up=False, error_cause=cause)
                self.assertNotEqual(server["error"], "")
                # Status and metrics are asked one after the other, and each of them may change in between.
                agent.wait_for_metric("idlewarden_server_up", 0, server=name)
                wait_until(lambda: agent.metric("idlewarden_enumerations_total", result=cause) >= 1, cause)
            agent.wait_for_server("good", up=True)
            agent.wait_for_metric("idlewarden_server_up", 1, server="good")
            self.assertNotIn("not the password", agent.log())
            # It heals by itself.
            broken.clear_faults()
            agent.wait_for_close(server="mid-reply", user="eve", outcome="closed", seconds=180)

    def test_a_killed_worker_is_started_again_and_closing_goes_on(self):
        with self.agent([smb("good", self.peer)]) as agent:
            agent.wait_for_close(user="alice", outcome="closed")
            first = worker_of(agent)
            os.kill(first, signal.SIGKILL)
            self.peer.add(**idle_session("bob"))
            agent.wait_for_close(user="bob", outcome="closed")
            wait_until(lambda: worker_of(agent) not in (None, first), "another worker runs")
            wait_until(lambda: agent.status()["worker_restarts"] >= 1, "the restart is told")
            wait_until(lambda: agent.metric("idlewarden_worker_restarts_total") >= 1, "the restart is counted")

    def test_a_worker_that_hangs_is_started_again_and_closing_goes_on(self):
        with self.agent([smb("good", self.peer)]) as agent:
            agent.wait_for_close(user="alice", outcome="closed")
            first = worker_of(agent)
            os.kill(first, signal.SIGSTOP)
            self.peer.add(**idle_session("bob"))
            agent.wait_for_close(user="bob", outcome="closed", seconds=180)
            wait_until(lambda: worker_of(agent) not in (None, first), "another worker runs")

    def test_a_worker_in_a_crash_loop_backs_off_and_costs_the_other_servers_nothing(self):
        crashing = os.path.join(self.peer.directory, "crashing-worker")
        with open(os.open(crashing, os.O_WRONLY | os.O_CREAT, 0o700), "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\necho started >> {crashing}.log\nexit 1\n")
        servers = [smb("unreachable", self.peer), simulated("good")]
        with self.agent(servers, smb_worker=crashing) as agent:
            agent.wait_for_server("unreachable", up=False, error_cause="worker")
            wait_until(lambda: agent.status()["worker_restarts"] >= 3, "the worker is started again and again")
            agent.wait_for_close(server="good", outcome="closed")
            agent.wait_for_enumerations(3)
            self.assertEqual(agent.server("good")["up"], True)
            with open(crashing + ".log", encoding="ascii") as file:
                self.assertLess(len(file.readlines()), 40)  # at once each time it would be thousands
            self.assertEqual(self.peer.deletes(), [])

    def test_errors_of_the_server_are_told_by_number_and_close_nothing(self):
        # The worker follows thousands of pages before it takes them for endless.
        polling = {"shortest": "1s", "longest": "2s", "timeout": "100s"}
        with self.agent([smb("good", self.peer)], mode="observe", polling=polling) as agent:
            agent.wait_for_session(user="alice", decision="would-close")
            faults = [({"error": 5}, "access-denied"), ({"error": 8}, "server-error"), ({"error": 87}, "server-error"),
                      ({"error": 124}, "server-error"), ({"more": "endless"}, "protocol"),
                      ({"error": 2221}, "server-error"), ({"error": 2312}, "server-error"),
                      ({"spoil": "huge"}, "protocol"), ({"truncate": 40}, "protocol")]
            for fault, cause in faults:
                with self.subTest(fault):
                    self.peer.clear_faults()
                    self.peer.fault(op="enum", **fault)
                    server = agent.wait_for_server("good", up=False, error_cause=cause, seconds=240)
                    self.assertIn(str(fault.get("error", "")), server["error"])
                    agent.wait_for_session(user="alice", decision="keep", reason="incomplete")
                    self.peer.clear_faults()
                    # Had the fault met only some of the levels, the worker would stay at the one that answered.
                    self.peer.cut()
                    wait_until(lambda: agent.server("good")["up"], "the server is back", 240)
                    agent.wait_for_session(user="alice", decision="would-close")

    def test_errors_of_a_close_are_told_by_number_and_it_is_not_sent_again(self):
        for number in (8, 87, 124, 2221, 2312):
            user = f"user{number}"
            self.peer.add(client=f"10.21.0.{number % 200}", user=user, age=2 * HOUR, idle=HOUR)
            self.peer.fault(op="del", user=user, error=number)
        with self.agent([smb("good", self.peer)]) as agent:
            for number in (8, 87, 124, 2221, 2312):
                user = f"user{number}"
                # Each is tried again after its rest of a minute, but not before: the first record counts, and it is
                # told of one call.
                close = agent.wait_for_close(user=user)[-1]
                self.assertEqual((close["outcome"], close["windows_error"]), ("failed", number))
                self.assertLessEqual(len(self.sent(user)), len(agent.closes(user=user)) + 1)

    def test_a_close_that_a_kill_left_open_is_looked_up_and_not_sent_again(self):
        # The kill comes before the agent gives the hanging call up.
        polling = {"shortest": "1s", "longest": "2s", "timeout": "60s"}
        for where, outcome in (("after", "closed"), ("before", "survived")):
            with self.subTest(where):
                user = "killed-" + where
                self.peer.clear_faults()
                self.peer.fault(op="del", user=user, hang=where)
                self.peer.add(client="10.22.0.5", user=user, age=2 * HOUR, idle=HOUR)
                with self.agent([smb("good", self.peer)], polling=polling) as agent:
                    wait_until(lambda: self.sent(user), "the close is sent")
                    agent.process.kill()
                    agent.process.wait()
                    agent.start()
                    wait_until(agent.answers, agent.log)
                    agent.wait_for_close(user=user, outcome=outcome)
                    state = ["--state-dir", agent.path("state")]
                    exported = run("idlewarden", "audit", "export", *state, "--user", user)
                    outcomes = [json.loads(line)["outcome"] for line in exported.stdout.splitlines()]
                    # A pair that survived is tried again after its rest of a minute: the first record counts.
                    self.assertEqual(outcomes[0], outcome, exported.stderr)
                    self.assertLessEqual(len(self.sent(user)), len(outcomes) + 1)
                    verified = run("idlewarden", "audit", "verify", *state)
                    self.assertEqual(verified.returncode, 0, verified.stderr)

    def sent(self, user):
        return [delete for delete in self.peer.deletes() if delete["user"] == user]

    def test_a_connection_that_the_server_closed_between_polls_is_no_error(self):
        with self.agent([smb("good", self.peer)], mode="observe") as agent:
            agent.wait_for_server("good", up=True)
            self.assertGreaterEqual(self.peer.cut(), 1)
            agent.wait_for_enumerations(2)
            failed = [labels for (name, labels), value in read_metrics(agent.get("/metrics")[1])
                      if name == "idlewarden_enumerations_total" and labels["result"] != "ok" and value]
            self.assertEqual(failed, [])

    def test_a_server_that_hangs_closes_nothing_and_comes_back(self):
        polling = {"shortest": "1s", "longest": "2s", "timeout": "2s"}
        with self.agent([smb("good", self.peer)], polling=polling, mode="observe") as agent:
            agent.wait_for_session(user="alice", decision="would-close")
            self.peer.freeze()
            self.addCleanup(self.peer.thaw)
            agent.wait_for_server("good", up=False, error_cause="timeout")
            # What is known from before may have changed: nothing of it is decided to be closed.
            agent.wait_for_session(user="alice", decision="keep", reason="incomplete")
            self.peer.thaw()
            wait_until(lambda: agent.server("good")["up"], "the server is back", 180)
            agent.wait_for_session(user="alice", decision="would-close")

    def test_a_lost_answer_to_a_close_is_looked_up(self):
        # The server carries the close out, and the connection dies before its answer.
        self.peer.fault(op="del", drop="after", count=1)
        with self.agent([smb("good", self.peer)]) as agent:
            close = agent.wait_for_close(user="alice")[-1]
            self.assertIn(close["outcome"], ("closed", "gone-already"))
            self.assertEqual(len(self.peer.deletes()), 1)


if __name__ == "__main__":
    unittest.main()
