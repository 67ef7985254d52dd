// SPDX-License-Identifier: GPL-2.0-only
/* The table of a namespace, for tests of table.c and table_commit.c. */
#include <stdbool.h>
#include <sys/socket.h>

#include "pins.h"
#include "sandbox.h"
#include "table_fixture.h"
#include "user/model/table.h"
#include "user/reconcile/nexthops_commit.h"
#include "user/reconcile/table_commit.h"

static void table_load(struct table_fixture *f)
{
	assert_int_equal(nsa_nexthops_commit_load(f->maps, &f->hops), 0);
	assert_int_equal(nsa_table_load(f->maps, f->hops, COOKIE, SLOT, &f->table), 0);
}

void table_unload(struct table_fixture *f)
{
	nsa_table_free(f->table);
	for (__u32 hop = 1; hop <= nsa_nexthops_last(f->hops); hop++) {
		assert_int_equal(nsa_nexthop(f->hops, hop)->refs, 0);
		assert_int_equal(nsa_nexthop(f->hops, hop)->routes, 0);
	}
	nsa_nexthops_free(f->hops);
}

int table_setup(void **state)
{
	static struct table_fixture table_fixture;

	table_fixture.maps = pins_open();
	table_load(&table_fixture);
	*state = &table_fixture;
	return 0;
}

int table_teardown(void **state)
{
	struct table_fixture *f = *state;

	table_unload(f);
	pins_close(f->maps);
	return 0;
}

void table_start_anew(struct table_fixture *f)
{
	table_unload(f);
	table_load(f);
}

/* 10.x.y.z/32 */
struct nsaccel_prefix table_prefix(__u32 number)
{
	const __u8 addr[NSACCEL_ADDR_LEN] = { 10, (__u8)(number >> 16), (__u8)(number >> 8),
					      (__u8)number };

	return nsa_prefix(AF_INET, addr, 32);
}

struct nsa_node *table_node(struct table_fixture *f, __u32 number)
{
	struct nsaccel_prefix prefix = table_prefix(number);
	struct nsa_node *node = nsa_table_node(f->table, &prefix);

	assert_non_null(node);
	return node;
}

/* A resolved next hop; the caller's reference. */
__u32 table_hop(struct table_fixture *f, __u32 number)
{
	const struct nsaccel_nexthop key = { .owner_slot = SLOT,
					     .target = NSACCEL_TARGET_PASS,
					     .target_ifindex = number };
	__u32 hop = nsa_nexthops_get(f->hops, &key);
	bool changed;

	assert_true(hop);
	assert_int_equal(nsa_nexthops_commit_resolve(f->maps, f->hops, hop, &key, &changed), 0);
	return hop;
}

void table_want(struct table_fixture *f, __u32 node, __u32 number)
{
	__u32 hop = number ? table_hop(f, number) : 0;

	nsa_table_want(f->table, table_node(f, node), hop, NSACCEL_ORIGIN_KERNEL);
	assert_int_equal(nsa_table_touch(f->table, table_node(f, node)), 0);
	nsa_nexthops_put(f->hops, hop);
}

size_t table_commit(struct table_fixture *f)
{
	size_t changed = 99;

	assert_int_equal(nsa_table_commit(f->maps, f->table, true, &changed), 0);
	assert_int_equal(f->table->dirty_count, 0);
	return changed;
}
