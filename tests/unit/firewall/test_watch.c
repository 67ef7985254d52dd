// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/firewall/watch.c: notifications of changes. */
#include <poll.h>
#include <stdbool.h>
#include <sys/socket.h>

#include "firewall_fixture.h"
#include "sandbox.h"
#include "user/firewall/firewall.h"

static struct nsa_firewall_watch watch_open(const struct nsa_netns *ns)
{
	struct nsa_firewall_watch watch;

	assert_int_equal(nsa_firewall_watch_open(ns, &watch), 0);
	assert_true(watch.nft >= 0 && watch.xfrm >= 0);
	return watch;
}

static bool is_readable(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

static void test_watch(void **state)
{
	int fds = count_fds();
	struct nsa_firewall_watch watch = watch_open(*state);

	assert_false(nsa_firewall_watch_drain(&watch));
	nft(FORWARD("inet"));
	assert_true(is_readable(watch.nft) && !is_readable(watch.xfrm));
	assert_true(nsa_firewall_watch_drain(&watch));
	assert_false(is_readable(watch.nft) || nsa_firewall_watch_drain(&watch));
	nft("add set inet t s { type mark; }");
	assert_true(nsa_firewall_watch_drain(&watch));
	nft("add element inet t s { 1 }");
	assert_true(nsa_firewall_watch_drain(&watch));
	nft("flush ruleset");
	assert_true(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
	assert_int_equal(count_fds(), fds);
}

static void test_watch_ipsec(void **state)
{
	struct nsa_firewall_watch watch = watch_open(*state);

	sh("ip -n nsa-fw xfrm policy add src 10.0.0.0/8 dst 10.0.0.0/8 dir fwd");
	assert_true(is_readable(watch.xfrm) && !is_readable(watch.nft));
	assert_true(nsa_firewall_watch_drain(&watch));
	assert_false(nsa_firewall_watch_drain(&watch));
	sh("ip -n nsa-fw xfrm policy setdefault fwd block");
	assert_true(nsa_firewall_watch_drain(&watch));
	sh("ip -n nsa-fw xfrm policy flush");
	assert_true(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
}

static void test_watch_only_that_namespace(void **state)
{
	struct nsa_firewall_watch watch = watch_open(*state);

	sh("nft add table inet t && nft flush ruleset");
	assert_false(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
}

/* More than a socket holds, or is taken at once. */
static void test_watch_overrun(void **state)
{
	struct nsa_firewall_watch watch = watch_open(*state);
	int size = 1, rounds = 0;

	assert_int_equal(setsockopt(watch.nft, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	nft("add table inet t; add set inet t s { type mark; elements = { 1-5 }; flags interval; "
	    "}");
	sh("for i in $(seq 100); do echo add chain inet t c$i; done | "
	   "nsenter --net=/run/netns/nsa-fw nft -f -");
	assert_true(nsa_firewall_watch_drain(&watch));
	while (nsa_firewall_watch_drain(&watch))
		assert_true(rounds++ < 10);
	nft("add chain inet t more");
	assert_true(nsa_firewall_watch_drain(&watch));
	nsa_firewall_watch_close(&watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_watch),
		TEST(test_watch_ipsec),
		TEST(test_watch_only_that_namespace),
		TEST(test_watch_overrun),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
