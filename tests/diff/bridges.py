# SPDX-License-Identifier: GPL-2.0-only
"""A bridge of the owner's, with leaves behind its ports: STP, isolation, learning, hairpin, FDB."""

import topology
from case import OWNER, Command, Item, ip

BRIDGE = "br0"
PORT_FLAGS = ("isolated on", "isolated off", "learning off", "learning on", "flood off", "flood on",
              "hairpin on", "hairpin off", "mcast_flood off", "mcast_flood on", "guard on", "guard off",
              "root_block on", "root_block off", "neigh_suppress on", "neigh_suppress off", "locked on",
              "locked off", "state 0", "state 1", "state 2", "state 3", "state 4", "bcast_flood off",
              "bcast_flood on")
DIFFERING = ("isolated", "state")
# STP takes seconds until a port forwards: tests/netns/bridge_ports.bats.
BRIDGE_FLAGS = ("vlan_filtering 1", "vlan_filtering 0", "ageing_time 0",
                "ageing_time 30000", "group_fwd_mask 0x4000", "group_fwd_mask 0", "mcast_snooping 0",
                "no_linklocal_learn 1")


def draw(rng, draft):
    number = draft.number()
    mac = topology.mac(number, 1)
    draft.add(f"bridge {BRIDGE}",
              ip(OWNER, f"link add {BRIDGE} address {mac} mtu 1500 type bridge mcast_snooping 0 "
                        f"forward_delay 0"),
              ip(OWNER, f"link set {BRIDGE} up"))
    first = None
    for host in range(2, 2 + rng.choice((1, 2, 2, 3, 3))):
        link = topology.Link(f"b{host}", f"b{host}", "bridged", number, topology.mac(number, host), mac,
                             l3=BRIDGE, host=host, permanent=rng.random() < 0.7)
        topology.new_leaf(draft, link)
        draft.add(f"bridge port {link.port} to {link.leaf}", *port_commands(link))
        draft.add(f"addresses of {link.leaf}", *topology.leaf_address_commands(link))
        topology.add_neighbours(draft, link)
        first = first or link
    draft.add(f"addresses of {BRIDGE}", ip(OWNER, f"addr add {first.gateway4}/24 dev {BRIDGE}"),
              ip(OWNER, f"addr add {first.gateway6}/64 dev {BRIDGE} nodad"))
    options = [option(rng, draft, False) for _ in range(rng.choice((0, 1, 1, 2, 3)))]
    if options:
        draft.add("the bridge's carriers are there", topology.carriers(draft))
        # What leaves' stacks say by clocks may come before or after what keeps the bridge from learning.
        draft.add("the bridge knows who is there",
                  *(Command(OWNER, "bridge", f"fdb replace {link.mac} dev {link.port} master static")
                    for link in draft.by_kind("bridged")))
    draft.items += options
    for link in draft.by_kind("bridged"):
        if rng.random() < 0.4:  # by the guard, frames from other MACs are left to the kernel
            draft.last.append((f"{link.leaf} is not guarded",
                               (Command(OWNER, "nsaccel", f"ns set @{link.leaf}@ --guard off"),)))


def port_commands(link):
    made = ip(OWNER, f"link add {link.port} address {topology.mac(link.number, 0x80 + link.host)} "
                     f"master {BRIDGE} type veth peer name {link.device} address {link.mac} "
                     f"netns @{link.leaf}@")
    return [made, ip(OWNER, f"link set {link.port} up"), ip(link.leaf, f"link set {link.device} up")]


def event(rng, draft):
    return option(rng, draft) if draft.by_kind("bridged") else None


def option(rng, draft, up=True):
    """up: ports have been up for a while, and may have learnt."""
    link = rng.choice(draft.by_kind("bridged"))
    if rng.random() < 0.5:
        return differing(rng, draft, link)
    if rng.random() < 0.25:
        return own_mtu(rng, draft, link)
    kind = rng.random()
    if kind < 0.5:
        return port_flag(link, rng.choice(PORT_FLAGS))
    if kind < 0.65:
        flag = rng.choice(BRIDGE_FLAGS)
        return Item(f"bridge: {flag}", (ip(OWNER, f"link set {BRIDGE} type bridge {flag}"),))
    if kind < 0.75:
        out = f"link set {link.port} nomaster"
        return Item(f"{link.port} leaves the bridge and comes back" if rng.random() < 0.7 else
                    f"{link.port} leaves the bridge",
                    (ip(OWNER, out), ip(OWNER, f"link set {link.port} master {BRIDGE}")))
    if kind < 0.8:
        return Item("the bridge forgets", (ip(OWNER, f"link set {BRIDGE} type bridge fdb_flush"),))
    return fdb(rng, draft, link, up)


def port_flag(link, flag):
    return Item(f"bridge port {link.port}: {flag}", (Command(OWNER, "bridge", f"link set dev {link.port} {flag}"),))


def differing(rng, draft, link):
    """The port gets a state or isolation in which it takes and sends other frames than the rest, or loses it."""
    kind = rng.choice(DIFFERING)
    known = draft.facts.setdefault("ports that differ", set())
    if (kind, link.port) in known:
        known.remove((kind, link.port))
        return port_flag(link, "isolated off" if kind == "isolated" else "state 3")
    known.add((kind, link.port))
    if kind == "state":
        return port_flag(link, f"state {rng.choice((0, 1, 2, 4, 4))}")
    others = [other for other in draft.by_kind("bridged") if other is not link]
    if not others:
        return port_flag(link, "isolated on")
    other = rng.choice(others)  # isolation is between two that have it
    known.add((kind, other.port))
    return Item(f"bridge ports {link.port} and {other.port}: isolated on",
                port_flag(link, "isolated on").commands + port_flag(other, "isolated on").commands)


def own_mtu(rng, draft, link):
    """The bridge gets a smaller MTU than its ports have, or theirs."""
    mtu = rng.choice((1280, 1400, 1400, 1500))
    for _ in range(2):
        draft.aim(far=link.leaf, mtu=mtu)
    return Item(f"the bridge has MTU {mtu}", (ip(OWNER, f"link set {BRIDGE} mtu {mtu}"),))


def fdb(rng, draft, link, up):
    other = rng.choice(draft.by_kind("bridged"))
    mac = rng.choice((link.mac, other.mac, "02:00:00:00:ee:01"))
    kinds = [f"replace {mac} dev {link.port} master static",
             f"replace {mac} dev {link.port} master dynamic",
             f"replace {mac} dev {link.port} master permanent",
             f"replace {mac} dev {link.port} master static sticky",
             f"replace {mac} dev {BRIDGE} self permanent",
             f"del {link.port_mac} dev {BRIDGE} self",
             f"replace {link.port_mac} dev {BRIDGE} self permanent"]
    words = rng.choice([words for words in kinds if up or not words.endswith("dynamic")])
    return Item(f"fdb {words}", (Command(OWNER, "bridge", f"fdb {words}"),))
