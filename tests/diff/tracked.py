# SPDX-License-Identifier: GPL-2.0-only
"""What connection tracking has in a namespace, without what goes by clocks."""

import re

# Timeouts; and whether a UDP flow is ASSURED goes by how long it has been there.
TIMEOUT = re.compile(r"^(\S+\s+\d+ \S+\s+\d+) \d+ ")
STATE = re.compile(r"( tcp +6) +([A-Z_0-9]+) ")
# A reset is believed at once only if connection tracking has seen all that was acknowledged; else it leaves ten
# seconds, and the fast path's it hasn't seen. The ends may still say that they finish.
RESET, NOT_RESET = "CLOSE", ("ESTABLISHED", "TIME_WAIT")
ASSURED_UDP = re.compile(r"( udp .*) \[ASSURED\]")

# Who holds it at the moment: a packet that waits for a neighbour, too.
USERS = re.compile(r" use=\d+")

# Listener reports, which go by clocks: as IGMP, and what a tunnel makes of them.
CHATTER = re.compile(r" unknown +2 | udp .* dport=4789 ")


def connections(twin, name, ports=True):
    """Source NAT picks ports at random where its first choice is taken: then they don't count."""
    if name not in twin.fds:
        return set()
    with twin.enter(name):
        try:
            with open("/proc/thread-self/net/nf_conntrack", encoding="ascii") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return set()
    lines = [ASSURED_UDP.sub(r"\1", TIMEOUT.sub(r"\1 ", USERS.sub("", line))).strip()
             for line in lines if not CHATTER.search(line)]
    return set(lines if ports else map(without_ports, lines))


def difference(kernel, nsaccel):
    """Of two sets of connections: (only by the kernel, only with nsaccel)."""
    only = [{STATE.sub(r"\1 ", line): line for line in one - other}
            for one, other in ((kernel, nsaccel), (nsaccel, kernel))]
    return [[line for flow, line in one.items() if not (flow in other and is_late_reset(line, other[flow]))]
            for one, other in (only, only[::-1])]


def is_late_reset(*lines):
    states = {found[2] for found in map(STATE.search, lines) if found}
    return RESET in states and any(state in states for state in NOT_RESET)


def without_ports(line):
    return re.sub(r"\b(sport|dport|id)=\d+ ", "", line) if " src=" in line else line
