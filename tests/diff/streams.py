# SPDX-License-Identifier: GPL-2.0-only
"""Conversations of real sockets: draws them, and runs them in both twins at once, in one thread.

TCP sends byte streams both ways, in writes of drawn sizes; segmentation and checksums are left to the
devices. UDP sends one datagram, or one lot to be segmented, after the other, so that what a path's MTU
does to the next doesn't hang on time.
"""

import errno
import hashlib
import select
import socket
import struct
import time

from places import FILLER, packed
from view import Outcome, Stream

CONNECT_WAIT = 1.3      # seconds: one SYN may be lost
IDLE = 2.0              # without a byte, after which nothing more is expected
DATAGRAM_WAIT = 0.05    # for one that may be lost
FIRST_WAIT = 0.5        # neighbours may have to be asked for
SO_RCVBUFFORCE, SO_SNDBUFFORCE = 33, 32
UDP_SEGMENT, UDP_GRO = 103, 104
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_TCLASS = 10, 23, 67
BUFFER = 4 << 20

# ---- drawing --------------------------------------------------------------------------------


def draw(rng, view, most=3):
    """A few conversations between leaves that have stacks, by the addresses of both."""
    streams = []
    able = [sender for sender in view.senders if sender.kind != "tap"]
    if not view.streams or len({sender.namespace for sender in able}) < 2:
        return streams
    ports = rng.sample(range(20000, 30000), 2 * most)
    for _ in range(rng.randint(1, most)):
        ends = _ends(rng, able)
        if ends:
            streams.append(_stream(rng, view, *ends, ports.pop(), ports.pop()))
    return streams


def _ends(rng, senders):
    """(client, its address, server, its address), of one family; None: nobody has such."""
    family = rng.choice(("addresses4", "addresses6"))
    having = [sender for sender in senders if getattr(sender, family)]
    client = rng.choice(having) if having else None
    others = [sender for sender in having if sender.namespace != client.namespace]
    if not others:
        return None
    server = rng.choice(others)
    return client, _address(rng, getattr(client, family)), server, _address(rng, getattr(server, family))


def _address(rng, addresses):
    chosen = addresses[0] if rng.random() < 0.7 else rng.choice(addresses)
    return chosen.split("/")[0]


def _stream(rng, view, client, client_address, server, server_address, client_port, port):
    if rng.random() < 0.4:
        port = rng.choice(view.ports)
    options = {"client_port": client_port}
    if rng.random() < 0.2:
        options["tos"] = rng.randrange(256) & 0xFC
    if rng.random() < 0.15:
        options["ttl"] = rng.choice((1, 2, 3, 64, 255))
    if rng.random() < 0.6:
        kind, sizes, answers = "tcp", _writes(rng), _writes(rng)
        if rng.random() < 0.15:
            options["mss"] = rng.choice((88, 536, 1000, 1220))
        if rng.random() < 0.3:
            options["nodelay"] = 1
    else:
        kind, sizes, answers = "udp", _datagrams(rng, client.mtu, options), _datagrams(rng, server.mtu, {})
        if rng.random() < 0.3:
            options["pmtudisc"] = rng.choice((0, 1, 2, 3))
    return Stream(kind, client.namespace, client_address, server.namespace, server_address, port, sizes,
                  answers, options)


def _writes(rng):
    total = rng.choice((0, 1, 100, 3000, 70000, 200000))
    sizes = []
    while total > 0:
        sizes.append(min(total, rng.choice((1, 100, 536, 1448, 1460, 5000, 65536, 100000))))
        total -= sizes[-1]
        if len(sizes) > 40:
            sizes.append(total)
            break
    return tuple(size for size in sizes if size > 0)


def _datagrams(rng, mtu, options):
    if rng.random() < 0.35:
        options["gso_size"] = rng.choice((100, 500, 1000, mtu - 48, mtu - 28))
        if rng.random() < 0.5:
            options["gro"] = 1
        size = options["gso_size"]
        return tuple(min(size * rng.randint(1, 20) + rng.choice((0, 0, 1, size // 2)), 60000)
                     for _ in range(rng.randint(1, 3)))
    return tuple(rng.choice((0, 1, 18, 100, 512, mtu - 49, mtu - 48, mtu - 47, mtu - 28, mtu - 27, 1452, 1472,
                             1473, 2000, 4000, 9000, 30000)) for _ in range(rng.randint(1, 5)))


# ---- running --------------------------------------------------------------------------------


def run(enter, streams, patience=1):
    """In one twin: the outcomes, in the order of the streams."""
    return run_all([enter], streams, patience)[0]


def run_all(enters, streams, patience=1):
    """In several twins at once, whose context managers are given: a list of outcomes for each. All streams
    run side by side. A difference that more patience mends is none."""
    poll = Poll()
    all_of = [[(Tcp if stream.kind == "tcp" else Udp)(poll, enter, stream, number, patience)
               for number, stream in enumerate(streams)] for enter in enters]
    everything = [conversation for conversations in all_of for conversation in conversations]
    while any(not conversation.done for conversation in everything):
        poll.wait(min(conversation.deadline for conversation in everything if not conversation.done))
        now = time.monotonic()
        for conversation in everything:
            if not conversation.done and now >= conversation.deadline:
                conversation.guarded(conversation.expired)
    poll.close()
    return [[conversation.outcome() for conversation in conversations] for conversations in all_of]


class Poll:
    """epoll, and who is to be called for each socket."""

    def __init__(self):
        self.epoll = select.epoll()
        self.calls = {}

    def set(self, sock, events, conversation, call):
        if sock.fileno() in self.calls:
            self.epoll.modify(sock, events)
        else:
            self.epoll.register(sock, events)
        self.calls[sock.fileno()] = conversation, call

    def forget(self, sock):
        if self.calls.pop(sock.fileno(), None):
            self.epoll.unregister(sock)

    def wait(self, until):
        for fd, events in self.epoll.poll(max(0, until - time.monotonic())):
            conversation, call = self.calls.get(fd, (None, None))
            if conversation and not conversation.done:
                conversation.guarded(call, events)

    def close(self):
        self.epoll.close()


def content(number, direction, index, size):
    """Bytes that are those of this write of this stream alone."""
    head = struct.pack(">BBH", number & 0xFF, direction, index & 0xFFFF)
    block = head + FILLER[number * 7 + direction * 3 + index & 0x3FF:][:4093 - len(head)]
    return (block * (size // len(block) + 1))[:size]


class Conversation:
    """What TCP and UDP have in common: sockets, errors, the end."""

    def __init__(self, poll, enter, stream, number, patience):
        self.poll, self.stream, self.number, self.patience = poll, stream, number, patience
        self.family = socket.AF_INET6 if len(packed(stream.server_address)) == 16 else socket.AF_INET
        self.sockets = []
        self.done = self.connected = False
        self.errors = set()
        self.deadline = time.monotonic() + CONNECT_WAIT * patience
        self.guarded(self.start, enter)

    def socket(self, enter, namespace, kind):
        with enter(namespace):
            sock = socket.socket(self.family, kind | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        self.sockets.append(sock)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, BUFFER)
        if self.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        self.set_ip(sock, "tos", socket.IP_TOS, IPV6_TCLASS)
        self.set_ip(sock, "ttl", socket.IP_TTL, socket.IPV6_UNICAST_HOPS)
        self.set_ip(sock, "pmtudisc", IP_MTU_DISCOVER, IPV6_MTU_DISCOVER)
        return sock

    def set_ip(self, sock, option, of4, of6):
        if option in self.stream.options:
            level, name = (socket.IPPROTO_IP, of4) if self.family == socket.AF_INET else \
                (socket.IPPROTO_IPV6, of6)
            sock.setsockopt(level, name, self.stream.options[option])

    def client_port(self):
        """Another one if it's run again: the last one may not be free yet."""
        return client_ports(self.stream, (self.patience,))[0]

    def guarded(self, call, *arguments):
        """An error of a socket is an outcome, not an accident."""
        try:
            call(*arguments)
        except BlockingIOError:
            pass
        except OSError as error:
            self.fail(errno.errorcode.get(error.errno, str(error.errno)))

    def fail(self, what):
        self.errors.add(what)
        self.finish()

    def alive(self):
        self.deadline = time.monotonic() + IDLE * self.patience

    def expired(self):
        self.fail("timeout")

    def finish(self):
        self.done = True
        for sock in self.sockets:
            self.poll.forget(sock)
            sock.close()

    def outcome(self):
        return Outcome(self.connected, self.received(), self.answered(), ",".join(sorted(self.errors)))


class End:
    """One side of a connection: what it writes, and what it has read."""

    def __init__(self, sock, writes):
        self.sock, self.writes = sock, list(writes)
        self.digest, self.length = hashlib.sha1(), 0
        self.shut = self.ended = False

    def text(self):
        return f"{self.length} bytes {self.digest.hexdigest()[:16]}"

    def read(self):
        while True:
            data = self.sock.recv(1 << 18)
            if not data:
                self.ended = True
                return
            self.digest.update(data)
            self.length += len(data)

    def write(self):
        while self.writes:
            sent = self.sock.send(self.writes[0])
            self.writes[0] = self.writes[0][sent:]
            if not self.writes[0]:
                self.writes.pop(0)
        if not self.shut:
            self.shut = True
            self.sock.shutdown(socket.SHUT_WR)

    def wants(self):
        return (0 if self.ended else select.EPOLLIN) | (0 if self.shut else select.EPOLLOUT)


class Tcp(Conversation):
    """The client connects; both write all they have, and end; both read to the end."""

    def start(self, enter):
        stream, kind = self.stream, socket.SOCK_STREAM
        self.client = self.server = None
        self.peer = ""
        listener = self.tcp_socket(enter, stream.server, kind)
        listener.bind((stream.options.get("server_bind", stream.server_address),
                       stream.options.get("server_port", stream.port)))
        listener.listen(1)
        self.poll.set(listener, select.EPOLLIN, self, self.accept)
        sock = self.tcp_socket(enter, stream.client, kind)
        sock.bind((stream.client_address, self.client_port()))
        self.client = End(sock, [content(self.number, 0, i, size) for i, size in enumerate(stream.sizes)])
        self.poll.set(sock, select.EPOLLOUT, self, self.connect)
        self.listener = listener
        sock.connect((stream.server_address, stream.port))

    def tcp_socket(self, enter, namespace, kind):
        sock = self.socket(enter, namespace, kind)
        for option, name in (("mss", socket.TCP_MAXSEG), ("nodelay", socket.TCP_NODELAY)):
            if option in self.stream.options:
                sock.setsockopt(socket.IPPROTO_TCP, name, self.stream.options[option])
        return sock

    def connect(self, _events):
        error = self.client.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            raise OSError(error, "connect")
        self.connected = True
        self.serve(self.client)

    def accept(self, _events):
        sock, address = self.listener.accept()
        sock.setblocking(False)
        self.sockets.append(sock)
        self.poll.forget(self.listener)
        self.peer = address[0]
        self.server = End(sock, [content(self.number, 1, i, size)
                                 for i, size in enumerate(self.stream.answers)])
        self.serve(self.server)

    def serve(self, end):
        """To be called again when there is something to do for this end."""
        self.poll.set(end.sock, end.wants(), self, lambda events: self.move(end, events))

    def move(self, end, events):
        self.alive()
        try:
            if events & ~select.EPOLLOUT:
                try_to(end.read)
            if events & select.EPOLLOUT and not end.shut:
                try_to(end.write)
        finally:
            if not self.done:
                self.serve(end)
        if self.server and all(side.ended and side.shut for side in (self.client, self.server)):
            self.finish()
        elif end.ended and end.shut:
            self.poll.forget(end.sock)

    def received(self):
        if not self.server:
            return ""
        return f"from {self.peer}: {self.whole(self.server)}"

    def answered(self):
        return self.whole(self.client) if self.client else ""

    def whole(self, end):
        """How much there is of what was broken off hangs on time."""
        return "a part" if self.errors else end.text()


def client_ports(stream, patiences):
    port = stream.options.get("client_port", 0)
    return [port + patience - 1 if port else 0 for patience in patiences]


def try_to(call):
    try:
        call()
    except BlockingIOError:
        pass


class Udp(Conversation):
    """The client's datagrams, one at a time, then the server's to where the first came from."""

    def start(self, enter):
        stream = self.stream
        self.inbox = {0: [], 1: []}     # what got there, what came back
        self.peer = None
        self.expected = self.index = self.direction = 0
        server = self.socket(enter, stream.server, socket.SOCK_DGRAM)
        server.bind((stream.options.get("server_bind", stream.server_address),
                     stream.options.get("server_port", stream.port)))
        client = self.socket(enter, stream.client, socket.SOCK_DGRAM)
        client.bind((stream.client_address, self.client_port()))
        if "gro" in stream.options:
            server.setsockopt(socket.IPPROTO_UDP, UDP_GRO, 1)
        client.connect((stream.server_address, stream.port))
        self.ends = client, server
        self.poll.set(server, select.EPOLLIN, self, lambda events: self.receive(0, server))
        self.poll.set(client, select.EPOLLIN, self, lambda events: self.receive(1, client))
        self.next()

    def guarded(self, call, *arguments):
        """An error says something of one datagram; the others are sent all the same."""
        try:
            call(*arguments)
        except BlockingIOError:
            pass
        except OSError as error:
            self.errors.add(errno.errorcode.get(error.errno, str(error.errno)))
            if not hasattr(self, "ends"):
                self.finish()

    def receive(self, direction, sock):
        while True:
            data, ancillary, _, address = sock.recvmsg(1 << 17, 64)
            if not direction and self.peer is None:
                self.peer = address
            size = next((struct.unpack("i", value[:4])[0] for level, kind, value in ancillary
                         if level == socket.IPPROTO_UDP and kind == UDP_GRO), 0) or len(data) or 1
            for at in range(0, len(data) or 1, size):
                self.inbox[direction].append(data[at:at + size])
            self.connected = True
            if len(self.inbox[self.direction]) >= self.expected:
                self.next()
                return

    def expired(self):
        """What was sent last is lost; what follows isn't."""
        self.expected = len(self.inbox[self.direction])
        self.next()

    def next(self):
        stream = self.stream
        sizes = stream.answers if self.direction else stream.sizes
        if self.index >= len(sizes):
            if self.direction or self.peer is None:
                self.finish()
                return
            self.direction, self.index, self.expected = 1, 0, 0
            self.next()
            return
        data = content(self.number, self.direction, self.index, sizes[self.index])
        gso = stream.options.get("gso_size") if not self.direction else None
        self.expected += -(-len(data) // gso) if gso and data else 1
        self.index += 1
        wait = DATAGRAM_WAIT if self.connected or self.index > 1 else FIRST_WAIT
        self.deadline = time.monotonic() + wait * self.patience
        self.send(data, gso)

    def send(self, data, gso):
        ancillary = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("H", gso))] if gso else []
        if self.direction:
            self.ends[1].sendmsg([data], ancillary, 0, self.peer)
        else:
            self.ends[0].sendmsg([data], ancillary)

    def text(self, direction):
        digest = hashlib.sha1()
        for data in sorted(self.inbox[direction]):
            digest.update(struct.pack(">I", len(data)) + data)
        return f"{len(self.inbox[direction])} datagrams {digest.hexdigest()[:16]}"

    def received(self):
        return f"from {self.peer[0]}: {self.text(0)}" if getattr(self, "peer", None) else ""

    def answered(self):
        return self.text(1) if hasattr(self, "inbox") else ""
