// SPDX-License-Identifier: GPL-2.0-only
/* Compiled policies against a matcher that goes through the rules one by one. */
#include "model/policy_compile.h"

#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "random.h"

#define SLOTS 6 /* namespaces that rules and packets are of */

struct probe {
	__u32 from, to; /* slots */
	enum nsaccel_family family;
	__u8 src[NSACCEL_ADDR_LEN], dst[NSACCEL_ADDR_LEN];
	__u8 proto;
	bool has_ports, port_known;
	__u16 dport; /* host order */
};

/* As programs look */

static __u32 class_of_value(const struct nsa_policy *policy, enum nsaccel_dimension dimension,
			    __u32 value)
{
	for (size_t i = 0; i < policy->value_count; i++)
		if (policy->values[i].value.dimension == dimension &&
		    policy->values[i].value.value == value)
			return policy->values[i].class;
	return dimension;
}

static bool in_prefix(const __u8 *prefix, unsigned int len, const __u8 *addr)
{
	for (unsigned int bit = 0; bit < len; bit++)
		if ((prefix[bit / 8] ^ addr[bit / 8]) & 0x80 >> bit % 8)
			return false;
	return true;
}

static __u32 class_of_address(const struct nsa_policy *policy, enum nsaccel_dimension dimension,
			      enum nsaccel_family family, const __u8 *addr)
{
	__u32 class = dimension, longest = 0;

	for (size_t i = 0; i < policy->prefix_count; i++) {
		const struct nsaccel_policy_prefix *prefix = &policy->prefixes[i].prefix;

		if (prefix->dimension != dimension || prefix->family != family ||
		    prefix->prefixlen < longest ||
		    !in_prefix(prefix->addr, prefix->prefixlen - NSACCEL_POLICY_STATIC_BITS, addr))
			continue;
		assert_int_not_equal(prefix->prefixlen, longest); /* each once */
		longest = prefix->prefixlen;
		class = policy->prefixes[i].class;
	}
	return class;
}

static void classify(const struct nsa_policy *policy, const struct probe *probe, __u32 *classes)
{
	classes[0] = class_of_value(policy, NSACCEL_DIMENSION_FROM_NETNS, probe->from);
	classes[1] = class_of_value(policy, NSACCEL_DIMENSION_TO_NETNS, probe->to);
	classes[2] =
		class_of_address(policy, NSACCEL_DIMENSION_FROM_PREFIX, probe->family, probe->src);
	classes[3] =
		class_of_address(policy, NSACCEL_DIMENSION_TO_PREFIX, probe->family, probe->dst);
	classes[4] = class_of_value(policy, NSACCEL_DIMENSION_PROTO, probe->proto);
	classes[5] = !probe->has_ports ? (__u32)NSACCEL_DIMENSION_PORT :
		     probe->port_known ? policy->head->port_class[probe->dport] :
					 (__u32)NSACCEL_CLASS_ALL;
}

/* Number of the rule that decides; 0: none. */
static __u32 look_up(const struct nsa_policy *policy, const struct probe *probe)
{
	__u32 chunks = policy->head->chunks, classes[NSACCEL_DIMENSION_COUNT];

	classify(policy, probe, classes);
	for (int i = 0; i < NSACCEL_DIMENSION_COUNT; i++)
		assert_true(classes[i] < policy->class_count);
	for (size_t rule = 0; rule < (size_t)chunks * NSACCEL_POLICY_CHUNK * 64; rule++) {
		bool all = true;

		for (int i = 0; i < NSACCEL_DIMENSION_COUNT; i++) {
			const __u64 *set = policy->sets[(size_t)classes[i] * chunks].rules;

			all &= set[rule / 64] >> rule % 64 & 1;
		}
		if (all)
			return policy->head->order[rule].rule;
	}
	return 0;
}

/* As people read the rules */

static bool matches(const struct nsa_policy_rule *entry, const struct probe *probe)
{
	const struct nsaccel_policy_rule *rule = &entry->rule;

	if (rule->from_cookie && (!entry->from_slot || entry->from_slot != probe->from))
		return false;
	if (rule->to_cookie && (!entry->to_slot || entry->to_slot != probe->to))
		return false;
	if (rule->from.family &&
	    (rule->from.family != probe->family ||
	     !in_prefix(rule->from.addr, rule->from.prefixlen - NSACCEL_PREFIX_FAMILY_BITS,
			probe->src)))
		return false;
	if (rule->to.family &&
	    (rule->to.family != probe->family ||
	     !in_prefix(rule->to.addr, rule->to.prefixlen - NSACCEL_PREFIX_FAMILY_BITS,
			probe->dst)))
		return false;
	if (!rule->any_proto && rule->proto != probe->proto)
		return false;
	if (rule->any_port)
		return true;
	if (!probe->has_ports)
		return false;
	return !probe->port_known ||
	       (probe->dport >= rule->port_low && probe->dport <= rule->port_high);
}

static __u32 go_through(const struct nsa_policy_rule *rules, size_t count,
			const struct probe *probe)
{
	const struct nsa_policy_rule *first = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!matches(&rules[i], probe))
			continue;
		if (!first || rules[i].rule.pref < first->rule.pref ||
		    (rules[i].rule.pref == first->rule.pref && rules[i].number < first->number))
			first = &rules[i];
	}
	return first ? first->number : 0;
}

/* Random ones: few values, so that there are hits, nests and repetitions. */

static void random_address(enum nsaccel_family family, __u8 *addr)
{
	memset(addr, 0, NSACCEL_ADDR_LEN);
	addr[0] = family == NSACCEL_FAMILY_INET ? 10 : 0xfd;
	addr[1] = (__u8)(random_below(4) << 6);
	addr[2] = (__u8)(random_below(4) << 5);
	addr[3] = (__u8)random_below(4);
	if (family == NSACCEL_FAMILY_INET6)
		addr[15] = (__u8)random_below(4);
}

static void random_prefix(enum nsaccel_family family, struct nsaccel_prefix *out)
{
	unsigned int bits = family == NSACCEL_FAMILY_INET ? 32 : 128, len;
	static const unsigned int lengths[] = {
		0, 7, 8, 9, 10, 16, 18, 19, 24, 30, 31, 32, 127, 128
	};

	if (!random_below(3))
		return;
	do {
		len = lengths[random_below(sizeof(lengths) / sizeof(*lengths))];
	} while (len > bits);
	out->family = family;
	out->prefixlen = NSACCEL_PREFIX_FAMILY_BITS + len;
	random_address(family, out->addr);
	for (unsigned int bit = len; bit < 8 * NSACCEL_ADDR_LEN; bit++)
		out->addr[bit / 8] &= (__u8) ~(0x80 >> bit % 8);
}

static const __u8 protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };

static void random_rule(struct nsa_policy_rule *out, __u32 number)
{
	enum nsaccel_family family = random_below(2) ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6;
	struct nsaccel_policy_rule *rule = &out->rule;

	*out = (struct nsa_policy_rule){ .number = number };
	rule->owner_slot = 1;
	rule->pref = random_below(50);
	if (!random_below(3))
		rule->from_cookie = 1000 + (out->from_slot = random_below(SLOTS));
	if (!random_below(3))
		rule->to_cookie = 1000 + (out->to_slot = random_below(SLOTS));
	random_prefix(family, &rule->from);
	random_prefix(family, &rule->to);
	rule->any_proto = !random_below(3);
	if (!rule->any_proto)
		rule->proto = protos[random_below(3)];
	rule->any_port = random_below(2);
	if (!rule->any_port) {
		rule->port_low = (__u16)random_below(20);
		rule->port_high = (__u16)(rule->port_low + random_below(10));
	}
	rule->verdict = random_below(2) ? NSACCEL_VERDICT_ALLOW : NSACCEL_VERDICT_DENY;
}

static void random_probe(struct probe *out)
{
	*out = (struct probe){ .from = 1 + random_below(SLOTS), .to = 1 + random_below(SLOTS) };
	out->family = random_below(2) ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6;
	random_address(out->family, out->src);
	random_address(out->family, out->dst);
	out->proto = protos[random_below(3)];
	out->has_ports = out->proto != IPPROTO_ICMP;
	out->port_known = random_below(8);
	out->dport = (__u16)random_below(32);
}

static void check_random(size_t count)
{
	struct nsa_policy_rule *rules = calloc(count + 1, sizeof(*rules));
	struct nsa_policy *policy = NULL;
	struct probe probe;

	assert_non_null(rules);
	for (size_t i = 0; i < count; i++)
		random_rule(&rules[i], (__u32)i + 1);
	assert_int_equal(nsa_policy_compile(rules, count, &policy), 0);
	for (int i = 0; i < 300; i++) {
		random_probe(&probe);
		assert_int_equal(look_up(policy, &probe), go_through(rules, count, &probe));
	}
	nsa_policy_free(policy);
	free(rules);
}

static void random_rules(void **state)
{
	static const size_t counts[] = { 0, 1, 2, 7, 63, 64, 65, 200, 1023, 1024, 1025, 3000 };

	(void)state;
	random_seed = 20061109;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		for (int again = 0; again < (counts[i] < 1000 ? 20 : 2); again++)
			check_random(counts[i]);
}

/* Single ones */

static struct nsa_policy_rule any_rule(__u32 number, __u32 pref)
{
	return (struct nsa_policy_rule){
		.number = number,
		.rule = { .owner_slot = 1, .pref = pref, .any_proto = 1, .any_port = 1 },
	};
}

static __u32 first_of(struct nsa_policy_rule *rules, size_t count, const struct probe *probe)
{
	struct nsa_policy *policy = NULL;
	__u32 number;

	assert_int_equal(nsa_policy_compile(rules, count, &policy), 0);
	number = look_up(policy, probe);
	nsa_policy_free(policy);
	return number;
}

static void order_is_by_pref_then_number(void **state)
{
	struct nsa_policy_rule rules[] = { any_rule(1, 20), any_rule(3, 10), any_rule(2, 10) };
	struct probe probe = { .from = 1, .to = 2, .family = NSACCEL_FAMILY_INET };

	(void)state;
	assert_int_equal(first_of(rules, 3, &probe), 2);
	assert_int_equal(rules[0].number, 2);
	assert_int_equal(rules[2].number, 1);
}

static void dead_namespaces_match_nothing(void **state)
{
	struct nsa_policy_rule rule = any_rule(1, 1);
	struct probe probe = { .from = 0, .to = 2, .family = NSACCEL_FAMILY_INET };

	(void)state;
	rule.rule.from_cookie = 5;
	assert_int_equal(first_of(&rule, 1, &probe), 0);
	rule = any_rule(1, 1);
	rule.rule.to_cookie = 5;
	assert_int_equal(first_of(&rule, 1, &probe), 0);
}

static void ports_reach_from_0_to_65535(void **state)
{
	struct nsa_policy_rule rules[] = { any_rule(1, 1), any_rule(2, 2) };
	struct probe probe = { .from = 1,
			       .to = 2,
			       .family = NSACCEL_FAMILY_INET,
			       .proto = IPPROTO_TCP,
			       .has_ports = true,
			       .port_known = true };

	(void)state;
	rules[0].rule.any_port = rules[1].rule.any_port = 0;
	rules[0].rule.port_high = 0;
	rules[1].rule.port_low = 65535;
	rules[1].rule.port_high = 65535;
	assert_int_equal(first_of(rules, 2, &probe), 1);
	probe.dport = 1;
	assert_int_equal(first_of(rules, 2, &probe), 0);
	probe.dport = 65534;
	assert_int_equal(first_of(rules, 2, &probe), 0);
	probe.dport = 65535;
	assert_int_equal(first_of(rules, 2, &probe), 2);
	probe.has_ports = false; /* ICMP has none, whatever the rule says of protocols */
	assert_int_equal(first_of(rules, 2, &probe), 0);
}

static void no_rules_match_nothing(void **state)
{
	struct probe probe = { .from = 1, .to = 2, .family = NSACCEL_FAMILY_INET6 };
	struct nsa_policy_rule none;

	(void)state;
	assert_int_equal(first_of(&none, 0, &probe), 0);
}

static void too_many_are_refused(void **state)
{
	struct nsa_policy_rule *rules = calloc(NSACCEL_MAX_RULES + 1, sizeof(*rules));
	struct nsa_policy *policy = NULL;

	(void)state;
	assert_non_null(rules);
	for (__u32 i = 0; i <= NSACCEL_MAX_RULES; i++)
		rules[i] = any_rule(i + 1, i);
	assert_int_equal(nsa_policy_compile(rules, NSACCEL_MAX_RULES + 1, &policy), -E2BIG);
	assert_null(policy);
	assert_int_equal(nsa_policy_compile(rules, NSACCEL_MAX_RULES, &policy), 0);
	assert_int_equal(policy->head->chunks, NSACCEL_POLICY_CHUNKS);
	assert_int_equal(policy->head->order[NSACCEL_MAX_RULES - 1].rule, NSACCEL_MAX_RULES);
	nsa_policy_free(policy);
	free(rules);
}

/* Each of many rules with a port and prefixes of its own: the most classes that there can be, which
 * still have numbers of 16 bits where ports have them. */
static void all_different(void **state)
{
	struct nsa_policy_rule *rules = calloc(NSACCEL_MAX_RULES, sizeof(*rules));
	struct nsa_policy *policy = NULL;
	struct probe probe = { .from = 1,
			       .to = 2,
			       .family = NSACCEL_FAMILY_INET,
			       .proto = IPPROTO_UDP,
			       .has_ports = true,
			       .port_known = true };

	(void)state;
	assert_non_null(rules);
	for (__u32 i = 0; i < NSACCEL_MAX_RULES; i++) {
		__u32 addr = htonl(0x0a000000 + i);

		rules[i] = any_rule(i + 1, i);
		rules[i].rule.any_port = 0;
		rules[i].rule.port_low = rules[i].rule.port_high = (__u16)(3 * i);
		rules[i].rule.from.family = NSACCEL_FAMILY_INET;
		rules[i].rule.from.prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 32;
		memcpy(rules[i].rule.from.addr, &addr, sizeof(addr));
	}
	assert_int_equal(nsa_policy_compile(rules, NSACCEL_MAX_RULES, &policy), 0);
	for (__u32 i = 0; i < NSACCEL_MAX_RULES; i += 1111) {
		memcpy(probe.src, rules[i].rule.from.addr, sizeof(probe.src));
		probe.dport = rules[i].rule.port_low;
		assert_int_equal(look_up(policy, &probe), i + 1);
		probe.dport++;
		assert_int_equal(look_up(policy, &probe), 0);
	}
	nsa_policy_free(policy);
	free(rules);
}

/* CPU time, of which others on the machine take none: a second is far more than it needs. */
static void ten_thousand_compile_fast(void **state)
{
	struct nsa_policy_rule *rules = calloc(10000, sizeof(*rules));
	struct nsa_policy *policy = NULL;
	clock_t begin;

	(void)state;
	assert_non_null(rules);
	random_seed = 4;
	for (__u32 i = 0; i < 10000; i++) {
		__u32 addr = htonl(random_below(0xffffffff));

		random_rule(&rules[i], i + 1);
		rules[i].rule.to.family = rules[i].rule.from.family = NSACCEL_FAMILY_INET;
		rules[i].rule.to.prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 32;
		memcpy(rules[i].rule.to.addr, &addr, sizeof(addr));
	}
	begin = clock();
	assert_int_equal(nsa_policy_compile(rules, 10000, &policy), 0);
	assert_true(clock() - begin < CLOCKS_PER_SEC);
	nsa_policy_free(policy);
	free(rules);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_rules),
		cmocka_unit_test(order_is_by_pref_then_number),
		cmocka_unit_test(dead_namespaces_match_nothing),
		cmocka_unit_test(ports_reach_from_0_to_65535),
		cmocka_unit_test(no_rules_match_nothing),
		cmocka_unit_test(too_many_are_refused),
		cmocka_unit_test(all_different),
		cmocka_unit_test(ten_thousand_compile_fast),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
