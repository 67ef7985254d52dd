// SPDX-License-Identifier: GPL-2.0-only
/* Programs without the stages of one feature, or of any, on the packets of all tables: each meets
 * what it meets with all stages, or goes the kernel's way as it is, or is dropped because its
 * namespace is confined. */
#include "conversation.h"
#include "policing.h"
#include "row_run.h"

#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct judged {
	struct outcome outcome;
	struct counted counted;
};

/* In the row's world, set up again: a packet before may have used a limit up. */
static void run_tc(const struct row *row, enum variant variant, const struct packet *in,
		   struct world *world, struct judged *out)
{
	struct row as = *row;

	as.variant = variant;
	row_apply(world, row);
	out->outcome = *row_run(&as, in, false);
	out->counted = rig_counted(rig);
}

static bool is_same(const struct judged *a, const struct judged *b)
{
	return a->outcome.verdict == b->outcome.verdict &&
	       packet_same(&a->outcome.packet, &b->outcome.packet);
}

/* Is it the kernel's as it came, and is that counted? What a port sends out needn't be counted. */
static bool is_passed(const struct judged *bare, const struct row *row, const struct packet *in)
{
	return (int)bare->outcome.verdict == TC_ACT_UNSPEC &&
	       packet_same(&bare->outcome.packet, in) &&
	       (row->egress || bare->counted.packets == 1);
}

static bool is_closed(const struct judged *bare)
{
	return bare->outcome.verdict == TC_ACT_SHOT && bare->counted.packets == 1 &&
	       (bare->counted.reason == NSACCEL_DROP_CLOSED ||
		bare->counted.reason == NSACCEL_DROP_POLICY);
}

/* Must nothing else become of it? A macvlan's packets to its lower's MAC are routed by nsaccel
 * alone; what is for another port of a bridge is checked where the bridge sends it out, too. */
static bool is_denied(const struct row *row, const struct world *world, const struct judged *whole)
{
	return whole->outcome.verdict == TC_ACT_SHOT &&
	       !(row->egress && whole->counted.reason == NSACCEL_DROP_BLACKHOLE) &&
	       !(world->ports[row->in].bridge && !row->egress &&
		 whole->counted.reason >= NSACCEL_DROP_ISOLATED);
}

/* Is the namespace that it is counted for confined, or does the port share a NIC? */
static bool is_confined(const struct row *row, const struct world *world, enum ns ns)
{
	const struct nsaccel_isolation *of = &world->isolation[ns];

	return of->isolated || of->limited || of->guard == NSACCEL_GUARD_DROP ||
	       of->on_miss == NSACCEL_ON_MISS_DROP || of->policy || world->ports[row->in].share_nic;
}

/* Packets that meet something else without the stages. */
static unsigned int passed, closed;

/* missing: the features without which BARE is. */
static void check_tc(const struct row *row, const struct packet *in, __u32 missing)
{
	struct judged whole, bare;
	struct world world;

	run_tc(row, PLAIN, in, &world, &whole);
	run_tc(row, BARE, in, &world, &bare);
	if (missing & NSACCEL_FEATURE_MACVLAN && row->egress && row->from &&
	    is_confined(row, &world, row->from))
		assert_int_equal(bare.outcome.verdict, TC_ACT_SHOT); /* a macvlan's */
	if (is_same(&whole, &bare))
		return;
	if (!is_denied(row, &world, &whole) && is_passed(&bare, row, in)) {
		passed++;
		return;
	}
	if (!is_closed(&bare) || !is_confined(row, &world, bare.counted.ns))
		fail_msg("%s: %u with all stages, %u (reason %d) without", row->name,
			 whole.outcome.verdict, bare.outcome.verdict, bare.counted.reason);
	closed++;
}

/* What XDP doesn't decide is for TC. */
static void check_xdp(const struct row *row, const struct packet *in)
{
	struct outcome whole, bare;
	struct world world;

	row_apply(&world, row);
	whole = *rig_run_xdp(rig, PLAIN, row->in, in);
	row_apply(&world, row);
	bare = *rig_run_xdp(rig, BARE, row->in, in);
	if (bare.verdict == whole.verdict && packet_same(&bare.packet, &whole.packet))
		return;
	if (bare.verdict != XDP_PASS || !packet_same(&bare.packet, in))
		fail_msg("%s, XDP: %u with all stages, %u without", row->name, whole.verdict,
			 bare.verdict);
}

static void check_without(__u32 features)
{
	struct packet in;

	rig_set_features(rig, NSACCEL_FEATURE_ALL & ~features);
	passed = closed = 0;
	for (size_t i = 0; i < row_table_count; i++)
		for (size_t j = 0; j < row_tables[i]->count; j++) {
			const struct row *row = &row_tables[i]->rows[j];

			if (row->variant != PLAIN)
				continue;
			row_build(&in, row);
			check_tc(row, &in, features);
			if (!row->egress && !row->tagged)
				check_xdp(row, &in);
		}
	print_message("# without features %u: %u passed, %u closed\n", features, passed, closed);
}

/* No row has an admitted flow, a policy or a shared NIC. */
static void packets_go_the_kernels_way(void **state)
{
	(void)state;
	check_without(NSACCEL_FEATURE_MACVLAN);
	check_without(NSACCEL_FEATURE_BRIDGE);
	check_without(NSACCEL_FEATURE_ALL);
	assert_true(passed && closed);
}

static struct outcome *run_bare(enum dev dev, const struct packet *packet)
{
	const struct arrival arrival = {
		.variant = BARE, .hook = NSACCEL_HOOK_TC_INGRESS, .dev = dev, .unmarked = true
	};

	rig_forget_counts(rig);
	return rig_run_tc(rig, &arrival, packet);
}

static void an_admitted_flow_goes_the_kernels_way(void **state)
{
	struct packet packet;

	(void)state;
	rig_load(rig, BARE); /* an admission lasts for a second */
	new_world();
	establish(&udp);
	assert_true(arrives(THERE, &udp));
	build_step(&packet, THERE, &udp);
	assert_int_equal((int)run_bare(port_in(THERE), &packet)->verdict, TC_ACT_UNSPEC);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_PASS_FIREWALL);
}

/* Who shares a NIC sends with the NIC's MAC: the kernel would take that for its own. */
static void who_shares_a_nic_is_closed(void **state)
{
	const struct packet_spec spec = { .dst_mac = HOST_MAC(ETH0),
					  .src_mac = PORT_MAC(ETH0),
					  .src = "10.0.0.5",
					  .dst = "10.0.0.9" };
	struct packet packet;
	struct world world;

	(void)state;
	world_init(&world);
	world_add_share(&world, ETH0, 0, "10.0.0.5/32", RED);
	rig_apply(rig, &world);
	packet_build(&packet, &spec);
	assert_int_equal(run_bare(RED, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
}

/* A policy that isn't loaded denies, whatever its rules say. */
static void a_policy_is_not_gone_past(void **state)
{
	const struct packet_spec dns = { .dport = 53 };
	struct packet packet;

	(void)state;
	build_between(&packet, SIDE_RED, SIDE_BLUE, false, &dns);
	no_policy();
	assert_int_equal(run_bare(RED, &packet)->verdict, TC_ACT_REDIRECT);
	police("--from red --to blue deny", NULL);
	assert_int_equal(run_bare(RED, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	no_policy();
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	assert_int_equal(run_bare(RED, &packet)->verdict, TC_ACT_SHOT);
	set_default(NS_RED, NSACCEL_VERDICT_ALLOW);
}

int main(void)
{
	const struct CMUnitTest rows[] = {
		cmocka_unit_test(packets_go_the_kernels_way),
		cmocka_unit_test(an_admitted_flow_goes_the_kernels_way),
		cmocka_unit_test(who_shares_a_nic_is_closed),
	};
	const struct CMUnitTest policies[] = { TEST(a_policy_is_not_gone_past) };

	return cmocka_run_group_tests(rows, row_set_up, row_tear_down) +
	       cmocka_run_group_tests(policies, policing_set_up, rig_tear_down);
}
