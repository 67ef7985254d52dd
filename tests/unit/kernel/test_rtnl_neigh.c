// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_neigh.c: neighbours are read, resolved, and used. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl_neigh.h"

static bool find_neigh(const char *text, struct nsa_neigh *found)
{
	struct nsa_neigh *neighs;
	size_t i, count;
	bool is_there = false;

	assert_int_equal(nsa_rtnl_neighs(rtnl, &neighs, &count), 0);
	for (i = 0; i < count && !is_there; i++) {
		is_there = is_address(neighs[i].addr, text);
		if (is_there)
			*found = neighs[i];
	}
	free(neighs);
	return is_there;
}

static int resolve(const char *text)
{
	__u8 family;
	const __u8 *addr = address(text, &family);

	return nsa_rtnl_neigh_resolve(rtnl, link_get(rtnl, "v0").ifindex, family, addr);
}

static void test_neighs(void **state)
{
	static const __u8 mac[] = { 2, 0, 0, 0, 0, 3 };
	struct nsa_neigh neigh;

	(void)state;
	sh("ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent");
	sh("ip neigh add fd09::3 lladdr 02:00:00:00:00:03 dev v0 nud stale router");
	assert_true(find_neigh("10.9.0.3", &neigh));
	assert_int_equal(neigh.ifindex, link_get(rtnl, "v0").ifindex);
	assert_int_equal(neigh.family, AF_INET);
	assert_int_equal(neigh.state, NUD_PERMANENT);
	assert_true(neigh.has_mac);
	assert_memory_equal(neigh.mac, mac, sizeof(mac));
	assert_true(find_neigh("fd09::3", &neigh));
	assert_int_equal(neigh.family, AF_INET6);
	assert_int_equal(neigh.state, NUD_STALE);
	assert_true(neigh.flags & NTF_ROUTER);
	sh("ip neigh del 10.9.0.3 dev v0 && ip neigh del fd09::3 dev v0");
}

/* Lets pass what the kernel tells of neighbours until the one is resolved. */
static void await_neigh(struct mnl_socket *events, const char *text, struct nsa_neigh *neigh)
{
	char buf[8192];

	while (!find_neigh(text, neigh) || !neigh->has_mac)
		assert_true(mnl_socket_recvfrom(events, buf, sizeof(buf)) > 0);
}

static void test_neigh_resolve(void **state)
{
	static const char *const peers[] = { "10.9.0.2", "fd09::2" };
	static const __u8 mac[] = { 2, 0, 0, 0, 0xaa, 2 };
	struct mnl_socket *events = events_open(RTNLGRP_NEIGH);
	struct nsa_neigh neigh;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(resolve(peers[i]), 0);
		await_neigh(events, peers[i], &neigh);
		assert_memory_equal(neigh.mac, mac, sizeof(mac));
		sh_says("managed", "ip -d neigh show to %s", peers[i]);
		/* Once more, now that it is there. */
		assert_int_equal(resolve(peers[i]), 0);
		assert_true(find_neigh(peers[i], &neigh) && neigh.has_mac);
	}
	mnl_socket_close(events);
	assert_int_equal(resolve("10.9.0.99"), 0);
	assert_true(find_neigh("10.9.0.99", &neigh));
	assert_false(neigh.has_mac);
	sh("ip neigh flush dev v0");
}

static void test_neigh_resolve_respects_the_fixed(void **state)
{
	struct nsa_neigh neigh;

	(void)state;
	sh("ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent");
	sh("ip neigh add 10.9.0.4 lladdr 02:00:00:00:00:04 dev v0 nud stale extern_learn");
	assert_int_equal(resolve("10.9.0.3"), 0);
	assert_int_equal(resolve("10.9.0.4"), 0);
	assert_true(find_neigh("10.9.0.3", &neigh));
	assert_int_equal(neigh.state, NUD_PERMANENT);
	assert_true(find_neigh("10.9.0.4", &neigh));
	assert_true(neigh.flags & NTF_EXT_LEARNED);
	assert_int_equal(neigh.state, NUD_STALE);
	sh("ip neigh del 10.9.0.3 dev v0 && ip neigh del 10.9.0.4 dev v0");
	assert_int_equal(nsa_rtnl_neigh_resolve(rtnl, 9999, AF_INET, (__u8[]){ 10, 9, 0, 2 }),
			 -ENODEV);
}

static int use(const char *text)
{
	__u8 family;
	const __u8 *addr = address(text, &family);

	return nsa_rtnl_neigh_use(rtnl, link_get(rtnl, "v0").ifindex, family, addr);
}

/* As if a packet were sent, nothing else. */
static void test_neigh_use(void **state)
{
	static const struct {
		const char *addr, *options, *after;
		__u16 state;
	} cases[] = {
		{ "10.9.0.3", "lladdr 02:00:00:00:00:03 nud stale", "DELAY", NUD_DELAY },
		{ "fd09::3", "lladdr 02:00:00:00:00:03 nud stale router", "router DELAY",
		  NUD_DELAY },
		{ "10.9.0.4", "lladdr 02:00:00:00:00:04 nud stale extern_learn",
		  "extern_learn DELAY", NUD_DELAY },
		{ "10.9.0.5", "lladdr 02:00:00:00:00:05 nud stale protocol 42", "DELAY proto babel",
		  NUD_DELAY },
		{ "10.9.0.6", "lladdr 02:00:00:00:00:06 nud permanent", "PERMANENT",
		  NUD_PERMANENT },
		{ "10.9.0.7", "lladdr 02:00:00:00:00:07 nud noarp", "NOARP", NUD_NOARP },
		{ "10.9.0.8", "lladdr 02:00:00:00:00:08 nud reachable", "REACHABLE",
		  NUD_REACHABLE },
		{ "10.9.0.99", "nud failed", "INCOMPLETE", NUD_INCOMPLETE },
	};
	struct nsa_neigh neigh;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sh("ip neigh add %s dev v0 %s", cases[i].addr, cases[i].options);
		assert_int_equal(use(cases[i].addr), 0);
		assert_true(find_neigh(cases[i].addr, &neigh));
		assert_int_equal(neigh.state, cases[i].state);
		sh_says(cases[i].after, "ip neigh show nud all to %s | sed 's/ *$//'",
			cases[i].addr);
		sh("ip neigh del %s dev v0", cases[i].addr);
	}
	assert_int_equal(use("10.9.0.9"), -ENOENT);
	assert_false(find_neigh("10.9.0.9", &neigh));

	/* One that is kept fresh stays so. */
	assert_int_equal(resolve("10.9.0.98"), 0);
	assert_int_equal(use("10.9.0.98"), 0);
	assert_true(find_neigh("10.9.0.98", &neigh));
	assert_true(neigh.managed);
	assert_int_equal(neigh.protocol, NSA_NEIGH_PROTOCOL);
	sh("ip neigh flush dev v0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighs),
		cmocka_unit_test(test_neigh_resolve),
		cmocka_unit_test(test_neigh_resolve_respects_the_fixed),
		cmocka_unit_test(test_neigh_use),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
