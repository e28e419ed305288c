"""What goes wrong with one server, or with the worker, is reported as what it is, and everything else goes on."""

import os
import signal
import socket
import unittest

from harness import Agent, WindowsPeer, needs_smbd, read_metrics, smb, wait_until

HOUR = 3600
IDLE_RULE = {"name": "idle", "when": {"idle": "15m"}, "mode": "enforce"}


def idle_session(user):
    return {"client": "10.20.0.5", "user": user, "age": 2 * HOUR, "idle": HOUR}


def refused_port():
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


def worker_of(agent):
    """The process id of the agent's SMB worker."""
    path = f"/proc/{agent.process.pid}/task/{agent.process.pid}/children"
    with open(path, encoding="ascii") as file:
        children = file.read().split()
    for child in children:
        with open(f"/proc/{child}/cmdline", "rb") as file:
            if b"idlewarden-smb-worker" in file.read():
                return int(child)
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
        broken = WindowsPeer([idle_session("eve")])
        self.addCleanup(broken.stop)
        broken.start()
        broken.fault(op="enum", drop="mid")
        servers = [
            smb("good", self.peer),
            smb("wrong-password", self.peer, credentials="wrong"),
            dict(smb("refused", self.peer), port=refused_port()),
            dict(smb("black-hole", self.peer), port=black_hole.getsockname()[1]),
            smb("mid-reply", broken),
        ]
        polling = {"shortest": "1s", "longest": "2s", "timeout": "2s"}
        with self.agent(servers, polling=polling) as agent:
            agent.wait_for_close(server="good", user="alice", outcome="closed")
            for name, cause in (("wrong-password", "auth-failed"), ("refused", "refused"), ("black-hole", "timeout"),
                                ("mid-reply", "disconnected")):
                server = agent.wait_for_server(name, up=False, error_cause=cause)
                self.assertNotEqual(server["error"], "")
                self.assertEqual(agent.metric("idlewarden_server_up", server=name), 0)
                self.assertGreaterEqual(agent.metric("idlewarden_enumerations_total", result=cause), 1)
            agent.wait_for_server("good", up=True)
            self.assertEqual(agent.metric("idlewarden_server_up", server="good"), 1)
            self.assertNotIn("not the password", agent.log())
            # It heals by itself.
            broken.clear_faults()
            agent.wait_for_close(server="mid-reply", user="eve", outcome="closed", seconds=90)

    def test_a_killed_worker_is_started_again_and_closing_goes_on(self):
        with self.agent([smb("good", self.peer)]) as agent:
            agent.wait_for_close(user="alice", outcome="closed")
            first = worker_of(agent)
            os.kill(first, signal.SIGKILL)
            self.peer.add(**idle_session("bob"))
            agent.wait_for_close(user="bob", outcome="closed", seconds=60)
            self.assertNotIn(worker_of(agent), (None, first))
            self.assertGreaterEqual(agent.status()["worker_restarts"], 1)
            self.assertGreaterEqual(agent.metric("idlewarden_worker_restarts_total"), 1)

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
            wait_until(lambda: agent.server("good")["up"], "the server is back", 90)
            agent.wait_for_session(user="alice", decision="would-close")

    def test_a_lost_answer_to_a_close_is_looked_up(self):
        # The server carries the close out, and the connection dies before its answer.
        self.peer.fault(op="del", drop="after", count=1)
        with self.agent([smb("good", self.peer)]) as agent:
            close = agent.wait_for_close(user="alice")[0]
            self.assertIn(close["outcome"], ("closed", "gone-already"))
            self.assertEqual(len(self.peer.deletes()), 1)


if __name__ == "__main__":
    unittest.main()
