// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/xtables.c: tables of legacy iptables and ip6tables. */
#include <linux/netfilter.h>
#include <linux/netfilter/xt_conntrack.h>
#include <linux/netfilter_ipv4/ip_tables.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "xtables_edit.h"

static void test_xtables_idle(void **state)
{
	static const char *const tables[] = { "filter", "nat", "mangle", "raw" };
	size_t i;

	for (i = 0; i < 4; i++) {
		edit(*state, &iptables, tables[i], NF_INET_LOCAL_OUT, 0, false);
		edit(*state, &ip6tables, tables[i], NF_INET_LOCAL_OUT, 0, false);
	}
	sh_says("filter", "nsenter --net=/run/netns/nsa-fw cat /proc/net/ip6_tables_names");
	assert_string_equal(detect(*state).what, "");
	assert_false(detect(*state).translates);
	edit(*state, &iptables, "filter", NF_INET_LOCAL_IN, 2, true);
	edit(*state, &iptables, "filter", NF_INET_LOCAL_OUT, 1, false);
	assert_string_equal(detect(*state).what, "");
}

static void test_xtables_rules(void **state)
{
	edit(*state, &iptables, "filter", NF_INET_LOCAL_IN, 5, false);
	edit(*state, &iptables, "filter", NF_INET_FORWARD, 2, false);
	edit(*state, &iptables, "filter", NF_INET_LOCAL_OUT, 1, false);
	assert_string_equal(detect(*state).what, "iptables filter/FORWARD (2 rules)");
	edit(*state, &ip6tables, "mangle", NF_INET_PRE_ROUTING, 1, false);
	assert_string_equal(detect(*state).what, "iptables filter/FORWARD (2 rules), "
						 "ip6tables mangle/PREROUTING (1 rule)");
	assert_false(detect(*state).translates);
}

static void test_xtables_nat(void **state)
{
	edit(*state, &iptables, "nat", NF_INET_POST_ROUTING, 1, false);
	assert_string_equal(detect(*state).what, "iptables nat/POSTROUTING (1 rule)");
	assert_true(detect(*state).translates);
}

static void test_xtables_nat_ipv6(void **state)
{
	edit(*state, &ip6tables, "nat", NF_INET_PRE_ROUTING, 1, false);
	assert_string_equal(detect(*state).what, "ip6tables nat/PREROUTING (1 rule)");
	assert_true(detect(*state).translates);
}

static void test_xtables_policy(void **state)
{
	edit(*state, &iptables, "filter", NF_INET_FORWARD, 0, true);
	edit(*state, &ip6tables, "filter", NF_INET_FORWARD, 1, true);
	assert_string_equal(detect(*state).what, "iptables filter/FORWARD (policy drop), "
						 "ip6tables filter/FORWARD (1 rule, policy drop)");
}

static void test_xtables_leaves_no_trace(void **state)
{
	int fds = count_fds();

	edit(*state, &iptables, "filter", NF_INET_FORWARD, 1, false);
	detect(*state);
	assert_int_equal(count_fds(), fds);
	sh("test \"$(nsenter --net=/run/netns/nsa-fw cat /proc/net/ip_tables_names)\" = filter");
}

static void test_xtables_conntrack(void **state)
{
	static const struct {
		struct xt_entry_match match;
		_Alignas(8) struct xt_conntrack_mtinfo3 info;
	} conntrack = {
		.match.u.user = { .match_size = sizeof(conntrack),
				  .name = "conntrack",
				  .revision = 3 },
	};

	edit(*state, &iptables, "filter", NF_INET_LOCAL_IN, 2, false);
	assert_string_equal(detect(*state).what, "");
	edit_with(*state, &iptables, "filter", NF_INET_LOCAL_IN, 1, false, &conntrack.match);
	assert_string_equal(detect(*state).what, "connection tracking");
	assert_true(detect(*state).routed);
}

/* Of the rules, not of what they have counted. */
static void test_xtables_fingerprint(void **state)
{
	__u64 before = detect(*state).fingerprint, after;

	edit(*state, &iptables, "filter", NF_INET_LOCAL_OUT, 1, false);
	after = detect(*state).fingerprint;
	assert_int_not_equal(after, before);
	count_packets();
	assert_int_equal(detect(*state).fingerprint, after);
	edit(*state, &iptables, "filter", NF_INET_FORWARD, 1, false);
	assert_int_not_equal(detect(*state).fingerprint, after);
	after = detect(*state).fingerprint;
	edit(*state, &ip6tables, "filter", NF_INET_FORWARD, 0, true);
	assert_int_not_equal(detect(*state).fingerprint, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_xtables_idle),      TEST(test_xtables_rules),
		TEST(test_xtables_nat),	      TEST(test_xtables_nat_ipv6),
		TEST(test_xtables_policy),    TEST(test_xtables_leaves_no_trace),
		TEST(test_xtables_conntrack), TEST(test_xtables_fingerprint),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
