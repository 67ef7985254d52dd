# SPDX-License-Identifier: GPL-2.0-only
"""Packets that an item of the configuration is about: from and to its prefixes, by its devices, with its ports, TOS and
lengths."""

import struct

import frames
import odd_fragments
from conversations import USUAL


def frames_of(talk, aim):
    """Yields (frame, what). If ports matter, it may be a last fragment whose payload looks like a header with them."""
    sport, dport = ports(talk, aim)
    if any(aim.ports) and not talk.v6 and talk.rng.random() < 0.4:
        payload = struct.pack('>HHHH', sport, dport, 40, 0) + talk.body(24)
        yield odd_fragments.v4_fragment(talk, talk.rng.randrange(65536), 64, False, payload), \
            'last fragment like ports %d, %d' % (sport, dport)
        return
    datagram = frames.udp(talk.src, talk.dst, sport, dport, talk.body(length(talk, aim)))
    tos = aim.tos if talk.rng.random() < 0.8 else 0
    yield talk.frame(talk.ip(frames.UDP, datagram, tos=tos)), 'UDP that %s is about' % (aim,)


def ports(talk, aim):
    """(source, destination); now and then the other way round."""
    sport, dport = aim.ports or (0, 0)
    sport, dport = sport or USUAL, dport or talk.places.view.ports[0]
    return (sport, dport) if talk.rng.random() < 0.75 else (dport, sport)


def length(talk, aim):
    """Of the payload."""
    above = talk.head + 8
    if aim.mtu and talk.rng.random() < 0.5:
        return max(0, min(aim.mtu + talk.rng.choice((0, 1, 40)), talk.most) - above)
    return talk.room(above)
