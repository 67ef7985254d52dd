// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts under a policy are for one flow, and for a second; rates are asked for each packet that has a verdict. A
 * port that no longer forwards, of which no sequence tells, shows which packets go by one. */
#include "policing.h"

#include <bpf/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

static void put_port(enum side side, bool forwards)
{
	const struct nsaccel_port_key key = { NS_OWNER, IFINDEX(sides[side].dev) };
	struct nsaccel_port port = policed_world.ports[sides[side].dev];

	if (!forwards)
		port.forward4 = port.forward6 = 0;
	assert_int_equal(
		bpf_map_update_elem(policing_maps.fd[NSA_MAP_PORTS], &key, &port, BPF_EXIST), 0);
}

static bool packet_has_verdict(enum side from, const struct packet *packet)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = sides[from].dev };
	bool sent;

	put_port(from, false);
	sent = rig_run_tc(rig, &arrival, packet)->verdict == TC_ACT_REDIRECT;
	put_port(from, true);
	return sent;
}

static bool has_verdict(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	struct packet packet;

	build_between(&packet, from, to, v6, spec);
	return packet_has_verdict(from, &packet);
}

/* So often that a verdict is recorded if there can be one. */
static void send_often(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	for (int i = 0; i < RIG_UNTIL_RECORDED; i++)
		assert_true(sends(from, to, v6, spec));
}

static const struct packet_spec ack_back = { .proto = IPPROTO_TCP,
					     .sport = 80,
					     .dport = 4000,
					     .tcp_flags = TCP_ACK };

static void deny_all_but_from_red(void)
{
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto udp dport 53 allow",
	       "--from red --to blue proto tcp dport 80 allow",
	       "--from red --to blue proto icmp allow", NULL);
}

static void a_flow_and_its_answers_have_verdicts(void **state)
{
	(void)state;
	deny_all_but_from_red();
	for (int v6 = 0; v6 < 2; v6++) {
		send_often(SIDE_RED, SIDE_BLUE, v6, &udp53);
		assert_true(has_verdict(SIDE_RED, SIDE_BLUE, v6, &udp53));
		send_often(SIDE_BLUE, SIDE_RED, v6, &udp53_back);
		assert_true(has_verdict(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &syn));
		send_often(SIDE_RED, SIDE_BLUE, v6, &ack);
		assert_true(has_verdict(SIDE_RED, SIDE_BLUE, v6, &ack));
		send_often(SIDE_BLUE, SIDE_RED, v6, &ack_back);
		assert_true(has_verdict(SIDE_BLUE, SIDE_RED, v6, &ack_back));
	}
}

/* Between the same addresses, and allowed or not as if there was no verdict. */
static void others_have_none(void **state)
{
	static const struct packet_spec echo = { .proto = IPPROTO_ICMP },
					echo6 = { .proto = IPPROTO_ICMPV6 };

	(void)state;
	deny_all_but_from_red();
	for (int v6 = 0; v6 < 2; v6++) {
		send_often(SIDE_RED, SIDE_BLUE, v6, &udp53);
		assert_false(has_verdict(SIDE_RED, SIDE_BLUE, v6, &udp54));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp54));
		assert_false(has_verdict(SIDE_BLUE, SIDE_RED, v6, &udp53));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &syn));
		send_often(SIDE_BLUE, SIDE_RED, v6, &ack_back);
		assert_false(has_verdict(SIDE_BLUE, SIDE_RED, v6, &syn_back));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &syn_back));
	}
	send_often(SIDE_RED, SIDE_BLUE, false, &echo);
	assert_false(has_verdict(SIDE_RED, SIDE_BLUE, false, &echo));
	police("--from red --to blue allow", NULL);
	send_often(SIDE_RED, SIDE_BLUE, true, &echo6);
	assert_false(has_verdict(SIDE_RED, SIDE_BLUE, true, &echo6));
}

/* What follows the header of a later fragment isn't ports. */
static void fragments_have_none(void **state)
{
	static const unsigned int offsets[] = { 0, 185 };
	struct packet packet;

	(void)state;
	deny_all_but_from_red();
	for (int v6 = 0; v6 < 2; v6++)
		for (int i = 0; i < 2; i++) {
			send_often(SIDE_RED, SIDE_BLUE, v6, &udp53);
			for (int n = 0; n < RIG_UNTIL_RECORDED; n++)
				fragment_gets_in(v6, offsets[i], true, &udp53);
			build_fragment(&packet, v6, offsets[i], true, &udp53);
			assert_false(packet_has_verdict(SIDE_RED, &packet));
		}
}

static void a_change_of_rules_ends_it(void **state)
{
	(void)state;
	deny_all_but_from_red();
	for (int i = 0; i < 2; i++) {
		send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
		send_often(SIDE_BLUE, SIDE_RED, false, &udp53_back);
		if (i)
			set_default(NS_RED, NSACCEL_VERDICT_DENY);
		police("--from red --to blue proto udp dport 54 allow", NULL);
		assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
		assert_false(sends(SIDE_BLUE, SIDE_RED, false, &udp53_back));
		deny_all_but_from_red();
	}
}

/* One of all packets between two addresses, from before there was a policy. */
static void a_policy_ends_those_of_addresses(void **state)
{
	(void)state;
	send_often(SIDE_RED, SIDE_BLUE, false, &udp54);
	assert_true(has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
	deny_all_but_from_red();
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp54));
	no_policy();
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp54));
	set_default(NS_BLUE, NSACCEL_VERDICT_ALLOW);
	send_often(SIDE_RED, SIDE_BLUE, false, &udp54);
	assert_true(has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
}

static void each_packet_counts_for_its_rule(void **state)
{
	__u64 before;

	(void)state;
	deny_all_but_from_red();
	send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
	send_often(SIDE_BLUE, SIDE_RED, false, &udp53_back);
	before = rule_packets(1);
	assert_true(has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
	assert_int_equal(rule_packets(1), before + 1);
	assert_true(has_verdict(SIDE_BLUE, SIDE_RED, false, &udp53_back));
	assert_int_equal(rule_packets(1), before + 2);
}

/* Then the stages note that the connection is in use, and the flow has another. */
static void it_ends_after_a_second(void **state)
{
	const struct timespec pause = { .tv_nsec = 20000000 };
	int sent = 0;

	(void)state;
	deny_all_but_from_red();
	send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
	while (has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53)) {
		assert_true(sent++ < 1000);
		nanosleep(&pause, NULL);
	}
	send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
	assert_true(has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
}

/* Each packet costs an hour; left of them are paid for. */
static void limit(enum nsaccel_direction direction, __u64 left)
{
	const __u64 hour = 3600000000000ULL;
	struct nsaccel_isolation isolation = { .cookie = NS_RED,
					       .guard = NSACCEL_GUARD_OFF,
					       .limited = 1 };
	struct nsaccel_limits limits = {};
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	limits.packets[direction] = (struct nsaccel_rate){
		.per_second = 1,
		.burst = left,
		.cost = hour << NSACCEL_COST_SHIFT,
		.depth = hour * left,
		.tat = (__u64)now.tv_sec * 1000000000ULL - 2 * hour * left,
	};
	rig_set_limits(rig, NS_RED, &limits);
	assert_int_equal(nsa_maps_isolation_put(&policing_maps, NS_RED, &isolation), 0);
}

static bool is_refused(enum side from, enum side to)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = sides[from].dev };
	struct packet packet;

	build_between(&packet, from, to, false, &udp53);
	rig_forget_counts(rig);
	return rig_run_tc(rig, &arrival, &packet)->verdict == TC_ACT_SHOT &&
	       rig_counted(rig).reason == NSACCEL_DROP_LIMIT && rig_counted(rig).packets == 1;
}

static void rates_are_asked_for_each_packet(void **state)
{
	(void)state;
	for (int policed = 0; policed < 2; policed++) {
		if (policed)
			police("--from red allow", "--from blue allow", NULL);
		limit(NSACCEL_DIRECTION_OUT, RIG_UNTIL_RECORDED);
		send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
		assert_true(has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
		assert_true(is_refused(SIDE_RED, SIDE_BLUE));
		limit(NSACCEL_DIRECTION_IN, RIG_UNTIL_RECORDED);
		send_often(SIDE_BLUE, SIDE_RED, false, &udp53);
		assert_true(has_verdict(SIDE_BLUE, SIDE_RED, false, &udp53));
		assert_true(is_refused(SIDE_BLUE, SIDE_RED));
	}
}

/* Rates and policies are TC's: XDP leaves it what has a verdict there. */
static void xdp_leaves_them_to_tc(void **state)
{
	struct packet packet;

	(void)state;
	build_between(&packet, SIDE_RED, SIDE_WIRE, false, &udp53);
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, XDP_REDIRECT);
	limit(NSACCEL_DIRECTION_OUT, 2 * RIG_UNTIL_RECORDED);
	send_often(SIDE_RED, SIDE_WIRE, false, &udp53);
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, XDP_PASS);
	set_default(NS_RED, NSACCEL_VERDICT_ALLOW);
	police("--from red allow", NULL);
	send_often(SIDE_RED, SIDE_WIRE, false, &udp53);
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, XDP_PASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_flow_and_its_answers_have_verdicts),
		TEST(others_have_none),
		TEST(fragments_have_none),
		TEST(a_change_of_rules_ends_it),
		TEST(a_policy_ends_those_of_addresses),
		TEST(each_packet_counts_for_its_rule),
		TEST(it_ends_after_a_second),
		TEST(rates_are_asked_for_each_packet),
		TEST(xdp_leaves_them_to_tc),
	};

	return cmocka_run_group_tests(tests, policing_set_up, rig_tear_down);
}
