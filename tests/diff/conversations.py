# SPDX-License-Identifier: GPL-2.0-only
"""Ordinary traffic: flows whose packets the fast path is made for. Generators of (talk, frame, what,
virtio), one packet at a time, so that the marks are those of the order of sending."""

import struct

import frames
from view import Virtio

TTLS = (64, 64, 64, 64, 63, 128, 255, 3, 2)
NEEDS_CSUM = 1
GSO_TCP4, GSO_TCP6, GSO_UDP = 1, 4, 5


USUAL = 4000    # source port of flows that come again in later batches, after what has happened since


def ports_of(talk):
    """(source, destination)."""
    if talk.rng.random() < (0.7 if talk.places.view.firewall else 0.4):
        return USUAL, talk.places.view.ports[0]
    return talk.rng.randint(1024, 65535), talk.port()


def length_of(talk):
    """How many packets a flow has: with a firewall, first some that it is known by."""
    return talk.rng.randint(3, 14) if talk.places.view.firewall else talk.rng.randint(1, 8)


class Header:
    """What a flow's packets have in common in their IP headers. A usual flow's are always the same."""

    def __init__(self, talk, sport=0):
        rng = talk.rng
        self.rng = rng
        if sport == USUAL:
            self.ttl, self.tos, self.flow, self.frag = 64, 0, 0, frames.DF
            return
        self.ttl = rng.choice(TTLS) if rng.random() < 0.85 else rng.randint(2, 255)
        self.tos = 0 if rng.random() < 0.5 else rng.randrange(256)
        self.flow = 0 if rng.random() < 0.5 else rng.randrange(1 << 20)
        self.frag = frames.DF if rng.random() < 0.6 else 0

    def fields(self):
        """Now and then one differs from that of the packets before."""
        rng = self.rng
        tos = self.tos ^ rng.choice((1, 2, 3, 4, 0x80)) if rng.random() < 0.05 else self.tos
        ttl = rng.randint(2, 255) if rng.random() < 0.04 else self.ttl
        return {'ttl': ttl, 'tos': tos, 'flow': self.flow, 'frag': self.frag,
                'ident': rng.randrange(65536)}


def left_open(talk, proto, segment):
    """The segment as a stack that offloads its checksum hands it over: with the pseudo header's sum."""
    offset = 16 if proto == frames.TCP else 6
    pseudo = talk.src + talk.dst + struct.pack('>II', len(segment), proto)
    return segment[:offset] + struct.pack('>H', 0xFFFF ^ frames.checksum(pseudo)) + \
        segment[offset + 2:], Virtio(flags=NEEDS_CSUM, csum_start=14 + talk.head, csum_offset=offset)


def segmented(virtio, kind, head, size):
    return Virtio(virtio.flags, kind, head, size, virtio.csum_start, virtio.csum_offset)


def emit(talk, header, proto, segment, what, offload=None):
    """offload: None, "sum", or (kind, length of the headers, bytes of payload in a segment)."""
    virtio = None
    if offload and talk.near.sender.offload:
        segment, virtio = left_open(talk, proto, segment)
        what += ', checksum to be filled in'
        if offload != 'sum':
            virtio = segmented(virtio, *offload)
            what += ', GSO of %d' % virtio.gso_size
    return talk, talk.frame(talk.ip(proto, segment, **header.fields())), what, virtio


def bulk(talk, above):
    """(payload length, segment length) of a GSO packet; headers included it has less than 64 KiB."""
    size = max(8, min(talk.mtus[0], talk.rng.choice(talk.mtus)) - above - talk.rng.choice((0, 0, 12)))
    return min(60000, size * talk.rng.randint(2, 12) + talk.rng.randrange(size)), size


def offload_of(talk):
    if not talk.near.sender.offload:
        return None
    kind = talk.rng.random()
    return 'gso' if kind < 0.15 else 'sum' if kind < 0.5 else None


def udp(talk):
    """Datagrams there and back."""
    rng, back = talk.rng, talk.turned()
    ports = ports_of(talk)
    headers = Header(talk, ports[0]), Header(talk, ports[0])
    for _ in range(length_of(talk)):
        direction = 0 if not back or rng.random() < 0.55 else 1
        way = back if direction else talk
        sport, dport = reversed(ports) if direction else ports
        offload, above = offload_of(way), way.head + 8
        length = way.room(above)
        if offload == 'gso':
            length, size = bulk(way, above)
            offload = (GSO_UDP, 14 + above, size)
        datagram = frames.udp(way.src, way.dst, sport, dport, way.body(length))
        yield emit(way, headers[direction], frames.UDP, datagram, 'UDP of %d' % length, offload)


class TcpEnd:
    """One end's sequence numbers."""

    def __init__(self, talk, sport, dport):
        self.talk, self.sport, self.dport = talk, sport, dport
        self.header = Header(talk, USUAL if USUAL in (sport, dport) else 0)
        self.seq = talk.rng.randrange(1 << 32)
        self.peer = None

    def segment(self, flags, length=0, what=''):
        talk = self.talk
        offload, above = offload_of(talk) if length else None, talk.head + 20
        if offload == 'gso':
            length, size = bulk(talk, above)
            offload = (GSO_TCP6 if talk.v6 else GSO_TCP4, 14 + above, size)
        options = b'\x02\x04\x05\xb4' if flags & frames.SYN else b''
        body = talk.body(length) if length else b''
        segment = frames.tcp(talk.src, talk.dst, self.sport, self.dport, body, flags=flags,
                             seq=self.seq, ack=self.peer.seq if flags & frames.ACK else 0,
                             options=options)
        self.seq = (self.seq + length + (1 if flags & (frames.SYN | frames.FIN) else 0)) % (1 << 32)
        return emit(talk, self.header, frames.TCP, segment, 'TCP %s' % what, offload)


def tcp(talk):
    """A connection: set up, data both ways, often taken down."""
    rng, back = talk.rng, talk.turned()
    ports = ports_of(talk)
    client = TcpEnd(talk, *ports)
    server = TcpEnd(back, *reversed(ports)) if back else None
    client.peer = server or client
    if not back:
        yield client.segment(frames.SYN, what='SYN')
        yield client.segment(frames.ACK | frames.PSH, client.talk.room(client.talk.head + 20), 'data')
        return
    server.peer = client
    yield client.segment(frames.SYN, what='SYN')
    yield server.segment(frames.SYN | frames.ACK, what='SYN ACK')
    yield client.segment(frames.ACK, what='ACK')
    for _ in range(length_of(talk)):
        end = client if rng.random() < 0.5 else server
        flags = frames.ACK | (frames.PSH if rng.random() < 0.5 else 0)
        length = 0 if rng.random() < 0.2 else end.talk.room(end.talk.head + 20)
        yield end.segment(flags, length, 'data of %d' % length)
    if rng.random() < 0.3:
        yield client.segment(frames.RST | frames.ACK, what='RST')
        if rng.random() < 0.5:
            yield client.segment(frames.ACK, 20, 'data after RST')
            yield server.segment(frames.ACK, 20, 'data after RST')
    elif rng.random() < 0.5:
        yield client.segment(frames.FIN | frames.ACK, what='FIN')
        yield server.segment(frames.FIN | frames.ACK, what='FIN')
        yield client.segment(frames.ACK, what='last ACK')


def echo_message(talk, kind, ident, sequence):
    rest = struct.pack('>HH', ident, sequence)
    body = talk.body(talk.room(talk.head + 8))
    if talk.v6:
        return frames.icmp6(talk.src, talk.dst, kind, 0, rest, body)
    return frames.icmp4(kind, 0, rest, body)


def echo(talk):
    """Echo requests and replies."""
    back, ident = talk.turned(), talk.rng.randrange(65536)
    header, answer = Header(talk), Header(talk)
    proto = frames.ICMP6 if talk.v6 else frames.ICMP
    request, reply = (128, 129) if talk.v6 else (8, 0)
    if talk.v6 and header.ttl == 255:
        header.ttl = 64
    for sequence in range(talk.rng.randint(1, 3)):
        yield emit(talk, header, proto, echo_message(talk, request, ident, sequence), 'echo request')
        if back:
            yield emit(back, answer, proto, echo_message(back, reply, ident, sequence), 'echo reply')


def other(talk):
    """Protocols that only routers see: the payload is nobody's business."""
    rng = talk.rng
    proto = rng.choice((frames.GRE, frames.ESP, frames.SCTP, frames.IPIP, frames.IP6IP, frames.UDPLITE,
                        frames.DCCP, 47, 89, 112, 253, 254, 255, rng.randrange(256)))
    if proto in (frames.HOPOPTS, frames.ICMP, frames.ICMP6, frames.IGMP, frames.ROUTING,
                 frames.FRAGMENT, frames.AH, frames.DSTOPTS):
        proto = 253
    header, back = Header(talk), talk.turned()
    for _ in range(rng.randint(1, 4)):
        way = talk if not back or rng.random() < 0.6 else back
        segment = b'\0' * 4 + way.body(way.room(way.head + 4))
        yield emit(way, header, proto, segment, 'protocol %d' % proto)


KINDS = ((45, udp), (35, tcp), (12, echo), (8, other))
