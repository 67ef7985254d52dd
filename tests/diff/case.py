# SPDX-License-Identifier: GPL-2.0-only
"""What a drawn case consists of: data alone, so that it can be run again in part and printed."""

from dataclasses import dataclass, field, replace

from view import Aim

OWNER = "rt"


@dataclass(frozen=True)
class Command:
    """A line for a tool in a namespace. @c0@ in it stands for the twin's name of namespace c0."""

    namespace: str
    tool: str                   # a key of world.TOOLS, which says in which twin
    text: str


@dataclass(frozen=True)
class Item:
    """A configuration item, or an event: what is left out as a whole when a case is minimised."""

    what: str                   # for people
    commands: tuple
    polled: bool = False        # nobody tells the daemon of it: it is noticed by looking


@dataclass(frozen=True)
class Step:
    """An event, if there is one, then traffic."""

    event: Item = None
    sends: tuple = ()           # of view.Send; a mark in a frame is its index in the list that was drawn
    streams: tuple = ()         # of view.Stream


@dataclass(frozen=True)
class Case:
    seed: int
    namespaces: tuple           # of names, without the twin's prefix
    watched: tuple              # of (namespace, device): where frames are captured
    items: tuple
    steps: tuple
    bridged: tuple = ()         # (namespace, device) of leaves behind a bridge, which announce themselves
    settled: bool = True        # else frames are sent before the daemon has followed as well

    def with_(self, **changes):
        return replace(self, **changes)

    def all_items(self):
        return self.items + tuple(step.event for step in self.steps if step.event)

    def events(self):
        return sum(1 for step in self.steps if step.event)

    def packets(self):
        return sum(len(step.sends) for step in self.steps)


@dataclass
class Draft:
    """A case while it is drawn: the items so far, and what the network is thought to look like."""

    items: list = field(default_factory=list)
    namespaces: list = field(default_factory=lambda: [OWNER])
    links: list = field(default_factory=list)       # of topology.Link
    prefixes: dict = field(default_factory=dict)    # prefix -> view.Prefix
    watched: list = field(default_factory=list)
    facts: dict = field(default_factory=dict)       # what items remember for their events, by kind
    last: list = field(default_factory=list)        # (what, commands) that go after all else
    firewall: bool = False
    streams: bool = True
    settled: bool = True
    native: bool = False            # NICs have native XDP
    aims: list = field(default_factory=list)        # of view.Aim
    numbers: int = 0

    def number(self):
        """Of another link, for its addresses."""
        self.numbers += 1
        return self.numbers

    def add(self, what, *commands, **more):
        item = Item(what, tuple(commands), **more)
        self.items.append(item)
        return item

    def aim(self, **fields):
        """A share of the packets drawn from now on is of this kind; fields of view.Aim."""
        self.aims.append(Aim(**fields))

    def own_links(self):
        """Of the owner itself."""
        return [link for link in self.links if link.owner == OWNER]

    def by_kind(self, *kinds):
        return [link for link in self.links if link.kind in kinds]

def ip(namespace, text):
    return Command(namespace, "ip", text)


def ip6(namespace, text):
    return Command(namespace, "ip6", text)


def sysctl(namespace, text):
    return Command(namespace, "sysctl", text)
