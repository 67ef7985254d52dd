// SPDX-License-Identifier: GPL-2.0-only
/* The firewall gate: which packets are of a flow; bridges and macvlans. */
#include "conversation.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* FIN and RST end it, SYN begins another. */
static void opens_and_closes(void **state)
{
	static const int ends[] = { TCP_FIN | TCP_ACK, TCP_RST };
	static const struct step opening = { .proto = IPPROTO_TCP, .flags = TCP_SYN };
	struct nsaccel_flow flow;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		const struct step end = { .proto = IPPROTO_TCP, .flags = ends[i] };

		new_world();
		kernel_forwards(THERE, &opening);
		assert_false(rig_flow(rig, &flow));
		establish(&tcp);
		assert_false(arrives_xdp(THERE, &end));
		kernel_forwards(THERE, &end);
		kernel_forwards(THERE, &tcp);
		kernel_forwards(BACK, &tcp);
		assert_false(arrives(THERE, &tcp));
		assert_false(arrives_xdp(THERE, &tcp));
		kernel_forwards(THERE, &opening);
		establish(&tcp);
	}
}

/* A SYN on its way out doesn't open what it must first have opened. */
static void control_admits_nothing(void **state)
{
	static const struct step end = { .proto = IPPROTO_TCP, .flags = TCP_FIN | TCP_ACK };

	(void)state;
	new_world();
	kernel_forwards(BACK, &tcp);
	assert_false(arrives(THERE, &tcp));
	leaves(THERE, &end);
	assert_false(arrives(THERE, &tcp));
}

static void not_a_flow(void **state)
{
	static const struct step steps[] = { { .proto = IPPROTO_ICMP },
					     { .proto = 132 },
					     { .frag = 0x2000 },
					     { .frag = 0x00b9 },
					     { .proto = IPPROTO_ICMPV6, .v6 = true } };
	struct nsaccel_flow flow;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		new_world();
		kernel_forwards(THERE, &steps[i]);
		kernel_forwards(BACK, &steps[i]);
		assert_false(arrives(THERE, &steps[i]));
		assert_false(arrives_xdp(THERE, &steps[i]));
		assert_false(rig_flow(rig, &flow));
	}
}

#define TCP_DOFF  13 /* bytes of layer 4, counted from 1 */
#define TCP_FLAGS 14
#define UDP_LEN	  6

/* What conntrack calls invalid; and UDP without a checksum, by which to know it again. */
static void invalid(void **state)
{
	static const struct step steps[] = {
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = 0 },
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = TCP_PSH | TCP_URG },
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = TCP_FIN },
		{ .proto = IPPROTO_TCP, .at = TCP_DOFF, .byte = 0x40 },
		{ .proto = IPPROTO_TCP, .at = TCP_DOFF, .byte = 0xf0, .v6 = true },
		{ .at = UDP_LEN, .byte = 7 },
		{ .at = UDP_LEN, .byte = 8 + 26 + 1 },
		{ .at = UDP_LEN, .byte = 8 + 26 + 1, .v6 = true },
		{ .no_checksum = true },
	};
	struct nsaccel_flow before, after;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct step good = { .proto = steps[i].proto, .v6 = steps[i].v6 };

		new_world();
		establish(&good);
		assert_true(rig_flow(rig, &before));
		assert_false(arrives_xdp(THERE, &steps[i]));
		kernel_forwards(THERE, &steps[i]);
		assert_true(rig_flow(rig, &after));
		assert_memory_equal(&before, &after, sizeof(before));
	}
}

/* The least that is valid, with any options, and urgent. */
static void valid_all_the_same(void **state)
{
	static const struct step steps[] = {
		{ .proto = IPPROTO_TCP, .at = TCP_DOFF, .byte = 0xb0 }, /* all of it options */
		{ .proto = IPPROTO_TCP, .at = TCP_FLAGS, .byte = TCP_ACK | TCP_PSH | TCP_URG },
		{ .at = UDP_LEN, .byte = 8 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		const struct step good = { .proto = steps[i].proto };

		new_world();
		establish(&good);
		assert_true(arrives_xdp(THERE, &steps[i]));
		assert_true(arrives(THERE, &steps[i]));
	}
}

/* To ask changes nothing. */
static void asked(void **state)
{
	struct arrival arrival = {
		.hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0, .probe = true, .unmarked = true
	};
	struct nsaccel_flow before, after;
	const struct outcome *outcome;
	struct packet packet;

	(void)state;
	new_world();
	build_step(&packet, THERE, &udp);
	outcome = rig_run_tc(rig, &arrival, &packet);
	assert_int_equal(outcome->verdict, (__u32)TC_ACT_UNSPEC);
	assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_REASON], NSACCEL_PASS_FIREWALL);
	assert_false(rig_flow(rig, &after));
	establish(&udp);
	assert_true(rig_flow(rig, &before));
	outcome = rig_run_tc(rig, &arrival, &packet);
	assert_int_equal(outcome->verdict, TC_ACT_REDIRECT);
	assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_REASON], NSACCEL_FWD_NIC);
	age(THERE, NSACCEL_ADMISSION_NS);
	assert_true(rig_flow(rig, &before));
	rig_run_tc(rig, &arrival, &packet);
	assert_true(rig_flow(rig, &after));
	assert_memory_equal(&before, &after, sizeof(before));
}

/* Frames that a bridge's port hands to another, with the TTL that they have. */
static bool bridged(enum way way, bool leaves_too)
{
	enum dev in = way == THERE ? RED : BLUE, out = way == THERE ? BLUE : RED;
	const struct packet_spec spec = {
		.dst = way == THERE ? "10.2.0.3" : "10.2.0.2",
		.src = way == THERE ? "10.2.0.2" : "10.2.0.3",
		.sport = way == THERE ? 1000 : 2000,
		.dport = way == THERE ? 2000 : 1000,
		.src_mac = BEHIND_MAC(in),
		.dst_mac = BEHIND_MAC(out),
	};
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = in,
					 .unmarked = true };
	const struct arrival departure = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = out, .unmarked = true, .iif = IFINDEX(in)
	};
	struct packet packet;
	bool sent;

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	sent = rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_REDIRECT;
	assert_int_equal(rig_counted(rig).reason,
			 sent ? NSACCEL_FWD_BRIDGE : NSACCEL_PASS_FIREWALL);
	if (leaves_too)
		rig_run_tc(rig, &departure, &packet);
	return sent;
}

static void bridged_flow(void **state)
{
	(void)state;
	world_init(&flow_world);
	world_bridge(&flow_world, RED);
	world_bridge(&flow_world, BLUE);
	flow_world.ports[RED].bridge_gate = flow_world.ports[BLUE].bridge_gate = NSACCEL_GATE_FLOW;
	rig_apply(rig, &flow_world);
	assert_false(bridged(THERE, false));
	assert_false(bridged(BACK, true));
	assert_false(bridged(THERE, true));
	assert_true(bridged(THERE, false));
	assert_true(bridged(BACK, false));
}

/* A macvlan's packets are decided at their lower's egress, and go to the kernel by its ingress. */
static void macvlan_flow(void **state)
{
	static const struct packet_spec spec = { .dst = "10.1.0.9",
						 .src = "10.4.0.2",
						 .sport = 1000,
						 .dport = 2000,
						 .src_mac = world_macs[MAC_MACVLAN][NS_GREEN],
						 .dst_mac = world_macs[MAC_PORT][ETH2] };
	static const struct packet_spec answer = { .dst = "10.4.0.2",
						   .src = "10.1.0.9",
						   .sport = 2000,
						   .dport = 1000,
						   .src_mac = world_macs[MAC_HOST][ETH1],
						   .dst_mac = world_macs[MAC_PORT][ETH1] };
	const struct arrival sent = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH2 };
	const struct arrival passed = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH1, .unmarked = true, .iif = IFINDEX(ETH2)
	};
	const struct arrival answered = { .hook = NSACCEL_HOOK_TC_INGRESS,
					  .dev = ETH1,
					  .unmarked = true };
	const struct arrival returned = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH2, .unmarked = true, .iif = IFINDEX(ETH1)
	};
	struct packet packet, left;

	(void)state;
	new_world();
	packet_build(&packet, &spec);
	rig_run_tc(rig, &sent, &packet);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_HOST);
	packet_forwarded(&left, &packet, BEHIND_MAC(ETH1), PORT_MAC(ETH1));
	rig_run_tc(rig, &passed, &left);

	packet_build(&left, &answer);
	rig_forget_counts(rig);
	rig_run_tc(rig, &answered, &left);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_PASS_FIREWALL);
	rig_forget_counts(rig);
	packet_build(&packet, &answer);
	packet_forwarded(&left, &packet, MACVLAN_MAC(NS_GREEN), PORT_MAC(ETH2));
	rig_run_tc(rig, &returned, &left);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_MACVLAN); /* turned round */

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	rig_run_tc(rig, &sent, &packet);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_NIC);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opens_and_closes),   cmocka_unit_test(control_admits_nothing),
		cmocka_unit_test(not_a_flow),	      cmocka_unit_test(invalid),
		cmocka_unit_test(valid_all_the_same), cmocka_unit_test(asked),
		cmocka_unit_test(bridged_flow),	      cmocka_unit_test(macvlan_flow),
	};

	return cmocka_run_group_tests_name("flow, kinds", tests, rig_set_up, rig_tear_down);
}
