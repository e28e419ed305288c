"""A smbd of its own on loopback: own directory, own users that need no Unix accounts, a free port. Needs root.

Used by WindowsPeer (transport only) and SambaServer (everything). Nothing outside its directory is touched: the Unix
side of its users comes from nss_wrapper's files.
"""

import glob
import os
import random
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time
import uuid

_NSS_WRAPPER = "libnss_wrapper.so"
_STARTUP_SECONDS = 120
_PORTS_TRIED = 20


def why_unavailable():
    """The reason why no smbd can be started here, or None."""
    if os.geteuid() != 0:
        return "smbd needs root"
    with open("/proc/self/setgroups", encoding="ascii") as file:
        if file.read().strip() == "deny":
            return "this sandbox does not let smbd change its groups"
    for program in ("smbd", "pdbedit", "net", "smbclient"):
        if not shutil.which(program, path=_PATH):
            return "%s is not installed (packages samba, smbclient)" % program
    if not glob.glob("/usr/lib/*/" + _NSS_WRAPPER):
        return "libnss-wrapper is not installed"
    return None


_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"


def free_port(addresses):
    """A TCP port that is free on all the addresses at this moment.

    Below those that the kernel gives to whoever asks for any, so that only another call of this can take it: who then
    cannot bind it asks for another.
    """
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        most = max(2048, int(file.read().split()[0]) - 1)
    for _ in range(1000):
        port = random.SystemRandom().randint(max(1024, most // 2), most)
        try:
            for address in addresses:
                _listener(address, port).close()
            return port
        except OSError:
            continue
    raise RuntimeError("no port is free on all of %s" % ", ".join(addresses))


def _listener(address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    return sock


def smb_answers(address, port):
    """Whether an SMB2 server answers a NEGOTIATE there."""
    header = b"\xfeSMB" + struct.pack("<HHIHHIIQIIQ16s", 64, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, b"")
    negotiate = struct.pack("<HHHHI16sQHH", 36, 2, 1, 0, 0, uuid.uuid4().bytes, 0, 0x202, 0x210)
    try:
        with socket.create_connection((address, port), 2) as sock:
            sock.settimeout(5)
            sock.sendall(struct.pack(">I", len(header + negotiate)) + header + negotiate)
            return sock.recv(8)[4:8] == b"\xfeSMB"
    except OSError:
        return False


def wait_until(condition, seconds, what):
    """Polls a condition; there is nothing to subscribe to in a foreign process."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError("%s: not within %d s" % (what, seconds))
        time.sleep(0.02)


class _PortTaken(RuntimeError):
    """smbd ended at its start. It does so if it cannot bind its port, and hardly for another reason."""


class SmbdProcess:
    """users: {name: password}. extra_config: more [global] lines and shares."""

    def __init__(self, users, addresses=("127.0.0.1",), extra_config="", port=0):
        reason = why_unavailable()
        if reason:
            raise RuntimeError(reason)
        self.addresses = list(addresses)
        self.address = self.addresses[0]
        self.port = port or free_port(self.addresses)
        self._may_move = port == 0  # to another port, until it was started once
        # Below /tmp whatever TMPDIR says: Unix socket paths are short, and smbd's users must be able to pass.
        self.directory = tempfile.mkdtemp(prefix="smbd-", dir="/tmp")
        os.chmod(self.directory, 0o711)
        self._users = dict(users)
        self._process = None
        self._extra_config = extra_config
        self._write_files()
        for name, password in self._users.items():
            self.run("pdbedit", "-a", "-u", name, "-t", stdin="%s\n%s\n" % (password, password))

    @property
    def config(self):
        return os.path.join(self.directory, "smb.conf")

    @property
    def log(self):
        return os.path.join(self.directory, "log", "smbd.log")

    def environment(self):
        return dict(os.environ, PATH=_PATH, LD_PRELOAD=_NSS_WRAPPER,
                    NSS_WRAPPER_PASSWD=os.path.join(self.directory, "passwd"),
                    NSS_WRAPPER_GROUP=os.path.join(self.directory, "group"))

    def _write_files(self):
        for name in ("private", "lock", "state", "cache", "pid", "log", "ncalrpc"):
            os.mkdir(os.path.join(self.directory, name), 0o700 if name == "private" else 0o755)
        os.mkdir(os.path.join(self.directory, "ncalrpc", "np"), 0o700)
        others = [name for name in self._users if name != "root"]
        with open(os.path.join(self.directory, "passwd"), "w", encoding="utf-8") as file:
            file.write("root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534:nobody:/:/bin/false\n")
            for number, name in enumerate(others):
                file.write("%s:x:%d:20000:%s:/:/bin/false\n" % (name, 20001 + number, name))
        with open(os.path.join(self.directory, "group"), "w", encoding="utf-8") as file:
            file.write("root:x:0:\nnogroup:x:65534:\nusers:x:20000:\n")
        self._write_config()

    def _write_config(self):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(self._config_text())

    def add_config(self, text):
        """More lines at the end, as those of a share."""
        self._extra_config += "\n" + text
        self._write_config()

    def _config_text(self):
        interfaces = " ".join(a + ("/128" if ":" in a else "/8") for a in self.addresses)
        d = self.directory
        return f"""[global]
  workgroup = TEST
  netbios name = PEER
  server role = standalone server
  security = user
  map to guest = never
  passdb backend = tdbsam:{d}/private/passdb.tdb
  private dir = {d}/private
  lock directory = {d}/lock
  state directory = {d}/state
  cache directory = {d}/cache
  pid directory = {d}/pid
  ncalrpc dir = {d}/ncalrpc
  log file = {d}/log/smbd.log
  log level = 0
  smb ports = {self.port}
  interfaces = {interfaces}
  bind interfaces only = yes
  disable netbios = yes
  disable spoolss = yes
  load printers = no
  printcap name = /dev/null
{self._extra_config}
"""

    def run(self, *command, stdin=""):
        """One of Samba's tools with this configuration; its output."""
        done = subprocess.run([command[0], "-s", self.config, *command[1:]], input=stdin, text=True,
                              env=self.environment(), capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError("%s: %s%s" % (" ".join(command), done.stdout, done.stderr))
        return done.stdout

    def start(self):
        """Raises if it does not serve. Until then its port may change, unless one was asked for."""
        tries = _PORTS_TRIED if self._may_move else 1
        while True:
            try:
                self._start()
                self._may_move = False
                return
            except _PortTaken:
                tries -= 1
                if tries == 0:
                    raise
                self.kill()
                self.port = free_port(self.addresses)
                self._write_config()

    def _start(self):
        with open(os.path.join(self.directory, "log", "stdout"), "ab") as out:
            # A session of its own: at its end smbd signals its whole process group.
            self._process = subprocess.Popen(["smbd", "-F", "--no-process-group", "-s", self.config,
                                              "-l", os.path.join(self.directory, "log")],
                                             stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                             env=self.environment(), start_new_session=True)
        wait_until(self._ready, _STARTUP_SECONDS, "smbd on port %d" % self.port)

    def _ready(self):
        if self._process.poll() is not None:
            raise _PortTaken("smbd ended:\n" + self.log_text())
        return all(smb_answers(address, self.port) for address in self.addresses)

    def log_text(self):
        texts = []
        for name in ("smbd.log", "stdout"):
            path = os.path.join(self.directory, "log", name)
            if os.path.exists(path):
                with open(path, encoding="utf-8", errors="replace") as file:
                    texts.append(file.read()[-4000:])
        return "\n".join(texts)

    def freeze(self):
        """From now on connects hang and calls hang, as with a stopped virtual machine whose kernel still answers."""
        os.killpg(self._process.pid, signal.SIGSTOP)

    def thaw(self):
        os.killpg(self._process.pid, signal.SIGCONT)

    def kill(self):
        """Ends smbd at once, with all its children: a crashed server."""
        if self._process is None:
            return
        self._signal_group(signal.SIGKILL)
        self._process.wait()
        self._process = None
        self._kill_helpers()

    def _signal_group(self, number):
        try:
            os.killpg(self._process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self):
        """Ends smbd and removes its directory. May be called twice."""
        if self._process is not None:
            self._signal_group(signal.SIGCONT)
            self._signal_group(signal.SIGTERM)
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                pass
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def _kill_helpers(self):
        """samba-dcerpcd and its rpcd_* leave smbd's process group; their command line or environment names our file."""
        for path in glob.glob("/proc/[0-9]*/cmdline"):
            try:
                with open(path, "rb") as file:
                    if self.config.encode() in file.read():
                        os.kill(int(path.split("/")[2]), signal.SIGKILL)
            except (OSError, ProcessLookupError):
                continue
