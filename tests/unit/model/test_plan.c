// SPDX-License-Identifier: GPL-2.0-only
/* Changes planned one by one: the plan is the same as when all of it is planned anew. */
#include <stdlib.h>

#include "user/model/plan_host.h"
#include "user/model/plan_key.h"
#include "user/model/snapshot_claims.h"
#include "user/model/snapshot_endpoints.h"
#include "user/model/snapshot_update.h"
#include "world.h"

static const char *const pool[] = {
	"default via 10.0.0.2 dev eth0",
	"default dev eth1 metric 9",
	"10.0.0.0/24 dev eth0",
	"10.1.0.0/24 dev blue",
	"10.40.0.0/24 dev br0",
	"10.0.0.0/24 dev eth1",
	"10.0.0.0/24 dev eth1 metric 5",
	"10.0.0.0/25 dev eth1",
	"10.0.0.2 dev eth0",
	"10.0.0.2 dev eth1 tos 8",
	"10.0.0.0/16 multipath",
	"blackhole 10.0.0.2 metric 7",
	"local 10.0.0.2",
	"local 10.0.0.0/24",
	"local 10.0.0.0/28",
	"broadcast 10.0.0.255",
	"fd00::/64 dev eth0",
	"fd00::/64 dev eth1 metric 3",
	"fd00::/64 dev eth1 from fd01::/64",
	"local fd00::/16",
	"::/0 via fd00::2 dev eth0",
};
static const char *const neigh_pool[] = {
	"10.0.0.2 dev eth0 02", "10.0.0.2 dev eth1 03", "10.0.0.3 dev eth0 04",
	"10.0.0.9 dev eth1 05", "fd00::2 dev eth0 02",	"fd00::3 dev eth1 06",
};
#define POOL	ELEMENTS(pool)
#define KERNELS (POOL + ELEMENTS(neigh_pool))
#define THERE	(KERNELS + EP_COUNT) /* endpoints without their addresses */

static void change_route(struct world *w, const char *line, bool gone)
{
	struct nsa_kernel_route k = read_krt(line);
	struct nsaccel_nexthop key;
	__u32 hop;

	nsa_plan_kernel_key(OWNER_SLOT, &k, &key);
	hop = nsa_nexthops_get(w->hops, &key);
	assert_int_equal(
		gone ? nsa_rib_del(w->table, &k, hop) : nsa_rib_add(w->table, &k, hop, false), 0);
}

static void change_neigh(struct world *w, const char *line, bool gone)
{
	struct nsa_neigh neigh;
	struct world other;

	world_make(&other);
	world_neighs(&other, line);
	neigh = other.neighs[0];
	world_free(&other);
	assert_int_equal(nsa_snapshot_set_neigh(&w->snapshot, &neigh, gone), 0);
	assert_int_equal(nsa_plan_host(&w->plan, neigh.family, neigh.addr), 0);
}

static void change_claims(struct world *w, size_t endpoint, bool none)
{
	struct nsa_snapshot_endpoint *ep = &w->endpoints[endpoint];

	nsa_snapshot_mark_dirty(&w->snapshot, ep, 2);
	ep->addr_count = none ? 0 : 2;
	ep->claimed_as = 0;
	assert_int_equal(nsa_snapshot_index(&w->snapshot), 0);
	for (size_t i = 0; i < w->snapshot.claim_count; i++)
		w->snapshot.claims[i].asks &= w->asks;
	assert_int_equal(nsa_plan_dirty_hosts(&w->plan), 0);
	nsa_snapshot_clear_dirty(&w->snapshot);
}

static void check_same_as_new(const struct world *w, const bool *there)
{
	char *text = world_plan(w), *expected;
	struct world anew;

	world_make(&anew);
	for (size_t i = 0; i < THERE; i++) {
		if (there[i] && i < POOL)
			world_routes(&anew, pool[i]);
		else if (there[i] && i < KERNELS)
			world_neighs(&anew, neigh_pool[i - POOL]);
		else if (there[i])
			anew.endpoints[i - KERNELS].addr_count = 0;
	}
	world_settle(&anew);
	expected = world_plan(&anew);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
	world_free(&anew);
}

static void test_changes(void **state)
{
	bool there[THERE] = {};
	__u32 random = 1;
	struct world w;

	(void)state;
	world_make(&w);
	world_settle(&w);
	for (size_t i = 0; i < 3000; i++) {
		size_t one;

		random = random * 1664525 + 1013904223;
		one = (random >> 16) % THERE;
		if (one < POOL)
			change_route(&w, pool[one], there[one]);
		else if (one < KERNELS)
			change_neigh(&w, neigh_pool[one - POOL], there[one]);
		else
			change_claims(&w, one - KERNELS, !there[one]);
		there[one] = !there[one];
		world_settle_touched(&w);
		check_same_as_new(&w, there);
	}
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
