// SPDX-License-Identifier: GPL-2.0-only
/* Verdicts under a policy are for one flow, and for 100 ms; rates are asked for each packet that
 * has a verdict. A port that no longer forwards, of which no sequence tells, shows which packets go
 * by one. */
#include "policing.h"

#include <bpf/bpf.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "user/maps/owners.h"

#define SECOND 1000000000ULL
#define HOUR   (3600 * SECOND)

static bool goes_by_verdict(const struct arrival *arrival, const struct packet *packet)
{
	bool sent;

	rig_let_forward(rig, &policed_world, arrival->dev, false);
	rig_forget_counts(rig);
	sent = rig_run_tc(rig, arrival, packet)->verdict == TC_ACT_REDIRECT &&
	       rig_counted(rig).reason != NSACCEL_FWD_HOST;
	rig_let_forward(rig, &policed_world, arrival->dev, true);
	return sent;
}

static bool packet_has_verdict(enum side from, const struct packet *packet)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = sides[from].dev };

	return goes_by_verdict(&arrival, packet);
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

#define TRIES 100 /* a test may be stopped for longer than a verdict on a flow holds */

static bool gets_verdict(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	for (int i = 0; i < TRIES; i++) {
		send_often(from, to, v6, spec);
		if (has_verdict(from, to, v6, spec))
			return true;
	}
	return false;
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
		assert_true(gets_verdict(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_true(gets_verdict(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &syn));
		assert_true(gets_verdict(SIDE_RED, SIDE_BLUE, v6, &ack));
		assert_true(gets_verdict(SIDE_BLUE, SIDE_RED, v6, &ack_back));
	}
}

/* Between the same addresses, and allowed or not as if there was no verdict. */
static void others_have_none(void **state)
{
	static const struct packet_spec tcp53 = {
		.proto = IPPROTO_TCP, .sport = 4000, .dport = 53, .tcp_flags = TCP_ACK
	};
	static const struct packet_spec from_4001 = { .sport = 4001, .dport = 53 };
	static const struct packet_spec echo = { .proto = IPPROTO_ICMP },
					echo6 = { .proto = IPPROTO_ICMPV6 };

	(void)state;
	deny_all_but_from_red();
	for (int v6 = 0; v6 < 2; v6++) {
		send_often(SIDE_RED, SIDE_BLUE, v6, &udp53);
		assert_false(has_verdict(SIDE_RED, SIDE_BLUE, v6, &tcp53));
		assert_false(has_verdict(SIDE_RED, SIDE_BLUE, v6, &from_4001));
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

/* The one write that puts a policy in force. */
static void put_policy(__u32 policy)
{
	policed_world.owner.policy = policy;
	policed_world.owner.policy_generation++;
	assert_int_equal(nsa_maps_owner_put(&policing_maps, NS_OWNER, &policed_world.owner), 0);
}

/* Sooner than it would by itself. */
static void a_change_of_rules_ends_it(void **state)
{
	__u64 begun, took = SECOND;

	(void)state;
	deny_all_but_from_red();
	for (int i = 0; i < TRIES && took > SECOND / 20; i++) {
		assert_true(gets_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
		begun = rig_now();
		put_policy(0);
		assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
		took = rig_now() - begun;
		put_policy(policing_policy);
		assert_true(gets_verdict(SIDE_BLUE, SIDE_RED, false, &udp53_back));
	}
	assert_true(took <= SECOND / 20);
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

static void assert_counts(enum side from, enum side to, const struct packet_spec *spec, __u32 rule)
{
	__u64 before;

	for (int i = 0; i < TRIES; i++) {
		send_often(from, to, false, spec);
		before = rule_packets(rule);
		if (!has_verdict(from, to, false, spec))
			continue;
		assert_int_equal(rule_packets(rule), before + 1);
		return;
	}
	fail_msg("no verdict");
}

/* What no rule speaks of counts for element 0. */
static void each_packet_counts_for_its_rule(void **state)
{
	(void)state;
	deny_all_but_from_red();
	assert_counts(SIDE_RED, SIDE_BLUE, &udp53, 1);
	assert_counts(SIDE_BLUE, SIDE_RED, &udp53_back, 1);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &syn));
	assert_counts(SIDE_RED, SIDE_BLUE, &ack, 2);
	assert_counts(SIDE_RED, SIDE_WIRE, &udp54, 0);
}

/* Then the stages see the flow again. The clock that it goes by may be 10 ms late. */
static void it_ends_after_a_while(void **state)
{
	const struct timespec pause = { .tv_nsec = 10000000 };
	__u64 begun, asked;

	(void)state;
	deny_all_but_from_red();
	begun = rig_now();
	send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
	for (asked = rig_now(); has_verdict(SIDE_RED, SIDE_BLUE, false, &udp53);
	     asked = rig_now()) {
		assert_true(asked - begun < 10 * SECOND);
		nanosleep(&pause, NULL);
	}
	assert_true(rig_now() - begun > SECOND / 10 - SECOND / 100);
	assert_true(gets_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
}

/* Red may send or receive so many packets; each costs an hour. */
static void limit(enum nsaccel_direction direction, __u64 count)
{
	struct nsaccel_isolation isolation = { .cookie = NS_RED,
					       .guard = NSACCEL_GUARD_OFF,
					       .limited = 1 };
	struct nsaccel_limits limits = {};

	limits.packets[direction] = (struct nsaccel_rate){
		.per_second = 1,
		.burst = count,
		.cost = HOUR << NSACCEL_COST_SHIFT,
		.depth = HOUR * count,
		.tat = rig_now() - 2 * HOUR * count,
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

/* Sends until nothing more may be sent, the last packet by a verdict. */
static void use_up(enum nsaccel_direction direction, enum side from, enum side to)
{
	for (int i = 0; i < TRIES; i++) {
		limit(direction, RIG_UNTIL_RECORDED);
		send_often(from, to, false, &udp53);
		if (has_verdict(from, to, false, &udp53))
			return;
	}
	fail_msg("no verdict");
}

/* A packet that the sender's rate refuses counts for no rule; one that the receiver's refuses has
 * been allowed. */
static void rates_are_asked_for_each_packet(void **state)
{
	__u64 before;

	(void)state;
	for (int policed = 0; policed < 2; policed++) {
		if (policed)
			police("--from red allow", "--from blue allow", NULL);
		use_up(NSACCEL_DIRECTION_OUT, SIDE_RED, SIDE_BLUE);
		before = rule_packets(1);
		assert_true(is_refused(SIDE_RED, SIDE_BLUE));
		assert_int_equal(rule_packets(1), before);
		use_up(NSACCEL_DIRECTION_IN, SIDE_BLUE, SIDE_RED);
		before = rule_packets(2);
		assert_true(is_refused(SIDE_BLUE, SIDE_RED));
		assert_int_equal(rule_packets(2), before + (__u64)policed);
	}
}

/* Also if it has a verdict that isn't for its TTL, and so goes through the stages. */
static void a_packet_is_charged_once(void **state)
{
	static const struct packet_spec last_hop = { .sport = 4000, .dport = 53, .ttl = 1 };
	struct nsaccel_limits before, after;

	(void)state;
	limit(NSACCEL_DIRECTION_OUT, 10 * RIG_UNTIL_RECORDED);
	send_often(SIDE_RED, SIDE_BLUE, false, &udp53);
	rig_limits(rig, NS_RED, &before);
	assert_false(has_verdict(SIDE_RED, SIDE_BLUE, false, &last_hop));
	rig_limits(rig, NS_RED, &after);
	assert_int_equal(after.packets[NSACCEL_DIRECTION_OUT].tat -
				 before.packets[NSACCEL_DIRECTION_OUT].tat,
			 HOUR);
}

static bool arrival_gets_verdict(const struct arrival *arrival, const struct packet *packet)
{
	for (int i = 0; i < TRIES; i++) {
		for (int n = 0; n < RIG_UNTIL_RECORDED; n++)
			rig_run_tc(rig, arrival, packet);
		if (goes_by_verdict(arrival, packet))
			return true;
	}
	return false;
}

/* Of the flow, at egress of their lower. */
static void macvlans_have_them(void **state)
{
	static const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = ETH2 };
	struct packet_spec spec = { .dst = "10.1.0.9",
				    .src = "10.4.0.2",
				    .dport = 53,
				    .dst_mac = PORT_MAC(ETH2),
				    .src_mac = MACVLAN_MAC(NS_GREEN) };
	struct packet packet;

	(void)state;
	police("--to 10.1.0.0/24 proto udp dport 53 allow", NULL);
	packet_build(&packet, &spec);
	assert_true(arrival_gets_verdict(&arrival, &packet));
	assert_int_equal(rig_counted(rig).hook, NSACCEL_HOOK_TC_EGRESS);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_NIC);
	spec.dport = 54;
	packet_build(&packet, &spec);
	assert_false(goes_by_verdict(&arrival, &packet));
}

/* Rates are TC's: XDP leaves it what has a verdict there. */
static void xdp_leaves_rates_to_tc(void **state)
{
	struct packet packet;

	(void)state;
	build_between(&packet, SIDE_RED, SIDE_WIRE, false, &udp53);
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, XDP_REDIRECT);
	limit(NSACCEL_DIRECTION_OUT, 2 * RIG_UNTIL_RECORDED);
	assert_true(gets_verdict(SIDE_RED, SIDE_WIRE, false, &udp53));
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, XDP_PASS);
}

/* Into an isolated namespace, by a static route alone. */
static void isolated_namespaces_are_reached_by_verdicts(void **state)
{
	static const struct nsaccel_isolation isolated = { .cookie = NS_BLUE,
							   .guard = NSACCEL_GUARD_OFF,
							   .isolated = 1 };
	struct packet packet;

	(void)state;
	policed_world.hops[TO_BLUE].target = NSACCEL_TARGET_NETNS;
	rig_apply(rig, &policed_world);
	assert_int_equal(nsa_maps_isolation_put(&policing_maps, NS_BLUE, &isolated), 0);
	assert_true(gets_verdict(SIDE_RED, SIDE_BLUE, false, &udp53));
	policed_world.hops[TO_BLUE].target = NSACCEL_TARGET_NONE;
	rig_apply(rig, &policed_world);
	assert_int_equal(nsa_maps_isolation_put(&policing_maps, NS_BLUE, &isolated), 0);
	build_between(&packet, SIDE_RED, SIDE_BLUE, false, &udp53);
	assert_false(packet_has_verdict(SIDE_RED, &packet));
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
		TEST(it_ends_after_a_while),
		TEST(rates_are_asked_for_each_packet),
		TEST(a_packet_is_charged_once),
		TEST(macvlans_have_them),
		TEST(xdp_leaves_rates_to_tc),
		TEST(isolated_namespaces_are_reached_by_verdicts),
	};

	return cmocka_run_group_tests(tests, policing_set_up, rig_tear_down);
}
