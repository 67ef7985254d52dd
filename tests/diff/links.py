# SPDX-License-Identifier: GPL-2.0-only
"""The kernel tells of carriers with up to a second's delay, not at all of one that was gone for less: waits until
both twins' devices have settled."""

import socket
import struct
import time

RTM_GETLINK = 18
NLM_F_REQUEST, NLM_F_REQUEST_DUMP = 1, 0x301
NLMSG_ERROR, NLMSG_DONE = 2, 3
IFLA_ADDRESS, IFLA_IFNAME, IFLA_OPERSTATE = 1, 3, 16
IFF_UP, IFF_LOWER_UP = 1, 1 << 16
UNKNOWN, LOWERLAYERDOWN, DOWN, UP = 0, 3, 2, 6
WAIT_SECONDS = 5


def request(flags, index=0):
    return struct.pack("=IHHIIBxHiII", 32, RTM_GETLINK, flags, 1, 0, 0, 0, index, 0, 0)


def dump(twin, name):
    """device -> (flags, operstate, MAC address) of a namespace."""
    with twin.enter(name):
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0)
    with sock:
        sock.send(request(NLM_F_REQUEST_DUMP))
        found = {}
        while True:
            data = sock.recv(1 << 20)
            at = 0
            while at + 16 <= len(data):
                length, kind = struct.unpack_from("=IH", data, at)
                if kind in (NLMSG_DONE, NLMSG_ERROR):
                    return found
                flags = struct.unpack_from("=I", data, at + 16 + 8)[0]
                device, state, mac = attributes(data, at + 32, at + length)
                found[device] = flags, state, mac
                at += (length + 3) & ~3


def attributes(data, at, end):
    device, state, mac = "", 0, b""
    while at + 4 <= end:
        length, kind = struct.unpack_from("=HH", data, at)
        if kind == IFLA_IFNAME:
            device = data[at + 4:at + length - 1].decode()
        elif kind == IFLA_OPERSTATE:
            state = data[at + 4]
        elif kind == IFLA_ADDRESS:
            mac = bytes(data[at + 4:at + length])
        at += (length + 3) & ~3
    return device, state, mac


def settled(found):
    for flags, state, _ in found.values():
        if flags & IFF_UP and state not in ((UNKNOWN, UP) if flags & IFF_LOWER_UP else
                                            (UNKNOWN, DOWN, LOWERLAYERDOWN)):
            return False
    return True


def notice(twin):
    """What is gone now is told of, and takes with it what it has to, neighbours for instance, even if it is back in
    no time. Else that would hang on the time since anything was told: the twin that goes first has it told of."""
    end = time.monotonic() + WAIT_SECONDS
    for name in twin.fds:
        while not settled(found := dump(twin, name)) and time.monotonic() < end:
            with twin.enter(name), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, 0) as sock:
                for device in found:    # before it answers on one device, the kernel tells; Linux 6.8
                    sock.send(request(NLM_F_REQUEST, socket.if_nametoindex(device)))
                    sock.recv(1 << 20)
            time.sleep(0.01)


def wait_alike(twins):
    """What differs in the end, for people; None: nothing does."""
    end = time.monotonic() + WAIT_SECONDS
    names = [name for name in twins[0].fds if name in twins[1].fds]
    while names:
        for name in list(names):
            one, other = (dump(twin, name) for twin in twins)
            if one == other and settled(one):
                names.remove(name)
        if names and time.monotonic() > end:
            return f"devices of {names[0]}: {one} and {other}" if one != other else None
        if names:
            time.sleep(0.01)
    return None
