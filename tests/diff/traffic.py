# SPDX-License-Identifier: GPL-2.0-only
"""A view of a draft, and plain traffic over it: UDP and ICMP between all senders and prefixes."""

import ipaddress

from scapy.layers.inet import ICMP, IP, UDP
from scapy.layers.inet6 import ICMPv6EchoRequest, IPv6
from scapy.layers.l2 import Ether

from view import Send, Sender, View, mark_bytes


def view(draft):
    senders = []
    for link in draft.links:
        if not link.alive:
            continue
        senders.append(Sender(link.leaf, link.device, link.kind, link.mac, link.mtu,
                              tuple(link.addresses4), tuple(link.addresses6), link.port_mac,
                              link.gateway4, link.gateway6,
                              tuple(other.mac for other in draft.links
                                    if other is not link and other.port == link.port)))
    return View(tuple(senders), tuple(draft.prefixes.values()),
                tuple(sorted({link.gateway4 for link in draft.links if link.gateway4})),
                tuple(sorted({link.gateway6 for link in draft.links if link.gateway6})),
                firewall=draft.firewall,
                router_macs=tuple(sorted({link.port_mac for link in draft.links})),
                streams=draft.streams)


def draw(rng, seen, count=100):
    sends = []
    for number in range(count):
        source = rng.choice(seen.senders)
        destination = address(rng, seen)
        version = 6 if ":" in destination else 4
        own = source.addresses6 if version == 6 else source.addresses4
        if not own:
            continue
        own = own[0].split("/")[0]
        payload = bytes(rng.choice((0, 20, 800, 1300))) + mark_bytes(len(sends))
        packet = IPv6(src=own, dst=destination) if version == 6 else IP(src=own, dst=destination, id=number)
        if rng.random() < 0.3:
            packet /= (ICMPv6EchoRequest(data=payload) if version == 6 else ICMP() / payload)
        else:
            packet /= UDP(sport=rng.randint(1024, 65535), dport=rng.choice(seen.ports)) / payload
        frame = bytes(Ether(src=source.mac, dst=source.gateway_mac) / packet)
        sends.append(Send(source.namespace, source.device, frame))
    return sends


def address(rng, seen):
    if rng.random() < 0.5:
        other = rng.choice(seen.senders)
        choice = [text.split("/")[0] for text in other.addresses4 + other.addresses6]
        if choice:
            return rng.choice(choice)
    prefix = rng.choice(seen.prefixes).prefix
    if prefix == "default":
        prefix = rng.choice(("203.0.113.0/24", "2001:db8:ffff::/48"))
    network = ipaddress.ip_network(prefix)
    return str(network[rng.randrange(min(network.num_addresses, 1 << 20))])
