// SPDX-License-Identifier: GPL-2.0-only
/* Source addresses, which the kernel would check. */
#include "rows.h"

#include "row_worlds.h"

static void strict(struct world *world)
{
	world->ports[ETH0].rp_filter = NSACCEL_RP_FILTER_STRICT;
}

static void loose(struct world *world)
{
	world->ports[ETH0].rp_filter = NSACCEL_RP_FILTER_LOOSE;
}

/* 172.16.0.1, which no route leads to. */
static void strict_but_known(struct world *world)
{
	strict(world);
	memcpy(world->ports[ETH0].source4, (const __u8[]){ 172, 16, 0, 1 }, 4);
}

static void ruled(struct world *world)
{
	for (int dev = 0; dev < DEV_COUNT; dev++)
		world->ports[dev].policy_routing = 1;
}

static void ruled_strict(struct world *world)
{
	ruled(world);
	strict(world);
}

static void ruled_loose(struct world *world)
{
	ruled(world);
	loose(world);
}

static void loose_by_dead_link(struct world *world)
{
	loose(world);
	world->hops[TO_ETH3].action = NSACCEL_ACTION_PASS;
	world->hops[TO_ETH3].reason = NSACCEL_PASS_LINK_DOWN;
}

static void keeping_priority(struct world *world)
{
	world->ports[ETH0].keep_priority = 1;
}

/* As if each address had the bit of one of the owner's. */
static void all_maybe_local(struct world *world)
{
	memset(world->ports[ETH0].local4, 0xff, sizeof(world->ports[ETH0].local4));
}

static void loose_without_address(struct world *world)
{
	loose(world);
	no_own_address(world);
}

static void ruled_loose_without_address(struct world *world)
{
	ruled(world);
	loose_without_address(world);
}

static void apart_without_owners_table(struct world *world)
{
	world->refused = true;
	isolate(world, NS_RED);
	memset(world->ports[RED].local4, 0xff, sizeof(world->ports[RED].local4));
}

static const struct row rows[] = {
	/* ---- source addresses ---- */
	{
		.name = "no check: perhaps the owner's own address, whose table is missing",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.1", BY_RED },
		.routes = { { NS_RED, "10.1.0.0/24", TO_ETH1 } },
		.change = apart_without_owners_table,
		.tc = DROP(CLOSED),
	},
	{
		.name = "no check: a source that no route leads to",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "no check: the owner's own address as source",
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.1" },
		.tc = PASS(SOURCE),
	},
	{
		.name = "no check: a source that might be taken for the owner's",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = all_maybe_local,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "no check: a blackholed source that might be taken for the owner's",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = all_maybe_local,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: a source behind the port",
		.packet = { .dst = "10.1.0.9" },
		.change = strict,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: a source behind another port",
		.packet = { .dst = "10.1.0.9", .src = "10.5.0.9" },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: a source that no route leads to",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: a source that is known to pass",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = strict_but_known,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: another source than the one known to pass",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.2" },
		.change = strict_but_known,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: the owner's own address as source",
		.packet = { .dst = "10.1.0.9", .src = "10.0.0.1" },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: the route to the source is out of date",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", STALE(TO_ETH0) } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source behind another port",
		.packet = { .dst = "10.1.0.9", .src = "10.5.0.9" },
		.change = loose,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "loose: a source behind another port, on a port without an address",
		.packet = { .dst = "10.1.0.9", .src = "10.5.0.9" },
		.change = loose_without_address,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source behind a link that is down",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_ETH3 } },
		.change = loose_by_dead_link,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source that no route leads to",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		/* RFC 5635: how an operator drops what an attacker sends. */
		.name = "loose: a source that is blackholed",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source with an unreachable route",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: the owner's own address as source",
		.packet = { .dst = "10.1.0.9", .src = "10.0.0.1" },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "IPv6 knows no such check",
		.packet = { .dst = "fd01::9", .src = "fd05::9" },
		.change = strict,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a bad source saves from a blackhole: the kernel drops it itself",
		.packet = { .dst = "192.0.2.1", .src = "10.5.0.9" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	/* ---- the source, of which the kernel's own lookup tells: see make_fib() ---- */
	{
		.name = "strict: the kernel's lookup leads back, though the packet goes by the "
			"table",
		.packet = { .dst = "10.1.0.9", .src = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "10.1.0.9/32", TO_ETH1 },
			    { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.change = strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: the kernel's lookup leads elsewhere",
		.packet = { .dst = "10.1.0.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: a mark, by which the kernel may look for the source",
		.packet = { .dst = "10.1.0.9", .src = "198.51.104.9" },
		.routes = { { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back",
		.packet = { .dst = "198.51.100.9", .src = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: elsewhere",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back, but for a rule for the device that it will leave by",
		.packet = { .dst = "198.51.100.9", .src = "198.51.108.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: the rule is for another device",
		.packet = { .dst = "198.51.101.9", .src = "198.51.108.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back by a rule for the port that answers come from",
		.packet = { .dst = "198.51.100.9", .src = "198.51.109.9", .dport = 4242 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: the same with another port",
		.packet = { .dst = "198.51.100.9", .src = "198.51.109.9", .dport = 4243 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back by a rule for the TOS",
		.packet = { .dst = "198.51.100.9", .src = "198.51.110.9", .tos = 0x04 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: no neighbour is needed for the way back",
		.packet = { .dst = "198.51.100.9", .src = "198.51.104.77" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, loose: elsewhere",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, loose: elsewhere, on a port without an address",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose_without_address,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, loose: back, on a port without an address",
		.packet = { .dst = "198.51.100.9", .src = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose_without_address,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, loose: nowhere",
		.packet = { .dst = "198.51.100.9", .src = "172.16.0.1" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, loose: a source that is blackholed",
		.packet = { .dst = "198.51.100.9", .src = "198.51.106.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, no rp_filter: elsewhere",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, no rp_filter: a source that is blackholed",
		.packet = { .dst = "198.51.100.9", .src = "198.51.106.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, no rp_filter: a source that a table of the rules' makes local",
		.packet = { .dst = "198.51.100.9", .src = "198.51.111.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules: from a broadcast address, which a kernel with rules drops",
		.packet = { .dst = "198.51.100.9", .src = "10.0.0.255" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules: what isn't TCP, UDP or ICMP",
		.packet = { .dst = "10.1.0.9", .src = "198.51.104.9", .proto = 132 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.change = ruled,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules: IPv6 has no such check",
		.packet = { .dst = "fd01::9", .src = "fd05::9" },
		.unmarked = true,
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "with ip_forward_update_priority 0 the priority stays",
		.packet = { .dst = "10.1.0.9", .tos = 0x10 },
		.change = keeping_priority,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "with ip_forward_update_priority 0, into a namespace: none",
		.packet = { .dst = "10.2.0.2", .tos = 0x10 },
		.change = keeping_priority,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "the owner's address is the owner's, whatever the FIB is asked for",
		.packet = { .dst = "10.1.0.1" },
		.unmarked = true,
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_FIB } },
		.tc = PASS(LOCAL),
	},
};

ROWS(rp_filter, rows);
