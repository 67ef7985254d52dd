// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/table.c: the nodes of a table, and which next hops are wanted. */
#include <errno.h>

#include "sandbox.h"
#include "table_fixture.h"
#include "user/model/table.h"

static void test_wanted(void **state)
{
	struct table_fixture f = {};
	struct nsa_node *node;
	__u32 a, b;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&f.hops), 0);
	assert_int_equal(nsa_table_new(f.hops, COOKIE, SLOT, &f.table), 0);
	a = table_hop(&f, 1);
	b = table_hop(&f, 2);
	node = table_node(&f, 1);
	assert_true(nsa_table_is_synced(node));
	nsa_table_want(f.table, node, a, NSACCEL_ORIGIN_KERNEL);
	nsa_table_want(f.table, node, a, NSACCEL_ORIGIN_KERNEL);
	assert_false(nsa_table_is_synced(node));
	assert_int_equal(nsa_nexthop(f.hops, a)->refs, 2);
	assert_int_equal(f.table->wanted_count, 1);
	nsa_table_want(f.table, node, b, NSACCEL_ORIGIN_NEIGHBOUR);
	assert_int_equal(nsa_nexthop(f.hops, a)->refs, 1);
	assert_int_equal(nsa_nexthop(f.hops, b)->refs, 2);
	assert_int_equal(node->wanted_origin, NSACCEL_ORIGIN_NEIGHBOUR);
	nsa_table_want(f.table, node, 0, NSACCEL_ORIGIN_KERNEL);
	assert_int_equal(f.table->wanted_count, 0);
	assert_int_equal(node->wanted_origin, NSACCEL_ORIGIN_NONE);
	assert_true(nsa_table_is_synced(node));

	nsa_table_set_static(f.table, node, a);
	assert_int_equal(nsa_nexthop(f.hops, a)->refs, 1);
	assert_int_equal(f.table->static_count, 1);
	nsa_table_set_static(f.table, node, b);
	assert_int_equal(f.table->static_count, 1);
	nsa_table_set_static(f.table, node, 0);
	assert_int_equal(f.table->static_count, 0);
	assert_int_equal(nsa_nexthop(f.hops, b)->refs, 0);

	assert_int_equal(nsa_table_touch(f.table, node), 0);
	assert_int_equal(nsa_table_touch(f.table, node), 0);
	assert_int_equal(f.table->dirty_count, 1);
	table_unload(&f);
}

static int count_node(void *data, struct nsa_node *node)
{
	(void)node;
	++*(size_t *)data;
	return 0;
}

static int stop_at_ten(void *data, struct nsa_node *node)
{
	count_node(data, node);
	return *(size_t *)data == 10 ? -ECANCELED : 0;
}

static void test_nodes(void **state)
{
	struct nsaccel_prefix prefix;
	const struct nsa_node *node;
	struct table_fixture f = {};
	size_t count = 0;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&f.hops), 0);
	assert_int_equal(nsa_table_new(f.hops, COOKIE, SLOT, &f.table), 0);
	for (__u32 i = 0; i < MANY; i++) {
		prefix = table_prefix(i);
		assert_null(nsa_table_find(f.table, &prefix));
		node = table_node(&f, i);
		assert_ptr_equal(node, nsa_table_find(f.table, &prefix));
		prefix.prefixlen--;
		assert_null(nsa_table_find(f.table, &prefix));
	}
	assert_int_equal(nsa_table_each(f.table, count_node, &count), 0);
	assert_int_equal(count, MANY);
	count = 0;
	assert_int_equal(nsa_table_each(f.table, stop_at_ten, &count), -ECANCELED);
	assert_int_equal(count, 10);
	table_unload(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wanted),
		cmocka_unit_test(test_nodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
