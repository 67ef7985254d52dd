# SPDX-License-Identifier: GPL-2.0-only
"""Interface between a drawn configuration and the drawing of its traffic.

    packets.draw(rng, view) -> [Send]        frames for packet sockets, in the order of sending
    streams.draw(rng, view) -> [Stream]      conversations of real sockets
    streams.run(enter, streams) -> [Outcome] runs them in one twin, in order; see there

rng is a random.Random: the same seed and view have to give the same traffic. Nothing here names a
twin: namespaces are "rt" (the owner) or a leaf as "c0", "w0"; each twin has all of them, with the same
device names, interface indexes, MAC and IP addresses.

A frame is told from others by its mark: MAGIC and four bytes, at the end of the payload (so that an
ICMP error quotes them) or wherever there is room; mark_bytes() makes them. Frames without room have none
and are compared all the same, but can't be attributed to what was sent. Within one call of draw() marks are
0, 1, 2, ...: the number of the Send in the list.
"""

from dataclasses import dataclass, field
from typing import Optional

MAGIC = b"NSAD"


def mark_bytes(number):
    """What makes the frame number of a batch known again; 8 bytes."""
    return MAGIC + number.to_bytes(4, "big")


@dataclass(frozen=True)
class Sender:
    """A device of a leaf's that frames can be sent from, through a packet socket in its namespace."""

    namespace: str              # "c0"; never the owner
    device: str                 # "eth0"
    kind: str                   # "veth", "wire" (a NIC's other end), "macvlan", "bridged" (a veth whose host
                                # end is a bridge's port), "tap" (a frame is written into the tap)
    mac: str                    # "02:00:00:00:00:02"
    mtu: int
    addresses4: tuple = ()      # ("10.1.0.2/24", ...); the first is what it sends from by default
    addresses6: tuple = ()      # ("fd00:1::2/64", ...), without the link-local one
    gateway_mac: str = ""       # of the owner's device on the link: what is to be routed is sent to it
    gateway4: str = ""          # the owner's addresses on the link; "" if there is none
    gateway6: str = ""
    neighbours: tuple = ()      # MAC addresses of others on the same link (a bridge's ports, macvlans)
    offload: bool = False       # Send.virtio may be set: the device passes on GSO and partial checksums


@dataclass(frozen=True)
class Prefix:
    """A destination that the owner has, or once had, an opinion on."""

    prefix: str                 # "10.9.0.0/24", "fd00:9::/64", "default"
    kind: str                   # "host", "link", "via", "multipath", "source", "blackhole", "local", "none", ...
    mtu: int = 0                # what may pass unfragmented, if it is known


@dataclass(frozen=True)
class Aim:
    """A kind of packets that an item of the configuration affects. An empty field stands for any value."""

    near: str = ""              # namespace that sends
    far: str = ""               # namespace that has the destination address
    net: str = ""               # prefix of the destination
    source: str = ""            # prefix of the source
    ports: tuple = ()           # (source, destination) of UDP; 0: any
    tos: int = 0
    mtu: int = 0                # length at which something changes


@dataclass(frozen=True)
class View:
    """What traffic is drawn from; made anew after each event."""

    senders: tuple              # of Sender
    prefixes: tuple             # of Prefix; addresses within, at the edges of and beside them are of interest
    owner4: tuple = ()          # all addresses of the owner, without length
    owner6: tuple = ()
    firewall: bool = False      # rules apply: flows of both directions, several packets of each, are of interest
    ports: tuple = (7000, 7001, 7002, 53, 80, 4789)     # that rules, NAT or tunnels go by
    router_macs: tuple = ()     # all MAC addresses of the owner's devices
    streams: bool = True        # addresses of leaves are reachable in the plain way, so streams make sense
    aims: tuple = ()            # of Aim, the latest last
    before: tuple = ()          # of Send: what was sent before the latest event, one for each pair of addresses


@dataclass(frozen=True)
class Virtio:
    """struct virtio_net_hdr: how a frame with GSO or a checksum to be filled in is handed over."""

    flags: int = 0              # 1: NEEDS_CSUM
    gso_type: int = 0           # 0 none, 1 TCPv4, 3 UDP (fragmented), 4 TCPv6, 5 UDP_L4; | 0x80 ECN
    hdr_len: int = 0
    gso_size: int = 0
    csum_start: int = 0
    csum_offset: int = 0


@dataclass(frozen=True)
class Send:
    """A frame to be sent from a leaf's device: from its Ethernet header to its payload, without FCS."""

    namespace: str
    device: str
    frame: bytes
    virtio: Optional[Virtio] = None
    what: str = ""              # for people: "UDP fragment, offset 1480"
    settles: bool = False       # may change what the kernel knows: to be followed before the next is sent


@dataclass(frozen=True)
class Stream:
    """A conversation of two real sockets of leaves."""

    kind: str                   # "tcp", "udp"
    client: str                 # namespace, and what its socket is bound to
    client_address: str
    server: str
    server_address: str         # what the client connects to; the server binds the same unless server_bind is set
    port: int
    sizes: tuple = ()           # of the client's writes or datagrams, in bytes
    answers: tuple = ()         # of the server's
    options: dict = field(default_factory=dict)     # "mss", "nodelay", "gso_size" (UDP_SEGMENT), "tos", "server_bind", ...


@dataclass(frozen=True)
class Outcome:
    """What became of a stream: compared between twins by ==. Nothing in it may depend on time."""

    connected: bool
    received: str               # digest of what the server got, in order (of a TCP stream; for UDP of the sorted set)
    answered: str               # digest of what the client got
    error: str = ""             # errno's name, for instance "EHOSTUNREACH"


# enter, as streams.run() gets it: a context manager, `with enter("c0"):` has the calling thread in that
# namespace of the twin; sockets made there stay there.
