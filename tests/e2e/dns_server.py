"""A real DNS server (Debian's dnsmasq) on loopback with the records that a test wants."""

import os
import shutil
import socket
import subprocess

from harness import end_with_parent, wait_until
from smbd_process import free_port

# An A query for ready.invalid, which every server of this kind has.
_QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x05ready\x07invalid\x00\x00\x01\x00\x01"


class DnsServer:
    """In charge of `example.`: `hosts` are host names there with their address, which has the name in turn."""

    def __init__(self, hosts):
        self.port = free_port(["127.0.0.1"])
        self.address = f"127.0.0.1:{self.port}"
        program = shutil.which("dnsmasq", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            raise FileNotFoundError("dnsmasq is not installed (package dnsmasq-base)")
        records = [f"--host-record={name},{address}" for name, address in hosts.items()]
        self.process = subprocess.Popen(
            [program, "--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--no-poll",
             "--user=", "--group=", "--pid-file=", "--listen-address=127.0.0.1", "--bind-interfaces",
             "--log-facility=/dev/null", "--local=/example/", "--host-record=ready.invalid,127.0.0.1",
             f"--port={self.port}", *records],
            stdin=subprocess.DEVNULL, preexec_fn=end_with_parent)
        wait_until(self._answers, "dnsmasq answers", seconds=30)

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError(f"dnsmasq ended with {self.process.returncode}")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.5)
            client.connect(("127.0.0.1", self.port))
            try:
                client.send(_QUERY)
                return bool(client.recv(512))
            except OSError:
                return False

    def stop(self):
        self.process.kill()
        self.process.wait()
