# SPDX-License-Identifier: GPL-2.0-only
"""More addresses than one on a link: secondary, /31, /32, IPv4 by IPv6 gateways; and their changes."""

import neighbours
from case import Item, ip
from view import Prefix


def draw(rng, draft):
    for _ in range(rng.choice((0, 1, 1, 2))):
        item = event(rng, draft)
        if item:
            draft.items.append(item)


def event(rng, draft):
    return rng.choice((leaf_secondary, leaf_alone, owner_more, owner_point_to_point, by_inet6, owner_loses,
                       leaf_only_there))(rng, draft, rng.choice(draft.links))


def known(draft, link, address):
    (link.addresses6 if ":" in address else link.addresses4).append(address)
    prefix = address.split("/")[0] + ("/128" if ":" in address else "/32")
    draft.prefixes[prefix] = Prefix(prefix, "host")


def leaf_secondary(rng, draft, link):
    """A second address of the leaf in the link's prefix."""
    if link.kind == "tap":
        return None
    host = rng.randint(100, 250)
    address = rng.choice((f"{link.net4}.{host}/24", f"{link.net6}::{host:x}/64"))
    known(draft, link, address)
    words = " nodad" if ":" in address else ""
    return Item(f"{link.leaf} has {address}", (ip(link.leaf, f"addr add {address} dev {link.device}{words}"),))


def leaf_alone(rng, draft, link):
    """Unnumbered: an address of no prefix on the link, with a route to it."""
    number = rng.randint(1, 250)
    address = f"10.200.{link.number}.{number}/32"
    known(draft, link, address)
    commands = [ip(link.owner, f"route replace {address} dev {link.l3}")]
    if link.kind != "tap":
        commands.insert(0, ip(link.leaf, f"addr add {address} dev {link.device}"))
    if rng.random() < 0.6 or link.kind == "tap":
        commands.append(ip(link.owner, f"neigh replace {address.split('/')[0]} lladdr {link.mac} "
                                       f"dev {link.l3} nud permanent"))
    return Item(f"{link.leaf} has {address}, unnumbered", tuple(commands))


def leaf_only_there(rng, draft, link):
    """An address that the owner routes there by the leaf's other one."""
    number = rng.randint(1, 250)
    address, gateway = rng.choice(((f"10.201.{link.number}.{number}/32", link.own4()),
                                   (f"fd20:{link.number:x}::{number:x}/128", link.own6())))
    known(draft, link, address)
    commands = [ip(link.owner, f"route replace {address} via {gateway}")]
    if link.kind != "tap":
        commands.append(ip(link.leaf, f"addr add {address} dev lo"))
    return Item(f"{address} behind {link.leaf}", tuple(commands))


def owner_more(rng, draft, link):
    address = rng.choice((f"{link.net4}.{rng.randint(60, 99)}/24", f"10.202.{link.number}.1/24",
                          f"fd21:{link.number:x}::1/64", f"{link.net4}.1/32", f"{link.net4}.1/16"))
    if draft.facts.setdefault("addresses", {}).setdefault((link.owner, link.l3), []) is not None:
        draft.facts["addresses"][link.owner, link.l3].append(address)
    words = " nodad" if ":" in address else ""
    return Item(f"{link.l3} has {address}", (ip(link.owner, f"addr add {address} dev {link.l3}{words}"),))


def owner_loses(rng, draft, link):
    """One of the owner's addresses; sometimes the one that the link's prefix hangs on, which comes back."""
    more = draft.facts.setdefault("addresses", {}).get((link.owner, link.l3))
    if more:
        address = more.pop()
        return Item(f"{link.l3} loses {address}", (ip(link.owner, f"addr del {address} dev {link.l3}"),))
    gone = draft.facts.setdefault("addresses gone", {})
    if (link.owner, link.l3) in gone:
        address = gone.pop((link.owner, link.l3))
        words = " nodad" if ":" in address else ""
        return Item(f"{link.l3} has {address} again",
                    (ip(link.owner, f"addr add {address} dev {link.l3}{words}"),))
    address = rng.choice((f"{link.gateway4}/24", f"{link.gateway6}/64"))
    gone[link.owner, link.l3] = address
    return Item(f"{link.l3} loses {address}", (ip(link.owner, f"addr del {address} dev {link.l3}"),))


def owner_point_to_point(rng, draft, link):
    """/31, or a peer's address."""
    number = link.number
    first, second = f"10.203.{number}.{2 * rng.randint(0, 100)}", None
    second = first.rsplit(".", 1)[0] + f".{int(first.rsplit('.', 1)[1]) + 1}"
    if rng.random() < 0.5:
        here, there = f"{first}/31", f"{second}/31"
        commands = [ip(link.owner, f"addr add {here} dev {link.l3}")]
    else:
        there = f"{second}/32"
        commands = [ip(link.owner, f"addr add {first} peer {second} dev {link.l3}")]
    if link.kind != "tap":
        # First: nsaccel has the kernel ask for it, and what isn't answered is asked again after a second.
        commands.insert(0, ip(link.leaf, f"addr add {there} dev {link.device}"))
        known(draft, link, there)
    return Item(f"{link.l3} and {link.leaf}: {first}, {second}", tuple(commands))


def by_inet6(rng, draft, link):
    """IPv4 by an IPv6 gateway (RFC 8950)."""
    prefix = f"10.204.{link.number}.0/24"
    draft.prefixes[prefix] = Prefix(prefix, "via")
    commands = [ip(link.owner, f"route replace {prefix} via inet6 {link.own6()} dev {link.l3}")]
    if link.kind != "tap":
        address = f"10.204.{link.number}.9/32"
        commands.append(ip(link.leaf, f"addr add {address} dev lo"))
        known(draft, link, address)
    if rng.random() < 0.3:
        commands += neighbours.forgotten(link.owner, f"{link.own6()} dev {link.l3}", link.mac)
    return Item(f"{prefix} by {link.own6()}", tuple(commands))
