// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/snapshot*.c: neighbours, claims and links made by hand. */
#include <linux/neighbour.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "user/model/snapshot.h"
#include "user/model/snapshot_endpoints.h"
#include "user/model/snapshot_update.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

static struct nsa_neigh neigh_of(int ifindex, __u8 last, __u16 nud)
{
	return (struct nsa_neigh){ .ifindex = ifindex,
				   .family = AF_INET,
				   .state = nud,
				   .has_mac = nud != NUD_FAILED,
				   .mac = { 2, 0, 0, 0, 0, last },
				   .addr = { 10, 0, 0, last } };
}

static void set(struct nsa_snapshot *snapshot, int ifindex, __u8 last, __u16 nud, bool gone)
{
	const struct nsa_neigh neigh = neigh_of(ifindex, last, nud);

	assert_int_equal(nsa_snapshot_set_neigh(snapshot, &neigh, gone), 0);
}

static const struct nsa_neigh *find(const struct nsa_snapshot *snapshot, int ifindex, __u8 last)
{
	const struct nsa_neigh neigh = neigh_of(ifindex, last, NUD_NONE);

	return nsa_snapshot_neigh(snapshot, ifindex, AF_INET, neigh.addr);
}

static size_t count(const struct nsa_snapshot *snapshot, __u8 last)
{
	const struct nsa_neigh neigh = neigh_of(1, last, NUD_NONE);
	size_t n = 99;

	nsa_snapshot_neighs(snapshot, AF_INET, neigh.addr, &n);
	return n;
}

static void test_neighbours(void **state)
{
	struct nsa_snapshot snapshot = {};

	(void)state;
	assert_null(find(&snapshot, 1, 1));
	assert_int_equal(count(&snapshot, 1), 0);
	set(&snapshot, 1, 1, NUD_STALE, true); /* was never there */
	for (int last = 200; last > 0; last--)
		set(&snapshot, last % 3 + 1, (__u8)last, NUD_REACHABLE, false);
	assert_int_equal(snapshot.neigh_count, 200);
	for (__u8 last = 1; last <= 200; last++) {
		assert_true(find(&snapshot, last % 3 + 1, last));
		assert_null(find(&snapshot, last % 3 + 2, last));
		assert_int_equal(count(&snapshot, last), 1);
	}
	/* Of one address on several devices. */
	set(&snapshot, 7, 50, NUD_PERMANENT, false);
	set(&snapshot, 1, 50, NUD_STALE, false);
	assert_int_equal(count(&snapshot, 50), 3);
	assert_int_equal(count(&snapshot, 51), 1);
	/* Changed in its place; what can't be used isn't found. */
	set(&snapshot, 7, 50, NUD_FAILED, false);
	assert_int_equal(count(&snapshot, 50), 3);
	assert_null(find(&snapshot, 7, 50));
	assert_true(find(&snapshot, 1, 50));
	set(&snapshot, 7, 50, NUD_FAILED, true);
	assert_int_equal(count(&snapshot, 50), 2);
	for (int last = 1; last <= 200; last += 2)
		set(&snapshot, last % 3 + 1, (__u8)last, NUD_REACHABLE, true);
	for (__u8 last = 1; last <= 200; last++)
		assert_int_equal(!!find(&snapshot, last % 3 + 1, last), last % 2 == 0);
	free(snapshot.neighs);
}

/* Endpoints made by hand, whose addresses are few enough to be several ones' at times. */
static struct nsa_snapshot_endpoint some_endpoint(int port)
{
	struct nsa_snapshot_endpoint ep = { .cookie = (__u64)port,
					    .kind = port % 2 ? NSACCEL_KIND_VETH :
							       NSACCEL_KIND_MACVLAN,
					    .port = port };

	ep.addr_count = (size_t)(rand() % 20);
	ep.addrs = calloc(ep.addr_count + 1, sizeof(*ep.addrs));
	assert_non_null(ep.addrs);
	for (size_t i = 0; i < ep.addr_count; i++) {
		ep.addrs[i].family = AF_INET;
		ep.addrs[i].addr[0] = (__u8)(rand() % 8);
		ep.addrs[i].addr[1] = (__u8)i;
	}
	return ep;
}

static bool is_claimed_by(const struct nsa_snapshot *snapshot, const struct nsa_addr *addr,
			  size_t endpoint)
{
	size_t n;
	const struct nsa_snapshot_claim *claims =
		nsa_snapshot_claims(snapshot, addr->family, addr->addr, &n);

	for (size_t i = 0; i < n; i++)
		if (claims[i].endpoint == endpoint)
			return true;
	return false;
}

static void check_claims(const struct nsa_snapshot *snapshot)
{
	size_t count = 0, asks = 0, wanted = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		assert_true(!i || snapshot->endpoints[i - 1].port < ep->port);
		for (size_t j = 0; j < ep->addr_count; j++)
			assert_true(is_claimed_by(snapshot, &ep->addrs[j], i));
		count += ep->addr_count;
		if (ep->kind == NSACCEL_KIND_MACVLAN)
			wanted += ep->addr_count < 4 ? ep->addr_count : 4;
	}
	assert_int_equal(snapshot->claim_count, count);
	for (size_t i = 0; i < count; i++)
		asks += snapshot->claims[i].asks;
	assert_int_equal(asks, wanted < 256 ? wanted : 256);
}

/* What has changed is merged with what hasn't, wherever it stands now. */
static void test_claims(void **state)
{
	struct nsa_snapshot_endpoint endpoints[200];
	struct nsa_snapshot snapshot = { .endpoints = endpoints };

	(void)state;
	srand(1);
	for (int turn = 0; turn < 2000; turn++) {
		size_t at = snapshot.endpoint_count ? (size_t)rand() % snapshot.endpoint_count : 0;
		struct nsa_snapshot_endpoint *ep = &snapshot.endpoints[at];

		if (snapshot.endpoint_count < 100 && rand() % 3) {
			snapshot.endpoints[snapshot.endpoint_count++] =
				some_endpoint(rand() % 30000 + 40000 * (turn % 2) + turn * 100000);
		} else if (snapshot.endpoint_count && rand() % 3) {
			free(ep->addrs);
			*ep = some_endpoint(ep->port);
		} else if (snapshot.endpoint_count) {
			free(ep->addrs);
			*ep = snapshot.endpoints[--snapshot.endpoint_count];
		}
		assert_int_equal(nsa_snapshot_index(&snapshot), 0);
		check_claims(&snapshot);
	}
	while (snapshot.endpoint_count)
		free(snapshot.endpoints[--snapshot.endpoint_count].addrs);
	free(snapshot.claims);
	free(snapshot.inner);
}

/* What the kernel does to routes when a link changes, it often tells nobody. */
static void test_moves_routes(void **state)
{
	const struct nsa_link before = { .flags = IFF_UP, .mtu = 1500, .mtu6 = 1500 };
	struct nsa_link now[] = { before, before, before, before };

	(void)state;
	assert_false(nsa_snapshot_moves_routes(&before, &now[0]));
	now[0].flags = 0;
	now[1].disable_ipv6 = true;
	now[2].mtu = 1400;
	now[3].mtu6 = 1400;
	for (size_t i = 0; i < ELEMENTS(now); i++)
		assert_true(nsa_snapshot_moves_routes(&before, &now[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_claims),
		cmocka_unit_test(test_moves_routes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
