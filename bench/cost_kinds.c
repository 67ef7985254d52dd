// SPDX-License-Identifier: GPL-2.0-only
#include "cost_kinds.h"

#include <stdio.h>

#include "policing.h"
#include "row_run.h"
#include "row_worlds.h"

static void guard_off(struct world *world)
{
	(void)world;
}

static void policed(struct world *world)
{
	world->hops[TO_RED].dst_slot = NS_RED;
	world->hops[TO_BLUE].dst_slot = NS_BLUE;
	for (int dev = 0; dev < DEV_COUNT; dev++)
		world->ports[dev].police_egress = 1;
}

/* Limits that nothing meets. */
static void limited(struct world *world)
{
	const struct nsaccel_rate rate = {
		.per_second = 1000000000, .burst = 1000000000, .cost = 1, .depth = 1000000000
	};

	world->isolation[NS_RED].limited = 1;
	for (int direction = 0; direction < NSACCEL_DIRECTION_COUNT; direction++)
		world->limits[NS_RED].bits[direction] = world->limits[NS_RED].packets[direction] =
			rate;
}

static void gated(struct world *world)
{
	world->ports[ETH0].gate = world->ports[ETH1].gate = NSACCEL_GATE_FLOW;
}

static void gated_big(struct world *world)
{
	gated(world);
	world->big = true;
}

#define RULES 1000

/* The last rule is about the packet, which also begins the flow. */
static void establish_policed(const struct row *row, struct world *world)
{
	static struct nsa_policy_rule rules[RULES];
	char text[128];

	(void)row;
	rig_maps(rig, &policing_maps);
	policed_world = *world;
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	forget_conns();
	for (int i = 0; i < RULES; i++) {
		snprintf(text, sizeof(text),
			 "--from 172.16.%d.%d --to 172.17.%d.0/24 proto udp dport %d deny", i / 250,
			 i % 250, i % 250, 10000 + i);
		parse_rule(i == RULES - 1 ? "--from red --to blue proto udp allow" : text,
			   &rules[i]);
	}
	police_many(rules, RULES);
	*world = policed_world;
}

#define LATER (1ULL << 62) /* CLOCK_MONOTONIC, ns */

/* The kernel has sent packets of both directions out; that holds for as long as it is measured. */
static void establish_gated(const struct row *row, struct world *world)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = row->in,
					 .unmarked = true };
	struct nsaccel_flow flow;
	struct packet packet;

	(void)world;
	row_build(&packet, row);
	rig_run_tc(rig, &arrival, &packet);
	if (!rig_flow(rig, &flow))
		return; /* as the row's own check will say */
	for (int i = 0; i < 2; i++) {
		struct nsaccel_flow_direction *direction = &flow.direction[i];

		if (direction->state)
			direction->state = LATER;
		direction->seen = LATER;
		direction->seen_ruleset = flow.direction[0].state ?
						  flow.direction[0].signature.ruleset :
						  flow.direction[1].signature.ruleset;
	}
	rig_set_flow(rig, &flow);
}

#define KIND(n, ...)                                                                               \
	{                                                                                          \
		.name = n, .row = {.name = n, .unmarked = true, __VA_ARGS__ }                      \
	}
#define XDP_KIND(n, ...)                                                                           \
	{                                                                                          \
		.name = n, .xdp = true, .row = {.name = n, __VA_ARGS__ }                           \
	}
#define PREPARED(n, how, ...)                                                                      \
	{                                                                                          \
		.name = n, .prepare = how, .row = {.name = n, .unmarked = true, __VA_ARGS__ }      \
	}

#define TO(address)	       .packet = { .dst = address }
#define FROM_RED(address, own) .in = RED, .packet = { .dst = address, .src = own, BY_RED }
#define FROM_GREEN(address, own)                                                                   \
	.in = ETH2, .egress = true, .from = NS_GREEN,                                              \
	.packet = { .dst = address, .src = own, FROM_MACVLAN(NS_GREEN) }

const struct cost_kind cost_kinds[] = {
	KIND("tc/nic-nic/4", TO("10.1.0.9"), .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/nic-nic/6", TO("fd01::9"), .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/nic-veth/4", TO("10.2.0.2"), .tc = FORWARD(VETH, TO_RED)),
	KIND("tc/nic-veth/6", TO("fd02::2"), .tc = FORWARD(VETH, TO_RED)),
	KIND("tc/nic-macvlan/4", .in = ETH2, TO("10.4.0.2"), .tc = HAND_UP(TO_GREEN)),
	KIND("tc/veth-veth/4", FROM_RED("10.3.0.2", "10.2.0.2"), .change = guard_off,
	     .tc = FORWARD(VETH, TO_BLUE)),
	KIND("tc/veth-veth/6", FROM_RED("fd03::2", "fd02::2"), .change = guard_off,
	     .tc = FORWARD(VETH, TO_BLUE)),
	KIND("tc/veth-nic/4", FROM_RED("10.1.0.9", "10.2.0.2"), .change = guard_off,
	     .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/veth-nic guard/4", FROM_RED("10.1.0.9", "10.2.0.2"), .change = guard_knows,
	     .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/veth-nic guard/6", FROM_RED("fd01::9", "fd02::2"), .change = guard_knows,
	     .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/isolated/4", FROM_RED("10.1.0.9", "10.2.0.2"), .change = red_apart,
	     .routes = { { NS_RED, "10.1.0.0/24", TO_ETH1 } }, .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/isolated/6", FROM_RED("fd01::9", "fd02::2"), .change = red_apart,
	     .routes = { { NS_RED, "fd01::/64", TO_ETH1 } }, .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/limits/4", FROM_RED("10.3.0.2", "10.2.0.2"), .change = limited,
	     .tc = FORWARD(VETH, TO_BLUE)),
	PREPARED("tc/policy established/4", establish_policed, FROM_RED("10.3.0.2", "10.2.0.2"),
		 .change = policed, .tc = FORWARD(VETH, TO_BLUE)),
	PREPARED("tc/policy established/6", establish_policed, FROM_RED("fd03::2", "fd02::2"),
		 .change = policed, .tc = FORWARD(VETH, TO_BLUE)),
	PREPARED("tc/gate established/4", establish_gated, TO("10.1.0.9"), .change = gated,
		 .tc = FORWARD(NIC, TO_ETH1)),
	PREPARED("tc/gate established/6", establish_gated, TO("fd01::9"), .change = gated,
		 .tc = FORWARD(NIC, TO_ETH1)),
	PREPARED("tc/gate established, big table/4", establish_gated, TO("10.1.0.9"),
		 .change = gated_big, .tc = FORWARD(NIC, TO_ETH1)),
	PREPARED("tc/gate established, big table/6", establish_gated, TO("fd01::9"),
		 .change = gated_big, .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/bridge/4", .in = RED, .packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
	     .change = red_and_blue_on_bridge, .tc = STEER(TO_BLUE)),
	KIND("tc/bridge/6", .in = RED, .packet = { .dst = "fd02::3", FROM_RED_TO_BLUE },
	     .change = red_and_blue_on_bridge, .tc = STEER(TO_BLUE)),
	KIND("tc/bridge routed/4", FROM_RED("10.1.0.9", "10.2.0.2"), .change = red_behind_bridge,
	     .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/bridge routed/6", FROM_RED("fd01::9", "fd02::2"), .change = red_behind_bridge,
	     .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/macvlan-nic/4", FROM_GREEN("10.1.0.9", "10.4.0.2"), .tc = FORWARD(NIC, TO_ETH1)),
	KIND("tc/macvlan-veth/4", FROM_GREEN("10.2.0.2", "10.4.0.2"), .tc = FORWARD(VETH, TO_RED)),
	KIND("tc/macvlan-veth/6", FROM_GREEN("fd02::2", "fd04::2"), .tc = FORWARD(VETH, TO_RED)),
	KIND("tc/macvlan-other lower/4", FROM_GREEN("10.1.0.66", "10.4.0.2"),
	     .tc = FORWARD(MACVLAN, TO_PINK)),
	KIND("tc/passed arp",
	     .packet = { .ethertype = ETH_P_ARP,
			 BROADCAST,
			 .padding = 18,
			 .proto = 253,
			 BODY(IP_OVER_ETHERNET, 0, 1, 2, 0, 0, 0, 4, 0, 10, 0, 0, 9, 0, 0, 0, 0, 0,
			      0, 10, 0, 0, 1) },
	     .tc = PASS(NOT_IP)),
	KIND("tc/passed to the firewall/4", TO("10.1.0.9"), .change = gated, .tc = PASS(FIREWALL)),
	KIND("tc/passed to the owner/4", TO("10.0.0.1"), .tc = PASS(LOCAL)),
	KIND("tc/passed to the owner/6", TO("fd00::1"), .tc = PASS(LOCAL)),
	XDP_KIND("xdp/nic-nic/4", TO("10.1.0.9"), .xdp = FORWARD(NIC, TO_ETH1)),
	XDP_KIND("xdp/nic-nic/6", TO("fd01::9"), .xdp = FORWARD(NIC, TO_ETH1)),
	XDP_KIND("xdp/nic-veth/4", TO("10.3.0.2"), .xdp = FORWARD(VETH, TO_BLUE)),
	XDP_KIND("xdp/nic-veth/6", TO("fd03::2"), .xdp = FORWARD(VETH, TO_BLUE)),
	XDP_KIND("xdp/left to tc/4", TO("10.2.0.2")),
	XDP_KIND("xdp/left to tc/6", TO("fd02::2")),
};

const size_t cost_kind_count = ARRAY_SIZE(cost_kinds);
