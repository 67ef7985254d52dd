// SPDX-License-Identifier: GPL-2.0-only
/* The firewall; more in test_flow.c. */
#include "rows.h"

#include "row_worlds.h"

static void shut(struct world *world)
{
	world->ports[ETH0].gate = NSACCEL_GATE_SHUT;
}

static void gated(struct world *world)
{
	world->ports[ETH0].gate = NSACCEL_GATE_FLOW;
}

static void gated_by_user_blackhole(struct world *world)
{
	gated(world);
	world->hops[TO_BLACKHOLE].target = NSACCEL_TARGET_BLACKHOLE;
}

static const struct row rows[] = {
	/* ---- the firewall; more in test_flow.c ---- */
	{
		.name = "filters that every packet has to see",
		.packet = { .dst = "10.1.0.9" },
		.change = shut,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "a flow that the firewall hasn't let through",
		.packet = { .dst = "10.1.0.9" },
		.change = gated,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "the kernel's blackhole, with a firewall before it",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = gated,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "the user's blackhole, with a firewall",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = gated_by_user_blackhole,
		.tc = DROP(BLACKHOLE),
		.xdp = DROP(BLACKHOLE),
	},
	{
		.name = "for the owner, with a firewall",
		.packet = { .dst = "10.1.0.1" },
		.change = gated,
		.tc = PASS(LOCAL),
	},
};

ROWS(gate, rows);
