# SPDX-License-Identifier: GPL-2.0-only
"""Which namespaces there are, and how they are linked: NICs (veths whose other end is the wire), veths,
macvlans."""

from dataclasses import dataclass, field

from case import OWNER, Command, ip, sysctl
from view import Prefix

QUIET = ("net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
         "net.ipv6.conf.all.router_solicitations=0", "net.ipv6.conf.default.router_solicitations=0",
         "net.ipv6.conf.all.accept_ra=0", "net.ipv6.conf.default.accept_ra=0",
         "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
         "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0", "net.ipv6.auto_flowlabels=0",
         "net.ipv4.icmp_msgs_per_sec=1000000", "net.ipv4.icmp_msgs_burst=100000")
# Endpoints believe no redirects: whether one is sent depends on the time since the last.
LEAF = ("net.ipv4.conf.all.accept_redirects=0", "net.ipv4.conf.default.accept_redirects=0",
        "net.ipv6.conf.all.accept_redirects=0", "net.ipv6.conf.default.accept_redirects=0",
        "net.ipv4.icmp_echo_ignore_broadcasts=1")
ROUTER = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1")


@dataclass
class Link:
    """Between a device of the owner's, the port, and a leaf."""

    leaf: str
    port: str
    kind: str                       # as of view.Sender
    number: int                     # that its addresses and MACs are made of
    mac: str
    port_mac: str
    mtu: int = 1500
    device: str = "eth0"
    net4: str = ""                  # "10.1.0": the link's prefix, /24
    net6: str = ""                  # "fd00:1": /64
    host: int = 2                   # the leaf's number in it
    addresses4: list = field(default_factory=list)
    addresses6: list = field(default_factory=list)
    gateway4: str = ""
    gateway6: str = ""
    permanent: bool = True          # both know each other without asking
    alive: bool = True
    port_exists: bool = True        # a macvlan's port is its lower
    wants_attach: bool = False
    mode: str = ""                  # of a macvlan

    def own4(self):
        return f"{self.net4}.{self.host}"

    def own6(self):
        return f"{self.net6}::{self.host:x}"


def quiet(namespace, router):
    return [sysctl(namespace, line) for line in QUIET + (ROUTER if router else LEAF)]


def mac(number, host):
    return f"02:00:00:00:{number:02x}:{host:02x}"


def draw(rng, draft):
    draft.add("the owner", ip(OWNER, "link set lo up"), *quiet(OWNER, True))
    for number in range(rng.choice((1, 1, 2))):
        add_pair(rng, draft, f"w{number}", f"nic{number}", "wire")
    for number in range(rng.choice((1, 2, 2, 3))):
        add_pair(rng, draft, f"c{number}", f"c{number}", "veth")
    for number in range(rng.choice((0, 0, 1, 2))):
        add_macvlan(rng, draft, f"m{number}")


def add_pair(rng, draft, leaf, port, kind):
    number = len(draft.links) + 1
    link = Link(leaf, port, kind, number, mac(number, 2), mac(number, 1),
                mtu=rng.choice((1500, 1500, 1500, 1400, 9000)), wants_attach=kind == "wire",
                permanent=rng.random() < 0.8)
    new_leaf(draft, link)
    number_link(link)
    draft.add(f"{kind} {port} to {leaf}", *pair_commands(link))
    draft.add(f"addresses of {port} and {leaf}", *address_commands(link))
    if link.permanent:
        draft.add(f"neighbours of {port} and {leaf}", *neighbour_commands(link))


def add_macvlan(rng, draft, leaf):
    lower = rng.choice(draft.by_kind("wire"))
    mode = rng.choice(("bridge", "bridge", "bridge", "private", "vepa"))
    number = len(draft.links) + 1
    link = Link(leaf, lower.port, "macvlan", number, mac(lower.number, 0x10 + number), lower.port_mac,
                mtu=lower.mtu, port_exists=False, net4=lower.net4, net6=lower.net6,
                host=0x10 + number, gateway4=lower.gateway4, gateway6=lower.gateway6, mode=mode)
    new_leaf(draft, link)
    draft.add(f"macvlan ({mode}) of {leaf} on {lower.port}",
              ip(OWNER, f"link add link {lower.port} name eth0 netns @{leaf}@ address {link.mac} "
                        f"mtu {link.mtu} type macvlan mode {mode}"))
    draft.add(f"addresses of {leaf}", *leaf_address_commands(link))
    draft.add(f"neighbours of {leaf}", *neighbour_commands(link))
    if mode == "bridge":
        draft.add(f"{lower.leaf} is a switch port in reflective relay for {leaf}",
                  *relay_commands(lower, link))


def new_leaf(draft, link):
    draft.namespaces.append(link.leaf)
    draft.links.append(link)
    draft.watched.append((link.leaf, link.device))
    draft.add(f"namespace {link.leaf}", *quiet(link.leaf, False), ip(link.leaf, "link set lo up"))


def number_link(link):
    link.net4, link.net6 = f"10.{link.number}.0", f"fd00:{link.number:x}"
    link.gateway4, link.gateway6 = f"{link.net4}.1", f"{link.net6}::1"


def pair_commands(link):
    return [ip(OWNER, f"link add {link.port} address {link.port_mac} mtu {link.mtu} type veth "
                      f"peer name {link.device} address {link.mac} mtu {link.mtu} "
                      f"netns @{link.leaf}@"),
            ip(OWNER, f"link set {link.port} up"), ip(link.leaf, f"link set {link.device} up")]


def address_commands(link):
    return [ip(OWNER, f"addr add {link.gateway4}/24 dev {link.port}"),
            ip(OWNER, f"addr add {link.gateway6}/64 dev {link.port} nodad"),
            *leaf_address_commands(link)]


def leaf_address_commands(link):
    link.addresses4 = [f"{link.own4()}/24"]
    link.addresses6 = [f"{link.own6()}/64"]
    return [ip(link.leaf, f"link set {link.device} up"),
            ip(link.leaf, f"addr add {link.addresses4[0]} dev {link.device}"),
            ip(link.leaf, f"addr add {link.addresses6[0]} dev {link.device} nodad"),
            ip(link.leaf, f"route add default via {link.gateway4}"),
            ip(link.leaf, f"route add default via {link.gateway6}")]


def neighbour_commands(link):
    known = []
    for address, gateway in ((link.own4(), link.gateway4), (link.own6(), link.gateway6)):
        known += [ip(OWNER, f"neigh replace {address} lladdr {link.mac} dev {link.port} nud permanent"),
                  ip(link.leaf, f"neigh replace {gateway} lladdr {link.port_mac} "
                                f"dev {link.device} nud permanent")]
    return sorted(known, key=lambda command: command.namespace)


def relay_commands(lower, link):
    """nsaccel turns round what a macvlan in bridge mode and its lower send each other, which else takes a
    switch in reflective relay (802.1Qbg); so in the other twin the wire does."""
    filters = "filter add dev eth0 ingress u32 match ether src {} match ether dst {} " \
        "action mirred egress redirect dev eth0"
    return [Command(lower.leaf, "relay", text)
            for text in ("qdisc replace dev eth0 clsact", filters.format(link.mac, lower.port_mac),
                         filters.format(lower.port_mac, link.mac))]


def attach_commands(draft):
    return [Command(OWNER, "nsaccel", f"attach {link.port}")
            for link in draft.links if link.wants_attach]


def prefixes(draft):
    """What the links themselves give the owner routes for."""
    for link in draft.links:
        if link.net4:
            for prefix in (f"{link.net4}.0/24", f"{link.net6}::/64"):
                draft.prefixes[prefix] = Prefix(prefix, "link", link.mtu)
    for prefix in ("198.51.100.0/24", "2001:db8::/32"):
        draft.prefixes[prefix] = Prefix(prefix, "none")
