# SPDX-License-Identifier: GPL-2.0-only
"""Differences from the kernel that are meant to be, each as narrow as it can be, with its reason."""

from dataclasses import dataclass
from typing import Callable

import compare


@dataclass(frozen=True)
class Intended:
    reason: str
    matches: Callable           # (play.Play, compare.Seen, by_kernel: bool) -> bool
    hits: list                  # how often


def _redirect(play, seen, by_kernel):
    return icmp(seen.frame)[0] == REDIRECT


def _unreachable(play, seen, by_kernel):
    """ip_error() has five for each source, then one a second, and shares the count with redirects, of which
    not all are seen."""
    return icmp(seen.frame) in UNREACHABLE


def _unresolved(play, seen, by_kernel):
    return icmp(seen.frame) in NOT_RESOLVED


def _refragmented(play, seen, by_kernel):
    """Where connection tracking has put a packet together, the kernel writes the headers of its fragments
    in place when it takes it apart again, in what packet sockets were given of them before, too: where they
    left, on a wire that has relayed them, and where they were mirrored to."""
    shared = seen.packet_type == OUTGOING or (seen.packet_type == OTHERHOST and (
        mirrors(play.case) or (by_kernel and any(relays(play.case, seen.namespace)))))
    return shared and is_fragment(seen.frame) and any(
        command.tool in FIREWALLS for item in play.case.all_items() for command in item.commands)


def _resized(play, seen, by_kernel):
    """ip6_fragment() (Linux 6.18) sends a packet that connection tracking has put together in the pieces in which
    it came where their first has room for the headers, as after native XDP; else in new ones, of up to 1,280 bytes."""
    frame = seen.frame[50:] if compare.is_vxlan(seen.frame) else seen.frame
    commands = [command for item in play.case.all_items() for command in item.commands]
    return frame[12:14] == b"\x86\xdd" and is_fragment(frame) and \
        any(command.tool in FIREWALLS for command in commands) and \
        any(command.text.endswith("--mode native") for command in commands)


def _relayed(play, seen, by_kernel):
    """What the relay of the twin without nsaccel has on the wire (topology.relay_commands)."""
    if not by_kernel:
        return False
    pair = {seen.frame[:6], seen.frame[6:12]}
    if seen.frame.startswith(b"\x33\x33\xff"):
        return seen.packet_type == OUTGOING and any(seen.frame[6:12] in known
                                                    for known in relays(play.case, seen.namespace))
    return any(pair == known for known in relays(play.case, seen.namespace))


def _wire_is_down(play, seen, by_kernel):
    """Then that relay has nothing."""
    pair = {seen.frame[:6], seen.frame[6:12]}
    return not by_kernel and any(
        command.text == "link set eth0 down" and pair in relays(play.case, command.namespace)
        for item in play.case.all_items() for command in item.commands)


def _unknown_mac(play, seen, by_kernel):
    """To others on the wire; and what is made of it, and answered, where it came from a macvlan with another's
    address."""
    return by_kernel and limits_macvlan(play.case) and (
        (seen.packet_type == OTHERHOST and seen.namespace.startswith("w")) or
        any(send.namespace.startswith("m") and send.what.startswith("from MAC") for send in sent_as(play.case, seen)))


def _late_reset(play, seen, by_kernel):
    """What it answers has been compared."""
    tcp = compare.ports(seen.frame) and (seen.frame[47:48] if seen.frame[12:14] == b"\x08\x00" else seen.frame[67:68])
    return seen.packet_type == OUTGOING and seen.mark() is None and tcp in (b"\x04", b"\x14")


def _quoted_reset(play, seen, by_kernel):
    """Its numbers are those of a stack that each twin has for itself."""
    return icmp(seen.frame)[0] in ERRORS and any(
        quoted[9:10] == b"\x06" and quoted[33:34] in (b"\x04", b"\x14") if version == 4 else
        quoted[6:7] == b"\x06" and quoted[53:54] in (b"\x04", b"\x14")
        for version, quoted in [quote(seen.frame)])


def _hashed(play, seen, by_kernel):
    return seen.packet_type == MULTICAST and seen.namespace.startswith("m")


LIST = [
    Intended("ICMP redirects: the kernel sends them at a rate that goes by its clock", _redirect, [0]),
    Intended("IPv4 destinations without a route: likewise", _unreachable, [0]),
    Intended("hosts that don't answer: the kernel says so when it has given up asking, seconds later",
             _unresolved, [0]),
    Intended("fragments that packet sockets saw leave, and connection tracking has rewritten since",
             _refragmented, [0]),
    Intended("IPv6 fragments that connection tracking has put together: whether they leave as they came goes by the "
             "room before the first", _resized, [0]),
    Intended("groups that a macvlan hasn't joined: the kernel knows them by a hash with where the macvlan lies "
             "in memory", _hashed, [0]),
    Intended("frames between a macvlan and its lower are turned round without the wire", _relayed, [0]),
    Intended("likewise, also while the wire is down", _wire_is_down, [0]),
    Intended("where a macvlan has a limit, its lower lets out no MACs that it doesn't know", _unknown_mac, [0]),
    Intended("resets of a leaf's stack, which wait until it has found their way", _late_reset, [0]),
    Intended("errors about such a reset, which quote its sequence numbers", _quoted_reset, [0]),
]

REDIRECT = 5
MULTICAST, OTHERHOST, OUTGOING = 2, 3, 4
FIREWALLS = ("nft", "iptables-legacy", "iptables-nft")
NO_ICMP = None, None
UNREACHABLE = {(3, 0), (3, 1), (3, 13)}
ERRORS = {3, 11, 12, 6 << 8 | 1, 6 << 8 | 2, 6 << 8 | 3, 6 << 8 | 4}
NOT_RESOLVED = {(3, 1), (6 << 8 | 1, 3)}


def explained(play, seen, by_kernel):
    for entry in LIST:
        if entry.matches(play, seen, by_kernel):
            entry.hits[0] += 1
            return True
    return False


def is_fragment(frame):
    if frame[12:14] == b"\x08\x00":
        return frame[20:22] not in (b"\0\0", b"\x40\0")
    return frame[12:14] == b"\x86\xdd" and frame[20:21] == b"\x2c"


def icmp(frame):
    """Type and code; types of IPv6's are those and 6 << 8, its redirect's is that of IPv4's."""
    if compare.is_vxlan(frame):
        return icmp(frame[50:])
    if frame[12:14] == b"\x08\x00" and frame[23:24] == b"\x01":
        at = 14 + (frame[14] & 15) * 4
        return tuple(frame[at:at + 2]) if len(frame) > at + 1 else NO_ICMP
    if frame[12:14] == b"\x86\xdd" and frame[20:21] == b"\x3a" and len(frame) > 55:
        return (REDIRECT, 0) if frame[54] == 137 else (6 << 8 | frame[54], frame[55])
    return NO_ICMP


def quote(frame):
    """IP version and bytes of what an ICMP error that isn't tunnelled quotes."""
    if frame[12:14] == b"\x08\x00":
        return 4, frame[14 + (frame[14] & 15) * 4 + 8:]
    return 6, frame[62:]


def refused(case, send, kernel, nsaccel):
    """What nsaccel turns round or drops at a lower's egress, its macvlan is told of."""
    return (kernel, nsaccel) == (None, "No buffer space available") and send.namespace.startswith("m")


def limits_macvlan(case):
    return any(command.text.startswith("limit set @m") for item in case.all_items() for command in item.commands)


def sent_as(case, seen):
    """In each step one may have its mark."""
    mark = seen.mark()
    return [step.sends[mark] for step in case.steps if mark is not None and mark < len(step.sends)]


def mirrors(case):
    return any("mirred egress mirror" in command.text for item in case.all_items() for command in item.commands)


def relays(case, namespace):
    """Pairs of MAC addresses that a wire reflects."""
    for item in case.all_items():
        for command in item.commands:
            words = command.text.split()
            if command.tool == "relay" and command.namespace == namespace and "ether" in words:
                at = [index for index, word in enumerate(words) if word == "ether"]
                yield {bytes.fromhex(words[index + 2].replace(":", "")) for index in at}
