# SPDX-License-Identifier: GPL-2.0-only
"""What nsaccel is told to keep from passing. The twin without it has rules of nft(8) that do the same; so
nothing happens after it that those would have to follow."""

import topology
from case import OWNER, Command, Item


def ends_of(draft):
    return [link for link in draft.links if link.kind == "veth" and link.owner == OWNER]


def is_simple(draft):
    """Nobody else is on any link: there, more is enforced than they can say."""
    return len(ends_of(draft)) > 1 and all(
        link.kind in ("veth", "wire") and link.owner == OWNER and link.leaf != "n0" for link in draft.links)


def draw(rng, draft):
    """A policy or a guard."""
    draft.streams = False
    one, other = rng.sample(ends_of(draft), 2)
    for a, b in ((one, other), (other, one)):
        draft.aim(near=a.leaf, far=b.leaf)
        for source in (f"{b.net4}.0/24", f"{b.net6}::/64", f"{a.net4}.0/24"):   # forged
            draft.aim(near=a.leaf, source=source)
    return rng.choice((policy, guard))(one, other)


def instead(text):
    return Command(OWNER, "instead", text)


def policy(one, other):
    """Nothing passes between two endpoints, in either direction."""
    ways = (one, other), (other, one)
    denied = [Command(OWNER, "nsaccel", f"policy add --from @{a.leaf}@ --to @{b.leaf}@ deny") for a, b in ways]
    rules = "\n".join(f'iifname "{a.port}" oifname "{b.port}" drop' for a, b in ways)
    return Item(f"policy: nothing between {one.leaf} and {other.leaf}", (*denied, instead(
        f"table inet enforced {{\nchain instead {{\ntype filter hook forward priority 1000\n{rules}\n}}\n}}")))


def guard(one, _other):
    """It sends from its first IPv4 address alone, and asks and answers for that. What else it has
    is known beforehand: in the other twin alone the kernel may have asked for that."""
    address, *others = (text.split("/")[0] for text in one.addresses4 + one.addresses6)
    rules = "\n".join((f"ether saddr != {one.mac} drop", "ether type vlan drop",
                       "ip saddr 0.0.0.0 ip daddr 255.255.255.255 udp dport 67 accept",
                       f"ip saddr != {address} drop",
                       f"arp saddr ether != {one.mac} drop", f"arp saddr ip != {{ {address}, 0.0.0.0 }} drop",
                       "ip6 saddr != :: drop"))
    return Item(f"guard: {one.leaf} sends from {address} alone", (
        Command(OWNER, "nsaccel", f"ns set @{one.leaf}@ --guard drop --sources {address}"),
        instead(f'table netdev enforced {{\nchain instead {{\ntype filter hook ingress device "{one.port}" '
                f"priority -500\n{rules}\n}}\n}}"),
        *topology.owner_neighbours(one, others)))
