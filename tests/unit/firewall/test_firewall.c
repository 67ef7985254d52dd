// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/firewall.c: the whole report of a namespace, and its errors. */
#include <errno.h>
#include <linux/netfilter.h>
#include <stdlib.h>
#include <unistd.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"
#include "xtables_edit.h"

static void test_nothing(void **state)
{
	int fds = count_fds();

	assert_string_equal(detect(*state).what, "");
	assert_int_equal(count_fds(), fds);
}

static void test_ipvs(void **state)
{
	if (system("command -v ipvsadm >/dev/null && nsenter --net=/run/netns/nsa-fw "
		   "ipvsadm -A -t 10.9.9.9:80 2>/dev/null"))
		skip();
	assert_true(detect(*state).routed);
	assert_string_equal(detect(*state).what, "IPVS");
	sh("nsenter --net=/run/netns/nsa-fw ipvsadm -C");
	assert_string_equal(detect(*state).what, "");
}

static void test_only_that_namespace(void **state)
{
	sh("nft add table inet t && "
	   "nft 'add chain inet t c { type filter hook forward priority 0; policy drop; }'");
	assert_string_equal(detect(*state).what, "");
	sh("nft flush ruleset");
}

static void test_polled(void **state)
{
	const struct nsa_netns *ns = *state;

	if (access("/proc/sys/net/bridge", F_OK) && access("/proc/net/ip_vs", F_OK) &&
	    access("/sys/module/ebtables", F_OK))
		assert_false(nsa_firewall_is_polled(ns));
	edit(ns, &ip6tables, "filter", NF_INET_FORWARD, 0, false);
	assert_true(nsa_firewall_is_polled(ns));
	assert_false(nsa_firewall_is_polled(&nowhere));
}

static void test_errors(void **state)
{
	struct nsa_firewall firewall = { .what = "before" };
	struct nsa_firewall_watch watch = { 7, 7 };

	(void)state;
	assert_int_equal(nsa_firewall_detect(&nowhere, &firewall), -ENOENT);
	assert_int_equal(nsa_firewall_watch_open(&nowhere, &watch), -ENOENT);
	assert_int_equal(watch.nft, 7);
	assert_string_equal(firewall.what, "before");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_nothing), TEST(test_ipvs),   TEST(test_only_that_namespace),
		TEST(test_polled),  TEST(test_errors),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
