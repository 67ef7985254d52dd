# SPDX-License-Identifier: GPL-2.0-only
"""Packets between the addresses of one that was sent before an event: what a cache may have remembered of them has to go
by what the event has changed."""

import struct
from dataclasses import replace

import frames
from conversations import USUAL
from places import covers, mac_bytes, network

IP_AT = 14      # of the header, in a frame
ADDRESSES = {frames.ETH_IP: (IP_AT + 12, 4), frames.ETH_IP6: (IP_AT + 8, 16)}


def ethertype(frame):
    return struct.unpack_from('>H', frame, 12)[0]


def is_for_one(frame):
    """Is it an IP packet for one MAC?"""
    at, length = ADDRESSES.get(ethertype(frame), (0, 0))
    return length and not frame[0] & 1 and len(frame) >= at + 2 * length


def addresses_of(send):
    """(source, destination)"""
    at, length = ADDRESSES[ethertype(send.frame)]
    return send.frame[at:at + length], send.frame[at + length:at + 2 * length]


def of_steps(steps, senders):
    """One for each pair of addresses that packets of the steps had, from MACs that devices still have: others would
    move in a bridge."""
    macs = {(sender.namespace, sender.device): mac_bytes(sender.mac) for sender in senders}
    return tuple({(send.namespace, send.device, send.frame[:IP_AT], addresses_of(send)): send
                  for step in steps for send in step.sends
                  if is_for_one(send.frame) and macs.get((send.namespace, send.device)) == send.frame[6:12]}.values())


def about(sends, aim):
    """Those that the aim is about, as far as its sender and its prefixes say."""
    def is_in(address, prefix):
        return not prefix or covers(network(prefix), address)
    return tuple(send for send in sends if aim.near in ("", send.namespace) and
                 is_in(addresses_of(send)[0], aim.source) and is_in(addresses_of(send)[1], aim.net))


def send_again(send, port, body, what='UDP between the addresses of a packet before the event'):
    """A UDP datagram as that packet: same device, MAC and IP addresses."""
    src, dst = addresses_of(send)
    build = frames.ip4 if ethertype(send.frame) == frames.ETH_IP else frames.ip6
    datagram = frames.udp(src, dst, USUAL, port, body)
    return replace(send, frame=send.frame[:IP_AT] + build(src, dst, frames.UDP, datagram), virtio=None, settles=False,
                   what=what)
