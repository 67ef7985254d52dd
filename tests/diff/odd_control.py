# SPDX-License-Identifier: GPL-2.0-only
"""ICMP errors that quote flows, ARP, neighbour discovery, IGMP and MLD; true ones and forged ones."""

import struct

import frames
from places import packed

SOLICIT, ADVERT, ROUTER_SOLICIT, ROUTER_ADVERT, REDIRECT6 = 135, 136, 133, 134, 137
SOURCE_LINK, TARGET_LINK, PREFIX_INFO, REDIRECTED, MTU_OPTION = 1, 2, 3, 4, 5


def quoted(talk):
    """What talk.dst, or somebody behind it, might have sent to where the error comes from."""
    rng = talk.rng
    src, dst = talk.dst, talk.src if rng.random() < 0.7 else talk.places.anybody(talk.family)
    proto = rng.choice((frames.UDP, frames.TCP, frames.ICMP6 if talk.v6 else frames.ICMP))
    body = talk.body(rng.choice((8, 16, 64)))
    if proto == frames.UDP:
        segment = frames.udp(src, dst, talk.port(), 4000, body)
    elif proto == frames.TCP:
        segment = frames.tcp(src, dst, talk.port(), 4000, body, seq=rng.randrange(1 << 32))
    elif talk.v6:
        segment = frames.icmp6(src, dst, 128, 0, b'\1\2\3\4', body)
    else:
        segment = frames.icmp4(8, 0, b'\1\2\3\4', body)
    packet = talk.ip(proto, segment, src=src, dst=dst, ttl=rng.randint(1, 64), frag=frames.DF)
    return packet[:talk.head + rng.choice((8, 8, 64, 0, 4))] if rng.random() < 0.4 else packet


def icmp_message(talk, kind, code, rest, payload):
    """Sent as its own packet of the talk."""
    if talk.v6:
        return talk.frame(talk.ip(frames.ICMP6, frames.icmp6(talk.src, talk.dst, kind, code, rest,
                                                             payload)))
    return talk.frame(talk.ip(frames.ICMP, frames.icmp4(kind, code, rest, payload)))


def icmp_error(talk):
    rng = talk.rng
    if talk.v6:
        kind, code = rng.choice(((1, rng.randrange(8)), (3, rng.randrange(2)), (4, rng.randrange(4)),
                                 (100, 0), (127, 0), (5, 0)))
    else:
        kind, code = rng.choice(((3, rng.randrange(17)), (4, 0), (11, rng.randrange(2)),
                                 (12, rng.randrange(3)), (31, 0), (6, 0)))
    yield icmp_message(talk, kind, code, b'\0' * 4, quoted(talk)), 'ICMP error %d/%d' % (kind, code)


def too_big(talk):
    """Path MTUs that a router believes, if they are about its own flows, and small ones."""
    mtu = talk.rng.choice((0, 68, 256, 552, 576, 1000, 1279, 1280, 1281, 1400, 1500, 9000, 65535))
    if talk.v6:
        yield icmp_message(talk, 2, 0, struct.pack('>I', mtu), quoted(talk)), 'packet too big, %d' % mtu
    else:
        yield icmp_message(talk, 3, 4, struct.pack('>HH', 0, mtu), quoted(talk)), 'needs fragments, %d' % mtu


def icmp_other(talk):
    """Queries that a router needn't answer, and types that nobody knows; none that asks for the time."""
    rng = talk.rng
    kinds = (127, 130, 138, 139, 140, 141, 144, 151, 160, 200, 255) if talk.v6 else \
        (1, 2, 7, 9, 10, 14, 15, 16, 17, 18, 19, 37, 40, 42, 255)
    kind = rng.choice(kinds)
    yield icmp_message(talk, kind, rng.randrange(3), struct.pack('>I', rng.randrange(1 << 32)),
                       talk.body(rng.choice((0, 8, 12, 40)))), 'ICMP type %d' % kind


def icmp_broken(talk):
    """Truncated, or with a wrong checksum."""
    message = frames.icmp6(talk.src, talk.dst, 128, 0, b'\1\2\3\4', talk.body(16), check=0x1234) \
        if talk.v6 else frames.icmp4(8, 0, b'\1\2\3\4', talk.body(16), check=0x1234)
    message = message[:talk.rng.choice((0, 1, 4, 7, 8, 24))]
    yield talk.frame(talk.ip(frames.ICMP6 if talk.v6 else frames.ICMP, message)), \
        'broken ICMP of %d' % len(message)


def nd(talk, kind, code, rest, payload, src=None, dst=None, dmac=None, smac=None, ttl=255):
    src, dst = src or talk.src, dst or talk.dst
    message = frames.icmp6(src, dst, kind, code, rest, payload)
    return talk.frame(frames.ip6(src, dst, frames.ICMP6, message, ttl=ttl), dmac=dmac, smac=smac,
                      ethertype=frames.ETH_IP6)


def link_option(kind, mac):
    return struct.pack('>BB', kind, 1) + mac


def redirect(talk):
    """From who says that it's a router: of another gateway for a destination."""
    rng, places = talk.rng, talk.places
    gateway, about = places.anybody(talk.family), places.anybody(talk.family)
    if talk.v6:
        options = link_option(TARGET_LINK, rng.choice(places.macs)) if rng.random() < 0.5 else b''
        src = rng.choice((talk.src, bytes.fromhex('fe80000000000000020000fffe000001')))
        yield nd(talk, REDIRECT6, 0, b'\0' * 4, gateway + about + options, src=src), 'ND redirect'
        return
    owner = rng.choice(places.owner[4]) if places.owner[4] else talk.dst
    inner = frames.ip4(owner, about, frames.UDP, frames.udp(owner, about, 4000, 5000, b'12345678'))
    message = frames.icmp4(5, rng.randrange(4), gateway, inner)
    yield talk.frame(talk.ip(frames.ICMP, message, dst=owner)), 'redirect'


# ARP

def owner_near(talk):
    """The owner's address on the link."""
    sender = talk.near.sender
    text = sender.gateway6 if talk.v6 else sender.gateway4
    owner = talk.places.owner[talk.family]
    return packed(text) if text else talk.rng.choice(owner) if owner else talk.dst


def arp_true(talk):
    """Requests and announcements of its own address."""
    rng, near = talk.rng, talk.near
    own = rng.choice(near.addresses[4]) if near.addresses[4] else b'\x0a\0\0\1'
    wanted = owner_near(talk) if not talk.v6 and rng.random() < 0.6 else talk.places.anybody(4)
    op, sender, target = rng.choice(((1, own, wanted), (1, own, wanted), (1, b'\0' * 4, wanted),
                                     (1, own, own), (2, own, own)))
    dmac = frames.BROADCAST if rng.random() < 0.8 else near.router
    message = frames.arp(op, near.mac, sender, b'\0' * 6, target)
    yield talk.frame(message, dmac=dmac, ethertype=frames.ETH_ARP), 'ARP %d' % op


def arp_forged(talk):
    """Of somebody else's address, or MAC, or both."""
    rng, near = talk.rng, talk.near
    mac = rng.choice((near.mac, rng.choice(talk.places.macs), b'\2\xff\0\0\0\1', b'\xff' * 6, b'\0' * 6))
    claimed = talk.places.anybody(4)
    target = talk.places.anybody(4)
    op = rng.choice((1, 2, 2, 3, 9))
    message = frames.arp(op, mac, claimed, near.router, target)
    if rng.random() < 0.15:
        at = rng.choice((0, 2, 4, 5))
        message = message[:at] + b'\x07' + message[at + 1:]
    if rng.random() < 0.1:
        message = message[:rng.choice((8, 20, 27))]
    dmac = frames.BROADCAST if rng.random() < 0.5 else near.router
    yield talk.frame(message, dmac=dmac, ethertype=frames.ETH_ARP), 'forged ARP %d' % op


# Neighbour discovery

def nd_true(talk):
    rng, near = talk.rng, talk.near
    own = rng.choice(near.addresses[16]) if near.addresses[16] else bytes.fromhex('fe80' + '00' * 13 + '09')
    wanted = owner_near(talk) if talk.v6 and rng.random() < 0.6 else talk.places.anybody(16)
    group, mac = frames.solicited_node(wanted)
    kind = rng.random()
    if kind < 0.5:
        yield nd(talk, SOLICIT, 0, b'\0' * 4, wanted + link_option(SOURCE_LINK, near.mac), src=own,
                 dst=group, dmac=mac), 'neighbour solicitation'
    elif kind < 0.7:
        yield nd(talk, SOLICIT, 0, b'\0' * 4, wanted + link_option(SOURCE_LINK, near.mac), src=own,
                 dst=wanted), 'unicast solicitation'
    elif kind < 0.8:
        yield nd(talk, SOLICIT, 0, b'\0' * 4, wanted, src=b'\0' * 16, dst=group, dmac=mac), 'DAD'
    else:
        everybody = bytes.fromhex('ff02' + '00' * 13 + '01')
        yield nd(talk, ADVERT, 0, b'\x20\0\0\0', own + link_option(TARGET_LINK, near.mac), src=own,
                 dst=everybody, dmac=frames.group_mac(everybody)), 'unsolicited advertisement'


def nd_forged(talk):
    """Neighbour and router messages about others, with options that don't hold."""
    rng, near = talk.rng, talk.near
    kind = rng.choice((SOLICIT, ADVERT, ADVERT, ADVERT, ROUTER_SOLICIT, ROUTER_ADVERT))
    mac = rng.choice((near.mac, rng.choice(talk.places.macs), b'\2\xff\0\0\0\2', b'\xff' * 6))
    option = rng.choice((link_option(TARGET_LINK, mac), link_option(SOURCE_LINK, mac), b'', b'\2\0',
                         b'\2\4' + mac, b'\0' * 8))
    src = talk.places.anybody(16)
    dst = rng.choice((talk.places.anybody(16), bytes.fromhex('ff02' + '00' * 13 + '01')))
    flags = struct.pack('>I', rng.randrange(8) << 29)
    if kind == ROUTER_ADVERT:
        rest, payload = b'\x40\0\7\x08', b'\0' * 8 + struct.pack('>BBHI', MTU_OPTION, 1, 0, 1300)
    elif kind == ROUTER_SOLICIT:
        rest, payload = b'\0' * 4, option
    else:
        rest, payload = flags, talk.places.anybody(16) + option
    dmac = frames.group_mac(dst) if dst[0] == 0xFF else near.router
    ttl = 255 if rng.random() < 0.85 else rng.choice((1, 64, 254))
    yield nd(talk, kind, 0, rest, payload, src=src, dst=dst, dmac=dmac, ttl=ttl), 'forged ND %d' % kind


# Group membership

def igmp(talk):
    rng = talk.rng
    group = rng.choice((b'\xe8\1\2\3', b'\xef\1\1\1', b'\xe0\0\0\x05', b'\0' * 4))
    kind = rng.choice((0x11, 0x12, 0x16, 0x17, 0x22, 0x13))
    if kind == 0x22:
        content = struct.pack('>BBHHH', kind, 0, 0, 0, 1) + struct.pack('>BBH', 4, 0, 0) + group
    else:
        content = struct.pack('>BBH', kind, rng.choice((0, 10, 100)), 0) + group
    message = content[:2] + struct.pack('>H', frames.checksum(content)) + content[4:]
    dst = rng.choice((group if group[0] else b'\xe0\0\0\1', b'\xe0\0\0\x16', b'\xe0\0\0\2'))
    packet = frames.ip4(own4(talk), dst, frames.IGMP, message, ttl=1, tos=0xC0,
                        options=b'\x94\4\0\0' if rng.random() < 0.8 else b'')
    yield talk.frame(packet, dmac=frames.group_mac(dst), ethertype=frames.ETH_IP), 'IGMP %#x' % kind


def own4(talk):
    return talk.near.addresses[4][0] if talk.near.addresses[4] else b'\0' * 4


def mld(talk):
    rng = talk.rng
    group = bytes.fromhex(rng.choice(('ff0e' + '00' * 12 + '0101', 'ff050000' + '00' * 11 + '07', '00' * 16)))
    kind = rng.choice((130, 131, 132, 143))
    src = bytes.fromhex('fe80' + '00' * 13 + '09')
    dst = bytes.fromhex('ff02' + '00' * 13 + rng.choice(('01', '02', '16')))
    if kind == 143:
        rest, payload = b'\0\0\0\1', struct.pack('>BBH', 4, 0, 0) + group
    else:
        rest, payload = b'\0' * 4, group
    message = frames.icmp6(src, dst, kind, 0, rest, payload)
    header = frames.extension(frames.ICMP6, b'\5\2\0\0\1\0')
    packet = frames.ip6(src, dst, frames.HOPOPTS, header + message, ttl=1)
    yield talk.frame(packet, dmac=frames.group_mac(dst), ethertype=frames.ETH_IP6), 'MLD %d' % kind


ODD = ((5, icmp_error), (2, icmp_other), (1, icmp_broken))
# May change what the kernel knows.
CHANGES = ((3, too_big), (1, redirect), (3, arp_true), (1, arp_forged), (3, nd_true), (1, nd_forged), (1, igmp),
           (1, mld))
