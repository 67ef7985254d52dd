# SPDX-License-Identifier: GPL-2.0-only
"""A VXLAN tunnel between the owner and a leaf beyond a NIC; attached by name, or the kernel's alone."""

import topology
from case import OWNER, ip


def draw(rng, draft):
    wire = rng.choice(draft.by_kind("wire"))
    number = draft.number()
    link = topology.Link(wire.leaf, "vx0", "vxlan", number, topology.mac(number, 2), topology.mac(number, 1),
                         mtu=wire.mtu - 50, device="vx0", attached=rng.random() < 0.5)
    draft.links.append(link)
    draft.watched.append((link.leaf, link.device))
    made = "link add vx0 address {} mtu {} type vxlan id 7 local {} remote {} dstport 4789"
    dev = " dev {}" if rng.random() < 0.6 else ""
    draft.add("VXLAN vx0",
              ip(OWNER, made.format(link.port_mac, link.mtu, wire.gateway4, wire.own4()) + dev.format(wire.port)),
              ip(wire.leaf, made.format(link.mac, link.mtu, wire.own4(), wire.gateway4) + dev.format(wire.device)),
              ip(OWNER, "link set vx0 up"), ip(wire.leaf, "link set vx0 up"))
    commands = topology.address_commands(link)
    draft.add("addresses of vx0", *(command for command in commands if "default" not in command.text))
    topology.add_neighbours(draft, link)
