"""The run of tools/quickstart: servers, an agent, the live view, and the end of all three."""

import contextlib
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

from tools.demo import live_view

_START_SECONDS = 120  # on a busy machine
_STOP_SECONDS = 10


def run(root, programs, samba, seconds):
    """`programs`: the folder of the built programs. `seconds`: None until Ctrl-C. Returns the exit status."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: stop.set())
    with contextlib.ExitStack() as cleanup:
        directory = tempfile.mkdtemp(prefix="idlewarden-demo-", dir="/tmp")
        cleanup.callback(shutil.rmtree, directory, ignore_errors=True)
        fleet = _samba_fleet(root, directory, cleanup) if samba else simulated_fleet()
        agent = _Agent(root, programs, directory, fleet)
        cleanup.callback(agent.stop)
        agent.start()
        status = agent.wait_until_up(stop)
        if status is not None:
            print(_introduction(programs, agent, status, fleet, seconds), flush=True)
            _watch(agent, fleet, stop, seconds)
    print("Ended; everything was removed.")
    return 0


def simulated_fleet():
    """Three servers of different kinds; a minute passes on them each second."""
    return {
        "title": "three simulated servers, a minute passes each second",
        "policy": "config/policies/demo.yaml",
        "servers": [
            _simulated("fs-berlin", 120, 1),
            _simulated("fs-tokyo", 60, 2),
            _simulated("nas-oslo", 30, 3, samba_like=True),
        ],
        "credentials": {},
    }


def _simulated(name, sessions, seed, **more):
    return {"name": name, "backend": "simulated",
            "simulated": dict({"sessions": sessions, "seed": seed, "speed": 60}, **more)}


def _samba_fleet(root, directory, cleanup):
    """A real smbd with users, and clients whose sessions stay open."""
    sys.path.insert(0, os.path.join(root, "tests/peer"))
    import samba_server
    reason = samba_server.why_unavailable()
    if reason:
        raise RuntimeError(f"no smbd can be started: {reason}")
    users = {name: secrets.token_urlsafe(18) for name in ("alice", "bob", "carol", "dave")}
    server = cleanup.enter_context(samba_server.SambaServer(users))
    for number, user in enumerate(("alice", "bob", "carol")):
        server.open_session(user, client_address=f"127.0.0.{51 + number}")
    # From carol's machine: closing dave would end her session too.
    server.open_session("dave", client_address="127.0.0.53")
    password_file = os.path.join(directory, "smbd.password")
    with open(os.open(password_file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        file.write(server.password + "\n")
    return {
        "title": f"a real smbd on {server.address}:{server.port} with four client sessions",
        "policy": "config/policies/demo-samba.yaml",
        "servers": [{"name": "smbd", "backend": "smb", "address": server.address, "port": server.port,
                     "credentials": "demo"}],
        "credentials": {"demo": {"user": server.user, "password_file": password_file}},
    }


class _Agent:
    """idlewardend with the fleet's settings."""

    def __init__(self, root, programs, directory, fleet):
        self._programs, self._directory = programs, directory
        self.address = f"unix:{directory}/control.sock"
        self._log_path = os.path.join(directory, "log")
        self._process = None
        settings = {
            "version": 1,
            "name": "quickstart",
            "mode": "enforce",
            "policy": os.path.join(root, fleet["policy"]),
            "state_dir": os.path.join(directory, "state"),
            "listen": {"control": self.address, "http": "127.0.0.1:0"},
            "polling": {"shortest": "1s", "longest": "3s"},
            "executor": {"closes_per_second": 2, "burst": 2, "per_server": {"closes_per_second": 1, "burst": 1}},
            "servers": fleet["servers"],
        }
        if fleet["credentials"]:
            settings["credentials"] = fleet["credentials"]
        os.makedirs(settings["state_dir"])
        self._settings_path = os.path.join(directory, "idlewarden.yaml")
        with open(self._settings_path, "w", encoding="utf-8") as file:
            json.dump(settings, file, indent=1)

    def program(self, path):
        return os.path.join(self._programs, path)

    def start(self):
        with open(self._log_path, "wb") as log:
            # A session of its own: Ctrl-C reaches only us, and we end it in order.
            self._process = subprocess.Popen([self.program("agent/idlewardend"), "--config", self._settings_path],
                                             stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)

    def wait_until_up(self, stop):
        """Its status after the first cycle; None if we are to stop."""
        deadline = time.monotonic() + _START_SECONDS
        while not stop.wait(0.1):
            status = self.status()
            if status is not None and status["last_cycle"] is not None:
                return status
            if time.monotonic() > deadline:
                raise RuntimeError(f"the agent does not answer:\n{self.log()}")
        return None

    def status(self):
        """Its status, or None while it does not answer."""
        lines = self._json_lines("status")
        return lines[0] if lines else None

    def sessions(self):
        return self._json_lines("sessions")

    def _json_lines(self, command):
        if self._process.poll() is not None:
            raise RuntimeError(f"the agent ended with status {self._process.returncode}:\n{self.log()}")
        done = subprocess.run([self.program("tools/idlewarden"), command, "--agent", self.address, "-o", "json"],
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              start_new_session=True)
        return [json.loads(line) for line in done.stdout.splitlines()] if done.returncode == 0 else []

    def log(self):
        with open(self._log_path, encoding="utf-8", errors="replace") as file:
            return file.read()[-4000:]

    def stop(self):
        if self._process is None or self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _introduction(programs, agent, status, fleet, seconds):
    end = f"after {seconds} s" if seconds is not None else "with Ctrl-C"
    return "\n".join([
        f"idlewarden {status['version']} enforces {fleet['policy']} on {fleet['title']}; ends {end}.",
        f"  metrics        http://{status['http_address']}/metrics",
        f"  health         http://{status['http_address']}/healthz  /readyz",
        f"  control plane  {agent.address}",
        f"  try it         {os.path.join(programs, 'tools/idlewarden')} status --agent {agent.address}",
        "",
    ])


def _watch(agent, fleet, stop, seconds):
    """Shows what happens until the time is over or somebody stops us."""
    view = live_view.make_view(sys.stdout)
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        _look(agent, view)
        left = 1.0 if deadline is None else min(1.0, deadline - time.monotonic())
        if left <= 0 or stop.wait(left):
            break
    _look(agent, view)  # the end tells of what is, not of a second ago
    view.finish()


def _look(agent, view):
    status = agent.status()
    if status is not None:
        view.show(status, agent.sessions())
