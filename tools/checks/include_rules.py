"""The rules that tools/check-includes holds, and the reading of sources that they need.

Three kinds of rule: which folder of the project may include which (FOLDERS), in which files a library may appear
(LIBRARIES), and which calls only a few files may make (CALLS). Everything not listed is refused, so that a new folder
has to be thought about here first.
"""

import fnmatch
import os
import re
from typing import NamedTuple

SOURCE_SUFFIXES = (".h", ".cc")
SKIPPED_FOLDERS = (".git", ".out", ".cache", "node_modules")

# Folder -> folders whose headers it may include, beside its own. The longest folder that fits a file counts.
FOLDERS = {
    "policy/model": [],
    "policy/diagnostics": ["policy/model"],
    "policy/snapshot": ["policy/model"],
    "policy/reader": ["policy/model", "policy/diagnostics"],
    "policy/matcher": ["policy/model"],
    "policy/compiler": ["policy/model", "policy/diagnostics", "policy/reader", "policy/matcher"],
    "policy/evaluator": ["policy/model", "policy/matcher", "policy/compiler"],
    "policy/planner": ["policy/model", "policy/compiler", "policy/evaluator"],
    "policy/scenario": ["policy/model", "policy/diagnostics", "policy/reader", "policy/compiler", "policy/evaluator",
                        "policy/planner"],
    "policy/testing": ["policy"],  # what tests share; only they include it
    "policy/benchmarks": ["policy"],
    "agent/version": [],
    "agent/help": [],
    "agent/clock": [],
    "agent/threads": [],
    "agent/log": ["policy/model", "agent/clock"],
    "agent/settings": ["policy/model", "policy/diagnostics", "policy/reader", "policy/compiler"],
    "agent/metrics": ["policy/model", "agent/clock", "agent/settings", "agent/log"],
    "agent/servers": ["policy/model", "policy/snapshot", "agent/clock", "agent/log", "agent/metrics", "agent/settings",
                      "proto/idlewarden/backend"],
    "agent/poller": ["policy/model", "agent/clock", "agent/log", "agent/metrics", "agent/servers"],
    "agent/ledger": ["policy/model", "agent/clock", "agent/log"],
    "agent/executor": ["policy/model", "policy/planner", "agent/clock", "agent/ledger", "agent/log", "agent/metrics",
                       "agent/servers"],
    "agent/inhibitors": ["agent/clock", "agent/log"],
    "agent/names": ["policy/model", "agent/clock", "agent/log", "agent/settings"],
    "agent/overrides": ["policy", "agent/clock", "agent/executor", "agent/ledger", "agent/log", "agent/metrics"],
    "agent/loop": ["policy", "agent/clock", "agent/executor", "agent/ledger", "agent/log", "agent/metrics",
                   "agent/names", "agent/overrides", "agent/poller", "agent/servers", "agent/settings",
                   "agent/threads"],
    "agent/http": ["agent/clock", "agent/log", "agent/metrics"],
    "agent/control": ["policy", "agent/clock", "agent/executor", "agent/ledger", "agent/log", "agent/loop",
                      "agent/overrides", "proto/idlewarden/control"],
    "agent/smb_worker": ["proto/idlewarden/backend"],
    "agent/app": ["policy/diagnostics", "policy/compiler", "agent/clock", "agent/control", "agent/executor",
                  "agent/http", "agent/inhibitors", "agent/ledger", "agent/log", "agent/loop", "agent/metrics",
                  "agent/names", "agent/overrides", "agent/servers", "agent/settings", "agent/version"],
    "agent": ["agent", "policy"],  # main.cc, which wires; nobody includes it
    "tools": ["policy", "agent", "proto"],
    "tests": ["policy", "agent", "proto", "tools"],
}

# A test may also look at what stands beside the code it tests.
TEST_EXTRAS = {
    "agent": ["policy", "agent/clock", "agent/servers", "agent/log", "agent/metrics", "agent/settings"],
    "policy": ["policy/testing"],
}

# Everybody may include these: constants without dependencies.
ALWAYS_INCLUDED = ["agent/version/"]

# Nobody may include these, whatever the table says.
NEVER_INCLUDED = ["agent/main", "tools/"]


class Library(NamedTuple):
    name: str
    header: str  # regular expression of the include's text
    files: list  # patterns of the files that may include it
    why: str


TEST_FILES = ["*_test.cc", "*_testing.h", "*_testing.cc", "*/testing/*", "tests/*", "*fuzz_replay_main.cc"]

LIBRARIES = [
    Library("yaml-cpp", r"yaml-cpp/", ["policy/reader/*", "agent/settings/*"], "YAML nodes stay in the two readers"),
    Library("Prometheus", r"prometheus/", ["agent/metrics/*"], "Prometheus types stay in agent/metrics"),
    Library("civetweb", r"(CivetServer\.h|civetweb\.h)", ["agent/http/*"], "the HTTP port has one home"),
    Library("Samba", r"^(samba-4\.0/|dcerpc\.h|ndr\.h|ndr/|gen_ndr/|credentials\.h|param\.h|samba_util\.h"
            r"|smb_cli|core/ntstatus|core/werror|core/doserr|util/data_blob)", ["agent/smb_worker/dcerpc_pipe.*"],
            "Samba's types stay in one file pair of the worker"),
    Library("tevent", r"^(tevent|talloc)", ["agent/smb_worker/dcerpc_pipe.*", "agent/smb_worker/tevent_loop.*"],
            "the worker's event loop and Samba's pair only"),
    Library("gRPC", r"(grpcpp?/|google/protobuf/)",
            ["agent/control/*", "agent/servers/backend/*", "agent/smb_worker/*",
             "agent/main.cc", "tools/*", "tests/*"],
            "gRPC and proto types stop at agent/control and the remote backend"),
    Library("proto types", r"proto/idlewarden/backend/",
            ["agent/servers/backend/*",
             "agent/smb_worker/*", "tools/*", "tests/*"],
            "proto types stop at the remote backend"),
    Library("SQLite", r"sqlite3", ["agent/ledger/*"], "state is kept by the ledger"),
    Library("libcurl", r"curl/", ["agent/inhibitors/curl_http_client.*"], "one file asks over HTTP"),
    Library("c-ares", r"^ares", ["agent/names/cares_client.*", "agent/names/dns_answer.*"],
            "one client asks DNS, and one reader reads its answers"),
    Library("spdlog", r"spdlog/", ["agent/log/*"], "one file writes the log"),
    Library("ICU", r"unicode/", ["policy/model/*", "tools/cli/terminal.*", "tools/import/*"], "what Unicode says is asked in one place"),
    Library("OpenSSL", r"openssl/", ["policy/model/*", "agent/ledger/*"], "digests are made in one place"),
    Library("libcsv", r"csv\.h", ["tools/import/*"], "CSV is read by one importer"),
    Library("c-ares", r"ares", ["agent/names/*"], "one folder asks DNS"),
    Library("rapidjson", r"rapidjson/", ["policy/snapshot/*", "agent/ledger/*", "tools/*", "tests/*", "*_test.cc"],
            "JSON is written where it leaves the program"),
    Library("simdjson", r"simdjson", ["policy/snapshot/*", "agent/inhibitors/alerts.*", "tools/import/*", "*_test.cc"], "JSON of others is read in few places"),
    Library("CLI11", r"CLI/", ["tools/*", "tests/*", "agent/main.cc", "agent/help/*", "agent/smb_worker/*"], "command lines only"),
    Library("GoogleTest", r"(gtest|gmock)/", TEST_FILES, "tests only"),
    Library("Google Benchmark", r"benchmark/benchmark\.h", ["*_benchmark.cc", "tests/*"], "benchmarks only"),
    Library("files, threads and clocks in policy",
            r"^(fstream|filesystem|thread|mutex|shared_mutex|condition_variable|future|chrono|ctime|unistd\.h|fcntl\.h"
            r"|sys/.*|time\.h)$",
            ["agent/*", "tools/*", "tests/*", "*_test.cc", "*_benchmark.cc"],
            "policy is pure: text in, decisions out; time is an argument"),
]


class Call(NamedTuple):
    name: str
    pattern: str
    files: list
    why: str


REAL_TIME_FILES = [
    "agent/clock/real_*",
    "agent/smb_worker/*clock*",  # a program of its own, which may not include agent/clock
    "tests/smb_worker/*",  # real processes, waited for with deadlines
    "*_benchmark.cc",
]

CALLS = [
    Call("the real clock", r"\b(absl::Now|GetCurrentTimeNanos|gettimeofday|clock_gettime|gpr_now)\s*\("
         r"|\b(system_clock|steady_clock|high_resolution_clock)::now\b|\btime\s*\(\s*(NULL|nullptr|0)\s*\)",
         REAL_TIME_FILES, "time comes from agent/clock, so that tests can step it"),
    Call("sleeping", r"\b(SleepFor|sleep_for|sleep_until|nanosleep|usleep)\s*\(|(?<![\w.>])sleep\s*\(\s*\d",
         REAL_TIME_FILES, "nobody sleeps: wait for the event, or for a timer of the event loop"),
]


class Breach(NamedTuple):
    file: str
    line: int
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.text}"


def check_tree(root):
    """(number of files read, list of breaches) of the sources below `root`."""
    breaches = []
    samba_users = []
    files = sorted(source_files(root))
    for path in files:
        with open(os.path.join(root, path), encoding="utf-8") as source:
            text = source.read()
        breaches += check_file(path, text)
        if any(re.match(library("Samba").header, header) for _, header in includes(text)):
            samba_users.append(path)
    breaches += check_samba_pair(samba_users)
    breaches += check_cycles(FOLDERS)
    return len(files), breaches


def check_file(path, text):
    """The breaches of one file, given by its path from the root and its text."""
    breaches = []
    for line, header in includes(text):
        reason = folder_breach(path, header) or library_breach(path, header)
        if reason:
            breaches.append(Breach(path, line, reason))
    for line, code in enumerate(strip_comments_and_strings(text).split("\n"), start=1):
        for call in CALLS:
            if re.search(call.pattern, code) and not matches(path, call.files):
                breaches.append(Breach(path, line, f"uses {call.name}: {call.why}"))
    return breaches


def check_samba_pair(users):
    """Samba's headers are included by at most one header/implementation pair."""
    stems = sorted({os.path.splitext(path)[0] for path in users})
    if len(stems) <= 1:
        return []
    return [Breach(users[-1], 1, "Samba's headers are in more than one file pair: " + ", ".join(stems))]


def check_cycles(folders):
    """The table itself must not allow two folders to include each other."""
    breaches = []
    for a, allowed in folders.items():
        for b in allowed:
            if b in folders and a != b and a in folders[b] and a not in ("agent",):
                breaches.append(Breach("tools/checks/include_rules.py", 1, f"{a} and {b} may include each other"))
    return breaches


def folder_breach(path, header):
    """Why `path` may not include the project's `header`, or None."""
    top = header.split("/")[0]
    if top not in ("policy", "agent", "proto", "tools", "tests"):
        return None
    own = owner(path)
    if own is None:
        return "its folder is not in the include table (tools/checks/include_rules.py)"
    if header.startswith(os.path.dirname(path) + "/") and os.path.dirname(path) != "agent":
        return None
    if any(header.startswith(prefix) for prefix in NEVER_INCLUDED) and not path.startswith(("tools/", "tests/")):
        return f"includes {header}: nobody may"
    if any(header.startswith(prefix) for prefix in ALWAYS_INCLUDED) and not path.startswith("policy/"):
        return None
    allowed = [own] + FOLDERS[own]
    if is_test(path):
        allowed += TEST_EXTRAS.get(path.split("/")[0], [])
    if any(header.startswith(folder + "/") for folder in allowed):
        return None
    return f"{own} may not include {header} (see the table in ARCHITECTURE.md)"


def library_breach(path, header):
    for lib in LIBRARIES:
        if re.match(lib.header, header) and not matches(path, lib.files):
            return f"includes {header} ({lib.name}): {lib.why}"
    return None


def library(name):
    return next(lib for lib in LIBRARIES if lib.name == name)


def owner(path):
    """The table's folder that `path` belongs to: the longest one that fits."""
    fitting = [folder for folder in FOLDERS if path.startswith(folder + "/")]
    best = max(fitting, key=len, default=None)
    # `agent` itself stands for main.cc only, or each new folder of the agent would be allowed everything.
    if best == "agent" and os.path.dirname(path) != "agent":
        return None
    return best


def is_test(path):
    return matches(path, TEST_FILES)


def matches(path, patterns):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns)


def includes(text):
    """(line, header) of each #include, commented ones left out."""
    found = []
    for number, line in enumerate(strip_comments_and_strings(text, keep_strings=True).split("\n"), start=1):
        match = re.match(r'\s*#\s*include\s*[<"]([^>"]+)[>"]', line)
        if match:
            found.append((number, match.group(1)))
    return found


# Comments, raw strings, strings, characters (but not the separators of digits).
_TOKENS = re.compile(r'//[^\n]*|/\*.*?\*/|R"([^()\\\s]{0,16})\(.*?\)\1"|"(?:\\.|[^"\\\n])*"'
                     r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'", re.DOTALL)


def strip_comments_and_strings(text, keep_strings=False):
    """`text` with comments (and the inside of strings) blanked, line numbers unchanged."""

    def blank(match):
        token = match.group(0)
        if keep_strings and not token.startswith(("//", "/*")):
            return token
        return "\n" * token.count("\n")

    return _TOKENS.sub(blank, text)


def source_files(root):
    for folder, folders, names in os.walk(root):
        relative = os.path.relpath(folder, root)
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS and not name.startswith("bazel-")]
        for name in names:
            if name.endswith(SOURCE_SUFFIXES):
                yield os.path.normpath(os.path.join(relative, name))
