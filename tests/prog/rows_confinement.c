// SPDX-License-Identifier: GPL-2.0-only
/* As whom what is behind a port is treated. */
#include "rows.h"

#include "row_worlds.h"

static void red_shut_off(struct world *world)
{
	world->ports[RED].bound = NSACCEL_BOUND_CLOSED;
	world->ports[RED].police_egress = 1;
}

static void green_closed(struct world *world)
{
	world->endpoints[NS_GREEN].bound = NSACCEL_BOUND_CLOSED;
	world->ports[ETH2].close_unknown = 1;
}

/* Somebody else on the lower is. */
static void green_confined(struct world *world)
{
	world->endpoints[NS_GREEN].bound = NSACCEL_BOUND_ITSELF;
	world->ports[ETH2].close_unknown = 1;
}

/* Where green was there is a device of the owner's own. */
static void owners_own(struct world *world)
{
	green_confined(world);
	world->endpoints[NS_GREEN].kind = NSACCEL_KIND_NONE;
	world->endpoints[NS_GREEN].slot = NS_OWNER;
	world->endpoints[NS_GREEN].hairpin = 0;
}

static const struct row rows[] = {
	{
		.name = "closed: what it sends",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_shut_off,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: what it asks",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 2) },
		.change = red_shut_off,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: what the kernel forwards to it",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_shut_off,
		.iif = IFINDEX(ETH0),
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: what the owner sends to it",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_shut_off,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: what a program of ours still sends there",
		.in = RED,
		.egress = true,
		.packet = { .src_mac = PORT_MAC(RED),
			    .dst_mac = BEHIND_MAC(RED),
			    .dst = "10.2.0.2" },
		.change = red_shut_off,
		.ours = true,
		.iif = IFINDEX(ETH0),
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed: where the kernel's FIB leads",
		.packet = { .dst = "198.51.101.9" },
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_shut_off,
		.tc = PASS(FIB),
	},
	{
		.name = "closed macvlan: to the owner",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.change = green_closed,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed macvlan: to the wire",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = BEHIND_MAC(ETH2) },
		.change = green_closed,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed macvlan: to one on its lower",
		.in = ETH2,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.3",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = MACVLAN_MAC(NS_GREY) },
		.change = green_closed,
		.unprobed = true,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed macvlan: from the wire",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2", .dst_mac = MACVLAN_MAC(NS_GREEN) },
		.change = green_closed,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed macvlan: from one with the lower's MAC",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2",
			    .src = "10.4.0.3",
			    .src_mac = PORT_MAC(ETH2),
			    .dst_mac = MACVLAN_MAC(NS_GREEN) },
		.change = green_closed,
		.unprobed = true,
		.tc = DROP(CLOSED),
	},
	{
		.name = "closed macvlan: what was checked where it was turned round",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2",
			    .src = "10.4.0.3",
			    .src_mac = PORT_MAC(ETH2),
			    .dst_mac = MACVLAN_MAC(NS_GREEN) },
		.change = green_closed,
		.ours = true,
		.unprobed = true,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "among confined macvlans: a MAC that isn't known",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.9", .src_mac = STRANGER_MAC },
		.change = green_confined,
		.unprobed = true,
		.tc = DROP(CLOSED),
	},
	{
		.name = "among confined macvlans: for a MAC that isn't known",
		.in = ETH2,
		.packet = { .dst = "10.4.0.9", .dst_mac = STRANGER_MAC },
		.change = green_confined,
		.tc = DROP(CLOSED),
	},
	{
		.name = "among confined macvlans: from one for a MAC that isn't known",
		.in = ETH2,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = STRANGER_MAC },
		.change = green_confined,
		.unprobed = true,
		.tc = DROP(CLOSED),
	},
	{
		.name = "among confined macvlans: for all",
		.in = ETH2,
		.packet = { .dst = "10.4.0.255",
			    .dst_mac = (const __u8[]){ 255, 255, 255, 255, 255, 255 } },
		.change = green_confined,
		.tc = PASS(MULTICAST),
	},
	{
		.name = "among confined macvlans: the lower's own",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.4.0.9",
			    .src = "10.4.0.1",
			    .src_mac = PORT_MAC(ETH2),
			    .dst_mac = BEHIND_MAC(ETH2) },
		.change = green_confined,
		.unprobed = true,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "among confined macvlans: another device of the owner's",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.4.0.9",
			    .src = "10.4.0.1",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = BEHIND_MAC(ETH2) },
		.change = owners_own,
		.unprobed = true,
		.tc = EXPECT(UNCOUNTED, PASS_LOCAL),
	},
	{
		.name = "for another device of the owner's",
		.in = ETH2,
		.packet = { .dst = "10.4.0.9", .dst_mac = MACVLAN_MAC(NS_GREEN) },
		.change = owners_own,
		.tc = PASS(OTHER_MAC),
	},
};

ROWS(confinement, rows);
