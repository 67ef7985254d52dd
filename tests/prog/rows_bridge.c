// SPDX-License-Identifier: GPL-2.0-only
/* Ports of a bridge. */
#include "rows.h"

#include "row_worlds.h"

static void red_and_eth3_on_bridge(struct world *world)
{
	world_bridge(world, RED);
	world_bridge(world, ETH3);
}

static void bridge_does_not_forward(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].bridge_forward = 0;
}

static void br_netfilter_is_there(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].bridge_forward = NSACCEL_BRIDGE_FORWARD_VALID;
}

static void source_at_another_port(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[0].ifindex = IFINDEX(ETH3);
}

static void only_blue_known(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[0] = world->fdb[--world->fdb_count];
}

static void blue_on_another_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].key.bridge = BRIDGE + 1;
}

static void blue_source_only(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].action = NSACCEL_ACTION_NONE;
}

static void blue_with_red(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].ifindex = IFINDEX(RED);
}

static void blue_isolated(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].isolated = 1;
}

static void red_isolated(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].isolated = 1;
}

static void both_isolated(struct world *world)
{
	blue_isolated(world);
	world->ports[RED].isolated = 1;
}

static void small_endpoint(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].mtu = 1280;
}

static void blue_port_gone(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].ifindex = IFINDEX(DEV_GONE);
}

static void forwarded_by_nobody(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].bridge_gate = NSACCEL_GATE_SHUT;
}

static void to_blue_by_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->hops[TO_BLUE].l3_ifindex = BRIDGE;
}

static void red_on_bridge_strict(struct world *world)
{
	world_bridge(world, RED);
	world->hops[TO_RED].l3_ifindex = BRIDGE;
	world->ports[RED].rp_filter = NSACCEL_RP_FILTER_STRICT;
}

static void red_and_blue_on_shaped_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].egress_hooked = 1;
}

static const struct row rows[] = {
	/* ---- bridges ---- */
	{
		.name = "from port to port of a bridge",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "from port to port of a bridge, TTL 1, IPv6, padded",
		.in = RED,
		.packet = { .dst = "fd02::3", .ttl = 1, .padding = 3, FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "from port to port of a bridge, less than an IPv6 header",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .proto = 253, .l3_len = 20, FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "from port to port of a bridge: what a router wouldn't touch",
		.in = RED,
		.packet = { .dst = "169.254.0.1",
			    .ihl = 6,
			    .bad_sum = 1,
			    .frag = 0x2001,
			    FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "with br_netfilter, from port to port of a bridge, TTL 1",
		.in = RED,
		.packet = { .dst = "fd02::3", .ttl = 1, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "with br_netfilter, from port to port of a bridge, GSO",
		.in = RED,
		.packet = { .dst = "10.2.0.3", TCP4(2920), FROM_RED_TO_BLUE },
		.gso_size = 1460,
		.change = br_netfilter_is_there,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "with br_netfilter, a bridge cuts off padding, IPv4",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .l3_len = 28, .padding = 18, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge cuts off padding, IPv6",
		.in = RED,
		.packet = { .dst = "fd02::3", .padding = 3, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge drops what has a wrong checksum",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .bad_sum = 1, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge drops what is shorter than it says, IPv4",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .ip_len = 1000, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge drops what is shorter than it says, IPv6",
		.in = RED,
		.packet = { .dst = "fd02::3", .ip_len = 1000, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "from a veth to a NIC of a bridge: mark and priority stay",
		.in = RED,
		.packet = { .dst = "10.2.0.3",
			    .src_mac = BEHIND_MAC(RED),
			    .dst_mac = BEHIND_MAC(ETH3) },
		.change = red_and_eth3_on_bridge,
		.tc = STEER(TO_ETH3),
	},
	{
		.name = "a bridge that doesn't let frames be forwarded past it",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = bridge_does_not_forward,
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "bridge: a source that was learnt at another port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = source_at_another_port,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a source to be learnt",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = only_blue_known,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination to be flooded",
		.in = RED,
		.packet = { .dst = "10.2.0.3",
			    .src_mac = BEHIND_MAC(RED),
			    .dst_mac = STRANGER_MAC },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination of another bridge",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_on_another_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination that is not for forwarding",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_source_only,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination at the same port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_with_red,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: its own egress doesn't see what goes from port to port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = red_and_blue_on_shaped_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: to an isolated port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_isolated,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: from an isolated port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = red_isolated,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: from an isolated port to an isolated port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = both_isolated,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: ARP",
		.in = RED,
		.packet = { .ethertype = ETH_P_ARP, FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = PASS(NOT_IP),
	},
	{
		.name = "bridge: neighbour discovery",
		.in = RED,
		.packet = { .dst = "fd02::3",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_ADVERT,
			    .ttl = 255,
			    FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: tagged",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.tagged = true,
		.change = red_and_blue_on_bridge,
		.tc = PASS(VLAN),
	},
	{
		.name = "bridge: just the endpoint's MTU",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .l3_len = 1280, FROM_RED_TO_BLUE },
		.change = small_endpoint,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: more than the endpoint's MTU",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .l3_len = 1281, FROM_RED_TO_BLUE },
		.change = small_endpoint,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "bridge: more than the device's MTU of this moment",
		.in = RED,
		.packet = { .dst = "10.2.0.3",
			    .l3_len = SMALL_MTU + 1,
			    .src_mac = BEHIND_MAC(RED),
			    .dst_mac = BEHIND_MAC(ETH3) },
		.change = red_and_eth3_on_bridge,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "bridge: GSO",
		.in = RED,
		.packet = { .dst = "10.2.0.3", TCP4(2920), FROM_RED_TO_BLUE },
		.gso_size = 1460,
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: a port that is gone",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_port_gone,
		.tc = PASS(NO_DEVICE),
	},
	{
		.name = "bridge: none may be forwarded past its filters",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = forwarded_by_nobody,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "bridge: what is sent to its MAC is routed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = red_and_blue_on_bridge,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "bridge: to be routed, from a source to be learnt",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: to be routed, from a source that was learnt at another port",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", .src_mac = BEHIND_MAC(RED) },
		.change = source_at_another_port,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: into a blackhole, from a source to be learnt",
		.in = RED,
		.packet = { .dst = "192.0.2.1", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: routed back into it by another port: the kernel sends a redirect",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = to_blue_by_bridge,
		.tc = PASS(SAME_PORT),
	},
	{
		.name = "bridge, strict: the source is behind the bridge",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = red_on_bridge_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "bridge, strict: the source is elsewhere",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = red_on_bridge_strict,
		.tc = PASS(SOURCE),
	},
};

ROWS(bridge, rows);
