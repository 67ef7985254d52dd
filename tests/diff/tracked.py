# SPDX-License-Identifier: GPL-2.0-only
"""What connection tracking has in a namespace, without what goes by clocks."""

import re

# Timeouts; and whether a UDP flow is ASSURED goes by how long it has been there.
TIMEOUT = re.compile(r"^(\S+\s+\d+ \S+\s+\d+) \d+ ")
ASSURED_UDP = re.compile(r"( udp .*) \[ASSURED\]")


def connections(twin, name):
    if name not in twin.fds:
        return set()
    with twin.enter(name):
        try:
            with open("/proc/thread-self/net/nf_conntrack", encoding="ascii") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return set()
    return {ASSURED_UDP.sub(r"\1", TIMEOUT.sub(r"\1 ", line)).strip() for line in lines}
