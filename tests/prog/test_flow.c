// SPDX-License-Identifier: GPL-2.0-only
/* The firewall gate: what is admitted, and for how long. */
#include "conversation.h"

#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static bool arrives_by_both(enum way way, const struct step *step)
{
	return arrives(way, step) && arrives_xdp(way, step);
}

static bool needs_both(const struct step *step)
{
	new_world();
	kernel_forwards(THERE, step);
	assert_false(arrives(THERE, step));
	assert_false(arrives_xdp(THERE, step));
	kernel_forwards(BACK, step);
	return arrives_by_both(THERE, step) && arrives_by_both(BACK, step);
}

/* Both directions have to have been seen. */
static void both_directions(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(all_kinds); i++)
		assert_true(holds_in_time(needs_both, &all_kinds[i]));
}

/* What hasn't left isn't admitted by what came in, however often. */
static void dropped_by_a_rule(void **state)
{
	(void)state;
	new_world();
	kernel_forwards(BACK, &udp);
	for (int i = 0; i < 3; i++)
		assert_false(arrives(THERE, &udp));
}

/* What leaves otherwise than the fast path would send it admits nothing. */
static void leaves_changed(void **state)
{
	const struct leaving *leaving = *state;
	struct step step = leaving->changed;

	step.seq = 0;
	step.tos = step.ttl = step.payload = 0;
	new_world();
	kernel_forwards(BACK, &step);
	assert_false(arrives(THERE, &step));
	if (leaving->ruleset)
		rig_set_owner(rig, &(struct nsaccel_owner){ .ruleset = leaving->ruleset });
	leaves_as(THERE, &leaving->changed, leaving);
	if (leaving->ruleset)
		rig_set_owner(rig, &flow_world.owner);
	assert_false(arrives(THERE, &step));
	/* It isn't for another reason: */
	leaves(THERE, &step);
	assert_true(arrives(THERE, &step));
}

static const struct leaving changes[] = {
	{ .name = "leaves with another TTL", .changed = { .ttl = 63 } },
	{ .name = "leaves with another DSCP", .changed = { .tos = 0x20 } },
	{ .name = "leaves with another ECN", .changed = { .tos = 1 } },
	{ .name = "leaves with other bytes, UDP", .changed = { .payload = 1 } },
	{ .name = "leaves with another sequence number", .changed = { .proto = 6, .seq = 1 } },
	{ .name = "leaves with a mark", .mark = 1 },
	{ .name = "leaves with another priority", .priority = 3 },
	{ .name = "leaves by another port", .out = 1 + ETH3 },
	{ .name = "leaves to another router", .dst_mac = world_macs[MAC_STRANGER][0] },
	{ .name = "leaves from another device's MAC", .src_mac = world_macs[MAC_STRANGER][0] },
	{ .name = "leaves in a VLAN", .tagged = true },
	{ .name = "was sent by the owner itself", .local = true },
	{ .name = "came in by another device", .iif = IFINDEX(ETH3) },
	{ .name = "was redirected by us", .ours = true },
	{ .name = "leaves under another ruleset", .ruleset = RULESET + 1 },
};

/* ip_forward() sets the priority by the TOS. */
static void leaves_with_priority(void **state)
{
	const struct step step = { .tos = 0x10 };
	const struct leaving leaving = { .priority = 6 }, reset = {};

	(void)state;
	new_world();
	kernel_forwards(BACK, &step);
	assert_false(arrives(THERE, &step));
	leaves_as(THERE, &step, &leaving);
	assert_true(arrives(THERE, &step));
	/* A rule took it away again: the fast path wouldn't. */
	new_world();
	kernel_forwards(BACK, &step);
	assert_false(arrives(THERE, &step));
	leaves_as(THERE, &step, &reset);
	assert_false(arrives(THERE, &step));
}

/* Only what has the signature that was admitted may follow. */
static void has_another_signature(void **state)
{
	static const struct step different[] = {
		{ .ttl = 63 },	    { .tos = 0x20 },	      { .in = ETH3 },
		{ .frag = 0x2000 }, { .proto = IPPROTO_TCP }, { .v6 = true },
		{ .forged = true },
	};
	static const struct step alike[] = { { .tos = 1 }, { .payload = 5 }, { .frag = 0x4000 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(different); i++) {
		new_world();
		establish(&udp);
		assert_false(arrives_xdp(THERE, &different[i]) && !different[i].in);
		assert_false(arrives(THERE, &different[i]));
		assert_false(arrives(THERE, &different[i])); /* nor because it came before */
	}
	for (size_t i = 0; i < ARRAY_SIZE(alike); i++) {
		new_world();
		establish(&udp);
		assert_true(arrives_xdp(THERE, &alike[i]));
		assert_true(arrives(THERE, &alike[i]));
	}
}

/* By a mark or priority that a packet comes with, rules may go. */
static void comes_marked(void **state)
{
	static const struct step marked[] = { { .mark = 1 }, { .priority = 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(marked); i++) {
		new_world();
		establish(&udp);
		assert_false(arrives(THERE, &marked[i]));
		assert_true(arrives(THERE, &udp));
	}
}

/* The kernel, or whoever set ip_forward_update_priority to 0, leaves the priority that it came
 * with. */
static void keep_priority(void **state)
{
	const struct step step = { .tos = 0x10 };
	const struct leaving kept = {}, given = { .priority = 6 };

	(void)state;
	for (int keeps = 0; keeps < 2; keeps++) {
		new_world();
		for (int dev = ETH0; dev <= ETH3; dev++)
			flow_world.ports[dev].keep_priority = (__u8)keeps;
		rig_apply(rig, &flow_world);
		assert_false(arrives(BACK, &step));
		leaves_as(BACK, &step, keeps ? &kept : &given);
		assert_false(arrives(THERE, &step));
		leaves_as(THERE, &step, keeps ? &kept : &given);
		assert_true(arrives(THERE, &step));
	}
}

/* A packet with another signature takes the admission with it. */
static void signature_is_admitted_anew(void **state)
{
	const struct step other = { .ttl = 32 };

	(void)state;
	new_world();
	establish(&udp);
	assert_false(arrives(THERE, &other));
	assert_false(arrives(THERE, &udp));
	assert_false(arrives(THERE, &other));
	leaves(THERE, &other);
	assert_true(arrives(THERE, &other));
}

static void new_ruleset(void **state)
{
	(void)state;
	new_world();
	establish(&udp);
	flow_world.owner.ruleset++;
	rig_set_owner(rig, &flow_world.owner);
	assert_false(arrives_xdp(THERE, &udp));
	assert_false(arrives(THERE, &udp));
	leaves(THERE, &udp);
	assert_false(arrives(THERE, &udp)); /* the other direction's admission is of before */
	kernel_forwards(BACK, &udp);
	assert_true(arrives(THERE, &udp));
}

static void new_route(void **state)
{
	struct nsaccel_nexthop hop;

	(void)state;
	new_world();
	establish(&udp);
	hop = flow_world.hops[TO_ETH1];
	hop.dst_mac[5]++;
	rig_set_hop(rig, TO_ETH1, &hop);
	assert_false(arrives_xdp(THERE, &udp));
	assert_false(arrives(THERE, &udp));
}

static void admission_ends(void **state)
{
	(void)state;
	new_world();
	establish(&udp);
	age(THERE, NSACCEL_ADMISSION_NS);
	assert_false(arrives_xdp(THERE, &udp));
	assert_true(arrives(BACK, &udp)); /* that the other is on the kernel's way is no harm */
	kernel_forwards(THERE, &udp);
	assert_true(arrives(THERE, &udp));
	age(BACK, 2 * NSACCEL_ADMISSION_NS);
	assert_false(arrives(THERE, &udp));
}

/* Another CPU is just writing down what is pending. */
static void armed_elsewhere(void **state)
{
	struct nsaccel_flow before, after;

	(void)state;
	new_world();
	kernel_forwards(BACK, &udp);
	assert_false(arrives(THERE, &udp));
	assert_true(rig_flow(rig, &before));
	before.direction[THERE].state = NSACCEL_FLOW_PENDING;
	rig_set_flow(rig, &before);
	assert_false(arrives_xdp(THERE, &udp));
	kernel_forwards(THERE, &udp);
	assert_true(rig_flow(rig, &after));
	assert_memory_equal(before.direction, after.direction, sizeof(before.direction));
}

#define FIXED_TESTS 11

int main(void)
{
	struct CMUnitTest tests[FIXED_TESTS + ARRAY_SIZE(changes)] = {
		cmocka_unit_test(both_directions),
		cmocka_unit_test(dropped_by_a_rule),
		cmocka_unit_test(leaves_with_priority),
		cmocka_unit_test(has_another_signature),
		cmocka_unit_test(comes_marked),
		cmocka_unit_test(keep_priority),
		cmocka_unit_test(signature_is_admitted_anew),
		cmocka_unit_test(new_ruleset),
		cmocka_unit_test(new_route),
		cmocka_unit_test(admission_ends),
		cmocka_unit_test(armed_elsewhere),
	};

	for (size_t i = 0; i < ARRAY_SIZE(changes); i++)
		tests[FIXED_TESTS + i] = (struct CMUnitTest){
			.name = changes[i].name,
			.test_func = leaves_changed,
			.initial_state = (void *)&changes[i],
		};
	return cmocka_run_group_tests_name("flow", tests, rig_set_up, rig_tear_down);
}
