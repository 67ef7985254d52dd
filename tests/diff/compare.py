# SPDX-License-Identifier: GPL-2.0-only
"""Captured frames in a form in which those of two twins are equal."""

from collections import Counter
from dataclasses import dataclass, replace

from view import MAGIC

ETH_IP, ETH_ARP, ETH_IPV6 = b"\x08\x00", b"\x08\x06", b"\x86\xdd"
# ICMP that a stack makes up: replies and errors.
ICMP4_ERRORS = {b"\x03", b"\x04", b"\x05", b"\x0b", b"\x0c"}
ICMP4_MADE = ICMP4_ERRORS | {b"\0", b"\x0e"}
TIMESTAMP_REPLY = b"\x0e"
ICMP6_ERRORS = {b"\x01", b"\x02", b"\x03", b"\x04"}
ICMP, IGMP, TCP, UDP, FRAGMENT, TIMESTAMP = 1, 2, 6, 17, 44, 0x44
PORTED = (bytes((TCP,)), bytes((UDP,)))
VXLAN = (4789).to_bytes(2, "big")
# Neighbour and multicast listener discovery.
ICMP6_CHATTER = {130, 131, 132, 133, 134, 135, 136, 143}
STP = b"\x01\x80\xc2\x00\x00"


@dataclass(frozen=True)
class Seen:
    """A frame at a device."""

    namespace: str
    device: str
    packet_type: int            # PACKET_HOST, PACKET_OUTGOING, ...
    offload: bytes
    frame: bytes

    def mark(self):
        at = self.frame.rfind(MAGIC)
        rest = self.frame[at + len(MAGIC):at + len(MAGIC) + 4]
        return int.from_bytes(rest, "big") if at >= 0 and len(rest) == 4 else None


def seen(namespace, device, packet_type, data):
    """From what a packet socket gave; None: chatter of the stacks, which goes by clocks."""
    frame = data[10:]
    if MAGIC not in frame and is_chatter(frame):
        return None
    return Seen(namespace, device, packet_type, offload(data), without_chance(frame))


def is_chatter(frame):
    if is_vxlan(frame):
        return is_chatter(frame[50:])
    ethertype = frame[12:14]
    if ethertype == ETH_ARP or frame.startswith(STP) or (
            ethertype == ETH_IP and len(frame) > 23 and frame[23] == IGMP):
        return True
    if ethertype != ETH_IPV6:
        return False
    protocol, at = frame[20:21], 54
    if protocol == b"\x00" and len(frame) > 62:     # MLD has a hop-by-hop header
        protocol, at = frame[54:55], 62
    return protocol == b"\x3a" and len(frame) > at and frame[at] in ICMP6_CHATTER


def is_vxlan(frame):
    return frame[12:15] == b"\x08\x00\x45" and frame[23:24] == bytes((UDP,)) and frame[36:38] == VXLAN


def ports(frame):
    """Of TCP and UDP, without IPv4's options and IPv6's extension headers."""
    if frame[12:15] == b"\x08\x00\x45" and frame[23:24] in PORTED:
        at = 34
    elif frame[12:14] == ETH_IPV6 and frame[20:21] in PORTED:
        at = 54
    else:
        return ()
    return int.from_bytes(frame[at:at + 2], "big"), int.from_bytes(frame[at + 2:at + 4], "big")


def is_answer(frame):
    """Made by a stack: an ICMP error or reply."""
    if frame[12:14] == ETH_IP:
        at = 14 + (frame[14] & 15) * 4
        return frame[23] == ICMP and frame[at:at + 1] in ICMP4_MADE
    return frame[12:14] == ETH_IPV6 and frame[20:21] == b"\x3a" and \
        (frame[54:55] in ICMP6_ERRORS or frame[54:55] == b"\x81")


def offload(data):
    """What of struct virtio_net_hdr is the packet's, and not of how its bytes lie in memory."""
    needs_csum = data[0] & 1
    kept = bytes((needs_csum, data[1])) + data[4:6]
    return kept + data[6:10] if needs_csum else kept


def without_chance(frame):
    """Without what stacks and routers make up: IP ids of ICMP and tunnels, timestamps in options, and the
    checksums that hang on them."""
    if frame[12:14] == ETH_IP and len(frame) >= 34:
        return frame[:14] + without_chance4(frame[14:])
    if frame[12:14] == ETH_IPV6 and len(frame) >= 54:
        return frame[:14] + without_chance6(frame[14:])
    if frame[:1] == b"\x45" and len(frame) >= 20:   # what loops back and is then redirected has no Ethernet header
        return without_chance4(frame)
    return frame


def without_chance4(packet):
    packet = without_stamps(packet)
    header = (packet[0] & 15) * 4
    fragment = packet[6:8] not in (b"\0\0", b"\x40\0")
    if packet[9] == ICMP and (fragment or packet[header:header + 1] in ICMP4_MADE):
        packet = without_id(packet)
        if packet[header:header + 1] == TIMESTAMP_REPLY:
            packet = packet[:header + 2] + b"\0\0" + packet[header + 4:header + 12] + b"\0" * 8 + \
                packet[header + 20:]
        error = packet[header:header + 1] in ICMP4_ERRORS and not packet[6] & 0x1F and not packet[7]
        quote = packet[header + 8:]
        if error and len(quote) >= 20 and quote != (plain := without_chance4(quote)):
            packet = packet[:header + 2] + b"\0\0" + packet[header + 4:header + 8] + plain
    elif packet[9] == UDP:
        later = packet[6] & 0x1F or packet[7]       # fragments, which don't say whether they are of a tunnel's packet
        vxlan = packet[header + 2:header + 4] == VXLAN and not later
        if vxlan or later:
            packet = without_id(packet)
        inner = packet[header + 16:]
        if vxlan and inner != (plain := without_chance(inner)):
            packet = packet[:header + 6] + b"\0\0" + packet[header + 8:header + 16] + plain
    return packet


def without_chance6(packet):
    """Fragments that stacks make, and those of what connection tracking has put together, have random ids;
    errors may quote one."""
    if packet[6] == FRAGMENT:
        return packet[:44] + bytes(4) + packet[48:]
    if packet[6] == 0x3A and packet[40:41] in ICMP6_ERRORS and len(packet) >= 96 and \
            packet[48 + 6] == FRAGMENT:
        return packet[:42] + b"\0\0" + packet[44:92] + bytes(4) + packet[96:]
    return packet


def without_id(packet):
    return packet[:4] + b"\0\0" + packet[6:10] + b"\0\0" + packet[12:]


def without_stamps(packet):
    """An IPv4 packet without what routers write into a timestamp option."""
    at, end = 20, min((packet[0] & 15) * 4, len(packet))
    while at + 1 < end and packet[at] != 0:
        if packet[at] == 1:
            at += 1
            continue
        length = packet[at + 1]
        if packet[at] == TIMESTAMP:
            # The pointer tells how far it is filled; all behind it are addresses and times.
            return packet[:10] + b"\0\0" + packet[12:at + 4] + bytes(end - at - 4) + packet[end:]
        if length < 2:
            break
        at += length
    return packet


def without_ports(frame):
    """Without what source NAT picks at random where its first choice is taken: ports, ICMP's ids, and what is
    quoted of them; within tunnels, too, whose own source port is a hash of what is in them."""
    if is_vxlan(frame):
        return frame[:34] + b"\0\0" + frame[36:40] + b"\0\0" + frame[42:50] + without_ports(frame[50:])
    if frame[12:14] != ETH_IP or len(frame) < 42 or frame[20] & 0x1F or frame[21]:
        return frame
    at = 14 + (frame[14] & 15) * 4
    protocol = frame[23]
    if protocol == UDP:
        return frame[:at] + bytes(4) + frame[at + 4:at + 6] + b"\0\0" + frame[at + 8:]
    if protocol == TCP:
        return frame[:at] + bytes(4) + frame[at + 4:at + 16] + b"\0\0" + frame[at + 18:]
    if protocol == ICMP and frame[at:at + 1] in ICMP4_ERRORS:
        return frame[:at + 2] + b"\0\0" + frame[at + 4:at + 28] + bytes(len(frame) - at - 28)
    if protocol == ICMP:
        return frame[:at + 2] + bytes(4) + frame[at + 6:]
    return frame


def difference(kernel, nsaccel):
    """(only by the kernel, only with nsaccel), each a list of Seen; of two Counters."""
    return list((kernel - nsaccel).elements()), list((nsaccel - kernel).elements())


def difference_but_for_ports(kernel, nsaccel):
    """Of two lists of Seen: of which nothing is left once ports don't matter."""
    def plain(frames):
        return [replace(seen, frame=without_ports(seen.frame)) for seen in frames]
    left = Counter(plain(kernel)) - Counter(plain(nsaccel)), Counter(plain(nsaccel)) - Counter(plain(kernel))
    return list(left[0].elements()), list(left[1].elements())
