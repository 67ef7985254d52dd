// SPDX-License-Identifier: GPL-2.0-only
/* Programs without the stages of any feature, on the packets of all tables: each meets what it meets with all stages,
 * or goes the kernel's way as it is, or is dropped because its namespace is confined. */
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

static void run_tc(const struct row *row, enum variant variant, const struct packet *in,
		   struct judged *out)
{
	const struct arrival arrival = {
		.variant = variant,
		.hook = row->egress ? NSACCEL_HOOK_TC_EGRESS : NSACCEL_HOOK_TC_INGRESS,
		.dev = row->in,
		.gso_size = row->gso_size,
		.tagged = row->tagged,
		.unmarked = row->unmarked,
		.ours = row->ours,
		.iif = row->iif,
	};
	struct world world;

	row_apply(&world, row); /* again: a packet before may have used a limit up */
	rig_forget_counts(rig);
	out->outcome = *rig_run_tc(rig, &arrival, in);
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

/* Must nothing else become of it? A macvlan's packets to its lower's MAC are routed by nsaccel alone; what is for
 * another port of a bridge is checked where the bridge sends it out, too. */
static bool is_denied(const struct row *row, const struct judged *whole)
{
	struct world world;

	row_apply(&world, row);
	return whole->outcome.verdict == TC_ACT_SHOT &&
	       !(row->egress && whole->counted.reason == NSACCEL_DROP_BLACKHOLE) &&
	       !(world.ports[row->in].bridge && !row->egress &&
		 whole->counted.reason >= NSACCEL_DROP_ISOLATED);
}

/* Is the namespace that it is counted for confined, or does the port share a NIC? */
static bool is_confined(const struct row *row, enum ns ns)
{
	const struct nsaccel_isolation *of;
	const struct nsaccel_port *port;
	struct world world;

	row_apply(&world, row);
	port = &world.ports[row->in];
	of = &world.isolation[ns];
	return of->isolated || of->limited || of->guard == NSACCEL_GUARD_DROP ||
	       of->on_miss == NSACCEL_ON_MISS_DROP || of->policy || port->share_nic;
}

/* Packets that meet something else without the stages. */
static unsigned int passed, closed;

static void check_tc(const struct row *row, const struct packet *in)
{
	struct judged whole, bare;

	run_tc(row, PLAIN, in, &whole);
	run_tc(row, BARE, in, &bare);
	if (row->egress && row->from && is_confined(row, row->from))
		assert_int_equal(bare.outcome.verdict, TC_ACT_SHOT); /* a macvlan's */
	if (is_same(&whole, &bare))
		return;
	if (!is_denied(row, &whole) && is_passed(&bare, row, in)) {
		passed++;
		return;
	}
	if (!is_closed(&bare) || !is_confined(row, bare.counted.ns))
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

static void packets_go_the_kernels_way(void **state)
{
	struct packet in;

	(void)state;
	for (size_t i = 0; i < row_table_count; i++)
		for (size_t j = 0; j < row_tables[i]->count; j++) {
			const struct row *row = &row_tables[i]->rows[j];

			if (row->variant != PLAIN)
				continue;
			row_build(&in, row);
			check_tc(row, &in);
			if (!row->egress && !row->tagged)
				check_xdp(row, &in);
		}
	print_message("# %u passed, %u closed\n", passed, closed);
	assert_true(passed && closed);
}

/* A policy that isn't loaded denies, whatever its rules say. */
static void a_policy_is_not_gone_past(void **state)
{
	const struct packet_spec udp = { .dport = 53 };
	const struct arrival arrival = { .variant = BARE,
					 .hook = NSACCEL_HOOK_TC_INGRESS,
					 .dev = RED };
	struct packet packet;

	(void)state;
	build_between(&packet, SIDE_RED, SIDE_BLUE, false, &udp);
	no_policy();
	assert_int_equal(rig_run_tc(rig, &arrival, &packet)->verdict, TC_ACT_REDIRECT);
	police("--from red --to blue deny", NULL);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &arrival, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	no_policy();
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	assert_int_equal(rig_run_tc(rig, &arrival, &packet)->verdict, TC_ACT_SHOT);
	set_default(NS_RED, NSACCEL_VERDICT_ALLOW);
}

int main(void)
{
	const struct CMUnitTest rows[] = { cmocka_unit_test(packets_go_the_kernels_way) };
	const struct CMUnitTest policies[] = { TEST(a_policy_is_not_gone_past) };

	return cmocka_run_group_tests(rows, row_set_up, row_tear_down) +
	       cmocka_run_group_tests(policies, policing_set_up, rig_tear_down);
}
