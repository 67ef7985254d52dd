# SPDX-License-Identifier: GPL-2.0-only
"""Queueing disciplines and filters of others on the owner's devices; none of them holds packets back."""

from case import OWNER, Command, Item

QDISCS = ("tbf rate 10gbit burst 10m latency 1s", "htb default 1", "pfifo", "bfifo", "noqueue", "pfifo_head_drop")


def draw(rng, draft):
    if rng.random() < 0.25:
        draft.items.append(event(rng, draft))


def event(rng, draft):
    link = rng.choice([link for link in draft.links if link.owner == OWNER])
    device = rng.choice((link.port, link.l3))
    known = draft.facts.setdefault("filters", set())
    kind = rng.random()
    if kind < 0.4:
        words = rng.choice(QDISCS)
        return Item(f"qdisc of {device}: {words}", tc(f"qdisc replace dev {device} root {words}"))
    if kind < 0.5:
        return Item(f"qdisc of {device} goes", tc(f"qdisc del dev {device} root"))
    if device in known and rng.random() < 0.6:
        known.discard(device)
        return Item(f"filters of {device} go", tc(f"qdisc del dev {device} clsact"))
    known.add(device)
    # What a macvlan and its lower send each other is turned round before egress filters of the lower's.
    lower = any(other.kind == "macvlan" and other.port == device for other in draft.links)
    direction = "ingress" if lower else rng.choice(("ingress", "egress"))
    match = rng.choice(("match ip dport 80 0xffff", f"match ip dst {link.net4}.0/24", "match u32 0 0",
                        "match ip protocol 1 0xff"))
    other = rng.choice([other.port for other in draft.own_links() if other.port != device])
    action = rng.choice(("flowid 1:1", f"action mirred egress redirect dev {other}",
                         f"action mirred egress mirror dev {other}"))
    return Item(f"a filter at {direction} of {device}: {match} {action}",
                tc(f"qdisc replace dev {device} clsact",  # nsaccel's is there before Linux 6.6
                   f"filter add dev {device} {direction} protocol ip u32 {match} {action}"))


def tc(*lines):
    return tuple(Command(OWNER, "tc", line) for line in lines)
