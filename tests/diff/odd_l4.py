# SPDX-License-Identifier: GPL-2.0-only
"""Layer 4 as it seldom is: TCP's flags and options, UDP's lengths, SCTP, tunnels."""

import struct
from functools import lru_cache

import frames


def tcp_flags(talk):
    """All combinations, without and with a flow that they'd belong to."""
    rng = talk.rng
    flags = rng.choice((0, 0x3F, 0xFF, frames.SYN | frames.FIN, frames.FIN, frames.URG | frames.PSH,
                        frames.SYN | frames.ECE | frames.CWR, frames.RST, frames.ACK, rng.randrange(256)))
    segment = frames.tcp(talk.src, talk.dst, rng.choice((4000, 4001)), talk.port(),
                         talk.body(rng.choice((0, 1, 20))), flags=flags, seq=rng.randrange(1 << 32),
                         ack=rng.randrange(1 << 32), urgent=rng.randrange(65536), window=rng.choice((0, 1, 65535)))
    yield talk.frame(talk.ip(frames.TCP, segment)), 'TCP flags %#x' % flags


def tcp_options(talk):
    rng = talk.rng
    options = rng.choice((b'\x02\x04\x05\xb4\x01\x03\x03\x07\x04\x02', b'\x01\x01\x08\x0a' + b'\0' * 8,
                          b'\x05\x0a' + b'\0' * 8, b'\x13\x12' + b'\0' * 16, b'\x02\0', b'\x02\xff', b'\x1e\x08' + b'\0' * 6,
                          b'\1' * 40, b'\x22\2', b'\xfe\x04\xf9\x89'))
    flags = rng.choice((frames.SYN, frames.ACK))
    offset = rng.choice((None, None, None, 0, 4, 15))
    segment = frames.tcp(talk.src, talk.dst, 4000, talk.port(), talk.body(20), flags=flags, options=options,
                         offset=offset)
    yield talk.frame(talk.ip(frames.TCP, segment)), 'TCP options %s, offset %s' % (options.hex(), offset)


def cut_header(talk):
    """The packet ends within the header of layer 4."""
    rng = talk.rng
    proto = rng.choice((frames.TCP, frames.UDP))
    segment = frames.tcp(talk.src, talk.dst, 4000, talk.port(), b'') if proto == frames.TCP else talk.udp(b'')
    segment = segment[:rng.randrange(len(segment) + 1)]
    yield talk.frame(talk.ip(proto, segment)), 'protocol %d cut to %d' % (proto, len(segment))


def udp_length(talk):
    body = talk.body(20)
    length = talk.rng.choice((0, 7, 8, 27, 29, 65535))
    yield talk.frame(talk.ip(frames.UDP, talk.udp(body, length=length))), 'UDP length %d' % length


def udp_port_zero(talk):
    datagram = frames.udp(talk.src, talk.dst, talk.rng.choice((0, 4000)), 0, talk.body(8))
    yield talk.frame(talk.ip(frames.UDP, datagram)), 'UDP port 0'


@lru_cache(maxsize=None)
def sctp_chunks():
    """One packet of each common kind of SCTP, without the ports; scapy knows how they look."""
    from scapy.layers import sctp as s
    chunks = (s.SCTPChunkInit(init_tag=1, a_rwnd=4096, n_out_streams=2, n_in_streams=2, init_tsn=1),
              s.SCTPChunkData(data=b'12345678'), s.SCTPChunkSACK(), s.SCTPChunkHeartbeatReq(),
              s.SCTPChunkAbort(), s.SCTPChunkShutdown(), s.SCTPChunkCookieEcho(cookie=b'cook'))
    return [bytes(chunk) for chunk in chunks]


def sctp(talk):
    chunk = talk.rng.choice(sctp_chunks())
    segment = struct.pack('>HHII', 4000, talk.port(), 0 if chunk[0] == 1 else 1, 0) + chunk
    if talk.rng.random() < 0.7:
        from scapy.layers.sctp import crc32c
        segment = segment[:8] + struct.pack('<I', crc32c(segment)) + segment[12:]
    yield talk.frame(talk.ip(frames.SCTP, segment)), 'SCTP chunk %d' % chunk[0]


def tunnel(talk):
    """GRE, IP in IP, VXLAN: for the destination, or one that the owner would have to open."""
    rng = talk.rng
    inner = talk.ip(frames.UDP, talk.udp(talk.body(30)), src=talk.places.anybody(talk.family))
    ethertype = frames.ETH_IP6 if talk.v6 else frames.ETH_IP
    kind = rng.randrange(4)
    if kind == 0:
        packet = talk.ip(frames.GRE, frames.gre(ethertype, inner, rng.choice((None, 7))))
    elif kind == 1:
        packet = talk.ip(frames.IP6IP if talk.v6 else frames.IPIP, inner)
    elif kind == 2:
        frame = talk.frame(inner, dmac=rng.choice(talk.places.macs))
        packet = talk.ip(frames.UDP, talk.udp(b'\x08\0\0\0\0\0\x0a\0' + frame, dport=4789))
    else:
        packet = talk.ip(frames.ESP, b'\0\0\1\0\0\0\0\1' + talk.body(32))
    yield talk.frame(packet), 'tunnel %d' % kind


def any_protocol(talk):
    proto = talk.rng.randrange(256)
    yield talk.frame(talk.ip(proto, talk.body(talk.rng.choice((0, 4, 8, 40))))), 'protocol %d' % proto


ODD = ((4, tcp_flags), (2, tcp_options), (2, cut_header), (2, udp_length), (1, udp_port_zero), (2, sctp),
       (3, tunnel), (2, any_protocol))
