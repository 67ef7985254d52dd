// SPDX-License-Identifier: GPL-2.0-only
/* All tables of packets (rows.h), and what is to be tested of such packets beside. */
#include "row_run.h"
#include "row_worlds.h"

#include <arpa/inet.h>
#include <linux/pkt_cls.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#define FLOOD 100000 /* even if each second has its budget */

/* Wherever a frame that would be forwarded ends too early, it's the kernel's as it is. */
static void every_truncation(void **state)
{
	static const char *const targets[] = { "10.1.0.9", "fd01::9" };
	struct row row = { .tc = PASS(MALFORMED) };
	struct world world;
	struct packet in;

	(void)state;
	row_apply(&world, &row);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		row.packet = (struct packet_spec){ .dst = targets[i] };
		row_build(&in, &row);
		for (row.packet.cut = (int)in.len - 1; row.packet.cut > ETH_HLEN;
		     row.packet.cut--) {
			row_build(&in, &row);
			row_run_tc(&row, &world, &in);
			row_run_probe(&row, &world, &in);
			row_run_xdp(&row, &world, &in);
		}
	}
}

/* A flood of rejected packets gets only so many errors a second; the rest is dropped. */
static void rejects_are_limited(void **state)
{
	static const struct row row = {
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
	};
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS };
	struct world world;
	struct packet in;
	__u64 runs = 0;

	(void)state;
	row_apply(&world, &row);
	row_build(&in, &row);
	do {
		assert_in_range(++runs, 1, FLOOD);
	} while (rig_run_tc(rig, &arrival, &in)->verdict == TC_ACT_REDIRECT);
	assert_int_equal(rig_counted(rig).packets, runs);
}

/* The neighbour that the kernel's lookup told of is noted, so that it is kept fresh: a gateway, or
 * the destination itself. A probe uses none. */
static void fib_neighbours(void **state)
{
	static const struct {
		const char *dst, *neighbour;
		enum dev dev;
		int family;
	} cases[] = {
		{ "198.51.100.9", "10.1.0.9", ETH1, AF_INET },
		{ "198.51.101.9", "198.51.101.9", RED, AF_INET },
		{ "2001:db8:1::9", "fd01::9", ETH1, AF_INET6 },
	};
	struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .unmarked = true };
	struct nsaccel_fib_neighbour used;
	__u8 want[NSACCEL_ADDR_LEN];
	struct world world;
	struct packet in;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct row row = {
			.packet = { .dst = cases[i].dst },
			.routes = { { NS_OWNER, "198.51.100.0/22", TO_FIB },
				    { NS_OWNER, "2001:db8::/32", TO_FIB } },
		};

		row_apply(&world, &row);
		row_build(&in, &row);
		while (rig_fib_used(rig, &used))
			;
		arrival.probe = true;
		rig_run_tc(rig, &arrival, &in);
		assert_false(rig_fib_used(rig, &used));
		arrival.probe = false;
		assert_int_equal(rig_run_tc(rig, &arrival, &in)->verdict, TC_ACT_REDIRECT);
		assert_int_equal(rig_run_tc(rig, &arrival, &in)->verdict, TC_ACT_REDIRECT);
		assert_true(rig_fib_used(rig, &used));
		memset(want, 0, sizeof(want));
		inet_pton(cases[i].family, cases[i].neighbour, want);
		assert_int_equal(used.owner_slot, NS_OWNER);
		assert_int_equal(used.ifindex, IFINDEX(cases[i].dev));
		assert_int_equal(used.family, cases[i].family);
		assert_memory_equal(used.addr, want, sizeof(want));
		assert_false(rig_fib_used(rig, &used));
	}
}

/* Programs of an endpoint's namespace can write into skb->cb. It gets them nothing. */
static void forged_marks(void **state)
{
	static const struct row row = {
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.tc = FORWARD(NIC, TO_ETH1),
	};
	static const struct row left = {
		.in = RED,
		.packet = { .dst = "10.2.0.1", .src = "10.2.0.2", BY_RED },
		.tc = PASS(LOCAL),
	};
	struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED, .forged = true };
	const struct outcome *outcome;
	struct world world;
	struct packet in;

	(void)state;
	row_apply(&world, &row);
	row_build(&in, &row);
	outcome = rig_run_tc(rig, &arrival, &in);
	assert_int_equal(outcome->verdict, TC_ACT_REDIRECT);
	row_assert_output(&row, &row.tc, &world, &in, &outcome->packet);
	row_assert_counted(&row, &row.tc, NSACCEL_HOOK_TC_INGRESS, &world, &in);

	/* What goes on to the kernel doesn't carry the mark that would let it past policed
	 * egress. */
	arrival.forged = false;
	arrival.ours = true;
	row_build(&in, &left);
	rig_forget_counts(rig);
	outcome = rig_run_tc(rig, &arrival, &in);
	assert_int_equal(outcome->verdict, (__u32)TC_ACT_UNSPEC);
	row_assert_counted(&left, &left.tc, NSACCEL_HOOK_TC_INGRESS, &world, &in);
	assert_int_equal(outcome->ctx.cb[RIG_CB_SENT], 0);
}

/* What is cut to what an ICMP error quotes, or of its padding, is a packet all the same. */
static void forged_probes_count(void **state)
{
	static const struct row rows[] = {
		{ .in = RED,
		  .packet = { .dst = "192.0.2.1", .src = "10.2.0.2", BY_RED, .l3_len = 500 },
		  .routes = { { NS_RED, "192.0.2.0/24", TO_UNREACHABLE } },
		  .tc = REJECT(UNREACHABLE) },
		{ .in = RED,
		  .packet = { .dst = "10.1.0.9",
			      .src = "10.2.0.2",
			      BY_RED,
			      .l3_len = 28,
			      .padding = 100 },
		  .tc = FORWARD(NIC, TO_ETH1) },
	};
	struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED, .forged = true };
	const struct outcome *outcome;
	struct world world;
	struct packet in;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		row_apply(&world, &rows[i]);
		row_build(&in, &rows[i]);
		outcome = rig_run_tc(rig, &arrival, &in);
		assert_int_equal(outcome->verdict, TC_ACT_REDIRECT);
		row_assert_output(&rows[i], &rows[i].tc, &world, &in, &outcome->packet);
		row_assert_counted(&rows[i], &rows[i].tc, NSACCEL_HOOK_TC_INGRESS, &world, &in);
	}
}

static const struct row into_policed = {
	.in = RED,
	.egress = true,
	.packet = { .src_mac = PORT_MAC(RED), .dst_mac = BEHIND_MAC(RED), .dst = "10.2.0.2" },
	.change = red_policed,
	.iif = IFINDEX(ETH0),
	.tc = DROP(ISOLATED),
};

static const struct outcome *enter_policed(__u32 sent)
{
	struct arrival arrival = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = RED, .iif = IFINDEX(ETH0), .sent = sent
	};
	struct packet in;

	row_build(&in, &into_policed);
	return rig_run_tc(rig, &arrival, &in);
}

/* Not even what the source says is a mark, nor none. */
static void guessed_marks(void **state)
{
	static const __u32 guesses[] = { 0, 0x6e736153, 0x6e736157, RIG_MARK_SENT + 2, ~0U };
	struct world world;

	(void)state;
	row_apply(&world, &into_policed);
	for (size_t i = 0; i < ARRAY_SIZE(guesses); i++)
		assert_int_equal(enter_policed(guesses[i])->verdict, TC_ACT_SHOT);
}

/* Who gets the frame could read the mark and use it. */
static void marks_end_at_egress(void **state)
{
	static const __u32 marks[] = { RIG_MARK_SENT, RIG_MARK_WIRE };
	const struct outcome *outcome;
	struct world world;

	(void)state;
	row_apply(&world, &into_policed);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		outcome = enter_policed(marks[i]);
		assert_int_equal(outcome->verdict, (__u32)TC_ACT_UNSPEC);
		assert_int_equal(outcome->ctx.cb[RIG_CB_SENT], 0);
	}
}

/* The tables are complete: each reason is some row's. */
static void every_reason(void **state)
{
	bool seen[NSACCEL_REASON_COUNT] = {};

	(void)state;
	for (size_t i = 0; i < row_table_count; i++)
		for (size_t j = 0; j < row_tables[i]->count; j++)
			if (row_tables[i]->rows[j].tc.verdict != UNCOUNTED)
				seen[row_tables[i]->rows[j].tc.reason] = true;
	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++)
		/* What speaks of policies has tests of its own. */
		if (!seen[reason] && reason != NSACCEL_DROP_POLICY)
			fail_msg("no row expects reason %d", reason);
}

/* For bpf_fib_lookup(), which asks the real thing. TCP, low delay and what comes from blue go by
 * another table. */
static void make_fib(void)
{
	static const char *const forwarding[] = { "nsa-eth0", "nsa-eth1", "nsa-eth2",
						  "nsa-eth3", "nsa-red",  "nsa-blue" };
	char batch[4096];

	rig_sysctl("all", "ipv4", "forwarding", "1");
	for (size_t i = 0; i < ARRAY_SIZE(forwarding); i++)
		rig_sysctl(forwarding[i], "ipv4", "forwarding", "1");
	rig_sysctl("all", "ipv6", "forwarding", "1");
	rig_sysctl("nsa-eth0", "ipv6", "disable_ipv6", "0");
	rig_sysctl("nsa-eth1", "ipv6", "disable_ipv6", "0");
	snprintf(batch, sizeof(batch),
		 "link add nsa-br index %d address 02:00:00:00:01:07 type bridge\n"
		 "link set lo up\n"
		 "link set nsa-br up\n"
		 "neigh add 10.1.0.9 lladdr 02:00:00:00:02:01 dev nsa-eth1\n"
		 "neigh add fd01::9 lladdr 02:00:00:00:02:01 dev nsa-eth1\n"
		 "neigh add 10.5.0.9 lladdr 02:00:00:00:02:03 dev nsa-eth3\n"
		 "neigh add 198.51.101.9 lladdr 02:00:00:00:02:04 dev nsa-red\n"
		 "neigh add 198.51.102.9 lladdr 02:00:00:00:03:04 dev nsa-eth2\n"
		 "neigh add 198.51.103.9 lladdr 02:00:00:00:02:04 dev nsa-br\n"
		 "neigh add 198.51.104.9 lladdr 02:00:00:00:02:00 dev nsa-eth0\n"
		 "route add 198.51.100.0/24 via 10.1.0.9 dev nsa-eth1 onlink\n"
		 "route add 198.51.100.0/24 via 10.5.0.9 dev nsa-eth3 onlink table 100\n"
		 "route add 198.51.101.0/24 dev nsa-red\n"
		 "route add 198.51.102.0/24 dev nsa-eth2\n"
		 "route add 198.51.103.0/24 dev nsa-br\n"
		 "route add 198.51.104.0/24 dev nsa-eth0\n"
		 "route add 198.51.105.0/24 dev nsa-eth1\n"
		 "route add blackhole 198.51.106.0/24\n"
		 "route add 198.51.107.0/24 via 10.1.0.9 dev nsa-eth1 onlink mtu lock 1400\n"
		 "route add 2001:db8:1::/48 via fd01::9 dev nsa-eth1 onlink\n"
		 "route add unreachable 2001:db8:2::/48\n"
		 "route add 198.51.108.0/24 dev nsa-red\n"
		 "route add 198.51.108.0/24 dev nsa-eth0 table 101\n"
		 "route add 198.51.109.0/24 dev nsa-eth0 table 102\n"
		 "route add 198.51.110.0/24 dev nsa-eth0 table 103\n"
		 "route add local 198.51.111.0/24 dev lo table 104\n"
		 "rule add iif nsa-eth1 table 101\n"
		 "rule add ipproto udp sport 4242 table 102\n"
		 "rule add tos 0x04 table 103\n"
		 "rule add to 198.51.111.0/24 table 104\n"
		 "rule add ipproto tcp dport 1-65534 table 100\n"
		 "rule add tos 0x10 table 100\n"
		 "rule add iif nsa-blue table 100\n",
		 BRIDGE);
	rig_ip(batch);
}

static int set_up(void **state)
{
	row_set_up(state);
	make_fib();
	return 0;
}

static const struct CMUnitTest others[] = {
	cmocka_unit_test(every_truncation),    cmocka_unit_test(rejects_are_limited),
	cmocka_unit_test(every_reason),	       cmocka_unit_test(forged_marks),
	cmocka_unit_test(forged_probes_count), cmocka_unit_test(guessed_marks),
	cmocka_unit_test(marks_end_at_egress), cmocka_unit_test(fib_neighbours),
};

static struct CMUnitTest *add_rows(struct CMUnitTest *test, CMUnitTestFunction run)
{
	for (size_t i = 0; i < row_table_count; i++)
		for (size_t j = 0; j < row_tables[i]->count; j++)
			*test++ = (struct CMUnitTest){
				.name = row_tables[i]->rows[j].name,
				.test_func = run,
				.initial_state = (void *)&row_tables[i]->rows[j],
			};
	return test;
}

static size_t count_rows(void)
{
	size_t count = 0;

	for (size_t i = 0; i < row_table_count; i++)
		count += row_tables[i]->count;
	return count;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(others) + 2 * count_rows()], *test = tests;

	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		*test++ = others[i];
	test = add_rows(test, row_test);
	add_rows(test, row_test_big);
	return cmocka_run_group_tests_name("packets", tests, set_up, row_tear_down);
}
