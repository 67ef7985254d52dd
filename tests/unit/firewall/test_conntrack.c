// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/conntrack.c: rules that make the kernel track connections. */
#include <stdio.h>

#include "firewall_fixture.h"
#include "sandbox.h"

/* A rule on what is for this namespace makes the kernel track what it forwards, too. */
static void test_conntrack(void **state)
{
	static const char *const rules[] = { "ct state new accept", "meta mark 1 ct mark set 2",
					     "ct count over 5 drop" };
	char ruleset[256];
	size_t i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		snprintf(ruleset, sizeof(ruleset),
			 "table ip t { chain c { type filter hook input priority 0; "
			 "tcp dport 22 accept; %s; }; }",
			 rules[i]);
		expect_nft(*state, ruleset, "connection tracking");
		expect_scope(*state, ruleset, true, false);
	}
	expect_nft(*state,
		   "table ip t { chain c { type nat hook output priority 0; "
		   "dnat to 10.0.0.1; }; }",
		   "connection tracking");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_conntrack),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
