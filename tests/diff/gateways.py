# SPDX-License-Identifier: GPL-2.0-only
"""A gateway on a wire, whose MAC changes, or another gateway in its place, while nothing else does. Nobody is there: the
wire shows what it is sent."""

from case import OWNER, Command, Item, ip
from view import Prefix

PREFIXES = {4: "10.111.0.0/24", 6: "fd13::/64"}
HOSTS = {4: "10.111.0.9/32", 6: "fd13::9/128"}
HOST_NUMBERS = (77, 78)     # of the gateways
MACS = ("02:00:00:00:ed:00", "02:00:00:00:ee:00")
# By each of the gateways, so that nsaccel has a next hop of both all the time, and only the route to PREFIXES changes.
KEPT = {4: ("10.113.0.0/24", "10.113.1.0/24"), 6: ("fd15::/64", "fd15:0:0:1::/64")}


def draw(rng, draft):
    wires = [link for link in draft.own_links() if link.kind == "wire"]
    others = [link for link in draft.own_links() if link.kind in ("veth", "wire", "bridged")]
    if rng.random() >= 0.3 or len(others) < 2:
        return
    link = rng.choice(wires)
    near = rng.choice([other for other in others if other is not link])
    version = rng.choice((4, 6))
    addresses = [gateway(link, version, number) for number in HOST_NUMBERS]
    address = addresses[0]
    draft.facts["gateway"] = link, near, version, address
    draft.prefixes[PREFIXES[version]] = Prefix(PREFIXES[version], "via")
    aim(draft, near, version)
    draft.add(f"{PREFIXES[version]} by gateway {address} on {link.l3}",
              *(has_mac(link, other, mac) for other, mac in zip(addresses, MACS)),
              *(leads_to(link, version, other, kept) for other, kept in zip(addresses, KEPT[version])),
              leads_to(link, version, address))


def event(rng, draft):
    if "gateway" not in draft.facts:
        return None
    link, near, version, address = draft.facts["gateway"]
    mac = f"02:00:00:00:ed:{rng.randint(1, 255):02x}"
    aim(draft, near, version)
    if rng.random() < 0.5:
        other = next(other for number in HOST_NUMBERS if (other := gateway(link, version, number)) != address)
        draft.facts["gateway"] = link, near, version, other
        return Item(f"{PREFIXES[version]} by gateway {other}", (leads_to(link, version, other),))
    # What has waited for it, after its device was down, would arrive or not by the clock.
    return Item(f"gateway {address} has the MAC {mac}",
                (ip(OWNER, f"neigh flush dev {link.l3} nud incomplete"), has_mac(link, address, mac)))


def gateway(link, version, number):
    return f"{link.net4}.{number}" if version == 4 else f"{link.net6}::{number}"


def leads_to(link, version, address, prefix=None):
    return Command(OWNER, "ip" if version == 4 else "ip6",
                   f"route replace {prefix or PREFIXES[version]} via {address} dev {link.l3}")


def has_mac(link, address, mac):
    return ip(OWNER, f"neigh replace {address} lladdr {mac} dev {link.l3} nud permanent")


def aim(draft, near, version):
    """Few addresses, so that packets before and after a change have the same."""
    for _ in range(3):
        draft.aim(near=near.leaf, net=HOSTS[version])
