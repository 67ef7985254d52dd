// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/report.c: reports that are longer than their buffer. */
#include <string.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"

/* More than what has room for. */
static void test_cut(void **state)
{
	static const char end[] = " (1 rule), ...";
	struct nsa_firewall firewall;
	size_t len;

	sh("for i in $(seq 20); do nsenter --net=/run/netns/nsa-fw nft \"table ip table$i { "
	   "chain c { type filter hook forward priority 0; accept; }; }\"; done");
	firewall = detect(*state);
	len = strlen(firewall.what);
	assert_in_range(len, 200, sizeof(firewall.what) - 1);
	assert_string_equal(firewall.what + len - strlen(end), end);
	assert_non_null(strstr(firewall.what, "table1/c (1 rule), nft chain ip table2/c (1 rule)"));
}

static void test_long_names(void **state)
{
	struct nsa_firewall firewall;

	sh("nsenter --net=/run/netns/nsa-fw nft \"table netdev $(printf 't%%.0s' $(seq 200)) { "
	   "chain $(printf 'c%%.0s' $(seq 200)) { type filter hook ingress device v0 priority 0; "
	   "policy drop; accept; }; }\"");
	firewall = detect(*state);
	assert_non_null(strstr(firewall.what, "ttt/ccc"));
	assert_non_null(strstr(firewall.what, "ccc (1 rule, policy drop)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_cut),
		TEST(test_long_names),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
