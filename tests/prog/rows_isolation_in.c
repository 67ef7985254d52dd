// SPDX-License-Identifier: GPL-2.0-only
/* What gets into a namespace; what fails closed. */
#include "rows.h"

#include "row_worlds.h"

static void blue_apart_on_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	isolate(world, NS_BLUE);
}

static void blue_apart(struct world *world)
{
	isolate(world, NS_BLUE);
}

static void blue_apart_but_told(struct world *world)
{
	isolate(world, NS_BLUE);
	world->hops[TO_BLUE].target = NSACCEL_TARGET_NETNS;
}

static void both_apart_but_told(struct world *world)
{
	blue_apart_but_told(world);
	isolate(world, NS_RED);
}

static void red_closed(struct world *world)
{
	world->isolation[NS_RED].on_miss = NSACCEL_ON_MISS_DROP;
}

static void red_closed_eth1_gone(struct world *world)
{
	red_closed(world);
	eth1_gone(world);
}

static void red_closed_eth1_in_change(struct world *world)
{
	red_closed(world);
	eth1_in_change(world);
}

static void red_closed_eth1_of_other_owner(struct world *world)
{
	red_closed(world);
	eth1_of_other_owner(world);
}

static void red_policed_and_told(struct world *world)
{
	red_policed(world);
	world->hops[TO_RED].target = NSACCEL_TARGET_NETNS;
}

static void red_policed_gets_enough(struct world *world)
{
	world->ports[RED].police_egress = 1;
	limit(world, NS_RED, NSACCEL_DIRECTION_IN, OVERSPENT);
}

static void red_apart_behind_bridge(struct world *world)
{
	red_behind_bridge(world);
	isolate(world, NS_RED);
}

static const struct row rows[] = {
	/* ---- isolated: what gets to it ---- */
	{
		.name = "into an isolated namespace from a NIC",
		.packet = { .dst = "10.3.0.2" },
		.change = blue_apart,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated namespace from a NIC, IPv6",
		.packet = { .dst = "fd03::2" },
		.change = blue_apart,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated namespace by a route that was told",
		.packet = { .dst = "10.3.0.2" },
		.change = blue_apart_but_told,
		.tc = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "into an isolated namespace from another",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", BY_RED },
		.change = blue_apart,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated namespace from another, told",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", BY_RED },
		.change = blue_apart_but_told,
		.tc = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "from one isolated namespace into another, told",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", BY_RED },
		.routes = { { NS_RED, "10.3.0.0/24", TO_BLUE } },
		.change = both_apart_but_told,
		.tc = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "from one isolated namespace into another, told to others",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", BY_RED },
		.change = both_apart_but_told,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "on a bridge into an isolated namespace",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .src = "10.2.0.2", FROM_RED_TO_BLUE },
		.change = blue_apart_on_bridge,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated namespace by the kernel's FIB",
		.packet = { .dst = "198.51.101.9" },
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_apart,
		.unmarked = true,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated namespace by the kernel's FIB and a bridge",
		.packet = { .dst = "198.51.103.9" },
		.routes = { { NS_OWNER, "198.51.103.0/24", TO_FIB } },
		.change = red_apart_behind_bridge,
		.unmarked = true,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated macvlan's namespace from the wire",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2", .dst_mac = MACVLAN_MAC(NS_GREEN) },
		.change = green_apart,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "into an isolated macvlan's namespace by a route",
		.packet = { .dst = "10.4.0.2" },
		.change = green_apart,
		.tc = DROP(ISOLATED),
	},
	/* ---- what the kernel sends into a namespace ---- */
	{
		.name = "the kernel forwards into an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed,
		.iif = IFINDEX(ETH0),
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the kernel forwards into an isolated namespace from another",
		.in = RED,
		.egress = true,
		.from = NS_BLUE,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed,
		.iif = IFINDEX(BLUE),
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the owner sends into an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the owner sends into an isolated namespace, IPv6",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "fd02::2" },
		.change = red_policed,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the owner sends into an isolated namespace, told",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed_and_told,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "the owner sends into an isolated namespace, told, IPv6",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "fd02::2" },
		.change = red_policed_and_told,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "the kernel forwards into an isolated namespace from a NIC, told",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed_and_told,
		.iif = IFINDEX(ETH0),
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "the kernel forwards into an isolated namespace from another, told to the "
			"owner",
		.in = RED,
		.egress = true,
		.from = NS_BLUE,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed_and_told,
		.iif = IFINDEX(BLUE),
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the owner sends what isn't IP into an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .ethertype = 0x88b5 },
		.change = red_policed_and_told,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the owner's ARP to an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 1) },
		.change = red_policed,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "the owner's solicitation to an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { ND(ND_SOLICIT, "fd02::1", FD02(2), SLLA(BYTES_RED)) },
		.change = red_policed,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "the owner's advertisement to an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { ND_TO("fd02::2", ND_ADVERT, "fd02::1", FD02(1), TLLA(BYTES_RED)) },
		.change = red_policed,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "another's solicitation to an isolated namespace",
		.in = RED,
		.egress = true,
		.from = NS_BLUE,
		.packet = { ND_TO("fd02::2", ND_SOLICIT, "fd03::2", FD02(2)) },
		.change = red_policed,
		.iif = IFINDEX(BLUE),
		.tc = DROP(ISOLATED),
	},
	{
		.name = "the owner's group to an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "ff02::1",
			    .src = "fd02::1" },
		.change = red_policed,
		.tc = DROP(ISOLATED),
	},
	{
		.name = "a bridge floods ARP into an isolated namespace",
		.in = RED,
		.egress = true,
		.from = NS_BLUE,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 1) },
		.change = red_policed,
		.iif = IFINDEX(BLUE),
		.tc = DROP(ISOLATED),
	},
	{
		.name = "nsaccel itself sends into an isolated namespace",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed,
		.iif = IFINDEX(ETH0),
		.ours = true,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "egress that is not policed is not checked",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_apart,
		.iif = IFINDEX(ETH0),
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "the kernel sends into a namespace that has got enough",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed_gets_enough,
		.iif = IFINDEX(ETH0),
		.tc = DROP(LIMIT),
	},
	{
		.name = "nsaccel sends into a namespace that has got enough: counted before",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_policed_gets_enough,
		.iif = IFINDEX(ETH0),
		.ours = true,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	/* ---- what fails closed ---- */
	{
		.name = "closed: out of date",
		.in = RED,
		.packet = { .dst = "172.31.0.9", .src = "10.2.0.2", BY_RED },
		.routes = { { NS_OWNER, "172.31.0.0/16", STALE(TO_ETH1) } },
		.change = red_closed,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: in change",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_closed_eth1_in_change,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: the device is gone",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_closed_eth1_gone,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: another owner's device",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_closed_eth1_of_other_owner,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: out of date, but another's",
		.packet = { .dst = "172.31.0.9" },
		.routes = { { NS_OWNER, "172.31.0.0/16", STALE(TO_ETH1) } },
		.change = red_closed,
		.tc = PASS(STALE),
	},
	{
		.name = "closed: no route",
		.in = RED,
		.packet = { .dst = "203.0.113.9", .src = "10.2.0.2", BY_RED },
		.change = red_closed,
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "closed: TTL 1 is the kernel's",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED, .ttl = 1 },
		.change = red_closed,
		.tc = PASS(TTL),
	},
	{
		.name = "closed: all is there",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_closed,
		.tc = FORWARD(NIC, TO_ETH1),
	},
};

ROWS(isolation_in, rows);
