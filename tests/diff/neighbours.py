# SPDX-License-Identifier: GPL-2.0-only
"""Neighbours of the owner in every state, wrong ones, and proxied addresses."""

from case import Item, ip


def draw(rng, draft):
    for _ in range(rng.choice((0, 0, 1, 2))):
        draft.items.append(event(rng, draft))


def event(rng, draft):
    link = rng.choice(draft.links)
    address = rng.choice((link.own4(), link.own6()))
    # Without nsaccel the owner and its macvlans can't ask for each other.
    kind = rng.choice(("permanent", "noarp", "wrong", "proxy")) if link.kind == "macvlan" else \
        rng.choice(("permanent", "permanent", "reachable", "stale", "noarp", "goes", "failed", "wrong",
                    "proxy", "flush", "leaf forgets", "nobody", "nobody"))
    on = f"dev {link.l3}"
    if kind == "nobody":
        return nobody(rng, draft, link)
    draft.aim(net=f"{address}/{128 if ':' in address else 32}")
    if kind == "goes" or (kind == "leaf forgets" and link.kind == "tap"):
        return Item(f"neighbour {address} goes", forgotten(link.owner, f"{address} {on}", link.mac))
    if kind == "failed":
        return Item(f"neighbour {address} is on its way to fail",
                    (ip(link.owner, f"neigh replace {address} {on} nud none"),))
    if kind == "wrong":
        return Item(f"neighbour {address} has another MAC",
                    (ip(link.owner, f"neigh replace {address} lladdr 02:00:00:00:ee:02 {on} nud permanent"),))
    if kind == "proxy":
        far = rng.choice((link.own4()[:-1] + "9", link.own6() + "9"))
        return Item(f"proxy for {far}", (ip(link.owner, f"neigh {rng.choice(('add', 'del'))} proxy {far} {on}"),))
    if kind == "flush":
        return Item(f"neighbours on {link.l3} are flushed", (ip(link.owner, f"neigh flush {on}"),))
    if kind == "leaf forgets":
        gateway = link.gateway6 if ":" in address else link.gateway4
        return Item(f"{link.leaf} forgets {gateway}",
                    forgotten(link.leaf, f"{gateway} dev {link.device}", link.port_mac))
    return Item(f"neighbour {address} {kind}",
                (ip(link.owner, f"neigh replace {address} lladdr {link.mac} {on} nud {kind}"),))


def nobody(rng, draft, link):
    """The neighbour of an address that nobody has was known, and has failed."""
    address, bits = rng.choice(((f"{link.net4}.11", 32), (f"{link.net6}::b", 128)))
    draft.aim(net=f"{address}/{bits}")
    entry = f"neigh replace {address} dev {link.l3}"
    return Item(f"neighbour {address} has failed, and nobody has the address",
                (ip(link.owner, f"{entry} lladdr {link.mac} nud permanent"), ip(link.owner, f"{entry} nud failed")))


def forgotten(namespace, entry, mac):
    """Commands by which an entry, "ADDRESS dev DEVICE", goes. Whether it was there is by who has asked for it when:
    so it is made first."""
    return (ip(namespace, f"neigh replace {entry} lladdr {mac} nud permanent"), ip(namespace, f"neigh del {entry}"))
