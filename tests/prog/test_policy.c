// SPDX-License-Identifier: GPL-2.0-only
/* Policies: rules, defaults, connections, changes, and what XDP leaves to TC. */
#include "policing.h"
#include "user/maps/inner.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* Rules */

static void nothing_said_allows(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &syn));
		assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
	}
}

static void first_rule_decides(void **state)
{
	(void)state;
	police("--from red --to blue proto udp dport 53 allow",
	       "--from red --to blue proto udp dport 50-59 deny", "--from red proto tcp deny",
	       NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		const struct packet_spec udp50 = { .dport = 50 }, udp59 = { .dport = 59 };
		const struct packet_spec udp60 = { .dport = 60 }, udp49 = { .dport = 49 };

		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp50));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp59));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp60));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp49));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &syn));
		assert_false(sends(SIDE_RED, SIDE_WIRE, v6, &syn));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &syn));
		assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, v6, &udp50));
		assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, v6, &udp60));
	}
}

static void prefixes_decide(void **state)
{
	const struct packet_spec icmp = { .proto = IPPROTO_ICMP };

	(void)state;
	police("--to 10.3.0.2/32 proto udp allow", "--to 10.3.0.0/24 deny",
	       "--from fd02::/64 --to fd03::2 deny", NULL);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &syn));
	assert_false(sends(SIDE_WIRE, SIDE_BLUE, false, &icmp));
	assert_true(sends(SIDE_RED, SIDE_WIRE, false, &syn));
	assert_false(sends(SIDE_RED, SIDE_BLUE, true, &udp53));
	assert_true(sends(SIDE_WIRE, SIDE_BLUE, true, &udp53));
}

static void the_wire_is_the_owner(void **state)
{
	(void)state;
	police("--from owner --to red deny", "--from blue --to owner deny", NULL);
	assert_false(sends(SIDE_WIRE, SIDE_RED, false, &udp53));
	assert_true(sends(SIDE_WIRE, SIDE_BLUE, false, &udp53));
	assert_false(sends(SIDE_BLUE, SIDE_WIRE, false, &udp53));
	assert_true(sends(SIDE_BLUE, SIDE_RED, false, &udp53));
}

static void dead_namespaces_are_nobody(void **state)
{
	(void)state;
	police("--from nobody deny", NULL);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
}

static void rules_count(void **state)
{
	__u64 allowed, denied;

	(void)state;
	police("--from red proto udp allow", "--from red deny", NULL);
	allowed = rule_packets(1);
	denied = rule_packets(2);
	sends(SIDE_RED, SIDE_BLUE, false, &udp53);
	sends(SIDE_RED, SIDE_BLUE, false, &udp53);
	sends(SIDE_BLUE, SIDE_RED, false, &udp53_back);
	sends(SIDE_RED, SIDE_BLUE, false, &syn);
	assert_int_equal(rule_packets(1), allowed + 3); /* answers are the rule's, too */
	assert_int_equal(rule_packets(2), denied + 1);
}

static void ten_thousand_rules(void **state)
{
	struct nsa_policy_rule *rules = calloc(10000, sizeof(*rules));
	const struct packet_spec last = {
		.proto = IPPROTO_TCP, .sport = 1, .dport = 9999, .tcp_flags = TCP_SYN
	};
	const struct packet_spec other = {
		.proto = IPPROTO_TCP, .sport = 1, .dport = 10000, .tcp_flags = TCP_SYN
	};

	(void)state;
	assert_non_null(rules);
	for (size_t i = 0; i < 10000; i++) {
		parse_rule("--from red --to 10.3.0.0/24 proto tcp dport 1 deny", &rules[i]);
		rules[i].rule.port_low = rules[i].rule.port_high = (__u16)i;
	}
	police_many(rules, 10000);
	free(rules);
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &last));
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &syn));
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &other));
	assert_true(sends(SIDE_RED, SIDE_BLUE, true, &last));
}

/* Defaults, and answers */

static void default_deny_goes_both_ways(void **state)
{
	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53));
		assert_false(sends(SIDE_BLUE, SIDE_WIRE, v6, &udp53));
		assert_true(sends(SIDE_RED, SIDE_WIRE, v6, &udp53));
		assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
	}
}

static void only_answers_come_back(void **state)
{
	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue allow", NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_true(kernel_sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53));
		assert_false(sends(SIDE_BLUE, SIDE_WIRE, v6, &udp53_back));
	}
}

static void a_connection_is_not_begun_by_an_answer(void **state)
{
	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto tcp dport 80 allow", NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &syn_ack_back));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &syn));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &syn_ack_back));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &ack));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &syn_back));
	}
}

static void an_echo_is_answered_by_a_reply(void **state)
{
	const struct packet_spec request[] = { { .proto = IPPROTO_ICMP, .icmp_type = 8 },
					       { .proto = IPPROTO_ICMPV6, .icmp_type = 128 } };
	const struct packet_spec reply[] = { { .proto = IPPROTO_ICMP, .icmp_type = ZERO },
					     { .proto = IPPROTO_ICMPV6, .icmp_type = 129 } };
	struct packet packet;

	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue allow", NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &reply[v6]));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &request[v6]));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &reply[v6]));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &request[v6]));
		build_between(&packet, SIDE_BLUE, SIDE_RED, v6, &reply[v6]);
		packet.data[ETH_HLEN + (v6 ? IP6_LEN : 20) + 5] ^= 1; /* another's id */
		assert_false(gets_in(SIDE_BLUE, &packet));
	}
}

/* blue remembers nothing of its own: what it begins is in the owner's map. */
static void who_has_no_memory_uses_the_owners(void **state)
{
	(void)state;
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	police("--from blue --to red allow", NULL);
	assert_true(sends(SIDE_BLUE, SIDE_RED, false, &udp53));
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53_back));
	/* It gets one, and takes with it what it has begun. */
	assert_int_equal(nsa_maps_conns_add(&policing_maps, NS_BLUE, NS_OWNER), 0);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53_back));
}

/* Changes */

static void a_change_judges_running_flows(void **state)
{
	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	for (int v6 = 0; v6 < 2; v6++) {
		police("--from red --to blue proto udp allow", NULL);
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		/* Another rule that allows it: both directions go on, whichever comes first. */
		police("--from red --to blue proto udp dport 53 allow", NULL);
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		/* None that does. */
		police("--from red --to blue proto udp dport 54 allow", NULL);
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		/* Fragments of before follow nobody. */
		police("--from red --to blue proto udp dport 53 allow", NULL);
		assert_true(fragment_gets_in(v6, 0, true, &udp53));
		police("--from red --to blue proto udp dport 54 allow", NULL);
		assert_false(fragment_gets_in(v6, 4, true, &udp53));
	}
}

/* An answer that was on its way when the rules changed begins nothing that its receiver had
 * begun. */
static void a_change_is_not_outlived_by_answers(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		police("--from red --to blue allow", "--from red deny", NULL);
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		police("--from red deny", NULL);
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		/* What blue has begun itself goes on. */
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp54));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp54_back));
		police("--from red proto icmp deny", "--from red deny", NULL);
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp54));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp54_back));
	}
}

/* A reply that nobody asked for lets its receiver ask nothing. */
static void a_request_is_no_answer(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		const struct packet_spec reply = { .proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
						   .icmp_type = v6 ? 129 : ZERO };
		const struct packet_spec request = { .proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
						     .icmp_type = v6 ? 128 : 8 };

		police("--from red deny", NULL);
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &reply));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &request));
	}
}

/* A program that still goes by a policy that has gone. */
static void a_policy_that_is_gone_denies(void **state)
{
	(void)state;
	police("--from red allow", NULL);
	policed_world.owner.policy = policing_policy + 1;
	rig_set_owner(rig, &policed_world.owner);
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
}

/* XDP leaves to TC what a policy is to be asked for. */
static void xdp_minds(void **state)
{
	struct packet packet;
	struct packet_spec spec = { .dst = "10.1.0.9",
				    .src = "10.0.0.9",
				    .dst_mac = PORT_MAC(ETH0),
				    .src_mac = HOST_MAC(ETH0) };
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0 };

	(void)state;
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_xdp(rig, PLAIN, ETH0, &packet)->verdict, 4 /* XDP_REDIRECT */);
	police("--from 10.0.0.0/24 --to 10.1.0.0/24 deny", NULL);
	assert_int_equal(rig_run_xdp(rig, PLAIN, ETH0, &packet)->verdict, 2 /* XDP_PASS */);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &arrival, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	no_policy();
	set_default(NS_OWNER, NSACCEL_VERDICT_DENY);
	assert_int_equal(rig_run_xdp(rig, PLAIN, ETH0, &packet)->verdict, 2 /* XDP_PASS */);
}

/* Also where that is said of who sends alone. */
/* Sets of which a part is missing: a head that says that they are longer. */
static void a_policy_without_its_sets_denies(void **state)
{
	static struct nsaccel_policy_head head;
	__u32 zero = 0;
	int inner;

	(void)state;
	police("--from blue deny", NULL);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
	inner = nsa_maps_inner_open(&policing_maps, NSA_MAP_POLICY_HEAD, &policing_policy);
	assert_true(inner >= 0);
	assert_int_equal(bpf_map_lookup_elem(inner, &zero, &head), 0);
	head.chunks = NSACCEL_POLICY_CHUNKS;
	assert_int_equal(bpf_map_update_elem(inner, &zero, &head, 0), 0);
	close(inner);
	forget_conns();
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
}

static void xdp_minds_its_sender(void **state)
{
	struct packet packet;
	struct packet_spec spec = { .dst = "10.1.0.9",
				    .src = "10.2.0.2",
				    .dst_mac = PORT_MAC(RED),
				    .src_mac = BEHIND_MAC(RED) };

	(void)state;
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, 4 /* XDP_REDIRECT */);
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	assert_int_equal(rig_run_xdp(rig, PLAIN, RED, &packet)->verdict, 2 /* XDP_PASS */);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nothing_said_allows),
		TEST(first_rule_decides),
		TEST(prefixes_decide),
		TEST(the_wire_is_the_owner),
		TEST(dead_namespaces_are_nobody),
		TEST(rules_count),
		TEST(ten_thousand_rules),
		TEST(default_deny_goes_both_ways),
		TEST(only_answers_come_back),
		TEST(a_connection_is_not_begun_by_an_answer),
		TEST(an_echo_is_answered_by_a_reply),
		TEST(who_has_no_memory_uses_the_owners),
		TEST(a_change_judges_running_flows),
		TEST(a_change_is_not_outlived_by_answers),
		TEST(a_request_is_no_answer),
		TEST(a_policy_that_is_gone_denies),
		TEST(a_policy_without_its_sets_denies),
		TEST(xdp_minds),
		TEST(xdp_minds_its_sender),
	};

	return cmocka_run_group_tests_name("policy", tests, policing_set_up, rig_tear_down);
}
