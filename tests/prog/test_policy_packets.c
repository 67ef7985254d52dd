// SPDX-License-Identifier: GPL-2.0-only
/* Policies: ICMP errors, fragments, truncated packets, other protocols. */
#include "policing.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Errors */

static void build_error(struct packet *out, enum side from, enum side to, bool v6,
			const struct packet *about)
{
	const struct packet_spec spec = {
		.proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
		.icmp_type = v6 ? 1 : 3,
		.l3_len = (v6 ? IP6_LEN : 20) + 8 + (v6 ? IP6_LEN : 20) + 8,
	};
	size_t l3 = v6 ? IP6_LEN : 20;

	build_between(out, from, to, v6, &spec);
	memcpy(out->data + ETH_HLEN + l3 + 8, about->data + ETH_HLEN, l3 + 8);
}

/* About what goes from a to b, told to a by c. */
static bool error_gets_in(enum side a, enum side b, enum side c, bool v6,
			  const struct packet_spec *spec)
{
	struct packet about, error;

	build_between(&about, a, b, v6, spec);
	build_error(&error, c, a, v6, &about);
	return gets_in(c, &error);
}

static void errors_follow_flows(void **state)
{
	(void)state;
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto udp allow", NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(error_gets_in(SIDE_RED, SIDE_BLUE, SIDE_BLUE, v6, &udp53));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp53));
		assert_true(error_gets_in(SIDE_RED, SIDE_BLUE, SIDE_BLUE, v6, &udp53));
		assert_true(error_gets_in(SIDE_RED, SIDE_BLUE, SIDE_WIRE, v6, &udp53)); /* router */
		assert_false(error_gets_in(SIDE_RED, SIDE_BLUE, SIDE_BLUE, v6, &udp80));
		/* About answers, too. */
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &udp53_back));
		assert_true(error_gets_in(SIDE_BLUE, SIDE_RED, SIDE_RED, v6, &udp53_back));
		assert_false(error_gets_in(SIDE_BLUE, SIDE_RED, SIDE_RED, v6, &udp80));
	}
}

/* What it quotes wasn't sent by whom it's for. */
static void errors_about_others_are_none(void **state)
{
	struct packet about, error;

	(void)state;
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto udp allow", NULL);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
	build_between(&about, SIDE_RED, SIDE_BLUE, false, &udp53);
	build_error(&error, SIDE_BLUE, SIDE_RED, false, &about);
	assert_true(gets_in(SIDE_BLUE, &error));
	error.data[ETH_HLEN + 20 + 8 + 15] ^= 1;
	assert_false(gets_in(SIDE_BLUE, &error));
}

/* Fragments */

static void fragments_follow_the_first(void **state)
{
	(void)state;
	police("--from red --to blue proto udp dport 53 allow", "--from red deny", NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		assert_false(fragment_gets_in(v6, 4, true, &udp53));
		assert_false(fragment_gets_in(v6, 0, true, &udp80));
		assert_false(fragment_gets_in(v6, 4, true, &udp80));
		assert_true(fragment_gets_in(v6, 0, true, &udp53));
		assert_true(fragment_gets_in(v6, 4, true, &udp53));
		assert_true(fragment_gets_in(v6, 8, false, &udp53));
	}
}

/* Later fragments, and errors, count for the rule that allowed what they belong to. */
static void rules_count_what_follows(void **state)
{
	const struct packet_spec echo = { .proto = IPPROTO_ICMP, .icmp_type = 8 };
	__u64 first, second;

	(void)state;
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto tcp allow",
	       "--from red --to blue proto udp dport 53 allow",
	       "--from red --to blue proto icmp allow", NULL);
	first = rule_packets(2);
	assert_true(fragment_gets_in(false, 0, true, &udp53));
	assert_true(fragment_gets_in(false, 4, true, &udp53));
	assert_true(fragment_gets_in(true, 0, true, &udp53));
	assert_true(fragment_gets_in(true, 4, false, &udp53));
	assert_int_equal(rule_packets(2), first + 4);
	assert_true(error_gets_in(SIDE_RED, SIDE_BLUE, SIDE_WIRE, false, &udp53));
	assert_int_equal(rule_packets(2), first + 5);
	second = rule_packets(3);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &echo));
	assert_true(error_gets_in(SIDE_RED, SIDE_BLUE, SIDE_BLUE, false, &echo));
	assert_int_equal(rule_packets(3), second + 2);
	assert_int_equal(rule_packets(2), first + 5);
}

/* Whatever their ports are: by rules that don't look at them. */
static void fragments_alone_go_by_what_is_known(void **state)
{
	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		forget_conns();
		police("--from red proto udp allow", "--from red deny", NULL);
		assert_true(fragment_gets_in(v6, 4, true, &udp53));
		police("--from red proto udp dport 53 allow", "--from red proto udp allow", NULL);
		assert_false(fragment_gets_in(v6, 4, true, &udp53));
		police("--from red proto tcp dport 53 deny", NULL);
		assert_true(fragment_gets_in(v6, 4, true, &udp53));
	}
}

/* The first says UDP, the others what the part that is cut up begins with: options. */
static void fragments_with_options_behind(void **state)
{
	struct packet packet;

	(void)state;
	police("--from red --to blue proto udp dport 53 allow", "--from red deny", NULL);
	build_fragment(&packet, true, 0, true, &udp53);
	assert_true(gets_in(SIDE_RED, &packet));
	build_fragment(&packet, true, 4, true, &udp53);
	packet.data[ETH_HLEN + IP6_LEN] = IPPROTO_DSTOPTS;
	assert_true(gets_in(SIDE_RED, &packet));
}

static void extension_headers_are_gone_past(void **state)
{
	struct packet_spec spec = udp80;

	(void)state;
	police("--from red proto udp dport 80 deny", NULL);
	spec.ext = EXT_DESTINATION;
	assert_false(sends(SIDE_RED, SIDE_BLUE, true, &spec));
	spec.dport = 81;
	assert_true(sends(SIDE_RED, SIDE_BLUE, true, &spec));
	spec.ext = EXT_HOP_BY_HOP;
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, true, &spec));
	spec.dport = 80;
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, true, &spec));
	spec = udp80;
	spec.ihl = 7; /* options */
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, false, &spec));
	spec.ttl = 1;
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, false, &spec));
}

/* Neither IP nor ARP: rules that don't ask for more decide. */
static void other_protocols(void **state)
{
	const struct packet_spec lldp = { .ethertype = 0x88cc }, arp = { .ethertype = ETH_P_ARP };

	(void)state;
	police("--from red --to blue proto udp deny", NULL);
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, false, &lldp));
	police("--from red --to blue deny", NULL);
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, false, &lldp));
	assert_true(kernel_sends(SIDE_BLUE, SIDE_RED, false, &lldp));
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, false, &arp));
	no_policy();
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, false, &lldp));
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, false, &arp));
}

/* On the link, and not routed any more: hop limit 255 where the kernel sends it out. */
static void neighbours_find_each_other(void **state)
{
	struct packet_spec solicitation = { .proto = IPPROTO_ICMPV6, .icmp_type = 135, .ttl = 255 };

	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, true, &solicitation));
	solicitation.ttl = 254; /* a router was there */
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, true, &solicitation));
}

/* Without its transport header: by rules that say nothing of ports, or come after one that might be
 * meant. */
static void what_is_cut_goes_by_what_is_known(void **state)
{
	struct packet_spec udp = udp53, icmp = { .proto = IPPROTO_ICMP };

	(void)state;
	for (int v6 = 0; v6 < 2; v6++) {
		udp.l3_len = (v6 ? IP6_LEN : 20) + 2;
		icmp.l3_len = udp.l3_len;
		icmp.proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		police("--from blue deny", NULL);
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp));
		assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, v6, &udp));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &icmp));
		police("--from red proto udp dport 53 allow", "--from red proto udp allow", NULL);
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &icmp));
		police("--from red proto udp allow", "--from red deny", NULL);
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &udp));
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &icmp));
	}
}

/* It is an answer, or goes on, only where it may begin. */
static void what_is_cut_answers_nothing(void **state)
{
	struct packet_spec nul = { .sport = ZERO, .dport = ZERO }, cut = { .l3_len = 22 };

	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto udp allow", NULL);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &nul));
	assert_true(sends(SIDE_BLUE, SIDE_RED, false, &nul));
	assert_false(sends(SIDE_BLUE, SIDE_RED, false, &cut));
}

/* What ends before TCP's flags, which another fragment may have, may begin a connection. Padding,
 * where a flag stands that it is a reply, is no part of it. */
static void without_flags_it_may_begin(void **state)
{
	(void)state;
	set_default(NS_BLUE, NSACCEL_VERDICT_DENY);
	police("--from red --to blue proto tcp allow", NULL);
	for (int v6 = 0; v6 < 2; v6++) {
		struct packet_spec tiny = { .proto = IPPROTO_TCP, .doff = ZERO };

		tiny.ext = v6 ? EXT_FRAGMENT : EXT_NONE;
		tiny.frag = v6 ? 0 : 0x2000;
		tiny.l3_len = (v6 ? IP6_LEN + 8 : 20) + 8;
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &ack));
		assert_true(sends(SIDE_BLUE, SIDE_RED, v6, &syn_ack_back));
		assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &syn_back));
		for (int padding = 0; padding <= 18; padding += 18) {
			tiny.padding = padding;
			tiny.sport = 80;
			tiny.dport = 4000;
			assert_false(sends(SIDE_BLUE, SIDE_RED, v6, &tiny));
			tiny.sport = 4000;
			tiny.dport = 80;
			assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &tiny));
		}
	}
}

/* No port either. */
static void padding_has_no_ports(void **state)
{
	struct packet_spec udp = udp53, icmp = { .proto = IPPROTO_ICMP };

	(void)state;
	udp.padding = icmp.padding = 24;
	for (int v6 = 0; v6 < 2; v6++) {
		udp.l3_len = icmp.l3_len = (v6 ? IP6_LEN : 20) + 2;
		icmp.proto = v6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
		police("--from red proto udp dport 53 allow", "--from red proto udp allow", NULL);
		assert_false(sends(SIDE_RED, SIDE_BLUE, v6, &udp));
		assert_true(sends(SIDE_RED, SIDE_BLUE, v6, &icmp));
	}
}

/* Nor can be told which protocol it is: extension headers are cut, or are too many. */
static void what_has_no_known_protocol_goes_by_the_rest(void **state)
{
	const struct packet_spec many = { .ext = EXT_DESTINATION, .ext_count = 9 };
	const struct packet_spec cut = { .ext = EXT_DESTINATION, .cut = ETH_HLEN + IP6_LEN + 4 };

	(void)state;
	police("--from blue proto tcp deny", NULL);
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, true, &many));
	assert_true(kernel_sends(SIDE_RED, SIDE_BLUE, true, &cut));
	assert_false(kernel_sends(SIDE_BLUE, SIDE_RED, true, &many));
	police("--to fd03::/64 deny", "--from red allow", NULL);
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, true, &many));
	assert_true(kernel_sends(SIDE_RED, SIDE_WIRE, true, &many));
	police("--from red proto udp allow", "--from red allow", NULL);
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, true, &many));
	set_default(NS_RED, NSACCEL_VERDICT_DENY);
	police("--from blue proto tcp deny", NULL);
	assert_false(kernel_sends(SIDE_RED, SIDE_BLUE, true, &many));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(errors_follow_flows),
		TEST(errors_about_others_are_none),
		TEST(fragments_follow_the_first),
		TEST(rules_count_what_follows),
		TEST(fragments_alone_go_by_what_is_known),
		TEST(fragments_with_options_behind),
		TEST(extension_headers_are_gone_past),
		TEST(other_protocols),
		TEST(neighbours_find_each_other),
		TEST(what_is_cut_goes_by_what_is_known),
		TEST(what_is_cut_answers_nothing),
		TEST(without_flags_it_may_begin),
		TEST(padding_has_no_ports),
		TEST(what_has_no_known_protocol_goes_by_the_rest),
	};

	return cmocka_run_group_tests_name("policy, packets", tests, policing_set_up,
					   rig_tear_down);
}
