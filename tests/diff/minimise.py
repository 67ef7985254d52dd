# SPDX-License-Identifier: GPL-2.0-only
"""The fewest packets, events and configuration items with which a case still differs."""

import time

from case import Item, Step


class Minimiser:
    """run(case) returns a play.Difference or None."""

    def __init__(self, run, kind, seconds=240):
        self.run, self.kind, self.deadline = run, kind, time.monotonic() + seconds

    def differs(self, case):
        if time.monotonic() > self.deadline:
            return False
        difference = self.run(case)
        return difference is not None and difference.kind == self.kind

    def minimise(self, case, difference):
        case = case.with_(steps=case.steps[:difference.step + 1])
        case = self._only_last_traffic(case, difference)
        case = self._reduce(case, sends_of, with_sends)
        case = self._reduce(case, streams_of, with_streams)
        case = self._reduce(case, events_of, with_events)
        case = self._reduce(case, lambda case: list(case.items),
                            lambda case, items: case.with_(items=tuple(items)))
        case = self._reduce(case, commands_of, with_commands)
        return without_unused(case)

    def _only_last_traffic(self, case, difference):
        """Most differences need no more than what showed them, or its step."""
        if difference.step < 0:
            return case
        marks = difference.marks()
        last = [(number, index) for number, index in sends_of(case) if number == difference.step]
        marked = [(number, index) for number, index in last if index in marks]
        for kept in (marked, last):
            tried = with_sends(case, kept)
            if kept and self.differs(tried):
                return tried
        return case

    def _reduce(self, case, parts_of, with_parts):
        parts = ddmin(parts_of(case), lambda kept: self.differs(with_parts(case, kept)))
        return with_parts(case, parts)


def ddmin(parts, differs):
    """Zeller's: chunks are left out while what is left still differs."""
    size = max(1, len(parts) // 2)
    while parts and size:
        at, smaller = 0, False
        while at < len(parts):
            kept = parts[:at] + parts[at + size:]
            if differs(kept):
                parts, smaller = kept, True
            else:
                at += size
        if not smaller or size > 1:
            size = size // 2 if size > 1 else 0
    return parts


def sends_of(case):
    return [(number, index) for number, step in enumerate(case.steps) for index in range(len(step.sends))]


def with_sends(case, kept):
    kept = set(kept)
    return case.with_(steps=tuple(
        Step(step.event, tuple(send for index, send in enumerate(step.sends) if (number, index) in kept),
             step.streams)
        for number, step in enumerate(case.steps)))


def streams_of(case):
    return [(number, index) for number, step in enumerate(case.steps) for index in range(len(step.streams))]


def with_streams(case, kept):
    kept = set(kept)
    return case.with_(steps=tuple(
        Step(step.event, step.sends,
             tuple(stream for index, stream in enumerate(step.streams) if (number, index) in kept))
        for number, step in enumerate(case.steps)))


def events_of(case):
    return [number for number, step in enumerate(case.steps) if step.event]


def with_events(case, kept):
    return case.with_(steps=tuple(
        Step(step.event if number in kept else None, step.sends, step.streams)
        for number, step in enumerate(case.steps)))


def commands_of(case):
    return [(number, index) for number, item in enumerate(case.items) for index in range(len(item.commands))]


def with_commands(case, kept):
    kept = set(kept)
    items = []
    for number, item in enumerate(case.items):
        commands = tuple(command for index, command in enumerate(item.commands) if (number, index) in kept)
        if commands:
            items.append(Item(item.what, commands, item.polled))
    return case.with_(items=tuple(items))


def without_unused(case):
    """Steps without anything, and namespaces that nothing names."""
    steps = tuple(step for step in case.steps if step.event or step.sends or step.streams)
    used = {send.namespace for step in steps for send in step.sends}
    used |= {end for step in steps for stream in step.streams for end in (stream.client, stream.server)}
    for item in case.with_(steps=steps).all_items():
        for command in item.commands:
            used.add(command.namespace)
            used.update(name for name in case.namespaces if f"@{name}@" in command.text)
    return case.with_(steps=steps, namespaces=tuple(name for name in case.namespaces if name in used),
                      watched=tuple(place for place in case.watched if place[0] in used))
