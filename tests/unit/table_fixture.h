/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of a namespace, for tests of user/model/table.c and of its commit to the maps. */
#ifndef NSA_TEST_TABLE_FIXTURE_H
#define NSA_TEST_TABLE_FIXTURE_H

#include <linux/types.h>

#include "user/maps/maps.h"
#include "user/model/nexthops.h"
#include "user/model/table.h"

#define COOKIE 1234
#define SLOT   5
#define MANY   6000 /* routes: a commit writes them into a new map if all of them change at once */

struct table_fixture {
	struct nsa_maps *maps; /* NULL: in memory alone */
	struct nsa_nexthops *hops;
	struct nsa_table *table;
};

/* For cmocka: a table in new maps, read from there, in *state; needs pins_make(). */
int table_setup(void **state);
int table_teardown(void **state);
/* Frees table and next hops; none may have a reference left. */
void table_unload(struct table_fixture *f);
/* As another process would find it. */
void table_start_anew(struct table_fixture *f);

/* 10.x.y.z/32, of which the number is x.y.z. */
struct nsaccel_prefix table_prefix(__u32 number);
struct nsa_node *table_node(struct table_fixture *f, __u32 number);
/* A resolved next hop with this number; the caller's reference. */
__u32 table_hop(struct table_fixture *f, __u32 number);

/* The node is to have a route by the next hop with that number; 0: no route. */
void table_want(struct table_fixture *f, __u32 node, __u32 number);
/* How many routes it wrote. */
size_t table_commit(struct table_fixture *f);

#endif
