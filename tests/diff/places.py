# SPDX-License-Identifier: GPL-2.0-only
"""Who can talk to whom in a view: addresses as bytes, and the draw of a path between two of them."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache

from view import mark_bytes
import frames

FILLER = bytes((i * 167 + (i >> 8) * 31 + 13) & 0xFF for i in range(70000))
UNSPECIFIED = {4: b'\0' * 4, 16: b'\0' * 16}
ON_LINK = 0.3       # of what a leaf sends to others is for those on its link, if there are any


@lru_cache(maxsize=65536)
def packed(address):
    """"10.0.0.1", "10.0.0.1/24" or "fe80::1" as bytes."""
    return ipaddress.ip_address(address.split('/')[0]).packed


@lru_cache(maxsize=65536)
def mac_bytes(mac):
    return bytes.fromhex(mac.replace(':', ''))


@lru_cache(maxsize=65536)
def network(prefix):
    """(address, length) of "10.0.0.0/24"; of 0.0.0.0/0 for "default"."""
    net = ipaddress.ip_network('0.0.0.0/0' if prefix == 'default' else prefix, strict=False)
    return net.network_address.packed, net.prefixlen


def covers(net, address):
    base, length = net
    shift = 8 * len(base) - length
    return len(base) == len(address) and \
        int.from_bytes(base, 'big') >> shift == int.from_bytes(address, 'big') >> shift


def within(rng, net, beside=0.05):
    """An address of the network: any, at its edges, or sometimes just beside it."""
    base, length = net
    bits = 8 * len(base)
    size = 1 << (bits - length)
    offset = rng.choice((0, 1, 2, size // 2, size - 2, size - 1, rng.randrange(size)))
    if rng.random() < beside:
        offset = rng.choice((-1, size))
    number = (int.from_bytes(base, 'big') + offset) % (1 << bits)
    return number.to_bytes(len(base), 'big')


@dataclass(frozen=True)
class Site:
    """A sender of the view, with all in bytes."""

    sender: object
    mac: bytes
    router: bytes
    addresses: dict     # 4, 16 (bytes of an address): list of addresses
    links: list         # networks on the link
    neighbours: tuple   # MAC addresses


def site_of(sender):
    addresses = {4: [packed(a) for a in sender.addresses4],
                 16: [packed(a) for a in sender.addresses6]}
    return Site(sender, mac_bytes(sender.mac),
                mac_bytes(sender.gateway_mac) if sender.gateway_mac else frames.BROADCAST,
                addresses, [network(a) for a in sender.addresses4 + sender.addresses6],
                tuple(mac_bytes(mac) for mac in sender.neighbours))


class Places:
    """The view's senders and destinations. Also the list of what was drawn, for the marks."""

    def __init__(self, rng, view):
        self.rng = rng
        self.view = view
        self.sends = []
        self.sites = [site_of(sender) for sender in view.senders]
        self.prefixes = {4: [], 16: []}
        for prefix in view.prefixes:
            net = network(prefix.prefix)
            self.prefixes[len(net[0])].append((net, prefix))
        self.owner = {4: [packed(a) for a in view.owner4], 16: [packed(a) for a in view.owner6]}
        self.macs = [site.mac for site in self.sites] + [mac_bytes(mac) for mac in view.router_macs]

    def body(self, length, ahead=0):
        """Payload: the mark of the next frame, or of one further on, as far as there is room."""
        mark = mark_bytes(len(self.sends) + ahead)
        return (mark + FILLER[:max(0, length - len(mark))])[:max(0, length)]

    def anybody(self, family):
        """An address that means something here."""
        kind = self.rng.random()
        if kind < 0.5:
            known = [a for site in self.sites for a in site.addresses[family]]
        elif kind < 0.7:
            known = self.owner[family]
        else:
            nets = self.prefixes[family]
            known = [within(self.rng, self.rng.choice(nets)[0])] if nets else []
        return self.rng.choice(known) if known else UNSPECIFIED[family]

    def talk(self, family=None):
        """A path to be used both ways, of the family if it can be; None where nobody has an address."""
        rng = self.rng
        family = family or (4 if rng.random() < 0.55 else 16)
        able = [site for site in self.sites if site.addresses[family]]
        if not able:
            family = 20 - family
            able = [site for site in self.sites if site.addresses[family]]
        if not able:
            return None
        near = rng.choice(able)
        src = self.source(near, family)
        dst, far = self.destination(near, family, able)
        return Talk(self, near, src, dst, far)

    def aimed(self, aim):
        """A path of the aim's kind; None: no leaf can send such packets."""
        family = self.family_of(aim)
        able = [site for site in self.sites if site.addresses[family]]
        near = self.named(aim.near, [site for site in able if site.sender.namespace != aim.far])
        if not near:
            return None
        src = within(self.rng, network(aim.source), 0) if aim.source else self.source(near, family)
        if aim.net:
            return Talk(self, near, src, within(self.rng, network(aim.net)), self.behind(near, able))
        if not aim.far:
            return Talk(self, near, src, *self.destination(near, family, able))
        far = self.named(aim.far, able)
        return Talk(self, near, src, self.rng.choice(far.addresses[family]), far) if far else None

    def family_of(self, aim):
        text = aim.net or aim.source
        if text:
            return len(network(text)[0])
        return 4 if self.rng.random() < 0.55 else 16

    def named(self, namespace, sites):
        """A site in the namespace, or any; None: there is none."""
        found = [site for site in sites if namespace in ("", site.sender.namespace)]
        return self.rng.choice(found) if found else None

    def switched(self):
        """A path between two leaves behind a bridge, or from one to itself; None: nobody is there."""
        family = 4 if self.rng.random() < 0.55 else 16
        able = [site for site in self.sites if site.sender.kind == 'bridged' and site.addresses[family]]
        if not able:
            return None
        near = self.rng.choice(able)
        far = self.rng.choice([site for site in able if site.mac in near.neighbours] or [near])
        return Talk(self, near, near.addresses[family][0], far.addresses[family][0], far)

    def source(self, site, family):
        """Its own address; of who is a router also one from behind it."""
        addresses, nets = site.addresses[family], self.prefixes[family]
        if site.sender.kind == 'wire' and nets and self.rng.random() < 0.3:
            return within(self.rng, self.rng.choice(nets)[0])
        return addresses[0] if self.rng.random() < 0.7 else self.rng.choice(addresses)

    def destination(self, near, family, able):
        """An address, and the site that has it or may answer for it, or None."""
        kind, rng = self.rng.random(), self.rng
        others = [site for site in able if site is not near]
        if others and kind < 0.7:
            on_link = [site for site in others if site.mac in near.neighbours]
            far = rng.choice(on_link if on_link and rng.random() < ON_LINK else others)
            return rng.choice(far.addresses[family]), far
        if kind < 0.93 and self.prefixes[family]:
            return within(rng, rng.choice(self.prefixes[family])[0]), self.behind(near, able)
        if kind < 0.98 and self.owner[family]:
            return rng.choice(self.owner[family]), None
        return self.anybody(family), None

    def behind(self, near, able):
        """A site of the wire, which may answer for addresses that no leaf has; or None."""
        wires = [site for site in able if site.sender.kind == 'wire' and site is not near]
        return self.rng.choice(wires) if wires else None


class Talk:
    """Frames from one site to an address. turned() is the way back."""

    def __init__(self, places, near, src, dst, far):
        self.places, self.rng = places, places.rng
        self.near, self.far = near, far
        self.src, self.dst = src, dst
        self.v6 = len(src) == 16
        self.family = len(src)
        self.router = self.next_mac()
        self.mtus = self.path_mtus()

    def next_mac(self):
        """Who is on the link is sent to directly, as a rule; all else by the router."""
        near, far = self.near, self.far
        on_link = any(covers(net, self.dst) for net in near.links)
        if far and far.mac in near.neighbours and on_link and self.rng.random() < 0.85:
            return far.mac
        return near.router

    def path_mtus(self):
        """MTUs that matter on the way, the sender's first."""
        mtus = [self.near.sender.mtu]
        if self.far:
            mtus.append(self.far.sender.mtu)
        mtus += [prefix.mtu for net, prefix in self.places.prefixes[self.family]
                 if prefix.mtu and covers(net, self.dst)]
        return mtus

    def turned(self):
        return Talk(self.places, self.far, self.dst, self.src, self.near) if self.far else None

    @property
    def head(self):
        """Length of the IP header."""
        return 40 if self.v6 else 20

    @property
    def most(self):
        """The longest packet, with its IP header, that the device sends."""
        return max(self.near.sender.mtu, 68)

    def body(self, length, ahead=0):
        return self.places.body(length, ahead)

    def room(self, above):
        """Length of a payload behind headers of so many bytes: small ones, full ones, at the MTUs."""
        kind, rng = self.rng.random(), self.rng
        if kind < 0.6:
            length = rng.randint(8, 80)
        elif kind < 0.85:
            length = rng.randint(8, max(8, min(self.mtus) - above))
        else:
            length = rng.choice(self.mtus) - above + rng.choice((-1, 0, 0, 0, 1))
        return max(0, min(length, self.most - above))

    def ip(self, proto, payload, **fields):
        """An IP packet; fields of frames.ip4() or ip6(), those of the other family are left out."""
        if self.v6:
            for other in ('ident', 'frag', 'options', 'ihl', 'check'):
                fields.pop(other, None)
            return frames.ip6(fields.pop('src', self.src), fields.pop('dst', self.dst), proto,
                              payload, **fields)
        fields.pop('flow', None)
        return frames.ip4(fields.pop('src', self.src), fields.pop('dst', self.dst), proto, payload,
                          **fields)

    def frame(self, packet, dmac=None, smac=None, ethertype=None):
        if ethertype is None:
            ethertype = frames.ETH_IP6 if self.v6 else frames.ETH_IP
        return frames.ether(dmac or self.router, smac or self.near.mac, ethertype, packet)

    def udp(self, payload=None, sport=None, dport=None, **fields):
        """The UDP datagram of the talk, for where the rest is of interest."""
        if payload is None:
            payload = self.body(self.room(self.head + 8))
        return frames.udp(self.src, self.dst, sport or self.rng.randint(1024, 65535),
                          dport or self.port(), payload, **fields)

    def port(self):
        return self.rng.choice(self.places.view.ports) if self.rng.random() < 0.6 else \
            self.rng.randint(1, 65535)

    def plain(self, **fields):
        """An ordinary UDP packet, but for the given fields of its IP header."""
        return self.ip(frames.UDP, self.udp(), **fields)
