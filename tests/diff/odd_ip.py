# SPDX-License-Identifier: GPL-2.0-only
"""IP packets that a router has to look at twice: TTLs, lengths, checksums, addresses. Each function
is a generator of (frame, what) for a talk."""

import struct

import frames
from places import UNSPECIFIED, within

ODD_ADDRESSES = {
    4: [bytes(map(int, a.split('.'))) for a in (
        '0.0.0.0', '0.1.2.3', '127.0.0.1', '127.255.255.254', '169.254.0.1', '169.254.255.255',
        '224.0.0.1', '224.0.0.5', '224.0.0.22', '232.1.2.3', '239.255.255.255', '240.0.0.1',
        '247.1.1.1', '255.0.0.1', '255.255.255.254', '255.255.255.255', '100.64.0.1', '192.0.2.1',
        '198.18.0.1', '1.1.1.1', '10.255.255.255')],
    16: [bytes.fromhex(a) for a in (
        '00000000000000000000000000000000', '00000000000000000000000000000001',
        '00000000000000000000ffff0a010002', '0000000000000000000000000a010002',
        'fe800000000000000000000000000001', 'fe80000000000000020000fffe000001',
        'febf0000000000000000000000000001', 'fec00000000000000000000000000001',
        'ff010000000000000000000000000001', 'ff020000000000000000000000000001',
        'ff020000000000000000000000000002', 'ff0200000000000000000001ff000001',
        'ff050000000000000000000000000002', 'ff0e0000000000000000000000000101',
        'fc000000000000000000000000000001', 'fdffffffffffffffffffffffffffffff',
        '20010db8000000000000000000000001', '20020a01000200000000000000000001',
        '0064ff9b0000000000000000c0000201', '01000000000000000000000000000001',
        '3ffe0000000000000000000000000001')],
}


def ttl(talk):
    value = talk.rng.choice((0, 1, 1, 1, 2, 2, 3, 255))
    yield talk.frame(talk.plain(ttl=value)), 'TTL %d' % value


def length_at_mtu(talk):
    """UDP at the edges of every MTU on the way; of 64 KiB only what the device takes."""
    rng = talk.rng
    length = rng.choice(talk.mtus + [68, 576, 1280, 1500]) + rng.choice((-2, -1, 0, 1, 2, 8, 100))
    length = min(max(length, talk.head + 8), talk.most)
    frag = rng.choice((0, frames.DF))
    packet = talk.ip(frames.UDP, talk.udp(talk.body(length - talk.head - 8)), frag=frag,
                     ident=rng.randrange(65536))
    yield talk.frame(packet), 'length %d%s' % (length, ', DF' if frag else '')


def padded(talk):
    """More in the frame than the packet has: Ethernet's padding, or something behind it."""
    packet = talk.ip(frames.UDP, talk.udp(talk.body(talk.rng.randint(0, 60))))
    more = talk.rng.choice((1, 2, 6, max(0, 46 - len(packet)), 100))
    more = max(0, min(more, talk.most - len(packet)))
    filler = talk.rng.choice((b'\0', b'\xa5')) * more
    yield talk.frame(packet + filler), 'padding of %d' % more


def cut(talk):
    """The frame ends before the packet does, or before its header does."""
    packet = talk.plain()
    length = talk.rng.choice((0, 1, 4, 8, 19, 20, 21, 24, 27, 28, 39, 40, 41, 47, 48, len(packet) - 1))
    yield talk.frame(packet[:length]), 'cut to %d' % min(length, len(packet))


def wrong_length(talk):
    """The header's length is less than the headers, or more than the frame."""
    datagram = talk.udp(talk.body(40))
    real = talk.head + len(datagram) if not talk.v6 else len(datagram)
    length = talk.rng.choice((0, 1, 7, 8, 19, 20, 27, 28, real - 1, real + 1, real + 100, 65535))
    yield talk.frame(talk.ip(frames.UDP, datagram, length=length)), 'length field %d' % length


def wrong_version(talk):
    version = talk.rng.choice((0, 1, 4, 5, 6, 7, 15))
    ethertype = talk.rng.choice((frames.ETH_IP, frames.ETH_IP6))
    yield talk.frame(talk.plain(version=version), ethertype=ethertype), \
        'version %d, ethertype %#x' % (version, ethertype)


def wrong_ihl(talk):
    ihl = talk.rng.choice((0, 1, 4, 6, 8, 15))
    yield talk.frame(talk.plain(ihl=ihl)), 'IHL %d' % ihl


def ip_checksum(talk):
    """Wrong ones, and right ones at the edges of one's complement: RFC 1624's case."""
    rng = talk.rng
    if rng.random() < 0.5:
        check = rng.choice((0, 0xFFFF, rng.randrange(65536)))
        yield talk.frame(talk.plain(check=check)), 'IP checksum %#x' % check
        return
    wanted = rng.choice((0, 0xFEFF, 0xFF00, 0x00FF, 0xFFFE, 0x0100))
    datagram = talk.udp()
    packet = talk.ip(frames.UDP, datagram)
    check = struct.unpack_from('>H', packet, 10)[0]
    ident = (check - wanted) % 0xFFFF
    packet = talk.ip(frames.UDP, datagram, ident=ident)
    yield talk.frame(packet), 'right IP checksum %#x' % struct.unpack_from('>H', packet, 10)[0]


def l4_checksum(talk):
    check = talk.rng.choice((0, 0xFFFF, 1, talk.rng.randrange(65536)))
    if talk.rng.random() < 0.7:
        yield talk.frame(talk.ip(frames.UDP, talk.udp(check=check))), 'UDP checksum %#x' % check
        return
    segment = frames.tcp(talk.src, talk.dst, 4000, talk.port(), talk.body(30), check=check)
    yield talk.frame(talk.ip(frames.TCP, segment)), 'TCP checksum %#x' % check


def ip_flags(talk):
    """The reserved bit (evil), and idents of all kinds."""
    frag = talk.rng.choice((0x8000, 0x8000 | frames.DF, frames.DF, 0))
    ident = talk.rng.choice((0, 1, 0xFFFF))
    yield talk.frame(talk.plain(frag=frag, ident=ident)), 'flags %#x, ident %d' % (frag, ident)


def dscp(talk):
    for tos in talk.rng.sample(range(256), 2):
        yield talk.frame(talk.plain(tos=tos)), 'TOS %#x' % tos


def to_odd_address(talk):
    """Where hardly anybody lives. The MAC is the router's, or the one that goes with the address."""
    odd = ODD_ADDRESSES[talk.family]
    dst = talk.rng.choice([address for address in odd if is_group(address)] if talk.rng.random() < 0.3 else odd)
    group = is_group(dst)
    dmac = frames.group_mac(dst) if group and talk.rng.random() < 0.6 else \
        frames.BROADCAST if dst == b'\xff' * 4 and talk.rng.random() < 0.6 else talk.router
    yield talk.frame(odd_udp(talk, talk.src, dst), dmac=dmac), 'to %s' % dst.hex()


def is_group(address):
    return address[0] == 0xFF if len(address) == 16 else 224 <= address[0] < 240


def odd_udp(talk, src, dst):
    datagram = frames.udp(src, dst, 4000, talk.port(), talk.body(talk.room(talk.head + 8)))
    return talk.ip(frames.UDP, datagram, src=src, dst=dst, ttl=talk.rng.choice((64, 64, 1, 255)))


def from_odd_address(talk):
    src = talk.rng.choice(ODD_ADDRESSES[talk.family])
    yield talk.frame(odd_udp(talk, src, talk.dst)), 'from %s' % src.hex()


def spoofed(talk):
    """From an address of somebody else's: another's, the owner's, the destination's, one routed elsewhere."""
    src = talk.places.anybody(talk.family) if talk.rng.random() < 0.85 else talk.dst
    yield talk.frame(odd_udp(talk, src, talk.dst)), 'spoofed'


def to_link_edge(talk):
    """A link's network and broadcast address, and unused ones."""
    nets = [net for site in talk.places.sites for net in site.links if len(net[0]) == talk.family]
    dst = within(talk.rng, talk.rng.choice(nets)) if nets else talk.dst
    dmac = frames.BROADCAST if talk.rng.random() < 0.2 else talk.router
    yield talk.frame(odd_udp(talk, talk.src, dst), dmac=dmac), 'to an edge of a link'


def to_itself(talk):
    yield talk.frame(odd_udp(talk, talk.src, talk.src)), 'to itself'


def to_owner(talk):
    """To the owner itself: its answers aren't compared here, but nothing may go elsewhere."""
    owner = talk.places.owner[talk.family]
    dst = talk.rng.choice(owner) if owner else UNSPECIFIED[talk.family]
    yield talk.frame(odd_udp(talk, talk.src, dst)), 'to the owner'


# Of what only IPv4's header has.
OF_IPV4 = (wrong_ihl, ip_checksum, ip_flags)

ODD = ((6, ttl), (9, length_at_mtu), (4, padded), (3, cut), (3, wrong_length), (1, wrong_version),
       (1, wrong_ihl), (4, ip_checksum), (3, l4_checksum), (1, ip_flags), (2, dscp),
       (6, to_odd_address), (3, from_odd_address), (6, spoofed), (3, to_link_edge), (1, to_itself),
       (2, to_owner))
