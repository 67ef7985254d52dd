// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/hooks.c: the list of netfilter hooks. */
#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"

static __u64 hooks(const struct nsa_netns *ns)
{
	__u64 hooks = 1;

	assert_int_equal(nsa_firewall_hooks(ns, &hooks), 0);
	assert_int_equal(hooks, detect(ns).hooks);
	return hooks;
}

/* Whoever hooks something in is seen in the list, which is cheap to read, where there is one. */
static void test_hook_list(void **state)
{
	static const char chain[] = "table ip t { chain c { type filter hook forward priority 0; "
				    "accept; }; }";
	__u64 before = hooks(*state), with;
	int fds = count_fds();

	nft(chain);
	with = hooks(*state);
	nft("flush ruleset");
	assert_int_equal(hooks(*state), before);
	assert_int_equal(count_fds(), fds);
	if (!with)
		skip();
	assert_int_not_equal(with, before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_hook_list),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
