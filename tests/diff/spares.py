# SPDX-License-Identifier: GPL-2.0-only
"""A static route of nsaccel's by a link without carrier: its packets are left to the kernel, which has a way for them. The
link is down for good, so that nothing that happens makes the static route a way of its own."""

import topology
from case import OWNER, Command, ip
from routes import hop
from view import Prefix

PREFIXES = {4: "10.112.0.0/24", 6: "fd14::/64"}
SPARE = "s0"        # the link's port, and its leaf


def draw(rng, draft):
    if rng.random() >= 0.15:
        return
    version = rng.choice((4, 6))
    prefix = PREFIXES[version]
    draft.namespaces.append(SPARE)
    draft.prefixes[prefix] = Prefix(prefix, "via")
    for _ in range(3):
        draft.aim(net=prefix)
    draft.add(f"namespace {SPARE}", *topology.quiet(SPARE, False))
    draft.add(f"veth {SPARE} without carrier, a static route for {prefix} by it, and the kernel's own",
              ip(OWNER, f"link add {SPARE} address 02:00:00:00:ec:01 type veth peer name eth0 "
                        f"address 02:00:00:00:ec:02 netns @{SPARE}@"),
              ip(OWNER, f"link set {SPARE} up"),
              Command(OWNER, "ip" if version == 4 else "ip6", f"route replace {prefix} {hop(rng, draft, version)}"),
              Command(OWNER, "nsaccel", f"route add {prefix} dev {SPARE}"))
