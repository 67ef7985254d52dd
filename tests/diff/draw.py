# SPDX-License-Identifier: GPL-2.0-only
"""A case of a seed."""

import random
from dataclasses import replace

import addresses
import commands
import detours
import enforced
import events
import firewall
import gateways
import neighbours
import packets
import qdiscs
import repeated
import replaced
import routes
import rules
import spares
import streams
import sysctls
import topology
from case import Case, Draft, Step
from view import Sender, View

PACKETS = 85            # of a step
OFFLOADING = ("veth", "wire", "bridged", "macvlan")
UNSETTLED = 0.2         # of the cases are sent packets before the daemon has followed, too
STREAMS = 0.15          # of the steps have conversations of sockets
ENFORCED = 0.18         # of the cases are about what nsaccel enforces
AIMS = 16               # the latest, that packets are drawn for

# What a network has beside its links; the latter part, and events, enforced.py can't say anything of.
PARTS = (addresses, routes, rules, neighbours, sysctls, detours, gateways)
MORE_PARTS = (spares, firewall, qdiscs, commands)


def case(seed):
    rng = random.Random(seed)
    enforces = rng.random() < ENFORCED
    draft = linked(rng, enforces)
    topology.note_prefixes(draft)
    draft.add("nsaccel attached", *topology.attach_commands(draft))
    for part in PARTS + (() if enforces else MORE_PARTS):
        # A firewall remembers: what it makes of a packet isn't that of before or after an event.
        if draft.settled or part is not firewall:
            part.draw(rng, draft)
    for what, attaching in draft.last:
        draft.add(what, *attaching)
    items = tuple(draft.items)
    steps = [step(rng, draft, None, ())]
    for _ in range(1 if enforces else rng.randint(4, 8)):
        happened = (enforced if enforces else events).draw(rng, draft)
        steps.append(step(rng, draft, happened, steps))
    if draft.settled and not enforces and not draft.firewall:
        steps += replaced.steps(seed, draft, view(draft))
    return Case(seed, tuple(draft.namespaces), tuple(draft.watched), items, tuple(steps),
                tuple((link.leaf, link.device) for link in draft.by_kind("bridged")), draft.settled)


def linked(rng, enforces):
    """The namespaces and what links them; simple ones, for what is enforced."""
    draft = Draft(settled=enforces or rng.random() >= UNSETTLED)
    topology.draw(rng, draft)
    return linked(rng, enforces) if enforces and not enforced.is_simple(draft) else draft


def step(rng, draft, happened, before):
    seen = view(draft)
    seen = replace(seen, before=repeated.of_steps(before, seen.senders))
    talks = tuple(streams.draw(rng, seen)) if rng.random() < STREAMS else ()
    return Step(happened, tuple(packets.draw(rng, seen, PACKETS)), talks)


def view(draft):
    """What traffic is drawn from."""
    links = [link for link in draft.links if link.alive]
    senders = tuple(Sender(link.leaf, link.device, link.kind, link.mac, link.mtu,
                           tuple(link.addresses4), tuple(link.addresses6), link.port_mac,
                           link.gateway4, link.gateway6, neighbours_of(draft, link),
                           offload=link.kind in OFFLOADING and not (draft.native and link.kind == "wire"))
                    for link in links)
    return View(senders, tuple(draft.prefixes.values()),
                tuple(sorted({link.gateway4 for link in links})),
                tuple(sorted({link.gateway6 for link in links})), firewall=draft.firewall,
                router_macs=tuple(sorted({link.port_mac for link in links})), streams=draft.streams,
                aims=tuple(draft.aims[-AIMS:]))


def neighbours_of(draft, link):
    return tuple(other.mac for other in draft.links
                 if other is not link and other.alive and other.l3 == link.l3 and other.owner == link.owner)
