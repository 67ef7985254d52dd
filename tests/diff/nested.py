# SPDX-License-Identifier: GPL-2.0-only
"""An endpoint that routes for a namespace behind it, and is an owner with nsaccel attached itself."""

import topology
from case import OWNER, Command, ip


def draw(rng, draft):
    outer = topology.add_pair(rng, draft, "n0", "n0", "veth")
    draft.add("n0 routes", *topology.quiet("n0", True))
    number = draft.number()
    inner = topology.Link("d0", "d0", "veth", number, topology.mac(number, 2), topology.mac(number, 1),
                          mtu=rng.choice((1500, 1400)), owner="n0")
    topology.new_leaf(draft, inner)
    draft.add("veth d0 of n0", *topology.pair_commands(inner))
    draft.add("addresses of d0", *topology.address_commands(inner))
    topology.add_neighbours(draft, inner)
    draft.add("routes to d0", ip(OWNER, f"route add {inner.net4}.0/24 via {outer.own4()}"),
              ip(OWNER, f"route add {inner.net6}::/64 via {outer.own6()}"))
    if rng.random() < 0.7:
        draft.last.append(("nsaccel attached to eth0 of n0", (Command("n0", "nsaccel", "attach eth0"),)))
