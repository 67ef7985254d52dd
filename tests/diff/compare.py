# SPDX-License-Identifier: GPL-2.0-only
"""Captured frames in a form in which those of two twins are equal."""

from collections import Counter
from dataclasses import dataclass

from view import MAGIC

ETH_IP, ETH_ARP, ETH_IPV6 = b"\x08\x00", b"\x08\x06", b"\x86\xdd"
# ICMP that a stack makes up: replies and errors.
ICMP4_MADE = {0, 3, 4, 5, 11, 12, 14}
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
    ethertype = frame[12:14]
    if ethertype == ETH_ARP or frame.startswith(STP):
        return True
    if ethertype != ETH_IPV6:
        return False
    protocol, at = frame[20:21], 54
    if protocol == b"\x00" and len(frame) > 62:     # MLD has a hop-by-hop header
        protocol, at = frame[54:55], 62
    return protocol == b"\x3a" and len(frame) > at and frame[at] in ICMP6_CHATTER


def offload(data):
    """What of struct virtio_net_hdr is the packet's, and not of how its bytes lie in memory."""
    needs_csum = data[0] & 1
    kept = bytes((needs_csum, data[1])) + data[4:6]
    return kept + data[6:10] if needs_csum else kept


def without_chance(frame):
    """IP ids of what a stack has made are random: out with them, and with the header's checksum."""
    if frame[12:14] != ETH_IP or frame[23:24] != b"\x01":
        return frame
    header = (frame[14] & 15) * 4
    at = 14 + header
    if len(frame) <= at or frame[at] not in ICMP4_MADE or frame[20:22] not in (b"\x00\x00", b"\x40\x00"):
        return frame
    return frame[:18] + bytes(2) + frame[20:24] + bytes(2) + frame[26:]


def difference(kernel, nsaccel):
    """(only by the kernel, only with nsaccel), each a list of Seen; of two Counters."""
    return list((kernel - nsaccel).elements()), list((nsaccel - kernel).elements())


def count(frames):
    return Counter(frames)
