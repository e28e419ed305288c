"""Runs the benchmarks and programs of tools/benchmark and reads their figures."""

import json
import os
import platform
import re
import shutil
import subprocess
import tempfile
import time

from tools.benchmarks import figures

SIZES = [10, 100, 1000, 10000]
SETS = ["early", "none"]
PROCESS_LIST_ROWS = 20000
# What pt-kill and a policy of one rule both look for.
IDLE_SECONDS = 4320
USER_PREFIX = "user1"


class Failed(Exception):
    pass


def machine(load):
    model = next((line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo", encoding="utf-8")
                  if line.startswith("model name")), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, load {load:.1f} before"


def google_benchmark(program, pattern, repetitions=5, seconds=0.2):
    """name -> the run of least time, of several."""
    command = [program, f"--benchmark_filter={pattern}", f"--benchmark_repetitions={repetitions}",
               f"--benchmark_min_time={seconds}", "--benchmark_format=json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True)
    best = {}
    for run in json.loads(done.stdout)["benchmarks"]:
        if run.get("error_occurred"):
            raise Failed(f"{run['name']}: {run['error_message']}")
        if run["run_type"] != "iteration":
            continue
        name = run["run_name"]
        if name not in best or run["cpu_time"] < best[name]["cpu_time"]:
            best[name] = run
    if not best:
        raise Failed(f"{program} has no benchmark {pattern}")
    return best


def nanoseconds(run):
    return 1e9 / run["items_per_second"]


def evaluation(program):
    """Whole evaluations of the table: with kept look-ups, as the agent has them, and with all values looked up anew."""
    runs = google_benchmark(program, "EvaluateKept|EvaluateAnew")
    lines = []
    for set_name in SETS:
        cost = {size: nanoseconds(runs[f"EvaluateKept/{set_name}/{size}"]) for size in SIZES}
        for size in SIZES:
            what = f"evaluate a session, {size:,} rules, {set_name}"
            lines.append(figures.at_most(what, cost[size], 100, "ns") if size == 1000
                         else figures.plain(what, cost[size], "ns"))
        lines.append(figures.at_most(f"10,000 rules cost of what 10 cost, {set_name}", cost[10000] / cost[10], 3, "×", 1))
        anew = {size: nanoseconds(runs[f"EvaluateAnew/{set_name}/{size}"]) for size in SIZES}
        lines += [figures.plain(f"  all looked up anew, {size:,} rules, {set_name}", anew[size], "ns")
                  for size in SIZES]
        lines.append(figures.ratio(f"  all looked up anew, 10,000 rules of what 10 cost, {set_name}",
                                   anew[10000] / anew[10]))
    return lines, runs


def next_eligible(program):
    """What it costs to find when a server is worth another look."""
    runs = google_benchmark(program, "NextEligible(Kept|Anew)/(early|none)/(10|1000|10000)$")
    ways = {"Kept": "time to the next eligible session, a session", "Anew": "  time to it, all looked up anew"}
    return [figures.plain(f"{what}, {size:,} rules, {set_name}",
                          nanoseconds(runs[f"NextEligible{way}/{set_name}/{size}"]), "ns")
            for set_name in SETS for way, what in ways.items() for size in [10, 1000, 10000]]


def threads(program):
    """By wall time: what two threads gain."""
    runs = google_benchmark(program, "EvaluateOnThreads")
    one, two = (runs[f"EvaluateOnThreads/{count}/real_time"]["real_time"] for count in (1, 2))
    lines = [figures.plain("evaluate all, 1,000 rules, 1 thread (wall)", one, "ms"),
             figures.plain("evaluate all, 1,000 rules, 2 threads (wall)", two, "ms")]
    if os.cpu_count() < 2:
        return lines + [figures.Figure("2 threads against 1", "skipped: there is one core")]
    return lines + [figures.at_least("2 threads against 1", one / two, 1.6, "×", 2)]


def tables(program):
    runs = google_benchmark(program, "BuildTable|ReplaceOneServer|Compile/10000|CompileMegabyte")
    memory = google_benchmark(program, "TableMemory", repetitions=1)
    return [
        figures.at_most("compile 10,000 rules with lists", runs["Compile/10000"]["cpu_time"], 1000, "ms"),
        figures.at_most("load a policy file of 1 MB", runs["CompileMegabyte"]["cpu_time"], 1000, "ms"),
        figures.at_least("build the table, sessions a second", runs["BuildTable"]["items_per_second"] / 1e6, 5, "M"),
        figures.plain("replace the 500 rows of a server", runs["ReplaceOneServer"]["cpu_time"], "µs"),
        figures.at_most("table memory a session, strings included",
                        memory["TableMemory/iterations:1"]["bytes_per_session"], 64, "bytes", 1),
    ]


def run_program(command, output):
    """(wall seconds, processor seconds, largest resident MB) of a program that must succeed."""
    with open(output, "wb") as out:
        started = time.monotonic()
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"{' '.join(command)} ended with status {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def least(runs):
    return tuple(min(values) for values in zip(*runs))


def preview(idlewarden, folder):
    command = [idlewarden, "preview", "--policy", f"{folder}/early-1000.yaml", "--snapshot", f"{folder}/sessions.json",
               "-o", "json"]
    out = f"{folder}/preview.json"
    wall, processor, memory = least([run_program(command, out) for _ in range(3)])
    with open(out, "rb") as lines:
        count = sum(1 for _ in lines)
    if count != 1_000_000:
        raise Failed(f"preview wrote {count} sessions")
    return [figures.at_most("preview of 1,000,000 sessions, JSON to JSON (wall)", wall, 5, "s", 2),
            figures.plain("  processor time of it, all threads", processor, "s", 2),
            figures.at_most("  memory of it", memory, 1000, "MB")]


def plain_evaluator(program, compiled):
    runs = google_benchmark(program, "EvaluatePlain", repetitions=1, seconds=0.1)
    lines = []
    for set_name in SETS:
        for size in SIZES:
            slow = nanoseconds(runs[f"EvaluatePlain/{set_name}/{size}"])
            fast = nanoseconds(compiled[f"EvaluateAnew/{set_name}/{size}"])
            lines.append(figures.ratio(f"the plain evaluator against all looked up anew, {size:,} rules, {set_name}",
                                       slow / fast))
    return lines


def write_inputs(write_workload, folder):
    """The files that programs are measured on. Returns the sessions of the process list."""
    for name, arguments in [("sessions.json", ["sessions"]), ("early-1000.yaml", ["early", "1000"])]:
        with open(f"{folder}/{name}", "wb") as out:
            subprocess.run([write_workload] + arguments, stdout=out, check=True)
    with open(f"{folder}/sessions.json", encoding="utf-8") as text:
        start = text.read(32 << 20)
    # A whole number of servers from the start of the file: the sessions of the list.
    cut = start.rindex('},{"name":"')
    snapshot = json.loads(start[:cut] + "}]}")
    snapshot["servers"] = snapshot["servers"][:PROCESS_LIST_ROWS // 500]
    with open(f"{folder}/part.json", "w", encoding="utf-8") as out:
        json.dump(snapshot, out)
    with open(f"{folder}/one-rule.yaml", "w", encoding="utf-8") as out:
        # pt-kill knows nothing of open files: with them said, a session that has some is not spared here either.
        out.write(f"version: 1\nrules:\n- {{name: idle, when: {{idle: {IDLE_SECONDS}s, users: ['{USER_PREFIX}*'],"
                  " open_files: {at_least: 0}}}\n")
    return [session for server in snapshot["servers"] for session in server["sessions"]]


def write_process_list(path, sessions):
    with open(path, "w", encoding="utf-8") as out:
        for number, session in enumerate(sessions, start=1):
            # A domain would keep the name from the start of pt-kill's text.
            user = session["user"].rsplit("\\", 1)[-1]
            out.write(f"*************************** {number}. row ***************************\n"
                      f"     Id: {number}\n   User: {user}\n   Host: {session['client']}:445\n     db: NULL\n"
                      f"Command: Sleep\n   Time: {session['idle_seconds']}\n  State: \n   Info: NULL\n")


def pt_kill(idlewarden, sessions, folder):
    """One rule on equal sessions, without what starting costs."""
    program = shutil.which("pt-kill")
    if program is None:
        return [figures.Figure("pt-kill against idlewarden preview", "skipped: pt-kill is not installed"
                               " (Debian package percona-toolkit)")]

    def measure(command, rows_name, rows):
        write_process_list(f"{folder}/{rows_name}.list", rows)
        output = f"{folder}/{rows_name}.out"
        cost = least([run_program(command, output) for _ in range(3)])[1]
        with open(output, encoding="utf-8") as text:
            return cost, len(re.findall(r" KILL ", text.read()))

    def command(name):
        return [program, "--test-matching", f"{folder}/{name}.list", "--match-command", "Sleep", "--idle-time",
                str(IDLE_SECONDS), "--match-user", f"^{USER_PREFIX}", "--victims", "all", "--print",
                "--no-version-check"]

    all_rows, matched = measure(command("all"), "all", sessions)
    start, _ = measure(command("one"), "one", sessions[:1])
    mine, mine_matched = one_rule(idlewarden, folder)
    if matched != mine_matched:
        raise Failed(f"pt-kill matched {matched} sessions, idlewarden {mine_matched}")
    theirs = (all_rows - start) / len(sessions) * 1e9
    return [figures.plain("pt-kill, 1 rule, a session, list to list", theirs, "ns"),
            figures.plain("idlewarden preview, 1 rule, a session, JSON to JSON", mine, "ns"),
            figures.ratio("pt-kill against idlewarden preview", theirs / mine)]


def one_rule(idlewarden, folder):
    """(ns a session, how many of the list's sessions it matched) of a policy of one rule."""
    def command(snapshot):
        return [idlewarden, "preview", "--policy", f"{folder}/one-rule.yaml", "--snapshot", f"{folder}/{snapshot}",
                "-o", "json"]

    out = f"{folder}/one-rule.out"
    all_rows = least([run_program(command("sessions.json"), out) for _ in range(2)])[1]
    part = least([run_program(command("part.json"), out) for _ in range(3)])[1]
    with open(out, encoding="utf-8") as text:
        matched = sum('"rule":"idle"' in line for line in text)
    return (all_rows - part) / (1_000_000 - PROCESS_LIST_ROWS) * 1e9, matched


def all_figures(bin_folder, note):
    """All figures, in the order in which they are shown. `note` tells what is going on."""
    evaluate = f"{bin_folder}/policy/benchmarks/evaluate_benchmark"
    idlewarden = f"{bin_folder}/tools/idlewarden"
    note("evaluating …")
    lines, compiled = evaluation(evaluate)
    lines += next_eligible(evaluate)
    lines += threads(evaluate)
    note("building tables and compiling …")
    lines += tables(f"{bin_folder}/policy/benchmarks/table_benchmark")
    with tempfile.TemporaryDirectory() as folder:
        note("previewing …")
        sessions = write_inputs(f"{bin_folder}/policy/benchmarks/write_workload", folder)
        lines += preview(idlewarden, folder)
        note("the plain evaluator and pt-kill …")
        lines += plain_evaluator(evaluate, compiled)
        lines += pt_kill(idlewarden, sessions, folder)
    return lines
