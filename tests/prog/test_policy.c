// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies, compiled and written as the command does, and what the programs make of them. Namespaces
 * are called by the names of their ports: red (10.2.0.2), blue (10.3.0.2); wire is beyond eth0
 * (10.0.0.9), and, with the owner itself, "owner" in rules.
 */
#include "rig.h"
#include "user/maps/conns.h"
#include "user/maps/endpoints.h"
#include "user/maps/isolation.h"
#include "user/maps/policy.h"
#include "user/maps/rules.h"
#include "user/model/policy_compile.h"
#include "user/model/policy_text.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TCP_SYN 0x02
#define TCP_ACK 0x10
#define IP6_LEN 40

static struct world world;
static struct nsa_maps maps;
static __u32 policy, generation;

/* Who */

enum side {
	SIDE_RED,
	SIDE_BLUE,
	SIDE_WIRE
};

static const struct {
	enum dev dev;
	enum ns ns;
	const char *addr4, *addr6;
} sides[] = {
	[SIDE_RED] = { RED, NS_RED, "10.2.0.2", "fd02::2" },
	[SIDE_BLUE] = { BLUE, NS_BLUE, "10.3.0.2", "fd03::2" },
	[SIDE_WIRE] = { ETH0, NS_OWNER, "10.0.0.9", "fd00::9" },
};

static __u32 slot_of(const char *name)
{
	static const struct {
		const char *name;
		enum ns slot;
	} names[] = { { "owner", NS_OWNER }, { "red", NS_RED }, { "blue", NS_BLUE } };

	for (size_t i = 0; name && i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(name, names[i].name))
			return names[i].slot;
	return 0;
}

/* Policies */

static void set_default(enum ns ns, enum nsaccel_verdict verdict)
{
	struct nsaccel_isolation isolation = { .cookie = ns,
					       .guard = NSACCEL_GUARD_OFF,
					       .policy = verdict };

	assert_int_equal(nsa_maps_isolation_put(&maps, ns, &isolation), 0);
}

static void forget_conns(void)
{
	for (__u32 ns = NS_OWNER; ns < NS_COUNT; ns++)
		nsa_maps_conns_del(&maps, ns);
	assert_int_equal(nsa_maps_conns_add(&maps, NS_OWNER, NS_OWNER), 0);
	assert_int_equal(nsa_maps_conns_add(&maps, NS_RED, NS_OWNER), 0);
}

static void parse(const char *text, struct nsa_policy_rule *out)
{
	struct nsa_rule_file file = {};
	struct nsa_rule_error error = {};
	char *copy = strdup(text);

	assert_non_null(copy);
	if (nsa_rule_parse_text(copy, &file, &error))
		fail_msg("%s: \"%s\" %s", text, error.token, error.why);
	out->rule = file.rules->rule;
	out->from_slot = slot_of(file.rules->from_netns);
	out->to_slot = slot_of(file.rules->to_netns);
	out->rule.from_cookie = file.rules->from_netns ? 1000 : 0;
	out->rule.to_cookie = file.rules->to_netns ? 1000 : 0;
	nsa_rule_file_free(&file);
}

/* These rules, numbered from 1, are in force from now on. */
static void police_many(struct nsa_policy_rule *rules, size_t count)
{
	struct nsa_policy *compiled = NULL;
	__u32 old = policy;

	for (size_t i = 0; i < count; i++) {
		rules[i].number = (__u32)i + 1;
		rules[i].rule.pref = (__u32)i;
	}
	assert_int_equal(nsa_policy_compile(rules, count, &compiled), 0);
	assert_int_equal(nsa_maps_policy_add(&maps, compiled, &policy), 0);
	nsa_policy_free(compiled);
	world.owner.policy = policy;
	world.owner.policy_generation = ++generation;
	rig_set_owner(rig, &world.owner);
	if (old)
		assert_int_equal(nsa_maps_policy_del(&maps, old), 0);
}

#define RULES_MAX 8

static void police(const char *first, ...)
{
	struct nsa_policy_rule rules[RULES_MAX] = {};
	const char *text = first;
	size_t count = 0;
	va_list ap;

	va_start(ap, first);
	for (; text; text = va_arg(ap, const char *)) {
		assert_true(count < RULES_MAX);
		parse(text, &rules[count++]);
	}
	va_end(ap);
	police_many(rules, count);
}

static void no_policy(void)
{
	if (policy)
		assert_int_equal(nsa_maps_policy_del(&maps, policy), 0);
	world.owner.policy = policy = 0;
	world.owner.policy_generation = ++generation;
	rig_set_owner(rig, &world.owner);
}

static __u64 rule_packets(__u32 number)
{
	struct nsaccel_counter counter;

	assert_int_equal(nsa_maps_rule_stats(&maps, number, &counter), 0);
	return counter.packets;
}

/* Packets */

static void build(struct packet *packet, enum side from, enum side to, bool v6,
		  const struct packet_spec *more)
{
	struct packet_spec spec = *more;

	spec.dst_mac = PORT_MAC(sides[from].dev);
	spec.src_mac = sides[from].dev == ETH0 ? HOST_MAC(ETH0) : BEHIND_MAC(sides[from].dev);
	spec.src = v6 ? sides[from].addr6 : sides[from].addr4;
	spec.dst = v6 ? sides[to].addr6 : sides[to].addr4;
	packet_build(packet, &spec);
}

/* By the fast path: it gets there, or the policy denies it. */
static bool gets_in(enum side from, const struct packet *packet)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = sides[from].dev };
	struct counted counted;
	__u32 verdict;

	rig_forget_counts(rig);
	verdict = rig_run_tc(rig, &arrival, packet)->verdict;
	counted = rig_counted(rig);
	assert_int_equal(counted.packets, 1);
	if (counted.reason == NSACCEL_DROP_POLICY) {
		assert_int_equal(verdict, TC_ACT_SHOT);
		return false;
	}
	if (counted.reason != NSACCEL_FWD_VETH && counted.reason != NSACCEL_FWD_NIC)
		fail_msg("neither sent nor denied, but reason %u", counted.reason);
	return true;
}

static bool sends(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	struct packet packet;

	build(&packet, from, to, v6, spec);
	return gets_in(from, &packet);
}

/* The same packet when the kernel sends it out of the port of whom it is for. */
static bool kernel_sends(enum side from, enum side to, bool v6, const struct packet_spec *spec)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_EGRESS,
					 .dev = sides[to].dev,
					 .iif = IFINDEX(sides[from].dev) };
	struct packet packet;
	__u32 verdict;

	build(&packet, from, to, v6, spec);
	rig_forget_counts(rig);
	verdict = rig_run_tc(rig, &arrival, &packet)->verdict;
	if (verdict == (__u32)TC_ACT_UNSPEC)
		return true;
	assert_int_equal(verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	return false;
}

static const struct packet_spec udp53 = { .sport = 4000, .dport = 53 };
static const struct packet_spec udp53_back = { .sport = 53, .dport = 4000 };
static const struct packet_spec udp54 = { .sport = 4000, .dport = 54 };
static const struct packet_spec udp54_back = { .sport = 54, .dport = 4000 };
static const struct packet_spec udp80 = { .sport = 4000, .dport = 80 };
static const struct packet_spec syn = { .proto = IPPROTO_TCP,
					.sport = 4000,
					.dport = 80,
					.tcp_flags = TCP_SYN };
static const struct packet_spec ack = { .proto = IPPROTO_TCP,
					.sport = 4000,
					.dport = 80,
					.tcp_flags = TCP_ACK };
static const struct packet_spec syn_ack_back = { .proto = IPPROTO_TCP,
						 .sport = 80,
						 .dport = 4000,
						 .tcp_flags = TCP_SYN | TCP_ACK };
static const struct packet_spec syn_back = { .proto = IPPROTO_TCP,
					     .sport = 80,
					     .dport = 4000,
					     .tcp_flags = TCP_SYN };

static int start(void **state)
{
	(void)state;
	world_init(&world);
	world.hops[TO_RED].dst_slot = NS_RED;
	world.hops[TO_BLUE].dst_slot = NS_BLUE;
	for (int dev = 0; dev < DEV_COUNT; dev++)
		world.ports[dev].watched = 1;
	rig_apply(rig, &world);
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	forget_conns();
	no_policy();
	return 0;
}

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
		parse("--from red --to 10.3.0.0/24 proto tcp dport 1 deny", &rules[i]);
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
		build(&packet, SIDE_BLUE, SIDE_RED, v6, &reply[v6]);
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
	assert_int_equal(nsa_maps_conns_add(&maps, NS_BLUE, NS_OWNER), 0);
	assert_true(sends(SIDE_RED, SIDE_BLUE, false, &udp53_back));
}

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

	build(out, from, to, v6, &spec);
	memcpy(out->data + ETH_HLEN + l3 + 8, about->data + ETH_HLEN, l3 + 8);
}

/* About what goes from a to b, told to a by c. */
static bool error_gets_in(enum side a, enum side b, enum side c, bool v6,
			  const struct packet_spec *spec)
{
	struct packet about, error;

	build(&about, a, b, v6, spec);
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
	build(&about, SIDE_RED, SIDE_BLUE, false, &udp53);
	build_error(&error, SIDE_BLUE, SIDE_RED, false, &about);
	assert_true(gets_in(SIDE_BLUE, &error));
	error.data[ETH_HLEN + 20 + 8 + 15] ^= 1;
	assert_false(gets_in(SIDE_BLUE, &error));
}

/* Fragments */

static void build_fragment(struct packet *out, bool v6, unsigned int offset, bool more,
			   const struct packet_spec *spec)
{
	struct packet_spec fragment = *spec;

	fragment.ext = v6 ? EXT_FRAGMENT : EXT_NONE;
	fragment.frag = v6 ? 0 : (int)(offset | (more ? 0x2000 : 0));
	build(out, SIDE_RED, SIDE_BLUE, v6, &fragment);
	if (v6) {
		out->data[ETH_HLEN + IP6_LEN + 2] = (__u8)(offset >> 5);
		out->data[ETH_HLEN + IP6_LEN + 3] = (__u8)(offset << 3 | more);
	}
}

static bool fragment_gets_in(bool v6, unsigned int offset, bool more,
			     const struct packet_spec *spec)
{
	struct packet packet;

	build_fragment(&packet, v6, offset, more, spec);
	return gets_in(SIDE_RED, &packet);
}

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

/* Without its transport header: by rules that say nothing of ports, or come after one that might be meant. */
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

/* An answer that was on its way when the rules changed begins nothing that its receiver had begun. */
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
	world.owner.policy = policy + 1;
	rig_set_owner(rig, &world.owner);
	assert_false(sends(SIDE_RED, SIDE_BLUE, false, &udp53));
}

/* What the owner takes, or sends where nobody looks, whatever else keeps it off the fast path. */
static void the_owner_is_reached_by_no_detour(void **state)
{
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	struct packet_spec spec = { .dport = 53,
				    .dst_mac = PORT_MAC(RED),
				    .src_mac = BEHIND_MAC(RED),
				    .src = "10.2.0.2",
				    .dst = "10.2.0.1" };
	struct packet packet;

	(void)state;
	police("--from red --to owner deny", NULL);
	for (int ihl = 5; ihl <= 7; ihl += 2)
		for (int ttl = 1; ttl <= 64; ttl += 63) {
			spec.ihl = ihl;
			spec.ttl = ttl;
			packet_build(&packet, &spec);
			rig_forget_counts(rig);
			assert_int_equal(rig_run_tc(rig, &arrival, &packet)->verdict, TC_ACT_SHOT);
			assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
		}
}

/* An advertisement isn't on the link because it says so: the owner would route it. */
static void what_looks_like_nd_is_no_detour(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct packet_spec spec = { .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED),
					  .src = "fd02::2",
					  .dst = "fd09::9",
					  .proto = IPPROTO_ICMPV6,
					  .icmp_type = 136,
					  .ttl = 255 };
	struct packet packet;

	(void)state;
	world_add_route(&world, NS_OWNER, "fd09::/16", TO_NO_PORT);
	rig_apply(rig, &world);
	police("--from red deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
}

/* A neighbour advertisement of red's, from an address that nobody is known to have, to the bridge. */
static __u32 advertise_by_bridge(const char *dst, int ttl)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct packet_spec spec = { .dst_mac = PORT_MAC(RED),
					  .src_mac = BEHIND_MAC(RED),
					  .src = "fd02::77",
					  .dst = dst,
					  .proto = IPPROTO_ICMPV6,
					  .icmp_type = 136,
					  .ttl = ttl };
	struct packet packet;

	packet_build(&packet, &spec);
	return rig_run_tc(rig, &in, &packet)->verdict;
}

/* red is behind a bridge, which routes what is sent to it: iif is the bridge's then. */
static void a_bridge_does_not_hide_who_sends(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = BLUE, .iif = BRIDGE };
	struct packet_spec spec = { .ihl = 7, .dport = 53 };
	struct packet packet;

	(void)state;
	world_bridge(&world, RED);
	rig_apply(rig, &world);
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	police("--from red --to blue deny", NULL);
	build(&packet, SIDE_RED, SIDE_BLUE, false, &spec);
	assert_int_equal((int)rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_UNSPEC);
	assert_int_equal(rig_run_tc(rig, &out, &packet)->verdict, TC_ACT_SHOT);
	/* By its advertisement the owner learns an address of which it doesn't know yet whose it is. */
	assert_int_equal(advertise_by_bridge("fe80::1", 255), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(advertise_by_bridge("fe80::1", 64), TC_ACT_SHOT);
	assert_int_equal(advertise_by_bridge("fd03::2", 255), TC_ACT_SHOT);
	/* With another's address it isn't let past. */
	spec.dst_mac = PORT_MAC(RED);
	spec.src_mac = BEHIND_MAC(RED);
	spec.src = "10.0.0.9";
	spec.dst = "10.3.0.2";
	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
}

/* A device of the owner's of which nothing else is known: a bridge of ports, or not. */
static void set_blurred(__u32 ifindex, bool blurred)
{
	const struct nsa_endpoint_entry entry = {
		.key = { .owner_slot = NS_OWNER, .ifindex = ifindex },
		.ep = { .key = { .owner_slot = NS_OWNER, .ifindex = ifindex } },
	};

	assert_int_equal(blurred ? nsa_maps_endpoint_put(&maps, &entry) :
				   nsa_maps_endpoint_del(&maps, &entry.key),
			 0);
}

static __u32 enter_blue(__u32 iif, const char *src)
{
	const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS, .dev = BLUE, .iif = iif };
	const struct packet_spec spec = { .dst_mac = BEHIND_MAC(BLUE),
					  .src_mac = PORT_MAC(BLUE),
					  .dport = 53,
					  .src = src,
					  .dst = "10.3.0.2" };
	struct packet packet;

	packet_build(&packet, &spec);
	forget_conns();
	rig_forget_counts(rig);
	return rig_run_tc(rig, &out, &packet)->verdict;
}

#define TUNNEL 150

/* A source alone proves nothing: what comes in by a device that nobody looks at (a tunnel, a NIC that isn't
 * attached) is the owner's, and has to be allowed as whose it claims to be, too. */
static void a_source_is_no_proof(void **state)
{
	(void)state;
	police("--from red --to blue allow", "--to blue deny", NULL);
	set_blurred(BRIDGE, true);
	assert_int_equal(enter_blue(IFINDEX(RED), "10.2.0.2"), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(enter_blue(BRIDGE, "10.2.0.2"), (__u32)TC_ACT_UNSPEC);
	assert_int_equal(enter_blue(BRIDGE, "192.0.2.1"), TC_ACT_SHOT);
	assert_int_equal(enter_blue(TUNNEL, "10.2.0.2"), TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_POLICY);
	police("--from red --to blue deny", NULL);
	assert_int_equal(enter_blue(BRIDGE, "10.2.0.2"), TC_ACT_SHOT);
	assert_int_equal(enter_blue(TUNNEL, "10.2.0.2"), TC_ACT_SHOT);
	assert_int_equal(enter_blue(TUNNEL, "192.0.2.1"), (__u32)TC_ACT_UNSPEC);
	set_blurred(BRIDGE, false);
	assert_int_equal(enter_blue(BRIDGE, "10.2.0.2"), TC_ACT_SHOT);
}

/* Nor from a wire that is on the bridge. */
static void a_wire_on_a_bridge_is_nobody_else(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = ETH0 };
	struct packet_spec spec = { .dst_mac = PORT_MAC(ETH0),
				    .src_mac = BEHIND_MAC(ETH0),
				    .ihl = 7,
				    .dport = 53,
				    .src = "10.2.0.2",
				    .dst = "10.3.0.2" };
	struct packet packet;

	(void)state;
	world_bridge(&world, ETH0);
	rig_apply(rig, &world);
	police("--from red --to blue allow", "--to blue deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
	spec.src = "192.0.2.1";
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, (__u32)TC_ACT_UNSPEC);
}

/* Other masters take what comes in as theirs, too (a VRF, a bond). */
static void no_master_hides_who_sends(void **state)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED };
	struct packet_spec spec = { .dst_mac = PORT_MAC(RED),
				    .src_mac = BEHIND_MAC(RED),
				    .dport = 53,
				    .src = "10.2.0.2",
				    .dst = "10.3.0.2" };
	struct packet packet;

	(void)state;
	world.ports[RED].enslaved = 1;
	world.ports[RED].forward4 = 0;
	rig_apply(rig, &world);
	police("--from red --to blue deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, (__u32)TC_ACT_UNSPEC);
	spec.src = "10.0.0.9";
	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &in, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
}

static __u32 leave_red(const char *src, bool tagged, __u16 vlan)
{
	const struct arrival in = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED, .tagged = tagged };
	const struct packet_spec spec = { .dport = 53,
					  .dst_mac = tagged ? PORT_MAC(RED) : PORT_MAC(ETH2),
					  .src_mac = BEHIND_MAC(RED),
					  .vlan = vlan,
					  .src = src,
					  .dst = "10.1.0.9" };
	struct packet packet;

	packet_build(&packet, &spec);
	rig_forget_counts(rig);
	return rig_run_tc(rig, &in, &packet)->verdict;
}

/* The owner may have a VLAN device, or a macvlan, on red's host end: what it sends on, out of a port, is
 * judged by its source. */
static void upper_devices_do_not_hide_who_sends(void **state)
{
	(void)state;
	for (int ns = NS_OWNER; ns < NS_COUNT; ns++)
		set_default((enum ns)ns, NSACCEL_VERDICT_ALLOW);
	police("--from red --to 10.9.0.0/16 deny", NULL);
	for (int tagged = 0; tagged < 2; tagged++) {
		assert_int_equal(leave_red("10.2.0.2", tagged, 0), (__u32)TC_ACT_UNSPEC);
		assert_int_equal(leave_red("192.0.2.7", tagged, 0), (__u32)TC_ACT_UNSPEC);
		assert_int_equal(leave_red("10.3.0.2", tagged, 0), TC_ACT_SHOT);
		assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
	}
	assert_int_equal(leave_red("10.2.0.2", true, ETH_P_8021Q), TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
	no_policy();
	assert_int_equal(leave_red("10.3.0.2", true, 0), (__u32)TC_ACT_UNSPEC);
}

/* At the egress of eth1, which red shares, nothing tells any more which macvlan of eth2 has sent it. */
static void a_macvlan_reaches_no_share_as_the_owner(void **state)
{
	const struct arrival out = { .hook = NSACCEL_HOOK_TC_EGRESS,
				     .dev = ETH2,
				     .unmarked = true };
	const struct packet_spec spec = { .dst_mac = PORT_MAC(ETH2),
					  .src_mac = MACVLAN_MAC(NS_GREEN),
					  .src = "10.4.0.2",
					  .dst = "10.1.0.9",
					  .dport = 53 };
	struct packet packet;

	(void)state;
	police("--from red deny", NULL);
	packet_build(&packet, &spec);
	assert_int_equal(rig_run_tc(rig, &out, &packet)->verdict, TC_ACT_REDIRECT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_FWD_NIC);
	world_add_share(&world, ETH1, 0, "10.1.0.9/32", RED);
	rig_apply(rig, &world);
	police("--from red deny", NULL);
	rig_forget_counts(rig);
	assert_int_equal(rig_run_tc(rig, &out, &packet)->verdict, TC_ACT_SHOT);
	assert_int_equal(rig_counted(rig).reason, NSACCEL_DROP_CLOSED);
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

static int set_up(void **state)
{
	rig_set_up(state);
	rig_maps(rig, &maps);
	return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, start)

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
		TEST(errors_follow_flows),
		TEST(errors_about_others_are_none),
		TEST(fragments_follow_the_first),
		TEST(fragments_alone_go_by_what_is_known),
		TEST(fragments_with_options_behind),
		TEST(extension_headers_are_gone_past),
		TEST(other_protocols),
		TEST(neighbours_find_each_other),
		TEST(what_is_cut_goes_by_what_is_known),
		TEST(what_is_cut_answers_nothing),
		TEST(what_has_no_known_protocol_goes_by_the_rest),
		TEST(a_change_judges_running_flows),
		TEST(a_change_is_not_outlived_by_answers),
		TEST(a_request_is_no_answer),
		TEST(a_policy_that_is_gone_denies),
		TEST(the_owner_is_reached_by_no_detour),
		TEST(what_looks_like_nd_is_no_detour),
		TEST(a_macvlan_reaches_no_share_as_the_owner),
		TEST(a_bridge_does_not_hide_who_sends),
		TEST(a_source_is_no_proof),
		TEST(a_wire_on_a_bridge_is_nobody_else),
		TEST(no_master_hides_who_sends),
		TEST(upper_devices_do_not_hide_who_sends),
		TEST(xdp_minds),
		TEST(xdp_minds_its_sender),
	};

	return cmocka_run_group_tests(tests, set_up, rig_tear_down);
}
