"""On a server that reports idle times over real SMB as Windows does: idle rules close who is idle, and nobody else."""

import json
import os
import socket
import unittest

from dns_server import DnsServer
from harness import Agent, WindowsPeer, needs_smbd, run, smb
from unsigned_relay import UnsignedRelay

HOUR = 3600
IDLE_RULE = {"name": "idle", "when": {"idle": "15m"}, "mode": "enforce"}
SESSIONS = [
    {"client": "10.20.0.5", "user": "alice", "age": 2 * HOUR, "idle": HOUR},
    {"client": "10.20.0.6", "user": "bob", "age": 2 * HOUR, "idle": 5},
]


def has_ipv6():
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@needs_smbd
class Windows(unittest.TestCase):

    def serve(self, sessions, **more):
        peer = WindowsPeer(sessions, **more)
        self.addCleanup(peer.stop)
        peer.start()
        return peer

    def agent_for(self, peer, rules, server=None, protect=(), **more):
        policy = {"rules": rules, "protect": list(protect)} if protect else {"rules": rules}
        agent = Agent([dict(smb("winlike", peer), **(server or {}))], policy, **more)
        agent.add_credentials("admin", peer.user, peer.password)
        return agent

    def test_the_idle_session_is_closed_and_the_busy_one_is_not(self):
        peer = self.serve(SESSIONS)
        with self.agent_for(peer, [IDLE_RULE]) as agent:
            agent.wait_for_close(user="alice", outcome="closed")
            agent.wait_for_session(user="bob", decision="keep", reason="no-rule")
            server = agent.wait_for_server("winlike", idle_trust="reported", close_scope="pair")
            self.assertEqual(server["level"], 502)
            agent.wait_for_enumerations(2)
            self.assertEqual([delete["user"] for delete in peer.deletes()], ["alice"])
            self.assertEqual({session["user"] for session in peer.sessions()} - {peer.user}, {"bob"})

    def test_one_that_becomes_busy_before_its_close_is_left_alone(self):
        sessions = [dict(SESSIONS[0], client=f"10.20.0.{n}", user=f"user{n}") for n in range(1, 3)]
        peer = self.serve(sessions)
        # The second close has to wait for its token, and no enumeration comes in between: only the look right before
        # the close can see that its session is busy again.
        rate = {"closes_per_second": 0.05, "burst": 1}
        executor = dict(rate, per_server=rate, queue_time_to_live="5m")
        polling = {"shortest": "2m", "longest": "5m", "timeout": "15s"}
        with self.agent_for(peer, [IDLE_RULE], executor=executor, polling=polling) as agent:
            first = agent.wait_for_close(outcome="closed")[-1]
            other = "user2" if first["user"] == "user1" else "user1"
            self.assertEqual(peer.touch(user=other), 1, "it was closed before it could become busy")
            agent.wait_for_close(user=other, outcome="became-active")
            self.assertEqual([delete["user"] for delete in peer.deletes()], [first["user"]])
            self.assertIn(other, {session["user"] for session in peer.sessions()})

    def test_several_sessions_of_one_pair_are_judged_together(self):
        # One NetSessionDel ends both rows of alice: while one of them works, none may be closed.
        peer = self.serve([SESSIONS[0], dict(SESSIONS[0], idle=3), SESSIONS[0] | {"user": "dave"}])
        with self.agent_for(peer, [IDLE_RULE]) as agent:
            agent.wait_for_close(user="dave", outcome="closed")
            agent.wait_for_session(user="alice", decision="keep", reason="collateral")
            agent.wait_for_enumerations(2)
            self.assertEqual([delete["user"] for delete in peer.deletes()], ["dave"])

    def test_machine_accounts_and_own_session_stay(self):
        peer = self.serve([dict(SESSIONS[0], user="NODE1$"), SESSIONS[0]])
        with self.agent_for(peer, [dict(IDLE_RULE, when={"idle": "1s"})]) as agent:
            agent.wait_for_close(user="alice", outcome="closed")
            agent.wait_for_session(user="NODE1$", decision="keep", reason="machine-account")
            agent.wait_for_session(user=peer.user, decision="keep", reason="self")
            self.assertEqual([delete["user"] for delete in peer.deletes()], ["alice"])

    def test_a_protection_by_host_name_protects_whom_the_server_reports_by_address(self):
        protect = [{"name": "backup-host", "when": {"clients": ["backup01.example"]}}]
        sessions = [dict(SESSIONS[0], user="svc-copy"), dict(SESSIONS[0], client="10.20.0.7", user="carol")]
        peer = self.serve(sessions)
        with self.agent_for(peer, [IDLE_RULE], protect=protect) as agent:
            for user in ("svc-copy", "carol"):
                agent.wait_for_session(user=user, decision="keep", reason="protected-unknown", rule="backup-host")
            agent.wait_for_server("winlike", protected_unknown={"backup-host": 2})
            self.assertEqual(peer.deletes(), [])
        dns = DnsServer({"backup01.example": "10.20.0.5"})
        self.addCleanup(dns.stop)
        resolve = {"enabled": True, "nameservers": [dns.address]}
        with self.agent_for(peer, [IDLE_RULE], protect=protect, resolve_clients=resolve) as agent:
            agent.wait_for_close(user="carol", outcome="closed")
            agent.wait_for_session(user="svc-copy", decision="keep", reason="protected", rule="backup-host")
            self.assertEqual([delete["user"] for delete in peer.deletes()], ["carol"])

    def test_a_denied_close_is_reported_with_its_windows_error(self):
        peer = self.serve(SESSIONS)
        peer.fault(op="del", error=5)
        with self.agent_for(peer, [IDLE_RULE]) as agent:
            close = agent.wait_for_close(user="alice", outcome="denied")[-1]
            self.assertEqual(close["windows_error"], 5)

    @unittest.skipUnless(has_ipv6(), "this machine has no IPv6 on loopback")
    def test_over_ipv6_it_enumerates_and_closes(self):
        peer = self.serve(SESSIONS, addresses=["::1"])
        self.assertEqual(peer.address, "::1")
        with self.agent_for(peer, [IDLE_RULE]) as agent:
            agent.wait_for_close(user="alice", outcome="closed")
            agent.wait_for_session(user="bob", decision="keep", reason="no-rule")
            agent.wait_for_session(user=peer.user, client="[::1]", decision="keep", reason="self")
            self.assertEqual([(delete["server"], delete["user"]) for delete in peer.deletes()], [("::1", "alice")])

    def test_answers_without_signature_are_refused_unless_the_settings_say_otherwise(self):
        peer = self.serve(SESSIONS, smb_config="  server max protocol = SMB2_10")
        relay = UnsignedRelay(peer)
        self.addCleanup(relay.stop)
        relay.start()
        with self.agent_for(relay, [IDLE_RULE]) as agent:
            server = agent.wait_for_server("winlike", up=False, error_cause="access-denied")
            self.assertIn("NT_STATUS_ACCESS_DENIED", server["error"])
            self.assertEqual(agent.sessions(), [])
        self.assertEqual(peer.calls(), [])
        with self.agent_for(relay, [IDLE_RULE], server={"signing": "off"}) as agent:
            agent.wait_for_close(user="alice", outcome="closed")

    def test_a_recording_of_the_server_previews_as_the_agent_decides(self):
        peer = self.serve(SESSIONS)
        with self.agent_for(peer, [IDLE_RULE], mode="observe") as agent:
            credentials = agent.path("credentials.yaml")
            with open(os.open(credentials, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                file.write(f"user: {peer.user}\npassword: {peer.password}\n")
            recorded = run("idlewarden", "record", "--address", peer.address, "--port", str(peer.port),
                           "--credentials-file", credentials, "--name", "winlike")
            self.assertEqual(recorded.returncode, 0, recorded.stderr)
            sessions = json.loads(recorded.stdout)["servers"][0]["sessions"]
            self.assertEqual({session["user"] for session in sessions}, {"alice", "bob"})
            preview = run("idlewarden", "preview", "--policy", agent.path("policy.yaml"), "--snapshot", "-", "-o",
                          "json", stdin=recorded.stdout)
            decided = {row["user"]: row["decision"] for row in map(json.loads, preview.stdout.splitlines())}
            self.assertEqual(decided, {"alice": "close", "bob": "keep"})
            # A file that others may read is refused before the password leaves it.
            os.chmod(credentials, 0o644)
            refused = run("idlewarden", "record", "--address", peer.address, "--port", str(peer.port),
                          "--credentials-file", credentials)
            self.assertEqual(refused.returncode, 1)
            self.assertNotIn(peer.password, refused.stderr)


if __name__ == "__main__":
    unittest.main()
