# SPDX-License-Identifier: GPL-2.0-only
"""Builds frames as bytes, with correct lengths and checksums unless a caller asks for others.

Addresses are bytes: 6 of a MAC address, 4 or 16 of an IP address. All else is in host order.
"""

import struct

ETH_IP, ETH_IP6, ETH_ARP, ETH_VLAN, ETH_QINQ = 0x0800, 0x86DD, 0x0806, 0x8100, 0x88A8

HOPOPTS, ICMP, IGMP, IPIP, TCP, UDP, DCCP, IP6IP = 0, 1, 2, 4, 6, 17, 33, 41
ROUTING, FRAGMENT, GRE, ESP, AH, ICMP6, NONE, DSTOPTS = 43, 44, 47, 50, 51, 58, 59, 60
SCTP, UDPLITE = 132, 136

FIN, SYN, RST, PSH, ACK, URG, ECE, CWR = 1, 2, 4, 8, 16, 32, 64, 128
DF, MF = 0x4000, 0x2000
BROADCAST = b'\xff' * 6


def checksum(data):
    """The Internet checksum (RFC 1071). Modulo 65535 is what a one's complement sum is."""
    if len(data) & 1:
        data += b'\0'
    return 0xFFFF ^ (int.from_bytes(data, 'big') % 0xFFFF or 0xFFFF)


def l4_checksum(src, dst, proto, segment):
    """With the pseudo header of IPv4 or IPv6."""
    return checksum(src + dst + struct.pack('>II', len(segment), proto) + segment)


def ether(dst, src, ethertype, payload):
    return dst + src + struct.pack('>H', ethertype) + payload


def vlan(vid, ethertype, payload, priority=0):
    """A tag's second half, what is behind ETH_VLAN, and what it holds."""
    return struct.pack('>HH', priority << 13 | vid, ethertype) + payload


def ip4(src, dst, proto, payload, ttl=64, tos=0, ident=0, frag=0, options=b'', version=4,
        ihl=None, length=None, check=None):
    options += b'\0' * (-len(options) % 4)
    head = struct.pack('>BBHHHBBH', version << 4 | (5 + len(options) // 4 if ihl is None else ihl),
                       tos, 20 + len(options) + len(payload) if length is None else length,
                       ident, frag, ttl, proto, 0) + src + dst + options
    if check is None:
        check = checksum(head)
    return head[:10] + struct.pack('>H', check) + head[12:] + payload


def ip6(src, dst, proto, payload, ttl=64, tos=0, flow=0, version=6, length=None):
    return struct.pack('>IHBB', version << 28 | tos << 20 | flow,
                       len(payload) & 0xFFFF if length is None else length, proto, ttl) + \
        src + dst + payload


def udp(src, dst, sport, dport, payload, check=None, length=None):
    head = struct.pack('>HHH', sport, dport, 8 + len(payload) if length is None else length)
    if check is None:
        check = l4_checksum(src, dst, UDP, head + b'\0\0' + payload) or 0xFFFF
    return head + struct.pack('>H', check) + payload


def tcp(src, dst, sport, dport, payload, flags=ACK, seq=0, ack=0, window=65535, options=b'',
        urgent=0, check=None, offset=None):
    options += b'\0' * (-len(options) % 4)
    head = struct.pack('>HHIIBBH', sport, dport, seq & 0xFFFFFFFF, ack & 0xFFFFFFFF,
                       (5 + len(options) // 4 if offset is None else offset) << 4, flags, window)
    tail = struct.pack('>H', urgent) + options + payload
    if check is None:
        check = l4_checksum(src, dst, TCP, head + b'\0\0' + tail)
    return head + struct.pack('>H', check) + tail


def icmp4(kind, code, rest, payload=b'', check=None):
    """rest: the four bytes behind the checksum."""
    head = struct.pack('>BB', kind, code)
    if check is None:
        check = checksum(head + b'\0\0' + rest + payload)
    return head + struct.pack('>H', check) + rest + payload


def icmp6(src, dst, kind, code, rest, payload=b'', check=None):
    head = struct.pack('>BB', kind, code)
    if check is None:
        check = l4_checksum(src, dst, ICMP6, head + b'\0\0' + rest + payload)
    return head + struct.pack('>H', check) + rest + payload


def arp(op, sender_mac, sender, target_mac, target):
    return struct.pack('>HHBBH', 1, ETH_IP, 6, 4, op) + sender_mac + sender + target_mac + target


def extension(following, body):
    """An IPv6 extension header of the common shape: next header, length in units of 8."""
    body += b'\0' * (-(len(body) + 2) % 8)
    return struct.pack('>BB', following, (len(body) + 2) // 8 - 1) + body


def fragment6(following, offset, more, ident):
    """offset: in units of 8 bytes."""
    return struct.pack('>BBHI', following, 0, offset << 3 | more, ident)


def authentication(following, spi=0x1000, seq=1, icv=b'\0' * 12):
    return struct.pack('>BBHII', following, (12 + len(icv)) // 4 - 2, 0, spi, seq) + icv


def gre(ethertype, payload, key=None):
    if key is None:
        return struct.pack('>HH', 0, ethertype) + payload
    return struct.pack('>HHI', 0x2000, ethertype, key) + payload


def solicited_node(addr):
    """The multicast address of neighbour solicitations for addr, and its MAC address."""
    group = bytes.fromhex('ff0200000000000000000001ff') + addr[-3:]
    return group, group_mac(group)


def group_mac(group):
    """The MAC address of an IPv4 or IPv6 multicast group."""
    if len(group) == 4:
        return bytes([1, 0, 0x5E, group[1] & 0x7F]) + group[2:]
    return b'\x33\x33' + group[-4:]
