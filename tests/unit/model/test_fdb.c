// SPDX-License-Identifier: GPL-2.0-only
/* Bridges' entries: what messages and dumps say of them, and in which lists they stand. */
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "user/model/fdb.h"

#define BRIDGE 4
#define PORT   5
#define OTHER  6
#define MANY   100000

static struct nsa_fdb entry_of(__u32 number, int port)
{
	struct nsa_fdb fdb = {
		.bridge = BRIDGE, .port = port, .state = NUD_REACHABLE, .usable = true
	};

	fdb.mac[0] = 2;
	memcpy(&fdb.mac[2], &number, sizeof(number));
	return fdb;
}

static int note(struct nsa_fdb_set *set, __u32 number, int port, bool gone)
{
	struct nsa_fdb fdb = entry_of(number, port);

	return nsa_fdb_note(set, &fdb, gone);
}

static struct nsa_fdb_node *find(const struct nsa_fdb_set *set, __u32 number)
{
	struct nsa_fdb fdb = entry_of(number, 0);

	return nsa_fdb_find(set, BRIDGE, fdb.mac);
}

static void test_messages(void **state)
{
	struct nsa_fdb_set set = {};
	struct nsa_fdb fdb = entry_of(1, PORT);

	(void)state;
	assert_null(find(&set, 1));
	nsa_fdb_reset(&set);
	assert_int_equal(note(&set, 1, PORT, true), 0); /* of one that nobody knew */
	assert_false(set.news);
	assert_int_equal(note(&set, 1, PORT, false), NSA_FDB_NEWS);
	assert_true(set.news);
	assert_int_equal(find(&set, 1)->fdb.port, PORT);
	assert_null(nsa_fdb_find(&set, BRIDGE + 1, fdb.mac));
	/* It only ages, or is refreshed. */
	fdb.state = NUD_STALE;
	assert_int_equal(nsa_fdb_note(&set, &fdb, false), 0);
	assert_int_equal(find(&set, 1)->fdb.state, NUD_STALE);
	/* Of tagged frames. */
	fdb.vlan = 7;
	assert_int_equal(nsa_fdb_note(&set, &fdb, true), 0);
	assert_int_equal(nsa_fdb_note(&set, &fdb, false), 0);
	assert_non_null(find(&set, 1));
	/* To another port, and back. */
	assert_int_equal(note(&set, 1, OTHER, false), NSA_FDB_NEWS);
	assert_int_equal(find(&set, 1)->fdb.port, OTHER);
	assert_int_equal(find(&set, 1)->port->ifindex, OTHER);
	assert_int_equal(note(&set, 1, PORT, false), NSA_FDB_NEWS);
	assert_int_equal(find(&set, 1)->port->ifindex, PORT);
	/* Gone, and there again. */
	assert_int_equal(note(&set, 1, PORT, true), NSA_FDB_NEWS);
	assert_null(find(&set, 1));
	assert_int_equal(note(&set, 1, PORT, true), 0);
	assert_int_equal(note(&set, 1, PORT, false), NSA_FDB_NEWS);
	assert_int_equal(set.count, 1);
	/* By an entry that names no port the bridge sends nothing anywhere. */
	fdb = entry_of(1, BRIDGE);
	fdb.usable = false;
	assert_int_equal(nsa_fdb_note(&set, &fdb, false), NSA_FDB_NEWS);
	assert_null(find(&set, 1));
	nsa_fdb_free(&set);
}

/* The bridge's own addresses, whichever port they are of. */
static void test_own(void **state)
{
	struct nsa_fdb_set set = {};
	struct nsa_fdb fdb = entry_of(1, PORT);

	(void)state;
	fdb.usable = false;
	fdb.local = true;
	assert_int_equal(nsa_fdb_note(&set, &fdb, false), NSA_FDB_NEWS | NSA_FDB_OWN);
	fdb.port = BRIDGE;
	assert_int_equal(nsa_fdb_note(&set, &fdb, false), 0);
	assert_int_equal(note(&set, 1, PORT, false), NSA_FDB_NEWS | NSA_FDB_OWN);
	assert_int_equal(nsa_fdb_note(&set, &fdb, false), NSA_FDB_NEWS | NSA_FDB_OWN);
	assert_int_equal(nsa_fdb_note(&set, &fdb, true), NSA_FDB_NEWS | NSA_FDB_OWN);
	nsa_fdb_free(&set);
}

static void test_dump(void **state)
{
	struct nsa_fdb all[] = { entry_of(1, PORT), entry_of(2, PORT), entry_of(3, OTHER) };
	struct nsa_fdb_set set = {};

	(void)state;
	assert_int_equal(nsa_fdb_note_all(&set, all, 2, true), NSA_FDB_NEWS);
	nsa_fdb_reset(&set);
	assert_int_equal(nsa_fdb_note_all(&set, all, 2, true), 0);
	assert_false(set.news);
	assert_false(find(&set, 1)->unsure);
	assert_int_equal(nsa_fdb_note_all(&set, all + 1, 2, true), NSA_FDB_NEWS);
	assert_null(find(&set, 1));
	assert_non_null(find(&set, 2));
	assert_int_equal(find(&set, 2)->where, NSA_FDB_OTHER);
	assert_int_equal(find(&set, 3)->where, NSA_FDB_CHANGED);
	assert_int_equal(note(&set, 3, PORT, false), NSA_FDB_NEWS);
	assert_true(find(&set, 3)->unsure);
	/* Of a part of them. */
	assert_int_equal(nsa_fdb_note_all(&set, all + 2, 1, false), NSA_FDB_NEWS);
	assert_false(find(&set, 3)->unsure);
	assert_true(find(&set, 2)->unsure);
	assert_int_equal(find(&set, 2)->port->ifindex, PORT);
	assert_int_equal(nsa_fdb_note_all(&set, NULL, 0, true), NSA_FDB_NEWS);
	nsa_fdb_reset(&set);
	assert_int_equal(set.count, 0);
	for (size_t i = 0; i < NSA_FDB_PORTS; i++)
		assert_null(set.ports[i]);
	nsa_fdb_free(&set);
}

/* One leaves its port: somebody else may have its place there. */
static void test_stirred(void **state)
{
	struct nsa_fdb_set set = {};
	struct nsa_fdb_node *node;

	(void)state;
	note(&set, 1, PORT, false);
	node = find(&set, 1);
	nsa_fdb_clear_dirty(&set, node->port); /* not before it was looked at */
	assert_true(node->port->is_dirty);
	nsa_fdb_move(node, NSA_FDB_FORWARDING);
	nsa_fdb_clear_dirty(&set, node->port);
	assert_false(node->port->is_dirty);
	set.news = false;
	note(&set, 1, OTHER, false);
	assert_true(set.news);
	assert_int_equal(TAILQ_FIRST(&set.dirty)->ifindex, PORT);
	nsa_fdb_clear_dirty(&set, TAILQ_FIRST(&set.dirty)); /* which has none any more */
	assert_int_equal(TAILQ_FIRST(&set.dirty)->ifindex, OTHER);
	note(&set, 1, OTHER, true);
	nsa_fdb_drop(&set, TAILQ_FIRST(&TAILQ_FIRST(&set.dirty)->lists[NSA_FDB_CHANGED]));
	assert_int_equal(set.count, 0);
	nsa_fdb_free(&set);
}

/* None is lost as they become many; and no bucket has many of them, whatever they have in
 * common. */
static void test_many(void **state)
{
	struct nsa_fdb_set set = {};
	size_t longest = 0, length;

	(void)state;
	for (int shift = 0; shift < 16; shift += 8) {
		for (__u32 i = 0; i < MANY; i++)
			assert_true(note(&set, i << shift, PORT, false) >= 0);
		for (__u32 i = 0; i < MANY; i++)
			assert_non_null(find(&set, i << shift));
	}
	for (size_t i = 0; i < set.bucket_count; i++) {
		length = 0;
		for (struct nsa_fdb_node *node = set.buckets[i]; node; node = node->next)
			length++;
		longest = length > longest ? length : longest;
	}
	assert_true(longest < 1000);
	nsa_fdb_free(&set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages), cmocka_unit_test(test_own),
		cmocka_unit_test(test_dump),	 cmocka_unit_test(test_stirred),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
