// SPDX-License-Identifier: GPL-2.0-only
/* The source guard on links with others, by the user's lists, and of macvlans. */
#include "rows.h"

#include "row_worlds.h"

static void macvlan_known(struct world *world)
{
	world->isolation[NS_GREEN].guard = NSACCEL_GUARD_DROP;
	memcpy(world->endpoints[NS_GREEN].source4, (const __u8[]){ 10, 4, 0, 2 }, 4);
}

static void pinned_without_table(struct world *world)
{
	pinned(world);
	world->refused = true;
}

static void guard_drops_without_table(struct world *world)
{
	guard_drops(world);
	world->refused = true;
}

static void guard_passes_without_table(struct world *world)
{
	guard_passes(world);
	world->refused = true;
}

static void guard_passes_on_bridge(struct world *world)
{
	guard_passes(world);
	world_bridge(world, RED);
}

static void network_reserved(struct world *world)
{
	guard_drops(world);
	world_reserve(world, "10.2.0.0/32", NSACCEL_SOURCE_FORBIDDEN);
	/* fe80::1 on red's link, and fe80::9 on another; IFINDEX() in host order. */
	world_reserve(world, "fe80:0:6800::1/128", NSACCEL_SOURCE_FORBIDDEN);
	world_reserve(world, "fe80:0:6500::9/128", NSACCEL_SOURCE_FORBIDDEN);
}

static void listed_for_another6(struct world *world)
{
	guard_drops(world);
	world_reserve(world, "fd02::77/128", NSACCEL_SOURCE_PINNED);
}

static void listed_for_another_on_bridge(struct world *world)
{
	listed_for_another(world);
	world_bridge(world, RED);
}

static void listed_for_it(struct world *world)
{
	listed_for_another(world);
	world_add_source(world, NS_RED, "10.2.0.64/26");
	world->isolation[NS_RED].pinned = 1;
}

static void red_apart_guarded_on_bridge(struct world *world)
{
	red_apart_guarded(world);
	world_bridge(world, RED);
}

static const struct row rows[] = {
	{
		.name = "guard: on its link, of no host that is known",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: on its link, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::77", BY_RED },
		.routes = { { NS_OWNER, "fd02::/64", TO_RED_LINK } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: on its link: ARP",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 77) },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = guard_drops,
		.tc = PASS(NOT_IP),
	},
	{
		.name = "guard: a neighbour behind it",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.77/32", TO_OTHER_BEHIND_RED } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: on another's link",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.3.0.0/24", TO_BLUE_LINK } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: on another's link, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.3.0.0/24", TO_BLUE_LINK } },
		.change = guard_passes,
		.tc = PASS(GUARD_SOURCE),
	},
	{
		.name = "guard: on the owner's wire",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.0.0.77", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: of no route",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "203.0.113.9", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: of a route out of the machine",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "203.0.113.9", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_ETH0 } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "203.0.113.9", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_RED } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: all is routed to its link",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "203.0.113.9", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_RED_LINK } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: all is routed to it, but loopback",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "127.0.0.1", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it, but multicast",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "224.0.0.5", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it, but broadcast",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "255.255.255.255", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it, but this network",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "0.1.2.3", BY_RED },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it, but multicast, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "ff02::9", BY_RED },
		.routes = { { NS_OWNER, "::/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it, but loopback, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "::1", BY_RED },
		.routes = { { NS_OWNER, "::/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: all is routed to it, but an embedded IPv4 address, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "::10.1.0.9", BY_RED },
		.routes = { { NS_OWNER, "::/0", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: the link's broadcast address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.255", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK },
			    { NS_OWNER, "10.2.0.255/32", TO_BROADCAST } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: the link's network address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.0", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = network_reserved,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: beside the link's network address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.3", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = network_reserved,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: without the owner's table",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = guard_drops_without_table,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: without the owner's table, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = guard_passes_without_table,
		.tc = PASS(GUARD_SOURCE),
	},
	{
		.name = "guard: ARP without the owner's table",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 2) },
		.change = guard_drops_without_table,
		.tc = DROP(GUARD_ARP),
	},
	{
		.name = "guard: pinned, without the owner's table",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.20.255.9", BY_RED },
		.change = pinned_without_table,
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "guard: listed for another",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = listed_for_another,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: listed for another, though it is routed to it",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.77/32", TO_RED } },
		.change = listed_for_another,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: listed for another: ARP",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 77) },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = listed_for_another,
		.tc = DROP(GUARD_ARP),
	},
	{
		.name = "guard: listed for another: an advertisement",
		.in = RED,
		.packet = { ND(ND_ADVERT, "fd02::2", FD02(0x77), TLLA(BYTES_RED)) },
		.routes = { { NS_OWNER, "fd02::/64", TO_RED_LINK } },
		.change = listed_for_another6,
		.tc = DROP(GUARD_ND),
	},
	{
		.name = "guard: listed for it",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_RED_LINK } },
		.change = listed_for_it,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: listed for another, on a bridge: ARP",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 77) },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_BRIDGE_LINK } },
		.change = listed_for_another_on_bridge,
		.tc = DROP(GUARD_ARP),
	},
	{
		.name = "guard: another host's on its bridge",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.77/32", TO_OTHER_ON_BRIDGE } },
		.change = guard_drops_on_bridge,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: another host's on its bridge, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.77/32", TO_OTHER_ON_BRIDGE } },
		.change = guard_passes_on_bridge,
		.tc = PASS(GUARD_SOURCE),
	},
	{
		.name = "guard: another host's on its bridge: ARP",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 77) },
		.routes = { { NS_OWNER, "10.2.0.77/32", TO_OTHER_ON_BRIDGE } },
		.change = guard_drops_on_bridge,
		.tc = DROP(GUARD_ARP),
	},
	{
		.name = "guard: nobody's on its bridge",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_BRIDGE_LINK } },
		.change = guard_drops_on_bridge,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: nobody's on its bridge, which the kernel may decide",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.77", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.0/24", TO_BRIDGE_LINK } },
		.change = guard_passes_on_bridge,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: another's, isolated on a link of its own",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED },
		.routes = { { NS_RED, "10.1.0.0/24", TO_ETH1 } },
		.change = red_apart_guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: another's, isolated on a link of its own, not said to drop",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED },
		.routes = { { NS_RED, "10.1.0.0/24", TO_ETH1 } },
		.change = red_apart_guarded,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: another's, isolated on a bridge",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED },
		.routes = { { NS_RED, "10.1.0.0/24", TO_ETH1 } },
		.change = red_apart_guarded_on_bridge,
		.tc = DROP(CLOSED),
	},
	{
		.name = "guard: a link-local address that is the owner's",
		.in = RED,
		.packet = { ND(ND_SOLICIT, "fe80::1", FD02(1), SLLA(BYTES_RED)) },
		.change = network_reserved,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a link-local address that is the owner's on another link",
		.in = RED,
		.packet = { ND(ND_SOLICIT, "fe80::9", FD02(1), SLLA(BYTES_RED)) },
		.change = network_reserved,
		.tc = PASS(MULTICAST),
	},
	/* ---- the source guard: macvlans, which are known by their MACs ---- */
	{
		.name = "guard: a macvlan to its lower's owner",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: a macvlan, by its endpoint's record",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.change = macvlan_known,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: a macvlan with another's address",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.3",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a macvlan with another's address, passed",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.3",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.change = guard_passes,
		.tc = TURN(HOST),
	},
	{
		.name = "guard: a macvlan with another's address, to the wire",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.3",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = BEHIND_MAC(ETH2) },
		.change = guard_drops,
		.unprobed = true,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a macvlan to the wire",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = BEHIND_MAC(ETH2) },
		.change = guard_drops,
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "guard: a macvlan with another's address, to one on its lower",
		.in = ETH2,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.3",
			    .src = "10.4.0.9",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = MACVLAN_MAC(NS_GREY) },
		.change = guard_drops,
		.unprobed = true,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a macvlan to one on its lower",
		.in = ETH2,
		.packet = { .dst = "10.4.0.3",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = MACVLAN_MAC(NS_GREY) },
		.change = guard_drops,
		.unprobed = true,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
};

ROWS(guard_link, rows);
