# SPDX-License-Identifier: GPL-2.0-only
"""A tap of the owner's, as a virtual machine has: nobody but this test is behind it."""

import topology
from case import OWNER, Command, ip


def draw(rng, draft):
    number = draft.number()
    link = topology.Link("t0", "tap0", "tap", number, topology.mac(number, 2), topology.mac(number, 1),
                         device="tap0", attached=rng.random() < 0.7)
    draft.links.append(link)
    draft.watched.append(("t0", "tap0"))
    draft.add("tap tap0", Command(OWNER, "tap", "t0 tap0"),
              ip(OWNER, f"link set tap0 address {link.port_mac} up"),
              ip(OWNER, f"addr add {link.gateway4}/24 dev tap0"),
              ip(OWNER, f"addr add {link.gateway6}/64 dev tap0 nodad"))
    link.addresses4, link.addresses6 = [f"{link.own4()}/24"], [f"{link.own6()}/64"]
    draft.add("neighbours of tap0", *topology.owner_neighbours(link))
