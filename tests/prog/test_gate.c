// SPDX-License-Identifier: GPL-2.0-only
/*
 * The firewall gate on real devices, with the kernel as the router: what it forwards admits a flow,
 * what the programs redirect doesn't.
 */
#include "rig.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SOON 5000 /* ms: for what is sure to come */

static struct world world;
static int far_ends[2]; /* of eth0 and eth1 */

static void build(struct packet *packet, enum dev in, bool v6)
{
	const struct packet_spec spec = {
		.src = in == ETH0 ? (v6 ? "fd00::9" : "10.0.0.9") : (v6 ? "fd01::9" : "10.1.0.9"),
		.dst = in == ETH0 ? (v6 ? "fd01::9" : "10.1.0.9") : (v6 ? "fd00::9" : "10.0.0.9"),
		.sport = in == ETH0 ? 1000 : 2000,
		.dport = in == ETH0 ? 2000 : 1000,
		.tos = 0x10,
		.dst_mac = PORT_MAC(in),
		.src_mac = HOST_MAC(in),
	};

	packet_build(packet, &spec);
}

/* Sends a packet in by a port and takes it where it has to come out, by whichever way: the same. */
static enum nsaccel_reason cross(enum dev in, bool v6)
{
	const struct nsaccel_nexthop *hop = &world.hops[in == ETH0 ? TO_ETH1 : TO_ETH0];
	struct packet packet, want;
	struct heard heard;

	build(&packet, in, v6);
	packet_forwarded(&want, &packet, hop->dst_mac, hop->src_mac);
	rig_forget_counts(rig);
	rig_send(far_ends[in], &packet, NULL);
	do {
		assert_true(rig_hear(far_ends[in == ETH0 ? ETH1 : ETH0], &heard, SOON));
	} while (heard.out || heard.packet.data[0] & 1);
	assert_packet(&want, &heard.packet);
	return rig_counted(rig).reason;
}

static void both_ways(bool v6)
{
	world_init(&world);
	world.ports[ETH0].gate = world.ports[ETH1].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &world);
	assert_int_equal(cross(ETH0, v6), NSACCEL_PASS_FIREWALL);
	assert_int_equal(cross(ETH0, v6), NSACCEL_PASS_FIREWALL);
	assert_int_equal(cross(ETH1, v6), NSACCEL_PASS_FIREWALL);
	assert_int_equal(cross(ETH0, v6), NSACCEL_FWD_NIC);
	assert_int_equal(cross(ETH1, v6), NSACCEL_FWD_NIC);
}

static void kernel_admits(void **state)
{
	(void)state;
	both_ways(false);
}

static void kernel_admits_ip6(void **state)
{
	(void)state;
	both_ways(true);
}

/* A packet that a program redirects goes by the other port's egress, too: past all rules. */
static void redirect_admits_nothing(void **state)
{
	struct nsaccel_flow pending, after;
	struct packet packet;
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = ETH0,
					 .unmarked = true };

	(void)state;
	world_init(&world);
	world.ports[ETH0].gate = world.ports[ETH1].gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &world);
	build(&packet, ETH0, false);
	rig_run_tc(rig, &arrival, &packet);
	assert_true(rig_flow(rig, &pending));
	assert_true(pending.direction[0].state & NSACCEL_FLOW_PENDING);

	world.ports[ETH0].gate = NSACCEL_GATE_OPEN;
	rig_apply(rig, &world);
	rig_set_flow(rig, &pending);
	assert_int_equal(cross(ETH0, false), NSACCEL_FWD_NIC);
	assert_true(rig_flow(rig, &after));
	assert_memory_equal(&pending, &after, sizeof(after));

	/* The kernel's own, which looks just like it, does. */
	world.ports[ETH0].forward4 = 0;
	rig_apply(rig, &world);
	rig_set_flow(rig, &pending);
	assert_int_equal(cross(ETH0, false), NSACCEL_PASS_FORWARDING);
	assert_true(rig_flow(rig, &after));
	assert_false(after.direction[0].state & NSACCEL_FLOW_PENDING);
}

static int set_up(void **state)
{
	rig_set_up(state);
	rig_make_router();
	rig_make_hooks();
	for (enum dev dev = ETH0; dev <= ETH1; dev++) {
		rig_attach(rig, dev, NSACCEL_HOOK_TC_INGRESS);
		rig_attach(rig, dev, NSACCEL_HOOK_TC_EGRESS);
		far_ends[dev] = rig_listen(rig, true, dev == ETH0 ? "far-eth0" : "far-eth1");
	}
	return 0;
}

static int tear_down(void **state)
{
	close(far_ends[0]);
	close(far_ends[1]);
	return rig_tear_down(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kernel_admits),
		cmocka_unit_test(kernel_admits_ip6),
		cmocka_unit_test(redirect_admits_nothing),
	};

	return cmocka_run_group_tests_name("gate", tests, set_up, tear_down);
}
