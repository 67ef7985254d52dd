# SPDX-License-Identifier: GPL-2.0-only
"""Namespaces of a twin, the tools that are run in them, and their packet sockets."""

import ctypes
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import time
from contextlib import contextmanager

import links

CLONE_NEWNET = 0x40000000
MS_BIND = 4096
MNT_DETACH = 2
NETNS_DIR = "/run/netns"

SOL_PACKET = 263
PACKET_VNET_HDR = 15
ETH_P_ALL = 3
TUNSETIFF = 0x400454CA
IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 0x0002, 0x1000, 0x4000
CAPTURE_BYTES = 32 << 20

# tool -> its command, which reads lines from stdin; None: a process for each line.
TOOLS = {
    "ip": ["ip", "-force", "-batch", "-"],
    "ip6": ["ip", "-6", "-force", "-batch", "-"],
    "bridge": ["bridge", "-force", "-batch", "-"],
    "tc": ["tc", "-force", "-batch", "-"],
    "nft": ["nft", "-f", "-"],
    "sysctl": None,
    "iptables-legacy": None,
    "iptables-nft": None,
    "conntrack": None,
    "ethtool": None,
    "nsaccel": None,            # in the twin with nsaccel
    "relay": ["tc", "-force", "-batch", "-"],   # in the other one: what nsaccel is meant to do itself
    "instead": ["nft", "-f", "-"],              # likewise: what it is told to keep from passing
    "daemon": None,             # "stop SIGNAL", "start"; in the twin with nsaccel
    "tap": None,                # NAME DEVICE: a tap, and whose it is
    "netns": None,              # "del NAME", "add NAME"
    "gone": None,               # DEVICE: waits until it is
    "noticed": None,            # waits until the kernel has told of carriers; text: namespaces whose commands go before
}

libc = ctypes.CDLL(None, use_errno=True)


class SetupError(Exception):
    """The machine refuses what no drawn configuration should make it refuse."""


def _check(result, what):
    if result:
        error = ctypes.get_errno()
        raise SetupError(f"{what}: {os.strerror(error)}")


class Namespaces:
    """Entering namespaces, and coming home."""

    def __init__(self):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)

    def setns(self, fd):
        _check(libc.setns(fd, CLONE_NEWNET), "setns")

    def create(self, name):
        """A new one under /run/netns; returns its file descriptor."""
        path = f"{NETNS_DIR}/{name}"
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, 0o444))
        _check(libc.unshare(CLONE_NEWNET), "unshare")
        try:
            fd = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
            _check(libc.mount(b"/proc/self/ns/net", path.encode(), b"none", MS_BIND, None),
                   f"mount {path}")
        finally:
            self.setns(self.home)
        return fd

    def delete(self, name):
        path = f"{NETNS_DIR}/{name}"
        libc.umount2(path.encode(), MNT_DETACH)
        try:
            os.unlink(path)
        except FileNotFoundError:
            pass


class Twin:
    """One of two worlds that are alike: "k" has the kernel alone, "n" nsaccel as well."""

    def __init__(self, spaces, prefix, names, nsaccel=None, daemon=None):
        self.spaces, self.prefix, self.nsaccel, self.daemon = spaces, prefix, nsaccel, daemon
        self.fds = {}
        self.sockets = {}
        self.errors = []
        self.opened = self.closing = lambda *_: None    # told of sockets
        for name in names:
            self.fds[name] = spaces.create(self.real_name(name))

    def real_name(self, name):
        return f"{self.prefix}-{name}"

    @contextmanager
    def enter(self, name):
        self.spaces.setns(self.fds[name])
        try:
            yield
        finally:
            self.spaces.setns(self.spaces.home)

    # ---- tools ------------------------------------------------------------------------------

    def text_of(self, command):
        return re.sub(r"@(\w+)@", lambda found: self.real_name(found[1]), command.text)

    def apply(self, commands):
        """Runs commands in their order; what goes to the same tool in one go. What fails is noted."""
        batch, where = [], None
        for command in commands:
            if command.tool in (("relay", "instead") if self.nsaccel else ("nsaccel", "daemon")):
                continue
            key = command.namespace, command.tool
            if key != where and batch:
                self._run(where, batch)
                batch = []
            where = key
            batch.append(self.text_of(command))
        if batch:
            self._run(where, batch)

    def _run(self, where, lines):
        namespace, tool = where
        if namespace not in self.fds:
            return
        if tool in ("daemon", "netns", "gone", "noticed", "tap"):
            for line in lines:
                getattr(self, "_" + tool)(namespace, *line.split())
            return
        with self.enter(namespace):
            if tool == "sysctl":
                for line in lines:
                    self._sysctl(namespace, line)
            elif TOOLS[tool]:
                self._process(where, TOOLS[tool], "\n".join(lines) + "\n")
            else:
                for line in lines:
                    program = self.nsaccel if tool == "nsaccel" else tool
                    self._process(where, [program, *line.split()], "")

    def _daemon(self, _, verb, signal_name=None):
        if verb == "stop":
            self.daemon.kill(getattr(signal, "SIG" + signal_name))
        else:
            self.daemon.start()

    def _netns(self, _, verb, name):
        if verb == "del":
            self.delete_namespace(name)
        elif name not in self.fds:
            self.fds[name] = self.spaces.create(self.real_name(name))
            self._listen(name)

    def _gone(self, namespace, device):
        end = time.monotonic() + 10
        while device in links.dump(self, namespace) and time.monotonic() < end:
            time.sleep(0.005)

    def _noticed(self, *_):
        links.notice(self)

    def _tap(self, namespace, name, device):
        with self.enter(namespace):
            self.sockets[name] = Tap(device)
        self.opened(self, name, self.sockets[name])

    def _process(self, where, argv, text):
        done = subprocess.run(argv, input=text, capture_output=True, text=True, check=False)
        if done.returncode or done.stderr:
            self._note(where, done.stderr or f"exit status {done.returncode}")

    def _sysctl(self, namespace, line):
        key, _, value = line.partition("=")
        try:
            with open("/proc/sys/" + key.replace(".", "/"), "w", encoding="ascii") as file:
                file.write(value + "\n")
        except OSError as error:
            self._note((namespace, "sysctl"), f"{line}: {error.strerror}")

    def _note(self, where, text):
        text = re.sub(rf"\b{self.prefix}-(?=\w)", "@", text)
        if where[1] not in ("nsaccel", "relay"):
            self.errors.append((where, text))

    # ---- packets ----------------------------------------------------------------------------

    def listen(self, watched):
        """watched: of (namespace, device). One socket for each namespace; devices are told apart later."""
        for name in sorted({namespace for namespace, _ in watched}):
            self._listen(name)

    def _listen(self, name):
        if name in self.fds:
            with self.enter(name):
                self.sockets[name] = packet_socket()
            self.opened(self, name, self.sockets[name])

    def send(self, send):
        """Returns an error's name, or None."""
        virtio = send.virtio
        header = bytes(10) if virtio is None else virtio_bytes(virtio)
        try:
            if send.namespace in self.sockets:
                self.sockets[send.namespace].sendto(header + send.frame, (send.device, 0))
        except OSError as error:
            return error.strerror
        return None

    def announce(self, name, device, mac):
        """A frame that everybody gets and nobody wants."""
        frame = b"\xff" * 6 + mac + b"\x88\xb5announcement".ljust(48, b"\0")
        try:
            self.sockets[name].sendto(bytes(10) + frame, (device, 0))
        except OSError:     # it's down
            pass

    # ---- the end ----------------------------------------------------------------------------

    def delete_namespace(self, name):
        sock = self.sockets.pop(name, None)
        if sock:
            self.closing(sock)
            sock.close()
        fd = self.fds.pop(name, None)
        if fd is not None:
            os.close(fd)
            self.spaces.delete(self.real_name(name))

    def close(self):
        for sock in self.sockets.values():
            sock.close()
        self.sockets.clear()
        for name in list(self.fds):
            self.delete_namespace(name)


def packet_socket():
    """Of all of a namespace's devices. What comes before it asks for offload headers is to be thrown away."""
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_CLOEXEC,
                         socket.htons(ETH_P_ALL))
    sock.setsockopt(socket.SOL_SOCKET, 33, CAPTURE_BYTES)  # SO_RCVBUFFORCE
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.setblocking(False)
    return sock


class Tap:
    """What is behind a tap, used as a packet socket of its own."""

    def __init__(self, device, fd=None):
        self.device, self.fd = device, fd
        if fd is None:
            self.fd = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK)
            fcntl.ioctl(self.fd, TUNSETIFF,
                        struct.pack("16sH22x", device.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR))

    def fileno(self):
        return self.fd

    def sendto(self, data, _):
        os.write(self.fd, data)

    def recvfrom(self, size):
        return os.read(self.fd, size), (self.device, 0, 0)

    def close(self):
        os.close(self.fd)


def virtio_bytes(virtio):
    return (bytes((virtio.flags, virtio.gso_type)) + virtio.hdr_len.to_bytes(2, "little") +
            virtio.gso_size.to_bytes(2, "little") + virtio.csum_start.to_bytes(2, "little") +
            virtio.csum_offset.to_bytes(2, "little"))
