// SPDX-License-Identifier: GPL-2.0-only
/* Rates; more in test_limits.c. */
#include "rows.h"

#include "row_worlds.h"

static void red_limited(struct world *world)
{
	limit(world, NS_RED, NSACCEL_DIRECTION_OUT, 0);
	limit(world, NS_RED, NSACCEL_DIRECTION_IN, OVERSPENT);
}

static void red_overspent(struct world *world)
{
	limit(world, NS_RED, NSACCEL_DIRECTION_OUT, OVERSPENT);
}

static void blue_gets_enough(struct world *world)
{
	limit(world, NS_BLUE, NSACCEL_DIRECTION_IN, OVERSPENT);
}

static void blue_gets_more(struct world *world)
{
	limit(world, NS_BLUE, NSACCEL_DIRECTION_IN, 0);
	limit(world, NS_BLUE, NSACCEL_DIRECTION_OUT, OVERSPENT);
}

static void blue_on_bridge_gets_enough(struct world *world)
{
	red_and_blue_on_bridge(world);
	blue_gets_enough(world);
}

static void green_overspent(struct world *world)
{
	limit(world, NS_GREEN, NSACCEL_DIRECTION_OUT, OVERSPENT);
}

static const struct row rows[] = {
	/* ---- limits; more in the tests below ---- */
	{
		.name = "limits: within",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_limited,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "limits: it sends too much",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = red_overspent,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
	{
		.name = "limits: it sends too much, ARP",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 2, 0, 2) },
		.change = red_overspent,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
	{
		.name = "limits: it gets too much",
		.packet = { .dst = "10.3.0.2" },
		.change = blue_gets_enough,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
	{
		.name = "limits: it gets too much from another",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", BY_RED },
		.change = blue_gets_enough,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
	{
		.name = "limits: it gets too much from another on its bridge",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_on_bridge_gets_enough,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
	{
		.name = "limits: it may get more, though not send",
		.packet = { .dst = "10.3.0.2" },
		.change = blue_gets_more,
		.tc = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "limits: a macvlan sends too much",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN) },
		.change = green_overspent,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
	{
		.name = "limits: a macvlan sends too much to the wire",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .src_mac = MACVLAN_MAC(NS_GREEN),
			    .dst_mac = BEHIND_MAC(ETH2) },
		.change = green_overspent,
		.unprobed = true,
		.tc = DROP(LIMIT),
	},
};

ROWS(limit, rows);
