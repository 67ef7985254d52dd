# SPDX-License-Identifier: GPL-2.0-only
"""The last two steps of settled cases without a firewall that still have a NIC and a veth: a new route, and another
gateway in it, with the same few packets after each. So packets go by what was remembered of a route right before it
changes. They are drawn by a sequence of their own: the rest of a case is the same with and without them."""

import random

import frames
import packets
from case import Item, Step
from conversations import USUAL
from gateways import MACS, gateway, has_mac, leads_to
from places import Places
from view import Aim

PREFIXES = {4: "10.114.0.0/24", 6: "fd16::/64"}
# By each of the gateways, so that nsaccel has a next hop of both, and only the route to PREFIXES changes.
KEPT = {4: ("10.115.0.0/24", "10.115.1.0/24"), 6: ("fd17::/64", "fd17:0:0:1::/64")}
HOST_NUMBERS = (79, 80)         # of the gateways
PACKETS = 6                     # after each step: what the second met is remembered


def steps(seed, draft, view):
    rng = random.Random(f"replaced {seed}")
    wires = [link for link in draft.own_links() if link.kind == "wire" and link.alive]
    others = [link for link in draft.own_links() if link.kind == "veth" and link.alive]
    if not wires or not others:
        return ()
    link, near, version = rng.choice(wires), rng.choice(others), rng.choice((4, 6))
    first, second = [gateway(link, version, number) for number in HOST_NUMBERS]
    new = Item(f"{PREFIXES[version]} by gateway {first} on {link.l3}",
               (*(has_mac(link, address, mac) for address, mac in zip((first, second), MACS)),
                *(leads_to(link, version, address, kept) for address, kept in zip((first, second), KEPT[version])),
                leads_to(link, version, first, PREFIXES[version])))
    changed = Item(f"{PREFIXES[version]} by gateway {second}", (leads_to(link, version, second, PREFIXES[version]),))
    sends = alike(rng, view, Aim(near=near.leaf, net=PREFIXES[version]))
    return Step(new, sends), Step(changed, sends)


def alike(rng, view, aim):
    """Packets with the same addresses."""
    places = Places(rng, view)
    talk = places.aimed(aim)
    if not talk:
        return ()
    for _ in range(PACKETS):
        datagram = frames.udp(talk.src, talk.dst, USUAL, view.ports[0], talk.body(24))
        packets.append(places, talk, talk.frame(talk.ip(frames.UDP, datagram)), "UDP to a route whose gateway changes")
    return tuple(places.sends)
