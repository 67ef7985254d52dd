# SPDX-License-Identifier: GPL-2.0-only
"""Runs a case in both twins, and tells the first difference."""

import json
import os
import select
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field

import compare
import intended
import links
import schedule
import streams
from case import OWNER
from world import Namespaces, SetupError, Twin

QUIET_MS = 3                # nothing has come for so long: nothing comes any more
PATIENT_MS = (30, 300)      # unless there is a difference
STREAM_PATIENCE = (1, 3)    # likewise
FOLLOW_SECONDS = 20         # that the daemon may take on a loaded machine
POLL_SECONDS = 3            # after which what nobody tells of is told by "sync"
PACKET_OUTGOING = 4


@dataclass
class Difference:
    """What is wrong, after which step."""

    step: int
    what: str
    kernel: list = field(default_factory=list)      # of compare.Seen
    nsaccel: list = field(default_factory=list)
    sends: tuple = ()           # marks of what was sent

    def marks(self):
        return {seen.mark() for seen in self.kernel + self.nsaccel} - {None}


@dataclass
class Played:
    difference: Difference = None
    reasons: Counter = field(default_factory=Counter)
    packets: int = 0
    frames: int = 0
    events: int = 0
    streams: int = 0
    errors: Counter = field(default_factory=Counter)
    note: str = ""


class Daemon:
    """nsaccel's, for as long as a worker runs."""

    def __init__(self, nsaccel, log):
        self.nsaccel, self.log, self.process = nsaccel, log, None

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([self.nsaccel, "daemon"], stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL, preexec_fn=any_cpu)

    def kill(self, signal=9):
        if self.process:
            self.process.send_signal(signal)
            self.process.wait()
            self.process = None

    def dead(self):
        return self.process is not None and self.process.poll() is not None


def lots(sends):
    """Each ends with what may change what the kernel knows."""
    lot = []
    for send in sends:
        lot.append(send)
        if send.settles:
            yield lot
            lot = []
    if lot:
        yield lot


def any_cpu():
    os.sched_setaffinity(0, range(os.cpu_count()))


class Play:
    def __init__(self, case, nsaccel, daemon):
        self.case, self.nsaccel, self.daemon = case, nsaccel, daemon
        self.played = Played()
        self.poll = select.epoll()
        self.by_fd = {}
        self.twins = []
        self.limited = Counter()    # errors that the kernel sends seldom, by intended.limited_by()

    def run(self):
        spaces = Namespaces()
        try:
            for prefix, program in (("k", None), ("n", self.nsaccel)):
                self.twins.append(Twin(spaces, prefix, self.case.namespaces, program))
            self.played.difference = self._all()
            self._counters()
        finally:
            self._close(spaces)
        return self.played

    # ---- the order of things ----------------------------------------------------------------

    def _all(self):
        difference = self._change([command for item in self.case.items for command in item.commands],
                                  -1, any(item.polled for item in self.case.items))
        if difference:
            return difference
        for twin in self.twins:
            twin.listen(self.case.watched)
            for name, sock in twin.sockets.items():
                self.poll.register(sock, select.EPOLLIN)
                self.by_fd[sock.fileno()] = twin, name, sock
        self._drain({"k": Counter(), "n": Counter()}, QUIET_MS)
        for index, step in enumerate(self.case.steps):
            if step.event:
                self.played.events += 1
                difference = self._change(step.event.commands, index, step.event.polled)
            difference = difference or self._traffic(index, step) or self._streams(index, step)
            if difference:
                return difference
        return None

    def _change(self, commands, step, polled):
        for twin in self.twins:
            twin.errors = []
            for batch in schedule.batches(commands):
                twin.apply(batch)
        kernel, with_nsaccel = (twin.errors for twin in self.twins)
        for _, text in kernel:
            self.played.errors[text.strip().splitlines()[0][:90]] += 1
        if kernel != with_nsaccel:
            return Difference(step, f"the kernel takes other commands: {kernel} and {with_nsaccel}")
        links.wait_alike(self.twins)
        return self._settle(step, polled)

    def _settle(self, step, polled):
        start = time.monotonic()
        synced = False
        while True:
            if self.daemon.dead():
                return Difference(step, "the daemon is gone")
            check = subprocess.run([self.nsaccel, "check"], capture_output=True, text=True, check=False)
            if check.returncode in (0, 3):
                return None
            spent = time.monotonic() - start
            if polled and not synced and spent > POLL_SECONDS:
                subprocess.run([self.nsaccel, "sync"], capture_output=True, check=False)
                synced = True
            if spent > FOLLOW_SECONDS:
                return Difference(step, f"not followed: {check.stdout}{check.stderr}")
            time.sleep(0.005)

    # ---- traffic ----------------------------------------------------------------------------

    def _traffic(self, index, step):
        if not step.sends:
            return None
        frames = {twin.prefix: Counter() for twin in self.twins}
        for sends in lots(step.sends):
            difference = self._send(index, sends, frames)
            if difference:
                return difference
        self._note_limited(frames)
        for patience in PATIENT_MS:
            difference = self._compare(index, frames)
            if not difference:
                break
            self._drain(frames, patience)
        self.played.frames += sum(frames["k"].values())
        return self._compare(index, frames)

    def _send(self, index, sends, frames):
        """And the daemon has followed, if there is anything to follow."""
        refused = [[twin.send(send) for send in sends] for twin in self.twins]
        self.played.packets += len(sends)
        self._drain(frames, QUIET_MS)
        if refused[0] != refused[1]:
            return Difference(index, f"other frames are refused: {set(refused[0])} and {set(refused[1])}")
        return self._settle(index, False) if sends[-1].settles else None

    def _streams(self, index, step):
        """Conversations of sockets; whoever listens to frames doesn't listen to theirs."""
        for patience in STREAM_PATIENCE if step.streams else ():
            outcomes = streams.run_all([twin.enter for twin in self.twins], step.streams, patience)
            if outcomes[0] == outcomes[1]:
                break
        else:
            if step.streams:
                return Difference(index, "other streams: " + "; ".join(
                    f"{stream} the kernel alone: {kernel} with nsaccel: {nsaccel}"
                    for stream, kernel, nsaccel in zip(step.streams, *outcomes) if kernel != nsaccel))
        self.played.streams += len(step.streams)
        self._drain({"k": Counter(), "n": Counter()}, QUIET_MS)
        return None

    def _drain(self, frames, quiet):
        """Until nothing has come for so many milliseconds."""
        case = set(self.case.watched)
        while True:
            ready = self.poll.poll(quiet / 1000)
            if not ready:
                return
            for fd, _ in ready:
                twin, name, sock = self.by_fd[fd]
                counter = frames[twin.prefix]
                while True:
                    try:
                        data, address = sock.recvfrom(70000)
                    except BlockingIOError:
                        break
                    except OSError:     # a device went down or away
                        continue
                    if (name, address[0]) not in case:
                        continue
                    seen = compare.seen(name, address[0], address[2], data)
                    if seen:
                        counter[seen] += 1

    def _note_limited(self, frames):
        counted = Counter()
        for counter in frames.values():
            mine = Counter()
            for seen, count in counter.items():
                if intended.icmp(seen.frame) in intended.UNREACHABLE:
                    mine[intended.limited_by(seen)] += count
            counted |= mine
        self.limited += counted

    def _compare(self, index, frames):
        kernel, nsaccel = compare.difference(frames["k"], frames["n"])
        kernel = [seen for seen in kernel if not intended.explained(self, seen, True)]
        nsaccel = [seen for seen in nsaccel if not intended.explained(self, seen, False)]
        if not kernel and not nsaccel:
            return None
        return Difference(index, "other frames arrive", kernel, nsaccel)

    # ---- the end ----------------------------------------------------------------------------

    def _counters(self):
        """Before the namespaces go, with their counters."""
        done = subprocess.run([self.nsaccel, "-j", "stats", "show"], capture_output=True, text=True,
                              check=False)
        try:
            entries = json.loads(done.stdout or "[]")
        except ValueError:
            return
        for entry in entries if isinstance(entries, list) else ():
            self.played.reasons[entry["reason"]] += entry["packets"]

    def _close(self, spaces):
        self.poll.close()
        subprocess.run([self.nsaccel, "detach", "--all", "--force"], capture_output=True, check=False)
        for twin in self.twins:
            twin.close()
        os.close(spaces.home)
