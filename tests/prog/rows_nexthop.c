// SPDX-License-Identifier: GPL-2.0-only
/* The port, and next hops that change or that don't send. */
#include "rows.h"

#include "row_worlds.h"

static void forwarding_off(struct world *world)
{
	world->ports[ETH0].forward4 = world->ports[ETH0].forward6 = 0;
}

static void only_ip6_forwarding(struct world *world)
{
	world->ports[ETH0].forward4 = 0;
}

/* nsaccel never writes that, but whoever may write to maps could. */
static void eth1_of_no_action(struct world *world)
{
	world->hops[TO_ETH1].action = 48;
	world->hops[TO_ETH1].reason = NSACCEL_FWD_NIC;
}

static void eth1_for_no_reason(struct world *world)
{
	world->hops[TO_ETH1].action = NSACCEL_ACTION_PASS;
	world->hops[TO_ETH1].reason = 0x80000000;
}

static void eth1_changed(struct world *world)
{
	world->hops[TO_ETH1].sequence = 2;
}

static void eth1_confirmed(struct world *world)
{
	world->hops[TO_ETH1].confirm_neigh = 1;
}

static void eth1_confirmed_by_tc_alone(struct world *world)
{
	eth1_confirmed(world);
	eth1_by_tc_alone(world);
}

static const struct row rows[] = {
	/* ---- the port ---- */
	{
		.name = "forwarding is off",
		.packet = { .dst = "10.1.0.9" },
		.change = forwarding_off,
		.tc = PASS(FORWARDING),
	},
	{
		.name = "forwarding is off, IPv6",
		.packet = { .dst = "fd01::9" },
		.change = forwarding_off,
		.tc = PASS(FORWARDING),
	},
	{
		.name = "forwarding is off for IPv4 alone",
		.packet = { .dst = "10.1.0.9" },
		.change = only_ip6_forwarding,
		.tc = PASS(FORWARDING),
	},
	{
		.name = "forwarding is on for IPv6 alone",
		.packet = { .dst = "fd01::9" },
		.change = only_ip6_forwarding,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a device that isn't a port",
		.packet = { .dst = "10.1.0.9" },
		.change = not_a_port,
		.tc = PASS(UNKNOWN_PORT),
	},
	{
		.name = "a port that is where it was",
		.packet = { .dst = "10.1.0.9" },
		.variant = CHECKED,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a port that has moved to another namespace",
		.packet = { .dst = "10.1.0.9" },
		.variant = MOVED,
		.tc = PASS(MOVED),
	},
	{
		.name = "a port that has moved is nobody's: counted for the owner",
		.in = RED,
		.from = NS_OWNER,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.variant = MOVED,
		.tc = PASS(MOVED),
	},
	/* ---- next hops that change ---- */
	{
		.name = "a next hop that is being changed",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_in_change,
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop of no known action",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_of_no_action,
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop that passes for no known reason",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_for_no_reason,
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop that was changed",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_changed,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "reads in order, where the machine doesn't by itself",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_changed,
		.variant = CHECKED,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a next hop to confirm is marked as used",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_confirmed_by_tc_alone,
		.tc = FORWARD(NIC, TO_ETH1),
		.used = true,
	},
	{
		.name = "a next hop to confirm is marked as used, by XDP, too",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_confirmed,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
		.used = true,
	},
	{
		.name = "a next hop to confirm that is too narrow isn't used",
		.packet = { .dst = "10.1.0.9", .l3_len = WORLD_MTU + 1 },
		.change = eth1_confirmed,
		.tc = PASS(TOO_BIG),
	},
	/* ---- reasons that user space gives ---- */
	{
		.name = "a route that encapsulates",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_ENCAP } },
		.tc = PASS(ENCAP),
	},
	{
		.name = "a route by a device that isn't a port",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_NO_PORT } },
		.tc = PASS(NOT_PORT),
	},
	{
		.name = "a route by a device that is down",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_DOWN } },
		.tc = PASS(LINK_DOWN),
	},
};

ROWS(nexthop, rows);
