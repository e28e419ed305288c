"""What the agent does, as one watches it: a screen that is redrawn on a terminal, lines of events elsewhere."""

import collections
import os
import shutil
import time

_SHOWN_CLOSES = 8
_SUMMARY_SECONDS = 5  # between two summary lines where there is no terminal

# Why sessions are kept, in words.
_REASONS = {
    "anonymous": "user or client unknown",
    "self": "the agent's own",
    "machine-account": "machine account",
    "protected": "protected by {rule}",
    "protected-unknown": "perhaps protected by {rule}",
    "no-rule": "no rule matches: busy, not idle long enough, or idle time unknown",
    "incomplete": "its server did not answer",
    "exempt": "exempt",
    "collateral": "a close would end somebody else's session too",
    "for": "has to match for longer ({rule})",
    "matched": "matched {rule}, which only observes",
    "limit-server": "too many at once on this server ({rule})",
    "limit-cycle": "too many at once ({rule})",
    "limit-rule": "too many at once by {rule}",
}
_OUTCOMES = {
    "closed": "closed, verified gone",
    "gone-already": "was gone before the call",
    "became-active": "left alone: became active before the call",
    "withdrawn": "left alone: taken back before the call",
    "survived": "is still there after the call",
    "denied": "the server denied it",
    "failed": "failed",
    "expired": "waited too long in the queue",
    "refused": "the close would end more than was decided",
    "returned": "closed, but came back at once",
}


def make_view(stream):
    colour = stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM", "dumb") != "dumb"
    return ScreenView(stream, colour) if stream.isatty() else LineView(stream)


def length(seconds):
    """31m, 2h05m; ? for unknown."""
    if seconds is None:
        return "?"
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h{seconds % 3600 // 60:02d}m"


def printable(text):
    return "".join(letter if letter.isprintable() else "?" for letter in text)


class History:
    """Remembers from the last looks what a close needs to be explained: how idle and how old the session was."""

    def __init__(self):
        self._seen = {}
        self._known = {}
        self.outcomes = collections.Counter()

    def new_closes(self, status, sessions):
        """The closes since the last look, oldest first, each with its sentence."""
        fresh = []
        for close in reversed(status["recent_closes"]):
            key = (close["at"], close["server"], close["client"], close["user"])
            before = self._known.get(key)
            if before == close["outcome"]:
                continue
            # A pair that comes back changes the outcome of its close.
            if before is not None:
                self.outcomes[before] -= 1
            self._known[key] = close["outcome"]
            self.outcomes[close["outcome"]] += 1
            fresh.append((close, self._sentence(close)))
        for session in sessions:
            self._seen[(session["server"], session["client"], session["user"])] = session
        return fresh

    def _sentence(self, close):
        last = self._seen.get((close["server"], close["client"], close["user"]), {})
        facts = []
        if last.get("idle_seconds") is not None:
            facts.append("idle " + length(last["idle_seconds"]))
        if last.get("age_seconds") is not None:
            facts.append("age " + length(last["age_seconds"]))
        outcome = _OUTCOMES.get(close["outcome"], close["outcome"])
        text = f"{close['user']} at {close['client']} on {close['server']}: {outcome} (rule {close['rule']}"
        text += "".join(", " + fact for fact in facts) + ")"
        if close["message"] and close["outcome"] not in ("closed", "gone-already"):
            text += f" {close['message']}"
        return printable(text)


def kept_lines(sessions):
    """How many sessions are not closed, by decision and reason, the most frequent first."""
    counts = collections.Counter()
    for session in sessions:
        if session["decision"] != "close":
            words = _REASONS.get(session["reason"], session["reason"]).format(rule=session["rule"] or "a rule")
            counts[(session["decision"], words)] += 1
    return [f"{count:5d}  {decision:<12} {words}" for (decision, words), count in counts.most_common()]


def server_lines(status):
    lines = [f"{'SERVER':<12} {'STATE':<6} {'SESSIONS':>8}  {'IDLE TIMES':<11} {'A CLOSE ENDS':<12} NOTE"]
    for server in status["servers"]:
        note = server["error"]
        if not note and server["idle_rules_without_effect"]:
            note = "cannot act there: " + ", ".join(server["idle_rules_without_effect"])
        state = "up" if server["up"] else "down"
        lines.append(f"{printable(server['name']):<12} {state:<6} {server['sessions']:>8}  {server['idle_trust']:<11} "
                     f"{server['close_scope']:<12} {printable(note)}".rstrip())
    return lines


def summary(status, outcomes):
    kept = sum(server["sessions"] for server in status["servers"])
    text = f"{kept} sessions on {len(status['servers'])} servers"
    done = ", ".join(f"{count} {outcome}" for outcome, count in sorted(outcomes.items()) if count)
    return f"{text}; closes so far: {done or 'none'}; {status['close_queue_length']} waiting"


class LineView:
    """For files and pipes: one line an event, and a summary now and then."""

    def __init__(self, stream, clock=time.monotonic):
        self._stream, self._clock = stream, clock
        self._history = History()
        self._next_summary = 0.0
        self._last = None

    def show(self, status, sessions):
        for _, sentence in self._history.new_closes(status, sessions):
            print(sentence, file=self._stream, flush=True)
        self._last = (status, sessions)
        if self._clock() >= self._next_summary:
            self._next_summary = self._clock() + _SUMMARY_SECONDS
            print("-- " + summary(status, self._history.outcomes), file=self._stream, flush=True)

    def finish(self):
        if self._last is None:
            return
        status, sessions = self._last
        lines = ["", *server_lines(status), "", "Not closed, and why:", *kept_lines(sessions), "",
                 summary(status, self._history.outcomes)]
        print("\n".join(lines), file=self._stream, flush=True)


class ScreenView:
    """For a terminal: redrawn in place."""

    def __init__(self, stream, colour):
        self._stream, self._colour = stream, colour
        self._history = History()
        self._closes = collections.deque(maxlen=_SHOWN_CLOSES)
        self._lines_drawn = 0

    def _styled(self, text, code):
        return f"\033[{code}m{text}\033[0m" if self._colour else text

    def lines(self, status, sessions, size):
        """The screen's lines, at most the terminal's height."""
        for close, sentence in self._history.new_closes(status, sessions):
            self._closes.append((close["outcome"], close["at"][11:19] + "  " + sentence))
        screen = [self._styled(line, 1) if n == 0 else line for n, line in enumerate(
            line[:size.columns] for line in server_lines(status))]
        screen += ["", self._styled("Latest closes", 1)]
        for outcome, sentence in reversed(self._closes):
            screen.append(self._styled(sentence[:size.columns], 32 if outcome in ("closed", "gone-already") else 33))
        screen += ["", self._styled("Not closed, and why", 1)]
        screen += [line[:size.columns] for line in kept_lines(sessions)]
        screen += ["", summary(status, self._history.outcomes)[:size.columns]]
        return screen[:size.lines - 1]

    def show(self, status, sessions):
        screen = self.lines(status, sessions, shutil.get_terminal_size())
        # Back to where the last screen began, and clear from there.
        back = f"\033[{self._lines_drawn}A\r" if self._lines_drawn else ""
        self._stream.write(back + "\033[J" + "\n".join(screen) + "\n")
        self._stream.flush()
        self._lines_drawn = len(screen)

    def finish(self):
        self._stream.flush()
