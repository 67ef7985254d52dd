// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/table_commit.c: what a commit makes of the map of a table. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "pins.h"
#include "sandbox.h"
#include "table_fixture.h"
#include "user/maps/nexthops.h"
#include "user/maps/routes.h"
#include "user/maps/sequences.h"
#include "user/maps/table.h"
#include "user/model/table.h"
#include "user/reconcile/nexthops_commit.h"
#include "user/reconcile/table_commit.h"
#include "user/util/cleanup.h"

static __u32 map_id(const struct table_fixture *f)
{
	const __u64 cookie = COOKIE;
	__u32 id = 0;

	bpf_map_lookup_elem(f->maps->fd[NSA_MAP_ROUTES], &cookie, &id);
	return id;
}

static size_t count_in(int map)
{
	__cleanup(nsa_freep) struct nsa_route_entry *entries = NULL;
	size_t count = 0;

	assert_int_equal(nsa_maps_table_routes(map, &entries, &count), 0);
	return count;
}

/* Routes in the map; -1: there is none. */
static int count_routes(void)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(COOKIE);

	return map < 0 ? -1 : (int)count_in(map);
}

static bool find_route(__u32 number, struct nsaccel_route *out)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(COOKIE);
	const struct nsaccel_prefix prefix = table_prefix(number);

	assert_true(map >= 0);
	return !bpf_map_lookup_elem(map, &prefix, out);
}

static void write_route(__u32 number, const struct nsaccel_route *route)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(COOKIE);
	const struct nsaccel_prefix prefix = table_prefix(number);

	assert_int_equal(nsa_maps_routes_put(map, &prefix, route, 1), 0);
}

/* Does the map lead from there to the next hop with this number? */
static bool leads_to(const struct table_fixture *f, __u32 node, __u32 number)
{
	struct nsaccel_nexthop nexthop;
	struct nsaccel_route route;

	return find_route(node, &route) &&
	       !nsa_maps_nexthop_get(f->maps, route.nexthop, &nexthop) &&
	       nexthop.generation == route.generation && nexthop.target_ifindex == number;
}

static void test_empty(void **state)
{
	struct table_fixture *f = *state;
	size_t changed = 99;

	assert_int_equal(nsa_table_commit(f->maps, f->table, false, &changed), 0);
	assert_int_equal(changed, 0);
	assert_int_equal(count_routes(), -1);
	assert_int_equal(table_commit(f), 0); /* an owner has a table, whatever is in it */
	assert_int_equal(count_routes(), 0);

	table_want(f, 1, 1);
	assert_int_equal(nsa_table_commit(f->maps, f->table, false, &changed), 0);
	assert_int_equal(changed, 1);
	assert_int_equal(count_routes(), 1);
	table_want(f, 1, 0);
	assert_int_equal(nsa_table_commit(f->maps, f->table, false, &changed), 0);
	assert_int_equal(count_routes(), -1);
	assert_int_equal(f->table->node_count, 0);
	assert_int_equal(f->table->installed_count, 0);
	table_want(f, 2, 1);
	assert_int_equal(nsa_table_commit(f->maps, f->table, false, &changed), 0);
	assert_int_equal(count_routes(), 1);
}

static void test_difference(void **state)
{
	const struct nsaccel_route mark = { .origin = NSACCEL_ORIGIN_STATIC };
	struct table_fixture *f = *state;
	struct nsaccel_route route;
	__u32 id;

	table_want(f, 1, 1);
	table_want(f, 2, 2);
	table_want(f, 3, 2);
	assert_int_equal(table_commit(f), 3);
	assert_int_equal(count_routes(), 3);
	assert_true(leads_to(f, 1, 1) && leads_to(f, 2, 2) && leads_to(f, 3, 2));
	assert_true(find_route(1, &route) && route.origin == NSACCEL_ORIGIN_KERNEL);
	assert_int_equal(f->table->installed_count, 3);
	id = map_id(f);

	/* What is as it should be isn't written: this mark of ours stays. */
	write_route(3, &mark);
	table_want(f, 1, 3);
	table_want(f, 2, 0);
	table_want(f, 3, 2);
	table_want(f, 4, 4);
	assert_int_equal(table_commit(f), 3);
	assert_int_equal(count_routes(), 3);
	assert_true(leads_to(f, 1, 3) && leads_to(f, 4, 4));
	assert_true(find_route(3, &route) && !memcmp(&route, &mark, sizeof(mark)));
	assert_int_equal(map_id(f), id);
	assert_int_equal(f->table->node_count, 3);
	assert_int_equal(table_commit(f), 0);
	/* The origin alone is a difference, too. */
	nsa_table_want(f->table, table_node(f, 4), table_node(f, 4)->wanted,
		       NSACCEL_ORIGIN_ENDPOINT);
	assert_int_equal(nsa_table_touch(f->table, table_node(f, 4)), 0);
	assert_int_equal(table_commit(f), 1);
	assert_true(find_route(4, &route) && route.origin == NSACCEL_ORIGIN_ENDPOINT);
}

/* Next hops are counted by the routes that name them in the map, and freed with the last. */
static void test_hops_of_routes(void **state)
{
	struct table_fixture *f = *state;
	__u32 hop;

	table_want(f, 1, 1);
	table_want(f, 2, 1);
	table_commit(f);
	hop = table_node(f, 1)->installed;
	assert_int_equal(nsa_nexthop(f->hops, hop)->routes, 2);
	assert_int_equal(nsa_nexthop(f->hops, hop)->refs, 4);
	table_want(f, 1, 0);
	assert_int_equal(nsa_nexthop(f->hops, hop)->routes, 2); /* it still stands in the map */
	table_commit(f);
	assert_int_equal(nsa_nexthop(f->hops, hop)->routes, 1);
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_true(leads_to(f, 2, 1));
	table_want(f, 2, 0);
	table_commit(f);
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_int_equal(nsa_nexthop(f->hops, hop)->refs, 0);
}

static void test_rebuild(void **state)
{
	__cleanup(nsa_closep) int old = -1;
	struct table_fixture *f = *state;
	__u32 id;

	for (__u32 i = 0; i < MANY; i++)
		table_want(f, i, 1);
	assert_int_equal(table_commit(f), MANY);
	id = map_id(f);
	old = nsa_maps_table_open(COOKIE);
	assert_int_equal(count_in(old), MANY);
	/* A few are written in place, */
	for (__u32 i = 0; i < 100; i++)
		table_want(f, i, 2);
	assert_int_equal(table_commit(f), 100);
	assert_int_equal(map_id(f), id);
	/* many in a new map, while packets see all of the old one. */
	for (__u32 i = 0; i < MANY - 1; i++)
		table_want(f, i, i % 2 ? 3 : 0);
	assert_int_equal(table_commit(f), MANY - 1);
	assert_int_not_equal(map_id(f), id);
	assert_int_equal(count_in(old), MANY);
	assert_int_equal(count_routes(), MANY / 2);
	assert_int_equal(f->table->installed_count, MANY / 2);
	assert_int_equal(f->table->node_count, MANY / 2);
	for (__u32 i = 0; i < MANY - 1; i++)
		assert_int_equal(leads_to(f, i, 3), i % 2);
	assert_true(leads_to(f, MANY - 1, 1)); /* that hadn't changed */
}

/* Of the state that a lookup of the route's addresses depends on; odd: it is being changed. */
static __u64 sequence(const struct table_fixture *f, __u32 number)
{
	const struct nsaccel_prefix prefix = table_prefix(number);
	__u32 first16 = (__u32)(prefix.addr[0] << 8 | prefix.addr[1]);
	__u64 config = f->maps->config_seq[0],
	      route = f->maps->route_seq[NSACCEL_ROUTE_SEQ4(first16)];

	return (config & ~1ULL) + (route & ~1ULL) + ((config | route) & 1);
}

/* A change of the table makes void what programs remember of it, in whatever way it is made, also
 * where a writer was killed; and however many routes it is of, they compare sequences once more. */
static void test_sequence(void **state)
{
	struct table_fixture *f = *state;
	const struct nsaccel_prefix prefix = table_prefix(0);
	const __u64 *any = &f->maps->config_seq[NSACCEL_SEQ_ANY];
	__u64 before = sequence(f, 0), any_before;

	table_want(f, 0, 1);
	table_want(f, 1, 2); /* whose next hops are in the map from now on */
	table_commit(f);     /* a new map */
	assert_true(sequence(f, 0) > before && !(sequence(f, 0) & 1));
	before = sequence(f, 0);
	any_before = *any;
	table_want(f, 0, 2);
	table_want(f, 2, 1);
	table_commit(f); /* in place */
	assert_true(*any == any_before + 1);
	assert_true(sequence(f, 0) > before && !(sequence(f, 0) & 1));
	before = sequence(f, 0);
	assert_int_equal(table_commit(f), 0);
	assert_true(sequence(f, 0) == before);
	nsa_maps_route_begin(f->maps, &prefix); /* killed */
	assert_true(sequence(f, 0) == before + 1);
	nsa_maps_sequences_mend(f->maps);
	assert_true(sequence(f, 0) == before + 2);
	before = sequence(f, 0);
	assert_int_equal(nsa_table_drop(f->maps, f->table), 0);
	assert_true(sequence(f, 0) > before && !(sequence(f, 0) & 1));
}

static void test_refuse(void **state)
{
	struct table_fixture *f = *state;

	for (__u32 i = 0; i < 10; i++)
		table_want(f, i, 1);
	table_commit(f);
	assert_int_equal(nsa_table_refuse(f->maps, f->table), 0);
	assert_int_equal(count_routes(), -1);
	assert_int_equal(f->table->installed_count, 0);
	/* As many are as bad. */
	table_want(f, 0, 2);
	table_commit(f);
	table_want(f, 11, 1);
	table_commit(f);
	assert_int_equal(count_routes(), -1);
	/* Fewer are written, all of them. */
	table_want(f, 10, 0);
	table_want(f, 9, 0);
	table_want(f, 8, 0);
	table_commit(f);
	assert_int_equal(f->table->refused, 0);
	assert_int_equal(count_routes(), 9);
	assert_true(leads_to(f, 0, 2) && leads_to(f, 1, 1) && leads_to(f, 11, 1));
	table_want(f, 8, 1);
	table_commit(f);
	assert_int_equal(count_routes(), 10);
}

/* Nobody knows how far a failed commit came: routes that it may have written are not forgotten. */
static void test_failed(void **state)
{
	enum {
		BEFORE = 1500
	};
	struct table_fixture *f = *state;
	size_t changed = 99;
	__u32 hop;

	table_want(f, 0, 1);
	table_commit(f);
	for (__u32 i = 1; i < NSACCEL_MAX_NEXTHOPS; i++) {
		hop = table_hop(f, i + 1);
		assert_int_equal(nsa_nexthops_commit_install(f->maps, f->hops, hop), 0);
		nsa_nexthops_put(f->hops, hop);
	}
	for (__u32 i = 1; i <= BEFORE; i++)
		table_want(f, i, 1);
	table_want(f, BEFORE + 1, NSACCEL_MAX_NEXTHOPS + 1);
	assert_int_equal(nsa_table_commit(f->maps, f->table, true, &changed), -E2BIG);
	assert_int_equal(changed, 99);
	assert_true(count_routes() > 1);
	for (__u32 i = 1; i <= BEFORE + 1; i++)
		table_want(f, i, 0);
	table_commit(f);
	assert_int_equal(count_routes(), 1);
	assert_true(leads_to(f, 0, 1));
	assert_int_equal(f->table->node_count, 1);
}

static void test_loaded(void **state)
{
	struct table_fixture *f = *state;
	struct nsa_node *node;
	__u32 hop;

	table_want(f, 1, 1);
	table_want(f, 2, 2);
	hop = table_hop(f, 3);
	nsa_table_want(f->table, table_node(f, 3), hop, NSACCEL_ORIGIN_STATIC);
	nsa_table_set_static(f->table, table_node(f, 3), hop);
	assert_int_equal(nsa_table_touch(f->table, table_node(f, 3)), 0);
	table_commit(f);
	table_start_anew(f);
	assert_int_equal(f->table->installed_count, 3);
	assert_int_equal(f->table->wanted_count, 1);
	assert_int_equal(f->table->static_count, 1);
	assert_int_equal(f->table->dirty_count, 3);
	node = table_node(f, 3); /* nobody but the map knows of it */
	assert_true(node->static_nh && nsa_table_is_synced(node));
	assert_int_equal(nsa_nexthop(f->hops, node->static_nh)->key.target_ifindex, 3);

	/* What the kernel has still is not written, what it has no more goes. */
	table_want(f, 1, 1);
	assert_int_equal(table_commit(f), 1);
	assert_int_equal(count_routes(), 2);
	assert_true(leads_to(f, 1, 1) && leads_to(f, 3, 3));
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_true(leads_to(f, 1, 1) && leads_to(f, 3, 3));
}

/* Routes that name next hops which are no more: a killed run's, or somebody's mistake. */
static void test_unknown(void **state)
{
	const struct nsaccel_route bad = { .nexthop = 60000,
					   .generation = 9,
					   .origin = NSACCEL_ORIGIN_KERNEL };
	const struct nsaccel_route beyond = { .nexthop = NSACCEL_MAX_NEXTHOPS + 1,
					      .generation = 9,
					      .origin = NSACCEL_ORIGIN_STATIC };
	struct table_fixture *f = *state;

	table_want(f, 1, 1);
	table_want(f, 2, 1);
	table_commit(f);
	write_route(2, &bad);
	write_route(3, &bad);
	write_route(4, &beyond);
	table_start_anew(f);
	assert_false(nsa_table_is_synced(table_node(f, 3)));
	assert_int_equal(f->table->static_count, 0);
	table_want(f, 1, 1);
	table_want(f, 2, 1);
	assert_int_equal(table_commit(f), 3);
	assert_int_equal(count_routes(), 2);
	assert_true(leads_to(f, 1, 1) && leads_to(f, 2, 1));
	assert_int_equal(f->table->node_count, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_empty, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_difference, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_hops_of_routes, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_rebuild, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_sequence, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_refuse, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_failed, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_loaded, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_unknown, table_setup, table_teardown),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
