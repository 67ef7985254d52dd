# SPDX-License-Identifier: GPL-2.0-only
"""What Ethernet has besides: MAC addresses that aren't the next hop's, tags, other ethertypes."""

import struct

import frames

UNKNOWN_MAC = b'\2\xee\0\0\0\1'
FDB_MAC = bytes.fromhex('02000000ee01')     # nobody's; bridges.fdb() has entries for it
ETHERTYPES = (0x0000, 0x0004, 0x05DC, 0x0600, 0x0801, 0x0842, 0x22F0, 0x6558, 0x8035, 0x809B, 0x8137,
              0x8808, 0x8847, 0x8848, 0x8863, 0x8864, 0x886D, 0x888E, 0x88A2, 0x88B5, 0x88CC, 0x88E5,
              0x88F7, 0x8906, 0x891D, 0x9000, 0xFFFF)
LINK_LOCAL_GROUPS = tuple(b'\1\x80\xc2\0\0' + bytes((last,)) for last in (0, 1, 2, 3, 0x0E, 0x0F))


def to_other_mac(talk):
    """An IP packet for a MAC address that isn't the router's."""
    rng, near = talk.rng, talk.near
    dmac = rng.choice((frames.BROADCAST, b'\1\0\x5e\1\2\3', b'\x33\x33\0\0\0\1', b'\0' * 6,
                       UNKNOWN_MAC, near.mac, rng.choice(talk.places.macs),
                       rng.choice(near.neighbours or (UNKNOWN_MAC,)),
                       talk.router[:5] + bytes((talk.router[5] ^ 1,))))
    yield talk.frame(talk.plain(), dmac=dmac), 'to MAC %s' % dmac.hex(':')


def from_other_mac(talk):
    rng = talk.rng
    smac = rng.choice((UNKNOWN_MAC, b'\0' * 6, frames.BROADCAST, b'\1\0\x5e\0\0\1', talk.router,
                       rng.choice(talk.places.macs), rng.choice(talk.near.neighbours or (UNKNOWN_MAC,))))
    yield talk.frame(talk.plain(), smac=smac), 'from MAC %s' % smac.hex(':')


def to_neighbour(talk):
    """Between two on one link, whatever the IP header says: a switch doesn't look."""
    near, rng = talk.near, talk.rng
    if not near.neighbours:
        return
    packet = talk.plain(ttl=rng.choice((0, 1, 64)), check=rng.choice((None, None, 0x1234)))
    dmac = rng.choice(near.neighbours)
    if rng.random() < 0.3:
        packet, ethertype = talk.body(rng.randint(0, 100)), rng.choice(ETHERTYPES)
        yield talk.frame(packet, dmac=dmac, ethertype=ethertype), 'to a neighbour, %#x' % ethertype
    else:
        yield talk.frame(packet, dmac=dmac), 'to a neighbour'


def switched(talk):
    """From a leaf behind a bridge: to another, to its own MAC, or to a MAC of which the bridge may have an entry."""
    near, far, rng = talk.near, talk.far, talk.rng
    dmac = rng.choices((far.mac, near.mac, FDB_MAC), (7, 2, 1))[0]
    yield talk.frame(talk.plain(), dmac=dmac), 'switched to MAC %s' % dmac.hex(':')


def stolen_mac(talk):
    """From another leaf's MAC, and to it: the bridge learns first, and sends nothing back."""
    mac = talk.far.mac
    yield talk.frame(talk.plain(), dmac=mac, smac=mac), 'from MAC %s and to it' % mac.hex(':')


def tagged(talk):
    """802.1Q and 802.1ad: VLAN 0, some, the reserved one; one or two tags; cut ones."""
    rng = talk.rng
    inner = frames.ETH_IP6 if talk.v6 else frames.ETH_IP
    payload, outer = talk.plain(), rng.choice((frames.ETH_VLAN, frames.ETH_VLAN, frames.ETH_QINQ, 0x9100))
    vid = rng.choice((0, 0, 1, 2, 10, 100, 4094, 4095))
    payload = frames.vlan(vid, inner, payload, rng.randrange(8))
    if rng.random() < 0.25:
        payload = frames.vlan(rng.choice((0, 1, 100)), frames.ETH_VLAN, payload)
    if rng.random() < 0.1:
        payload = payload[:rng.choice((0, 2, 3, 4, 8))]
    dmac = frames.BROADCAST if rng.random() < 0.1 else None
    yield talk.frame(payload[:talk.most + 4], dmac=dmac, ethertype=outer), 'VLAN %d in %#x' % (vid, outer)


def other_ethertype(talk):
    rng = talk.rng
    ethertype = rng.choice(ETHERTYPES)
    dmac = rng.choice((talk.router, frames.BROADCAST, rng.choice(LINK_LOCAL_GROUPS), UNKNOWN_MAC,
                       b'\1\0\x5e\1\2\3'))
    length = rng.choice((0, 1, 20, 46, 100))
    yield talk.frame(talk.body(length), dmac=dmac, ethertype=ethertype), \
        'ethertype %#x to %s' % (ethertype, dmac.hex(':'))


def llc(talk):
    """802.3 with LLC; a BPDU that is inferior to anybody's, so that no tree changes."""
    if talk.rng.random() < 0.4:
        bpdu = b'\x42\x42\3\0\0\0\0\0' + b'\xff\xff' + talk.near.mac + struct.pack('>I', 0xFFFFFF) + \
            b'\xff\xff' + talk.near.mac + b'\x80\1\0\0\x14\0\2\0\x0f\0'
        yield talk.frame(bpdu, dmac=LINK_LOCAL_GROUPS[0], ethertype=len(bpdu)), 'BPDU'
        return
    content = b'\xaa\xaa\3\0\0\0' + struct.pack('>H', frames.ETH_IP) + talk.plain()[:1000]
    yield talk.frame(content, ethertype=len(content)), 'IP in SNAP'


def group_data(talk):
    """Multicast and broadcast data."""
    rng = talk.rng
    if talk.v6:
        dst = bytes.fromhex('ff0e' + '00' * 12 + '0101')
    else:
        dst = rng.choice((b'\xe8\1\2\3', b'\xef\1\1\1', b'\xff' * 4))
    dmac = frames.BROADCAST if dst == b'\xff' * 4 else frames.group_mac(dst)
    datagram = frames.udp(talk.src, dst, 4000, 5000, talk.body(40))
    yield talk.frame(talk.ip(frames.UDP, datagram, dst=dst, ttl=rng.choice((1, 64))), dmac=dmac), 'to a group'


def bare(talk):
    """Nothing behind the Ethernet header, or a few bytes."""
    length = talk.rng.choice((0, 0, 1, 2, 19))
    ethertype = talk.rng.choice((frames.ETH_IP, frames.ETH_IP6, frames.ETH_ARP))
    yield talk.frame(b'\x45\0\0\x14'[:length], ethertype=ethertype), 'a frame of %d' % (14 + min(length, 4))


ODD = ((3, to_other_mac), (4, to_neighbour), (3, tagged), (2, other_ethertype), (2, group_data), (1, bare))
# May change what the kernel knows.
CHANGES = ((4, from_other_mac), (1, llc))
