# SPDX-License-Identifier: GPL-2.0-only
"""What happens to devices: links down and up, other MACs, MTUs."""

from case import OWNER, Item, ip


def event(rng, draft):
    link = rng.choice([link for link in draft.links if link.alive])
    return rng.choice((down_up, other_mac, other_mtu))(rng, draft, link)


def down_up(rng, draft, link):
    where = rng.choice(((OWNER, link.port), (link.leaf, link.device)))
    downs = draft.facts.setdefault("down", set())
    if where in downs:
        downs.remove(where)
        return Item(f"{where[1]} of {where[0]} up", (ip(where[0], f"link set {where[1]} up"),))
    downs.add(where)
    return Item(f"{where[1]} of {where[0]} down", (ip(where[0], f"link set {where[1]} down"),))


def other_mac(rng, draft, link):
    """Of the leaf: the owner's permanent neighbours are wrong until it is told."""
    link.mac = f"02:00:00:01:{link.number:02x}:{rng.randint(0, 255):02x}"
    commands = [ip(link.leaf, f"link set {link.device} address {link.mac}")]
    if rng.random() < 0.7:
        commands += [ip(OWNER, f"neigh replace {address} lladdr {link.mac} dev {link.port} nud permanent")
                     for address in (link.own4(), link.own6())]
    return Item(f"{link.leaf} has the MAC {link.mac}", tuple(commands))


def other_mtu(rng, draft, link):
    mtu = rng.choice((1280, 1400, 1500, 1492, 2000))
    where = rng.choice(((OWNER, link.port), (link.leaf, link.device)))
    return Item(f"{where[1]} of {where[0]} has MTU {mtu}", (ip(where[0], f"link set {where[1]} mtu {mtu}"),))
