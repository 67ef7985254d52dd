# SPDX-License-Identifier: GPL-2.0-only
"""Which namespaces there are, and how they are linked: NICs (veths whose other end is the wire), veths,
macvlans, ports of a bridge, taps, a tunnel, and an endpoint that is an owner itself."""

from dataclasses import dataclass, field

import bridges
import nested
import taps
import tunnels
from case import OWNER, Command, ip, sysctl
from view import Prefix

QUIET = ("net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0",
         "net.ipv6.conf.all.router_solicitations=0", "net.ipv6.conf.default.router_solicitations=0",
         "net.ipv6.conf.all.accept_ra=0", "net.ipv6.conf.default.accept_ra=0",
         "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.default.rp_filter=0",
         "net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0", "net.ipv6.auto_flowlabels=0",
         "net.ipv4.icmp_msgs_per_sec=1000000", "net.ipv4.icmp_msgs_burst=100000")
# Endpoints believe no redirects: whether one is sent depends on the time since the last. They ask with addresses
# of the device that they ask at: others the owner need not answer (arp_ignore), and they would find it only as
# it asks for them, which nsaccel needn't.
LEAF = ("net.ipv4.conf.all.arp_announce=2",
        "net.ipv4.conf.all.accept_redirects=0", "net.ipv4.conf.default.accept_redirects=0",
        "net.ipv6.conf.all.accept_redirects=0", "net.ipv6.conf.default.accept_redirects=0",
        "net.ipv4.icmp_echo_ignore_broadcasts=1")
# nsaccel has connection tracking overlook windows that it hasn't seen all of: so both do.
ROUTER = ("net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1",
          "net.netfilter.nf_conntrack_tcp_be_liberal=1")


@dataclass
class Link:
    """Between a device of an owner's, the port, and a leaf."""

    leaf: str
    port: str
    kind: str                       # as of view.Sender; "vxlan" as well
    number: int                     # that its addresses and MACs are made of
    mac: str
    port_mac: str
    mtu: int = 1500
    device: str = "eth0"            # the leaf's
    owner: str = OWNER
    l3: str = ""                    # the owner's device that has the addresses: the port, or its bridge
    net4: str = ""                  # "10.1.0": the link's prefix, /24
    net6: str = ""                  # "fd00:1": /64
    host: int = 2                   # the leaf's number in it
    addresses4: list = field(default_factory=list)
    addresses6: list = field(default_factory=list)
    gateway4: str = ""
    gateway6: str = ""
    permanent: bool = True          # both know each other without asking
    alive: bool = True
    mode: str = ""                  # of a macvlan
    relays: bool = False            # the wire reflects what macvlans and their lower send each other
    attached: bool = False          # by name

    def __post_init__(self):
        self.l3 = self.l3 or self.port
        if not self.net4:
            self.net4, self.net6 = f"10.{self.number}.0", f"fd00:{self.number:x}"
        self.gateway4, self.gateway6 = f"{self.net4}.1", f"{self.net6}::1"

    def own4(self):
        return f"{self.net4}.{self.host}"

    def own6(self):
        return f"{self.net6}::{self.host:x}"


def quiet(namespace, router):
    return [sysctl(namespace, line) for line in QUIET + (ROUTER if router else LEAF)]


def mac(number, host):
    return f"02:00:00:00:{number:02x}:{host:02x}"


def draw(rng, draft):
    draft.add("the owner", *quiet(OWNER, True), ip(OWNER, "link set lo up"))
    draft.native = rng.random() < 0.12
    for number in range(2 if draft.native else rng.choice((1, 1, 2))):
        add_pair(rng, draft, f"w{number}", f"nic{number}", "wire", attached=True)
    bridged = rng.random() < 0.45
    for number in range(rng.choice((1, 1, 2) if bridged else (1, 2, 2, 3))):
        add_pair(rng, draft, f"c{number}", f"c{number}", "veth")
    # Where the wire finishes frames, it would those that it relays, too.
    for number in range(0 if draft.native else rng.choice((0, 0, 0, 1, 2))):
        add_macvlan(rng, draft, f"m{number}")
    if bridged:
        bridges.draw(rng, draft)
    if rng.random() < 0.15:
        taps.draw(rng, draft)
    if rng.random() < 0.15:
        tunnels.draw(rng, draft)
    if rng.random() < 0.2:
        nested.draw(rng, draft)
    draft.add("the carriers are there", carriers(draft))


def add_pair(rng, draft, leaf, port, kind, **more):
    number = draft.number()
    link = Link(leaf, port, kind, number, mac(number, 2), mac(number, 1),
                mtu=rng.choice((1500, 1500, 1500, 1400, 9000)), permanent=rng.random() < 0.8, **more)
    new_leaf(draft, link, kind == "nested")
    draft.add(f"{kind} {port} to {leaf}", *pair_commands(link))
    if kind == "wire" and draft.native:     # as the frames of a NIC: finished
        draft.add(f"{leaf} finishes its frames", Command(leaf, "ethtool", "-K eth0 tx off txvlan off"))
    draft.add(f"addresses of {port} and {leaf}", *address_commands(link))
    add_neighbours(draft, link)
    return link


def add_macvlan(rng, draft, leaf):
    lower = rng.choice(draft.by_kind("wire"))
    mode = rng.choice(("bridge", "bridge", "bridge", "private", "vepa"))
    number = draft.number()
    host = 0x10 + number
    link = Link(leaf, lower.port, "macvlan", number, mac(lower.number, host), lower.port_mac,
                mtu=lower.mtu, net4=lower.net4, net6=lower.net6, host=host, mode=mode)
    new_leaf(draft, link)
    draft.add(f"macvlan ({mode}) of {leaf} on {lower.port}", *macvlan_commands(link))
    draft.add(f"addresses of {leaf}", *leaf_address_commands(link))
    add_neighbours(draft, link)
    if mode == "bridge":
        draft.add(f"{lower.leaf} is a switch port in reflective relay for {leaf}",
                  *relay_commands(lower, link))


def new_leaf(draft, link, router=False):
    draft.namespaces.append(link.leaf)
    draft.links.append(link)
    draft.watched.append((link.leaf, link.device))
    draft.add(f"namespace {link.leaf}", *quiet(link.leaf, router), ip(link.leaf, "link set lo up"))


def add_neighbours(draft, link):
    if link.permanent:
        draft.add(f"neighbours of {link.port} and {link.leaf}", *neighbour_commands(link))


def pair_commands(link):
    return [ip(link.owner, f"link add {link.port} address {link.port_mac} mtu {link.mtu} type veth "
                           f"peer name {link.device} address {link.mac} mtu {link.mtu} "
                           f"netns @{link.leaf}@"),
            ip(link.owner, f"link set {link.port} up"), ip(link.leaf, f"link set {link.device} up")]


def macvlan_commands(link):
    return [ip(link.owner, f"link add link {link.port} name {link.device} netns @{link.leaf}@ "
                           f"address {link.mac} mtu {link.mtu} type macvlan mode {link.mode}"),
            ip(link.leaf, f"link set {link.device} up")]


def address_commands(link):
    return [ip(link.owner, f"addr add {link.gateway4}/24 dev {link.l3}"),
            ip(link.owner, f"addr add {link.gateway6}/64 dev {link.l3} nodad"),
            *leaf_address_commands(link)]


def leaf_address_commands(link):
    link.addresses4 = [f"{link.own4()}/24"]
    link.addresses6 = [f"{link.own6()}/64"]
    return [sysctl(link.leaf, f"net.ipv4.neigh.{link.device}.locktime=0"),     # a new MAC counts at once
            ip(link.leaf, f"addr add {link.addresses4[0]} dev {link.device}"),
            ip(link.leaf, f"addr add {link.addresses6[0]} dev {link.device} nodad"),
            ip(link.leaf, f"route add default via {link.gateway4}"),
            ip(link.leaf, f"route add default via {link.gateway6}")]


def neighbour_commands(link):
    return owner_neighbours(link) + leaf_neighbours(link)


def leaf_neighbours(link):
    return [ip(link.leaf, f"neigh replace {gateway} lladdr {link.port_mac} dev {link.device} nud permanent")
            for gateway in (link.gateway4, link.gateway6)]


def owner_neighbours(link, more=()):
    return [ip(link.owner, f"neigh replace {address} lladdr {link.mac} dev {link.l3} nud permanent")
            for address in (link.own4(), link.own6(), *more)]


def relay_commands(lower, link):
    """nsaccel turns round what a macvlan in bridge mode and its lower send each other, which else takes a
    switch in reflective relay (802.1Qbg); so in the other twin the wire does."""
    filters = "filter add dev eth0 ingress u32 match ether src {} match ether dst {} " \
        "action mirred egress redirect dev eth0"
    # By ARP and solicitations they find each other.
    resolving = ("filter add dev eth0 ingress protocol arp u32 match ether src {0} "
                 "match ether dst ff:ff:ff:ff:ff:ff action mirred egress mirror dev eth0",
                 "filter add dev eth0 ingress protocol ipv6 u32 match ether src {0} "
                 "match u32 0x00003333 0x0000ffff at -16 match u32 0xff000000 0xff000000 at -12 "
                 "match u8 0x3a 0xff at 6 match u8 0x87 0xff at 40 "
                 "action mirred egress mirror dev eth0")
    first = not lower.relays
    lower.relays = True
    return [Command(lower.leaf, "relay", text)
            for text in (*(("qdisc replace dev eth0 clsact",) if first else ()),
                         filters.format(link.mac, lower.port_mac), filters.format(lower.port_mac, link.mac),
                         *(text.format(mac) for text in resolving
                           for mac in ((link.mac, lower.port_mac) if first else (link.mac,))))]


def carriers(draft):
    """Waits for all carriers. Without one, the kernel refuses nexthop objects by the device, and states of a port."""
    return Command(OWNER, "noticed", " ".join(f"@{name}@" for name in draft.namespaces if name != OWNER))


def attach_commands(draft):
    mode = " --mode native" if draft.native else ""
    return [Command(link.owner, "nsaccel", f"attach {link.port}{mode if link.kind == 'wire' else ''}")
            for link in draft.links if link.attached]


def note_prefixes(draft):
    """What the links themselves give the owner routes for."""
    for link in draft.links:
        for prefix in (f"{link.net4}.0/24", f"{link.net6}::/64"):
            draft.prefixes[prefix] = Prefix(prefix, "link", link.mtu)
    for prefix in ("198.51.100.0/24", "2001:db8::/32"):
        draft.prefixes[prefix] = Prefix(prefix, "none")
