# SPDX-License-Identifier: GPL-2.0-only
"""Fragments, IPv4's options and IPv6's extension headers, whole and broken."""

import struct

import frames


def v4_fragment(talk, ident, offset, more, payload, frag=0):
    flags = frag | (frames.MF if more else 0)
    return talk.frame(talk.ip(frames.UDP, payload, ident=ident, frag=flags | offset // 8))


def v6_fragment(talk, ident, offset, more, payload):
    header = frames.fragment6(frames.UDP, offset // 8, int(more), ident)
    return talk.frame(talk.ip(frames.FRAGMENT, header + payload))


def fragment(talk, ident, offset, more, payload, frag=0):
    if talk.v6:
        return v6_fragment(talk, ident, offset, more, payload)
    return v4_fragment(talk, ident, offset, more, payload, frag)


def like_header(talk):
    """A later fragment may begin with what looks like the header of a datagram that rules speak of."""
    if talk.rng.random() < 0.5:
        return b''
    return struct.pack('>HHHH', 4000, talk.port(), 40, 0x1234)


def pieces_of(talk, size, count):
    """(offset, more, payload) of a datagram without a checksum; made when asked for, for the marks."""
    total = 8 + size * count - talk.rng.randrange(8)
    port = talk.port()
    for i in range(count):
        head = struct.pack('>HHHH', 4000, port, min(total, 65535), 0) if not i else like_header(talk)
        length = min(size, total - i * size)
        yield i * size, i < count - 1, (head + talk.body(length - len(head)))[:length]


def datagram(talk):
    """All of a datagram, mostly in order; or without one, or one twice."""
    rng = talk.rng
    ident = rng.randrange(65536)
    most = (talk.most - talk.head - 8) // 8 * 8
    size = max(8, min(most, rng.choice((8, 16, 64, 512, most))))
    skipped = rng.choice((None, None, None, 0, 1))
    doubled = rng.choice((None, None, 0, 1))
    for i, (offset, more, payload) in enumerate(pieces_of(talk, size, rng.randint(2, 4))):
        if i == skipped:
            continue
        yield fragment(talk, ident, offset, more, payload), 'fragment at %d of %d' % (offset, ident)
        if i == doubled:
            yield fragment(talk, ident, offset, more, payload), 'the same again'


def backwards(talk):
    ident = talk.rng.randrange(65536)
    for offset, more, length in ((64, False, 30), (0, True, 64)):
        head = struct.pack('>HHHH', 4000, 5000, 94, 0) if not offset else b''
        yield fragment(talk, ident, offset, more, head + talk.body(length - len(head))), \
            'fragment at %d, last first' % offset


def overlapping(talk):
    ident, port = talk.rng.randrange(65536), talk.port()
    head = struct.pack('>HHHH', 4000, port, 8 + 120, 0)
    for offset, more, length in ((0, True, 64), (talk.rng.choice((8, 24, 56)), True, 64), (64, False, 64)):
        body = (head if not offset else b'') + talk.body(length - (0 if offset else 8))
        yield fragment(talk, ident, offset, more, body), 'overlapping fragment at %d' % offset


def lone(talk):
    """First, middle, last or atomic, with nothing else of its datagram."""
    rng = talk.rng
    offset, more = rng.choice(((0, True), (800, True), (800, False), (0, False), (65528, False),
                               (65520, True)))
    length = rng.choice((1, 8, 16, 24, 40))
    if offset + length > 65535:
        length = 16
    head = struct.pack('>HHHH', 4000, talk.port(), 1000, 0) if not offset and length >= 8 else \
        like_header(talk) if length >= 16 else b''
    frag = frames.DF if rng.random() < 0.2 else 0
    payload = head + talk.body(length - len(head))
    yield fragment(talk, rng.randrange(65536), offset, more, payload, frag), \
        'lone fragment at %d, more %d, of %d' % (offset, more, length)


def tcp_fragment(talk):
    """TCP's flags are in the second fragment (RFC 1858)."""
    ident, proto = talk.rng.randrange(65536), frames.TCP
    segment = frames.tcp(talk.src, talk.dst, 4000, talk.port(), b'', flags=frames.SYN)
    for offset, more, part in ((0, True, segment[:8]), (8, False, segment[8:])):
        if talk.v6:
            packet = talk.ip(frames.FRAGMENT, frames.fragment6(proto, offset // 8, more, ident) + part)
        else:
            packet = talk.ip(proto, part, ident=ident, frag=offset // 8 | (frames.MF if more else 0))
        yield talk.frame(packet), 'tiny TCP fragment at %d' % offset


# IPv4's options

def option(kind, data):
    return struct.pack('>BB', kind, 2 + len(data)) + data


def v4_options(talk):
    """A list of options, some of them not as they should be. Timestamps are full: none is filled in."""
    rng = talk.rng
    route = talk.src + talk.dst
    whole = (b'\0', b'\1', b'\1\1\1\0', option(7, b'\4' + b'\0' * 12), option(7, b'\4' + b'\0' * 36),
             option(7, b'\x10' + b'\1' * 12), option(68, b'\x0d\0' + b'\0' * 8),
             option(68, b'\x15\1' + b'\0' * 16), option(68, b'\x0d\3' + talk.dst + b'\0' * 4),
             option(131, b'\4' + route), option(131, b'\x0c' + route), option(137, b'\4' + route),
             option(148, b'\0\0'), option(130, b'\0' * 9), option(133, b'\0' * 3),
             option(134, b'\0\0\0\1\1\4\0\0'), option(136, b'\0\1'), option(30, b'\0\0'),
             option(94, b'\1\2'), option(158, b'\1\2'))
    broken = (b'\7\0', b'\7\1', b'\7\x02', b'\7\3\0', b'\7\x28\4', b'\x83\3\4', b'\x83\x07\2\0\0\0\0',
              b'\x44\4\5\0', b'\x44\x28\5\0', b'\x94\3\0', b'\x94\4\1\1', b'\x1e', b'\1\1\1\x1e')
    bad = rng.random() < 0.4
    options = rng.choice(broken if bad else whole)
    if len(options) < 20 and rng.random() < 0.3:
        options = b'\1' + options + rng.choice((b'', b'\0', b'\x94\4\0\0'))
    yield talk.frame(talk.ip(frames.UDP, talk.udp(talk.body(24)), options=options[:40])), \
        'options %s' % options[:40].hex()


# IPv6's extension headers

PADN, ALERT, JUMBO = b'\1\4\0\0\0\0', b'\5\2\0\0', b'\xc2\4\0\1\0\0'
UNKNOWN = tuple(bytes((kind, 4, 0, 0, 0, 0)) for kind in (0x1E, 0x3E, 0x7E, 0xBE, 0xFE, 0x23))
HOME = b'\xc9\x10'


def routing(following, kind, left, addresses):
    body = struct.pack('>BBI', kind, left, 0) + b''.join(addresses)
    return frames.extension(following, body)


def options_header(talk, following):
    rng = talk.rng
    content = rng.choice((PADN, ALERT + b'\1\0', JUMBO, b'\0' * 6, HOME + talk.src + b'\1\2\0\0',
                          b'\1\x0c' + b'\0' * 12, b'\1\xff\0\0\0\0', b'\3') + UNKNOWN)
    return frames.extension(following, content)


def chain_of(talk, kinds, following, inner):
    """The headers of the kinds before inner, which has the protocol following."""
    for kind in reversed(kinds):
        if kind == frames.ROUTING:
            segment = talk.rng.choice(((0, 0), (0, 1), (2, 1), (3, 0), (4, 0), (4, 1), (253, 0), (253, 1)))
            header = routing(following, *segment, [talk.dst])
        elif kind == frames.FRAGMENT:
            header = frames.fragment6(following, 0, 0, talk.rng.randrange(1 << 32))
        elif kind == frames.AH:
            header = frames.authentication(following)
        elif kind in (135, 139, 140):
            header = frames.extension(following, b'\0' * 14)
        else:
            header = options_header(talk, following)
        inner, following = header + inner, kind
    return following, inner


def v6_extensions(talk):
    rng = talk.rng
    kinds = rng.choice((
        (frames.HOPOPTS,), (frames.DSTOPTS,), (frames.ROUTING,), (frames.FRAGMENT,), (frames.AH,),
        (frames.HOPOPTS, frames.DSTOPTS, frames.ROUTING, frames.FRAGMENT, frames.AH, frames.DSTOPTS),
        (frames.DSTOPTS, frames.HOPOPTS), (frames.DSTOPTS,) * 10, (135,), (139,), (140,),
        (frames.HOPOPTS, frames.HOPOPTS), (frames.FRAGMENT, frames.FRAGMENT)))
    following, inner = rng.choice(((frames.UDP, None), (frames.UDP, None), (frames.TCP, None),
                                   (frames.NONE, b''), (253, b'1234')))
    if following == frames.UDP:
        inner = talk.udp(talk.body(24))
    elif following == frames.TCP:
        inner = frames.tcp(talk.src, talk.dst, 4000, talk.port(), talk.body(24))
    elif rng.random() < 0.5:
        inner += talk.body(20)
    first, payload = chain_of(talk, kinds, following, inner)
    yield talk.frame(talk.ip(first, payload)), 'extension headers %s' % (kinds,)


def v6_broken(talk):
    """Extension headers that end behind the packet, or say that they do."""
    rng = talk.rng
    header = rng.choice((b'\x11', b'\x11\xff' + b'\0' * 6, b'\x11\1' + b'\0' * 6, b'\x2c\0\0',
                         b'\x11\0\x28\4\0\0\0\0', b'\x11\0\1\xff\0\0\0\0', b''))
    kind = rng.choice((frames.HOPOPTS, frames.DSTOPTS, frames.ROUTING, frames.FRAGMENT, frames.AH))
    yield talk.frame(talk.ip(kind, header + talk.body(rng.choice((0, 0, 16))))), \
        'broken header %d' % kind


def options(talk):
    yield from v6_extensions(talk) if talk.v6 and talk.rng.random() < 0.8 else \
        v6_broken(talk) if talk.v6 else v4_options(talk)


ODD = ((6, datagram), (1, backwards), (2, overlapping), (4, lone), (1, tcp_fragment), (9, options))
