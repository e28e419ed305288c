"""A real Prometheus and a real Alertmanager, each on a port of its own, ended by the test that started it."""

import datetime
import json
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
import urllib.error
import urllib.parse
import urllib.request

from harness import end_with_parent, wait_until
from smbd_process import free_port

needs_prometheus = unittest.skipUnless(shutil.which("prometheus") and shutil.which("promtool"),
                                       "Prometheus is not installed (package prometheus)")
needs_alertmanager = unittest.skipUnless(shutil.which("prometheus-alertmanager"),
                                         "Alertmanager is not installed (package prometheus-alertmanager)")


class _Server:
    """A program that serves HTTP at the address which it is given. Context manager."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="monitoring-")
        self.address = None
        self.process = None

    def command(self):
        """The program and its arguments, to listen at `self.address`."""
        raise NotImplementedError

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def url(self):
        return f"http://{self.address}"

    @property
    def log(self):
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def start(self):
        """It ends at once if it cannot bind its port: then with another."""
        for _ in range(20):
            self.address = f"127.0.0.1:{free_port(['127.0.0.1'])}"
            with open(os.path.join(self.directory, "log"), "wb") as log:
                self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                                preexec_fn=end_with_parent)
            wait_until(lambda: self.process.poll() is not None or self.is_ready(), lambda: f"it serves\n{self.log}")
            if self.process.poll() is None:
                return
        raise AssertionError(f"{self.command()[0]} does not start:\n{self.log}")

    def is_ready(self):
        try:
            with urllib.request.urlopen(self.url + "/-/ready", timeout=10) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


class Prometheus(_Server):
    """Scrapes `target` and evaluates its rules each second."""

    def __init__(self, target=None):
        super().__init__()
        self._config = os.path.join(self.directory, "prometheus.yaml")
        targets = [target] if target else []
        self._write(self._config, {
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": ["rules.yaml"],
            "scrape_configs": [{"job_name": "idlewarden", "static_configs": [{"targets": targets}]}],
        })

    def command(self):
        return ["prometheus", "--config.file", self._config, "--storage.tsdb.path", self.directory + "/data",
                "--web.listen-address", self.address, "--log.level", "warn"]

    def _write(self, path, content):
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(content, file)
        os.rename(path + ".new", path)

    def set_alert(self, name, fires):
        """Takes the place of an earlier alert."""
        rule = {"alert": name, "expr": "vector(1)" if fires else "vector(1) > 1"}
        self._write(os.path.join(self.directory, "rules.yaml"), {"groups": [{"name": "test", "rules": [rule]}]})
        if self.process is not None:
            self.process.send_signal(signal.SIGHUP)

    def query(self, expression):
        """[(labels, value)] now; empty if it does not answer."""
        url = f"{self.url}/api/v1/query?query={urllib.parse.quote(expression)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                result = json.load(answer)["data"]["result"]
        except (urllib.error.URLError, OSError):
            return []
        return [(series["metric"], float(series["value"][1])) for series in result]


class Alertmanager(_Server):
    """Tells nobody of its alerts."""

    def __init__(self):
        super().__init__()
        self._config = os.path.join(self.directory, "alertmanager.yaml")
        with open(self._config, "w", encoding="utf-8") as file:
            json.dump({"route": {"receiver": "nobody"}, "receivers": [{"name": "nobody"}]}, file)

    def command(self):
        return ["prometheus-alertmanager", "--config.file", self._config, "--storage.path", self.directory + "/data",
                "--web.listen-address", self.address, "--cluster.listen-address", "", "--log.level", "warn"]

    def set_alert(self, name, fires):
        """As Prometheus tells it: firing for the next hour, or resolved."""
        now = datetime.datetime.now(datetime.timezone.utc)
        ends = now + datetime.timedelta(hours=1) if fires else now - datetime.timedelta(seconds=1)
        alert = {"labels": {"alertname": name}, "startsAt": (now - datetime.timedelta(hours=1)).isoformat(),
                 "endsAt": ends.isoformat()}
        request = urllib.request.Request(self.url + "/api/v2/alerts", data=json.dumps([alert]).encode(),
                                         headers={"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()
