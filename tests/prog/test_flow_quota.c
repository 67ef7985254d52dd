// SPDX-License-Identifier: GPL-2.0-only
/* The firewall gate: flows count for a namespace, and end. */
#include "conversation.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_refused(const struct nsaccel_flow_use *before)
{
	for (enum ns ns = 0; ns < NS_COUNT; ns++)
		if (rig_flow_use(rig, ns).refused != before[ns].refused)
			return true;
	return false;
}

/* Packets from one that has that port alone: is there a flow of it now? The kernel may have no
 * memory for a timer at hand, for a moment. */
static bool opens(enum dev from, const char *src, const char *dst, __u16 sport)
{
	const struct packet_spec spec = { .src = src,
					  .dst = dst,
					  .sport = sport,
					  .dport = 2000,
					  .src_mac = BEHIND_MAC(from),
					  .dst_mac = PORT_MAC(from) };
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = from,
					 .unmarked = true };
	struct nsaccel_flow_use before[NS_COUNT];
	struct packet packet;

	for (enum ns ns = 0; ns < NS_COUNT; ns++)
		before[ns] = rig_flow_use(rig, ns);
	for (int tries = 0; tries < 20 && !is_refused(before); tries++) {
		packet_build(&packet, &spec);
		rig_forget_counts(rig);
		rig_run_tc(rig, &arrival, &packet);
		assert_int_equal(rig_counted(rig).reason, NSACCEL_PASS_FIREWALL);
		if (rig_has_flow(rig, sport))
			return true;
	}
	return false;
}

static bool red_to_wire(__u16 sport)
{
	return opens(RED, "10.2.0.2", "10.1.0.9", sport);
}

static void gated_endpoints(void)
{
	world_init(&flow_world);
	for (int dev = ETH0; dev <= BLUE; dev++)
		flow_world.ports[dev].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &flow_world);
}

/* Until the last of its flows has gone by itself, a while after it was used. */
static void wait_for_none(enum ns ns)
{
	for (int tries = 0; rig_flow_use(rig, ns).count; tries++) {
		assert_true(tries < 2000);
		usleep(10000);
	}
}

/* For who sends, or whom a wire sends to; between wires for the owner. Unused, they go by
 * themselves. */
static void counts(void **state)
{
	(void)state;
	gated_endpoints();
	assert_true(red_to_wire(1));
	assert_true(opens(RED, "10.2.0.2", "10.3.0.2", 2));
	assert_true(opens(ETH0, "10.0.0.9", "10.3.0.2", 3));
	assert_true(opens(ETH0, "10.0.0.9", "10.1.0.9", 4));
	assert_true(red_to_wire(1)); /* it's there */
	assert_int_equal(rig_flow_use(rig, NS_RED).count, 2);
	assert_int_equal(rig_flow_use(rig, NS_BLUE).count, 1);
	assert_int_equal(rig_flow_use(rig, NS_OWNER).count, 1);
	wait_for_none(NS_RED);
	wait_for_none(NS_BLUE);
	wait_for_none(NS_OWNER);
}

/* Over it only new flows of that namespace are refused, until there is room. */
static void quota(void **state)
{
	(void)state;
	gated_endpoints();
	rig_set_flow_quota(rig, NS_RED, 3);
	for (__u16 port = 1; port <= 5; port++)
		assert_int_equal(red_to_wire(port), port <= 3);
	assert_int_equal(rig_flow_use(rig, NS_RED).count, 3);
	assert_int_not_equal(rig_flow_use(rig, NS_RED).refused, 0);
	assert_true(opens(BLUE, "10.3.0.2", "10.1.0.9", 6));
	wait_for_none(NS_RED);
	assert_true(red_to_wire(5));
}

/* Who has answered nothing but what was refused pays nothing for it. */
static void answers_are_the_askers(void **state)
{
	(void)state;
	gated_endpoints();
	rig_set_flow_quota(rig, NS_RED, 1);
	assert_true(opens(RED, "10.2.0.2", "10.3.0.2", 1));
	assert_false(opens(RED, "10.2.0.2", "10.3.0.2", 2));
	assert_false(opens(BLUE, "10.3.0.2", "10.2.0.2", 3));
	assert_int_equal(rig_flow_use(rig, NS_BLUE).count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(quota),
		cmocka_unit_test(answers_are_the_askers),
	};

	return cmocka_run_group_tests_name("flow, quota", tests, rig_set_up, rig_tear_down);
}
