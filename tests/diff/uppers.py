# SPDX-License-Identifier: GPL-2.0-only
"""Macvlans of the owner's own on its ports and its bridge, which take frames from there or get copies."""

from case import OWNER, Item, ip
from topology import mac

MODES = ("source", "source", "passthru", "bridge", "private")


def event(rng, draft):
    known = draft.facts.setdefault("uppers", [])
    if known and rng.random() < 0.5:
        name = known.pop(rng.randrange(len(known)))
        return Item(f"{name} goes", (ip(OWNER, f"link del {name}"),))
    link = rng.choice(draft.own_links())
    device = rng.choice((link.port, link.l3))
    if any(other.kind == "macvlan" and other.port == device for other in draft.links):
        return None     # a passthru one can't be beside them, and any other is what topology.py draws
    number = draft.number()
    name = f"up{number}"
    mode = rng.choice(MODES)
    known.append(name)
    commands = [ip(OWNER, f"link add link {device} name {name} address {mac(number, 3)} type macvlan mode {mode}")]
    if mode == "source":
        commands.append(ip(OWNER, f"link set {name} type macvlan macaddr add {link.mac}"))
        if rng.random() < 0.3:
            commands.append(ip(OWNER, f"link set {name} type macvlan mode source nodst"))
    return Item(f"{name}, a macvlan ({mode}) on {device}", (*commands, ip(OWNER, f"link set {name} up")))
