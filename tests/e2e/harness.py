"""What the end-to-end tests share: a real agent in a directory of its own, asked through its command line and HTTP.

Nothing here sleeps for a fixed time: wait_until polls a condition and gives up at a deadline.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.getcwd(), "tests/peer"))

import samba_server  # noqa: E402
import windows_peer  # noqa: E402

SambaServer = samba_server.SambaServer
WindowsPeer = windows_peer.WindowsPeer

_PROGRAMS = {
    "idlewardend": "agent/idlewardend",
    "idlewarden-smb-worker": "agent/smb_worker/idlewarden-smb-worker",
    "idlewarden": "tools/idlewarden",
    "netsessiondel": "tools/netsessiondel",
}
_PATIENCE = 90  # seconds that any condition may take, on a slow machine


def program(name):
    """The built program, as an absolute path."""
    path = os.path.abspath(_PROGRAMS[name])
    if not os.path.exists(path):
        raise FileNotFoundError(path + " is not built")
    return path


def why_no_smbd():
    return windows_peer.why_unavailable()


# For classes of tests with a real smbd: each case is skipped by name, with the reason.
needs_smbd = unittest.skipIf(why_no_smbd(), why_no_smbd() or "")


def wait_until(condition, what, seconds=_PATIENCE):
    """Polls until `condition()` is true, and returns its value; fails at the deadline with what was last seen."""
    pause = threading.Event()
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what() if callable(what) else what}")
        pause.wait(0.05)


def end_with_parent():
    """For preexec_fn: a test that is killed leaves no process behind."""
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def run(name, *arguments, env=None, stdin=""):
    """One of the programs, to its end."""
    return subprocess.run([program(name), *arguments], env=dict(os.environ, **(env or {})), input=stdin,
                          capture_output=True, text=True, timeout=120)


class Agent:
    """idlewardend with settings and a policy given as values.

    with Agent(servers=[…], policy={"rules": […]}) as agent:
        agent.wait_for_close(user="alice", outcome="closed")
    """

    def __init__(self, servers, policy, mode="enforce", **settings):
        # Below /tmp whatever TMPDIR says: Unix socket paths are short.
        self.directory = tempfile.mkdtemp(prefix="idlewarden-", dir="/tmp")
        self.address = "unix:" + self.path("control.sock")
        self.process = None
        self.settings = {
            "version": 1,
            "name": "e2e",
            "mode": mode,
            "policy": "policy.yaml",
            "state_dir": self.path("state"),
            "listen": {"control": self.address, "http": "127.0.0.1:0"},
            "polling": {"shortest": "1s", "longest": "2s", "timeout": "10s"},
            "executor": {"closes_per_second": 20, "burst": 20, "per_server": {"closes_per_second": 20, "burst": 20}},
            "servers": servers,
        }
        self.settings.update(settings)
        self.write_policy(policy)

    def path(self, name):
        return os.path.join(self.directory, name)

    def write_policy(self, policy):
        """`policy`: its text, or its keys without `version`. Takes the place of the old file at once."""
        text = policy if isinstance(policy, str) else json.dumps(dict({"version": 1}, **policy), indent=1)
        with open(self.path("policy.new"), "w", encoding="utf-8") as file:
            file.write(text)
        os.rename(self.path("policy.new"), self.path("policy.yaml"))

    def add_credentials(self, name, user, password):
        path = self.path(name + ".password")
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            file.write(password + "\n")
        self.settings.setdefault("credentials", {})[name] = {"user": user, "password_file": path}

    def __enter__(self):
        try:
            self.start()
            wait_until(self.answers, lambda: "the agent answers\n" + self.log())
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.log()[-20000:], file=sys.stderr)
        self.stop()

    def start(self):
        os.makedirs(self.path("state"), exist_ok=True)
        with open(self.path("settings.yaml"), "w", encoding="utf-8") as file:
            json.dump(self.settings, file, indent=1)
        with open(self.path("log"), "ab") as log:
            self.process = subprocess.Popen([program("idlewardend"), "--config", self.path("settings.yaml")],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            preexec_fn=end_with_parent)

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the agent ended with {self.process.returncode}:\n{self.log()}")
        # Sessions are listed from the first cycle on.
        return self.cli("sessions").returncode == 0

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)

    def log(self):
        if not os.path.exists(self.path("log")):
            return ""
        with open(self.path("log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    # Its command line.

    def cli(self, *arguments):
        return run("idlewarden", *arguments, env={"IDLEWARDEN_AGENT": self.address})

    def json_lines(self, *arguments):
        """What a command prints that is to succeed. It gives up after ten seconds itself, and is then asked again."""
        deadline = time.monotonic() + _PATIENCE
        while True:
            done = self.cli(*arguments, "-o", "json")
            if done.returncode == 0:
                return [json.loads(line) for line in done.stdout.splitlines()]
            if "did not answer within" not in done.stderr or time.monotonic() > deadline:
                raise AssertionError(f"idlewarden {' '.join(arguments)}: {done.stderr}")

    def status(self):
        return self.json_lines("status")[0]

    def server(self, name):
        """None while the agent does not know the server: the control plane answers before the servers are added."""
        return next((server for server in self.status()["servers"] if server["name"] == name), None)

    def sessions(self, **match):
        return [s for s in self.json_lines("sessions") if all(s[key] == value for key, value in match.items())]

    def closes(self, **match):
        return [c for c in self.status()["recent_closes"] if all(c[key] == value for key, value in match.items())]

    # Waiting. All return what they waited for.

    def wait_for_close(self, seconds=_PATIENCE, **match):
        return wait_until(lambda: self.closes(**match),
                          lambda: f"close {match}; closes: {self.closes()}; sessions: {self.sessions()}", seconds)

    def wait_for_session(self, **match):
        return wait_until(lambda: self.sessions(**match), lambda: f"session {match}; there are: {self.sessions()}")

    def wait_for_server(self, name, seconds=_PATIENCE, **match):
        def matching():
            server = self.server(name)
            return server if server and all(server.get(key) == value for key, value in match.items()) else None
        return wait_until(matching, lambda: f"server {match}; it is: {self.server(name)}", seconds)

    def wait_for_metric(self, name, value, **labels):
        wait_until(lambda: self.metric(name, **labels) == value,
                   lambda: f"{name} {labels} is {value}; it is {self.metric(name, **labels)}")

    def wait_for_enumerations(self, count):
        """`count` more successful enumerations, over all servers."""
        before = self.metric("idlewarden_enumerations_total", result="ok")
        wait_until(lambda: self.metric("idlewarden_enumerations_total", result="ok") >= before + count,
                   f"{count} more enumerations")

    # HTTP.

    def url(self, page):
        return f"http://{self.status()['http_address']}{page}"

    def get(self, page):
        """(status code, text)."""
        try:
            with urllib.request.urlopen(self.url(page), timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    def metric(self, name, **labels):
        """The sum of all series of the metric that have these labels."""
        return sum(value for series, value in read_metrics(self.get("/metrics")[1])
                   if series[0] == name and all(series[1].get(key) == text for key, text in labels.items()))

    def label_values(self, name, label):
        """Of all series of the metric that are not 0."""
        return {series[1].get(label) for series, value in read_metrics(self.get("/metrics")[1])
                if series[0] == name and value}


def read_metrics(text):
    """((name, labels), value) of each series in the text format."""
    for line in text.splitlines():
        match = re.match(r'([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)', line)
        if match and not line.startswith("#"):
            labels = dict(re.findall(r'(\w+)="((?:\\.|[^"\\])*)"', match.group(2) or ""))
            yield (match.group(1), labels), float(match.group(3))


def simulated(name, **options):
    fleet = dict({"sessions": 30, "seed": 1, "speed": 60}, **options)
    return {"name": name, "backend": "simulated", "simulated": fleet}


def smb(name, peer, credentials="admin", **more):
    return dict({"name": name, "backend": "smb", "address": peer.address, "port": peer.port,
                 "credentials": credentials}, **more)


def close_by_age(age="3s", mode="enforce", **when):
    """The rule that can act on Samba, where idle times are unknown."""
    return {"name": "old", "when": dict({"age": age, "open_files": {"at_least": 0}}, **when), "close_active": True,
            "mode": mode}
