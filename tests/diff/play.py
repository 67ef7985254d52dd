# SPDX-License-Identifier: GPL-2.0-only
"""Runs a case in both twins, and tells the first difference."""

import functools
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
import tracked
from case import OWNER, ip
from world import Namespaces, Twin

QUIET_MS = 3                # nothing has come for so long: nothing comes any more
PATIENT_MS = (30, 300, 1300)    # unless there is a difference; the last is longer than a neighbour is asked again
RACE_QUIET_MS = 30
RACING = 60                 # frames that are sent while the daemon follows
STREAM_PATIENCE = (1, 3)    # likewise
DRAIN_SECONDS = 10          # frames that never end do
AT_ONCE = 10000             # frames that are read of a socket before the time is looked at
FOLLOW_SECONDS = 60         # that the daemon may take on a loaded machine
POLL_SECONDS = 3            # after which what nobody tells of is told by "sync"
FORGED = ("from MAC", "forged", "to a neighbour")
LEARNT = ("packet too big", "needs fragments", "redirect", "ND redirect")   # exceptions of routes


@dataclass
class Difference:
    """What is wrong, after which step."""

    step: int
    what: str
    kind: str                   # "arrival", "commands", "follow", ...: a smaller case has to have the same
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
    raced: int = 0
    seconds: Counter = field(default_factory=Counter)       # by what is waited for
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


def ends_lot(send):
    return send.settles or send.what.startswith(LEARNT)


def timed(method):
    """Adds the time that it takes to its Play's."""
    @functools.wraps(method)
    def wrapper(self, *args):
        start = time.monotonic()
        try:
            return method(self, *args)
        finally:
            self.played.seconds[method.__name__.strip("_")] += time.monotonic() - start
    return wrapper


def lots(sends):
    """What is sent in one go: up to what has to be followed before the next."""
    lot = []
    for send in sends:
        lot.append(send)
        if ends_lot(send):
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
        self.talked = set()         # ports of conversations' clients
        self.masquerades = any(word in command.text for word in (" masquerade", " snat ", " dnat ")
                               for item in case.all_items() for command in item.commands)

    def run(self):
        spaces = Namespaces()
        try:
            for prefix, program in (("k", None), ("n", self.nsaccel)):
                twin = Twin(spaces, prefix, self.case.namespaces, program, self.daemon)
                twin.opened, twin.closing = self._opened, self._closing
                self.twins.append(twin)
            self.played.difference = self._all()
            self._counters()
        finally:
            self._close(spaces)
        return self.played

    # ---- the order of things ----------------------------------------------------------------

    def _all(self):
        for twin in self.twins:
            twin.listen(self.case.watched)
        difference = self._change([command for item in self.case.items for command in item.commands],
                                  -1, any(item.polled for item in self.case.items))
        if difference:
            return difference
        self._drain({"k": Counter(), "n": Counter()}, QUIET_MS)
        for index, step in enumerate(self.case.steps):
            if step.event:
                self.played.events += 1
                difference = self._happen(index, step)
            difference = difference or self._traffic(index, step)
            if difference:
                return difference
        return None

    @timed
    def _apply(self, twin, commands):
        for batch in schedule.batches(commands):
            twin.apply(batch)

    @timed
    def _wait_alike(self, step):
        differs = links.wait_alike(self.twins)
        return Difference(step, f"other {differs}", "links") if differs else None

    def _opened(self, twin, name, sock):
        self.poll.register(sock, select.EPOLLIN)
        self.by_fd[sock.fileno()] = twin, name, sock

    def _closing(self, sock):
        del self.by_fd[sock.fileno()]
        self.poll.unregister(sock)

    def _change(self, commands, step, polled):
        for twin in self.twins:
            twin.errors = []
            self._apply(twin, commands)
        kernel, with_nsaccel = (twin.errors for twin in self.twins)
        for _, text in kernel:
            self.played.errors[text.strip().splitlines()[0][:90]] += 1
        if kernel != with_nsaccel:
            return Difference(step, f"the kernel takes other commands: {kernel} and {with_nsaccel}", "commands")
        difference = self._wait_alike(step)
        self._announce()
        return difference or self._settle(step, polled)

    @timed
    def _announce(self):
        """Whether a bridge has learnt where a leaf is would else hang on what the stacks say by clocks."""
        for twin in self.twins:
            for name, device in self.case.bridged:
                if name in twin.fds and device in (found := links.dump(twin, name)):
                    twin.announce(name, device, found[device][2])

    @timed
    def _settle(self, step, polled):
        start = time.monotonic()
        synced = False
        while True:
            if self.daemon.dead():
                return Difference(step, "the daemon is gone", "daemon")
            check = subprocess.run([self.nsaccel, "check"], capture_output=True, text=True, check=False)
            if check.returncode in (0, 3):
                return None
            spent = time.monotonic() - start
            if polled and not synced and spent > POLL_SECONDS:
                self._sync()
                synced = True
            if spent > FOLLOW_SECONDS:
                return Difference(step, f"not followed: {check.stdout}{check.stderr}", "follow")
            time.sleep(0.005)

    # ---- traffic ----------------------------------------------------------------------------

    def _traffic(self, index, step):
        frames = {twin.prefix: Counter() for twin in self.twins}
        refused = {twin.prefix: [] for twin in self.twins}
        for sends in lots(step.sends):
            for twin in self.twins:
                refused[twin.prefix] += [twin.send(send) for send in sends]
            self._drain(frames, QUIET_MS)
            if ends_lot(sends[-1]):
                if not sends[-1].settles:
                    self._sync()
                elif any(send.what.startswith(FORGED) for send in sends):
                    # The address goes back to its port by what its owner sends next, which would be followed
                    # between any two frames.
                    self._announce()
                difference = self._settle(index, False)
                if difference:
                    return difference
        self.played.packets += len(step.sends)
        for send, kernel, nsaccel in zip(step.sends, refused["k"], refused["n"]):
            if kernel != nsaccel and not intended.refused(self.case, send, kernel, nsaccel):
                return Difference(index, f"{send.namespace} sends {send.what}: {kernel}, {nsaccel}", "refused")
        for patience in PATIENT_MS:
            if not self._compare(index, frames):
                break
            self._drain(frames, patience, 1.2 * patience / 1000)
        self.played.frames += sum(frames["k"].values())
        return self._compare(index, frames) or self._connections(index) or self._talk(index, step)

    def _sync(self):
        """The daemon looks for exceptions of routes each second."""
        subprocess.run([self.nsaccel, "sync"], capture_output=True, check=False)

    # ---- while it settles -------------------------------------------------------------------

    def _happen(self, index, step):
        event = step.event
        sends = [send for send in step.sends if not send.settles][:RACING]
        if self.case.settled or len(event.commands) > 1 or not sends:
            return self._change(event.commands, index, event.polled)
        return self._race(index, event, sends)

    def _race(self, index, event, sends):
        """What arrives before the daemon has followed has to be what the kernel makes of it before or after
        the event, at each place. Both get all of it, so that their neighbours know the same afterwards."""
        kernel, nsaccel = self.twins
        allowed = self._sent(kernel, sends)
        self._sent(nsaccel, sends)
        kernel.apply(event.commands)
        allowed |= self._sent(kernel, sends)
        nsaccel.apply(event.commands)
        found = self._sent(nsaccel, sends)
        if any(send.what.startswith(LEARNT) for send in sends):
            self._sync()
        difference = self._settle(index, event.polled) or self._wait_alike(index)
        allowed |= self._sent(kernel, sends)
        self._sent(nsaccel, sends)
        self.played.raced += len(sends)
        if other := self._neither(found, allowed):
            frames = {"k": allowed, "n": Counter()}
            self._drain(frames, PATIENT_MS[-1], PATIENT_MS[-1] / 1000)  # for what waited for a neighbour
            other = self._neither(found, allowed)
        self._forget_unresolved()
        if other:
            return Difference(index, "while the daemon follows, what neither was nor will be", "race", [], other)
        return difference

    def _forget_unresolved(self):
        """What waits for a neighbour would arrive whenever that answers, in one twin before what follows."""
        for twin in self.twins:
            twin.apply([ip(name, "neigh flush nud incomplete") for name in self.case.namespaces])
        self._drain({"k": Counter(), "n": Counter()}, RACE_QUIET_MS)

    def _neither(self, found, allowed):
        """What somebody answers to a packet of before the event meets the state of after it."""
        return [seen for seen in (found - allowed).elements()
                if seen.mark() is not None and not compare.is_answer(seen.frame)
                and not intended.explained(self, seen, False)]

    def _sent(self, twin, sends):
        frames = {"k": Counter(), "n": Counter()}
        for send in sends:
            twin.send(send)
        self._drain(frames, RACE_QUIET_MS)
        return frames[twin.prefix]

    @timed
    def _connections(self, index):
        """What connection tracking knows."""
        kernel, nsaccel = (tracked.connections(twin, OWNER, not self.masquerades) for twin in self.twins)
        kernel, nsaccel = tracked.difference(kernel, nsaccel)
        if not kernel and not nsaccel:
            return None
        return Difference(index, "other connections are tracked: "
                                 f"{sorted(kernel)[:5]} and {sorted(nsaccel)[:5]}", "tracked")

    @timed
    def _talk(self, index, step):
        """Conversations of sockets; what packet sockets see of them isn't compared."""
        if not step.streams:
            return None
        for patience in STREAM_PATIENCE:
            kernel, nsaccel = streams.run_all([twin.enter for twin in self.twins], step.streams, patience)
            if kernel == nsaccel:
                break
        self.talked.update(port for stream in step.streams for port in streams.client_ports(stream, STREAM_PATIENCE))
        self._drain({"k": Counter(), "n": Counter()}, QUIET_MS)
        self.played.streams += len(step.streams)
        if kernel == nsaccel:
            return None
        return Difference(index, "other conversations: " + "; ".join(
            f"{stream} {one} and {other}" for stream, one, other in zip(step.streams, kernel, nsaccel)
            if one != other), "streams")

    @timed
    def _drain(self, frames, quiet, most=DRAIN_SECONDS):
        """Until nothing has come for so many milliseconds, or for so many seconds."""
        watched = set(self.case.watched)
        end = time.monotonic() + most
        while (ready := self.poll.poll(quiet / 1000)) and time.monotonic() < end:
            for fd, _ in ready:
                twin, name, sock = self.by_fd[fd]
                counter = frames[twin.prefix]
                for _ in range(AT_ONCE):
                    try:
                        data, address = sock.recvfrom(70000)
                    except OSError:     # that was all, or a device went down
                        break
                    if (name, address[0]) not in watched:
                        continue
                    seen = compare.seen(name, address[0], address[2], data)
                    # A conversation's last segments come when they like.
                    if seen and not (seen.mark() is None and self.talked.intersection(compare.ports(seen.frame))):
                        counter[seen] += 1

    def _compare(self, index, frames):
        kernel, nsaccel = compare.difference(frames["k"], frames["n"])
        if self.masquerades:
            kernel, nsaccel = compare.difference_but_for_ports(kernel, nsaccel)
        kernel = [seen for seen in kernel if not intended.explained(self, seen, True)]
        nsaccel = [seen for seen in nsaccel if not intended.explained(self, seen, False)]
        if not kernel and not nsaccel:
            return None
        return Difference(index, "other frames arrive", "arrival", kernel, nsaccel)

    # ---- the end ----------------------------------------------------------------------------

    @timed
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

    @timed
    def _close(self, spaces):
        for twin in self.twins:
            twin.close()
        self.poll.close()
        os.close(spaces.home)
        subprocess.run([self.nsaccel, "detach", "--all", "--force"], capture_output=True, check=False)
