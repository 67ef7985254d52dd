// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_rule.c: policy rules, and which are those of a new namespace. */
#include <linux/fib_rules.h>
#include <stdlib.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_rule.h"

/* What a new namespace has after a change by ip(8). */
static void rules_after(const char *change, size_t *all, size_t *plain)
{
	struct nsa_rtnl *socket;
	struct nsa_rule *rules;
	struct nsa_netns ns;
	size_t i;

	sh("ip netns add nsa-rules && ip -n nsa-rules %s", change);
	assert_int_equal(nsa_netns_open("nsa-rules", &ns), 0);
	assert_int_equal(nsa_rtnl_open(&socket, &ns), 0);
	assert_int_equal(nsa_rtnl_rules(socket, &rules, all), 0);
	for (i = 0, *plain = 0; i < *all; i++)
		*plain += rules[i].plain;
	free(rules);
	nsa_rtnl_close(socket);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-rules");
}

static void test_rule_fields(void **state)
{
	struct nsa_rule *rules;
	size_t i, count, found = 0;

	(void)state;
	sh("ip -6 rule add from fd11::/48 lookup 1000 pref 500 && ip rule add prohibit pref 600");
	assert_int_equal(nsa_rtnl_rules(rtnl, &rules, &count), 0);
	assert_int_equal(count, 7);
	for (i = 0; i < count; i++) {
		if (rules[i].priority == 500) {
			assert_int_equal(rules[i].family, AF_INET6);
			assert_int_equal(rules[i].table, 1000);
			assert_int_equal(rules[i].action, FR_ACT_TO_TBL);
			found++;
		} else if (rules[i].priority == 600) {
			assert_int_equal(rules[i].family, AF_INET);
			assert_int_equal(rules[i].action, FR_ACT_PROHIBIT);
			found++;
		}
	}
	assert_int_equal(found, 2);
	free(rules);
	sh("ip -6 rule del pref 500 && ip rule del pref 600");
}

static void test_plain_rules(void **state)
{
	static const char *const odd[] = {
		"rule add lookup main pref 500",
		"rule add from 10.0.0.0/8 lookup main pref 32766",
		"rule add to 10.0.0.0/8 lookup main pref 32766",
		"rule add iif lo lookup main pref 32766",
		"rule add oif lo lookup main pref 32766",
		"rule add fwmark 1 lookup main pref 32766",
		"rule add tos 0x10 lookup main pref 32766",
		"rule add ipproto 6 lookup main pref 32766", /* names take /etc/protocols */
		"rule add uidrange 0-9 lookup main pref 32766",
		"rule add not from all lookup main pref 32766",
		"rule add lookup main suppress_prefixlength 0 pref 32766",
		"rule add lookup main suppress_ifgroup 1 pref 32766",
		"rule add lookup 1000 pref 32766",
		"rule add prohibit pref 32766",
		"-6 rule add lookup default pref 32767",
	};
	size_t i, all, plain;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		rules_after(odd[i], &all, &plain);
		if (all != 6 || plain != 5)
			fail_msg("'%s': %zu rules, %zu plain", odd[i], all, plain);
	}
	rules_after("link set lo up", &all, &plain);
	assert_int_equal(all, 5);
	assert_int_equal(plain, 5);
	rules_after("rule del pref 32767", &all, &plain);
	assert_int_equal(plain, 4);
	/* Taken away and put back is as good as unaltered. */
	rules_after("rule del pref 32767 && ip -n nsa-rules rule add lookup default pref 32767",
		    &all, &plain);
	assert_int_equal(all, 5);
	assert_int_equal(plain, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rule_fields),
		cmocka_unit_test(test_plain_rules),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
