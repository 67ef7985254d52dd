// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/nft.c: which chains of nf_tables are reported, and their scope. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"

static void test_nft_hooks(void **state)
{
	static const char *const families[] = { "ip", "ip6", "inet" };
	static const char *const hooks[] = { "prerouting", "forward", "postrouting" };
	char ruleset[256], what[64];
	size_t i, j;

	for (i = 0; i < 3; i++) {
		snprintf(what, sizeof(what), "nft chain %s t/c (1 rule)", families[i]);
		for (j = 0; j < 3; j++) {
			snprintf(ruleset, sizeof(ruleset),
				 "table %s t { chain c { type filter hook %s priority 0; "
				 "accept; }; }",
				 families[i], hooks[j]);
			expect_nft(*state, ruleset, what);
		}
	}
}

static void test_nft_device_hooks(void **state)
{
	expect_nft(*state,
		   "table netdev t { chain c { type filter hook ingress device v0 priority 0; "
		   "accept; accept; }; }",
		   "nft chain netdev t/c (2 rules)");
	expect_nft(*state,
		   "table netdev t { chain c { type filter hook egress device v0 priority 0; "
		   "accept; }; }",
		   "nft chain netdev t/c (1 rule)");
	expect_nft(*state,
		   "table inet t { chain c { type filter hook ingress device v0 priority 0; "
		   "accept; }; }",
		   "nft chain inet t/c (1 rule)");
}

static bool nft_translates(const struct nsa_netns *ns, const char *ruleset)
{
	bool translates;

	nft("flush ruleset");
	nft(ruleset);
	translates = detect(ns).translates;
	nft("flush ruleset");
	return translates;
}

static void test_nft_nat(void **state)
{
	assert_true(nft_translates(*state, "table ip t { chain c { type nat hook postrouting "
					   "priority 100; masquerade; }; }"));
	assert_true(nft_translates(*state, "table ip6 t { chain c { type nat hook prerouting "
					   "priority -100; dnat to fd00::1; }; }"));
	assert_false(nft_translates(*state, "table ip t { chain c { type nat hook postrouting "
					    "priority 100; }; }"));
	assert_false(nft_translates(*state, "table ip t { chain c { type filter hook forward "
					    "priority 0; ct state established accept; }; }"));
}

static void test_nft_policy(void **state)
{
	expect_nft(*state,
		   "table ip t { chain c { type filter hook forward priority 0; policy drop; }; }",
		   "nft chain ip t/c (policy drop)");
	expect_nft(*state,
		   "table ip t { chain c { type filter hook forward priority 0; policy drop; "
		   "accept; }; }",
		   "nft chain ip t/c (1 rule, policy drop)");
}

static void test_nft_idle(void **state)
{
	expect_nft(*state,
		   "table inet t { chain c { type filter hook forward priority 0; }; "
		   "chain n { type nat hook postrouting priority 100; policy accept; }; }",
		   "");
	expect_nft(*state,
		   "table inet t { chain i { type filter hook input priority 0; policy drop; "
		   "tcp dport 22 accept; }; "
		   "chain o { type filter hook output priority 0; accept; }; }",
		   "");
	expect_nft(*state, "table inet t { chain unused { drop; }; }", "");
	expect_nft(*state,
		   "table bridge t { chain c { type filter hook forward priority 0; }; }; "
		   "table arp a { chain c { type filter hook input priority 0; drop; }; }",
		   "");
	expect_nft(*state,
		   "table inet t { quota q { over 10 mbytes }; "
		   "set s { type ipv4_addr; elements = { 10.0.0.1 }; }; counter n { }; }",
		   "");
}

static void test_nft_bridge(void **state)
{
	static const struct {
		const char *hook;
		bool routed, bridged;
	} hooks[] = {
		{ "prerouting", true, true },  { "input", true, false },
		{ "forward", false, true },    { "output", true, false },
		{ "postrouting", true, true },
	};
	char ruleset[256];
	size_t i;

	for (i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
		snprintf(ruleset, sizeof(ruleset),
			 "table bridge t { chain c { type filter hook %s priority 0; drop; }; }",
			 hooks[i].hook);
		expect_nft(*state, ruleset, "nft chain bridge t/c (1 rule)");
		expect_scope(*state, ruleset, hooks[i].routed, hooks[i].bridged);
	}
}

static void test_scope(void **state)
{
	expect_scope(*state, "", false, false);
	expect_scope(*state, FORWARD("ip"), true, false);
	expect_scope(*state, FORWARD("ip6"), true, false);
	expect_scope(*state, FORWARD("inet"), true, false);
	expect_scope(*state, INGRESS("netdev"), true, true);
	expect_scope(*state, INGRESS("inet"), true, true);
}

static void test_flowtable(void **state)
{
	struct nsa_firewall firewall;

	if (system("nsenter --net=/run/netns/nsa-fw nft 'table inet t { flowtable f { "
		   "hook ingress priority 0; devices = { v0 }; }; }' 2>/dev/null"))
		skip();
	assert_int_equal(nsa_firewall_detect((*state), &firewall), 0);
	assert_string_equal(firewall.what, "nft flowtable inet t/f (devices v0)");
	assert_false(firewall.routed || firewall.bridged);
}

static void test_nft_fingerprint(void **state)
{
	__u64 before = detect(*state).fingerprint;

	assert_int_equal(detect(*state).fingerprint, before);
	nft(FORWARD("ip"));
	assert_int_not_equal(detect(*state).fingerprint, before);
	before = detect(*state).fingerprint;
	assert_int_equal(detect(*state).fingerprint, before);
	nft("replace rule ip t c handle 2 drop");
	assert_string_equal(detect(*state).what, "nft chain ip t/c (1 rule)");
	assert_int_not_equal(detect(*state).fingerprint, before);
}

static void test_nft_indirect(void **state)
{
	expect_nft(*state,
		   "table inet t { chain other { drop; drop; drop; }; "
		   "chain c { type filter hook forward priority 0; jump other; }; }",
		   "nft chain inet t/c (1 rule)");
	expect_nft(*state,
		   "table inet t { chain c { type filter hook prerouting priority 0; "
		   "counter; }; }",
		   "nft chain inet t/c (1 rule)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nft_hooks),	 TEST(test_nft_device_hooks), TEST(test_nft_nat),
		TEST(test_nft_policy),	 TEST(test_nft_idle),	      TEST(test_nft_bridge),
		TEST(test_scope),	 TEST(test_flowtable),	      TEST(test_nft_fingerprint),
		TEST(test_nft_indirect),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
