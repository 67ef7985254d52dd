# SPDX-License-Identifier: GPL-2.0-only
"""What happens to devices and namespaces: down and up, other MACs, MTUs and names, moved, deleted, made
again."""

import topology
from case import Command, Item, ip


def event(rng, draft):
    gone = [link for link in draft.links if not link.alive]
    if gone and rng.random() < 0.5:
        return made_again(draft, rng.choice(gone))
    alive = [link for link in draft.links if link.alive]
    if not alive:
        return None
    link = rng.choice(alive)
    draft.aim(far=link.leaf)
    return rng.choice((down_up, down_up, other_mac, other_mac, port_mac, other_mtu, renamed, deleted, moved, flags,
                       offloads, namespace_gone))(rng, draft, link)


def own_pair(link):
    """A veth pair of an owner's that nothing else hangs on."""
    return link.kind in ("veth", "bridged") and link.leaf != "n0"


def down_up(rng, draft, link):
    where = rng.choice(((link.owner, link.port), (link.leaf, link.device), (link.owner, link.l3)))
    if where[0] == "t0":
        return None
    downs = draft.facts.setdefault("down", set())
    if where in downs:
        downs.remove(where)
        # What has waited for a neighbour meanwhile would arrive, or not, as long as it has been asked for.
        return Item(f"{where[1]} of {where[0]} up", (ip(link.owner, f"neigh flush dev {link.l3} nud incomplete"),
                                                     ip(where[0], f"link set {where[1]} up")))
    if rng.random() < 0.5:
        return Item(f"{where[1]} of {where[0]} down and up",
                    (ip(where[0], f"link set {where[1]} down"), Command(where[0], "noticed", ""),
                     ip(where[0], f"link set {where[1]} up")))
    downs.add(where)
    return Item(f"{where[1]} of {where[0]} down", (ip(where[0], f"link set {where[1]} down"),))


def other_mac(rng, draft, link):
    """Of the leaf. The owner is told: when it would find out by itself goes by clocks. The leaf's neighbours go with
    its MAC. Others on the link ask for it again: what they hear of it by chance, macvlans do from a queue."""
    if link.kind in ("tap", "macvlan"):
        return None
    link.mac = f"02:00:00:01:{link.number:02x}:{rng.randint(0, 255):02x}"
    more = [address.split("/")[0] for address in link.addresses4[1:] + link.addresses6[1:]]
    others = [other for other in draft.links if other is not link and other.alive and other.kind != "tap" and
              (other.owner, other.l3) == (link.owner, link.l3)]
    return Item(f"{link.leaf} has the MAC {link.mac}",
                (ip(link.leaf, f"link set {link.device} address {link.mac}"),
                 *topology.owner_neighbours(link, more), *topology.leaf_neighbours(link),
                 *(ip(other.leaf, f"neigh flush dev {other.device}") for other in others)))


def port_mac(rng, draft, link):
    """Of the owner's device. Those behind it are told, as above."""
    if link.kind in ("macvlan", "bridged") or any(other.kind == "macvlan" and other.port == link.port
                                                  for other in draft.links):
        return None
    link.port_mac = f"02:00:00:02:{link.number:02x}:{rng.randint(0, 255):02x}"
    commands = [ip(link.owner, f"link set {link.port} address {link.port_mac}")]
    if link.kind != "tap":
        commands += topology.neighbour_commands(link)
    return Item(f"{link.port} has the MAC {link.port_mac}", tuple(commands))


def other_mtu(rng, draft, link):
    where = rng.choice(((link.owner, link.port), (link.leaf, link.device), (link.owner, link.l3)))
    if where[0] == "t0":
        return None
    mtu = rng.choice((1280, 1400, 1500, 1492, 2000, 1000, 576))
    # What relays on a wire has to take all that a macvlan's lower sends: both ends.
    ends = [((wire.owner, wire.port), (wire.leaf, wire.device)) for wire in draft.by_kind("wire")]
    both = next((pair for pair in ends if where in pair), (where,))
    return Item(f"{where[1]} of {where[0]} has MTU {mtu}",
                tuple(ip(namespace, f"link set {device} mtu {mtu}") for namespace, device in both))


def flags(rng, draft, link):
    words = rng.choice(("promisc on", "promisc off", "allmulticast on", "arp off", "arp on", "multicast off",
                        "multicast on", "alias x", "txqueuelen 10", "group 5", "carrier off", "carrier on"))
    device = rng.choice((link.port, link.l3))
    return Item(f"{device}: {words}", (ip(link.owner, f"link set {device} {words}"),))


def offloads(rng, draft, link):
    """What a device doesn't do itself the kernel does before: not for a lower, from which a frame to its macvlan goes out
    in pieces, and comes back by the relay, where nsaccel turns it round as it is."""
    device = rng.choice((link.port, link.l3))
    finishes = any(lower.relays and lower.port == device for lower in draft.links)
    if rng.random() < 0.3:
        words = rng.choice(("gso_max_segs 2", "gso_max_size 3000", "gso_max_segs 65535 gso_max_size 65536"))
        if finishes:
            words = "gso_max_segs 65535 gso_max_size 65536"
        return Item(f"{device}: {words}", (ip(link.owner, f"link set {device} {words}"),))
    words = rng.choice(("tx off", "tx on", "tso off gso off", "tso on gso on", "gro on", "gro off", "sg off"))
    if finishes and words in ("tso off gso off", "sg off"):
        words = "tso on gso on"
    return Item(f"{device}: {words}", (Command(link.owner, "ethtool", f"-K {device} {words}"),))


def renamed(rng, draft, link):
    """Back and forth, so that what names it later still does."""
    if link.kind in ("macvlan", "tap"):
        return None
    return Item(f"{link.port} has another name for a while",
                (ip(link.owner, f"link set {link.port} name other0"),
                 ip(link.owner, f"link set other0 name {link.port}"))) if rng.random() < 0.5 else \
        Item(f"{link.port} has another name", (ip(link.owner, f"link set {link.port} name x{link.port}"),
                                               ip(link.owner, f"link property add dev x{link.port} "
                                                              f"altname {link.port}")))


def deleted(rng, draft, link):
    if not own_pair(link):
        return None
    draft.streams = link.alive = False
    return Item(f"{link.port} is deleted", (ip(link.owner, f"link del {link.port}"),))


def moved(rng, draft, link):
    """To its leaf, which makes an end of the owner's, and away from there."""
    if not own_pair(link):
        return None
    draft.streams = link.alive = False
    return Item(f"{link.port} moves into {link.leaf}",
                (ip(link.owner, f"link set {link.port} netns @{link.leaf}@"),))


def namespace_gone(rng, draft, link):
    if not own_pair(link):
        return None
    draft.streams = link.alive = False
    draft.facts.setdefault("namespaces gone", set()).add(link.leaf)
    return Item(f"namespace {link.leaf} is deleted", (Command(link.owner, "netns", f"del {link.leaf}"),
                                                      Command(link.owner, "gone", link.port)))


def made_again(draft, link):
    """As it was at first, whatever became of it."""
    link.alive = True
    draft.facts.get("down", set()).difference_update({(link.owner, link.port), (link.leaf, link.device)})
    gone = draft.facts.setdefault("namespaces gone", set())
    commands = []
    if link.leaf in gone:
        gone.discard(link.leaf)
        commands += [Command(link.owner, "netns", f"add {link.leaf}"), *topology.quiet(link.leaf, False),
                     ip(link.leaf, "link set lo up")]
    else:
        commands += [ip(link.leaf, f"link del {link.device}"), ip(link.owner, f"link del {link.port}")]
    commands += topology.pair_commands(link) if link.kind == "veth" else bridge_commands(link)
    commands += topology.address_commands(link) if link.kind == "veth" else topology.leaf_address_commands(link)
    commands += topology.neighbour_commands(link)
    return Item(f"{link.port} and {link.leaf} are there again", tuple(commands))


def bridge_commands(link):
    return topology.bridges.port_commands(link)
