// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/mtrie_commit.c: a big table's multibit trie says what the table's map
 * says. */
#include "tests/native.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "pins.h"
#include "sandbox.h"
#include "table_fixture.h"
#include "user/maps/mtrie.h"
#include "user/maps/pin.h"
#include "user/maps/routes.h"
#include "user/maps/table.h"
#include "user/model/mtrie.h"
#include "user/reconcile/mtrie_commit.h"
#include "user/reconcile/table_commit.h"
#include "user/util/cleanup.h"

static const void *line_of(const struct nsa_mtrie *mtrie, const __u32 *line)
{
	return &mtrie->lines[*line];
}
#define bpf_map_lookup_elem line_of
#include "bpf/map/mtrie.h"
#undef bpf_map_lookup_elem

static void want_many(struct table_fixture *f, __u32 count, __u32 number)
{
	for (__u32 i = 0; i < count; i++)
		table_want(f, i, number);
}

/* The map in "mtries"; 0: none. */
static __u32 id_in_use(const struct table_fixture *f)
{
	const __u32 slot = SLOT;
	__u32 id = 0;

	bpf_map_lookup_elem(f->maps->fd[NSA_MAP_MTRIES], &slot, &id);
	return id;
}

static struct nsa_mtrie mtrie_open(void)
{
	struct nsa_mtrie_lines mapped;

	assert_int_equal(nsa_maps_mtrie_open(COOKIE, &mapped), 0);
	return (struct nsa_mtrie){ .lines = mapped.lines,
				   .line_count = mapped.count - NSA_MTRIE_SLACK };
}

static void mtrie_close(const struct nsa_mtrie *mtrie)
{
	struct nsa_mtrie_lines mapped = { mtrie->lines, mtrie->line_count + NSA_MTRIE_SLACK };

	nsa_maps_mtrie_close(&mapped);
}

static bool is_pinned(void)
{
	char path[PATH_MAX];

	assert_int_equal(nsa_pin_path(path, "by-netns/%d/mtrie", COOKIE), 0);
	return !access(path, F_OK);
}

static bool is_there(const struct table_fixture *f)
{
	assert_int_equal(is_pinned(), f->table->has_mtrie);
	assert_int_equal(!!id_in_use(f), f->table->has_mtrie);
	assert_int_equal(f->table->mtrie_is_current, f->table->has_mtrie);
	return f->table->has_mtrie;
}

static __u64 word_in_map(int map, const struct nsaccel_prefix *prefix)
{
	struct nsaccel_route route;

	return bpf_map_lookup_elem(map, prefix, &route) < 0 ?
		       0 :
		       (__u64)route.generation << 32 | route.nexthop;
}

/* What programs find there is what they would find in the map. */
static void assert_same(void)
{
	__cleanup(nsa_closep) int map = nsa_maps_table_open(COOKIE);
	struct nsa_mtrie mtrie = mtrie_open();

	for (__u32 i = 0; i < MANY + 10; i++) {
		const struct nsaccel_prefix prefix = table_prefix(i);

		assert_int_equal(nsa_mtrie_find(&mtrie, &prefix), word_in_map(map, &prefix));
	}
	mtrie_close(&mtrie);
}

static void test_sizes(void **state)
{
	struct table_fixture *f = *state;

	want_many(f, NSA_MTRIE_ROUTES - 1, 1);
	table_commit(f);
	assert_false(is_there(f));
	table_want(f, NSA_MTRIE_ROUTES, 2);
	table_commit(f);
	assert_true(is_there(f));
	assert_same();
	/* Half as many keep it, fewer don't; one by one, and in a new map. */
	for (__u32 i = 0; i < NSA_MTRIE_ROUTES / 2; i++)
		table_want(f, i, 0);
	table_commit(f);
	assert_true(is_there(f));
	assert_same();
	table_want(f, NSA_MTRIE_ROUTES, 0);
	table_commit(f);
	assert_false(is_there(f));
	want_many(f, MANY, 3);
	table_commit(f);
	assert_true(is_there(f));
	want_many(f, MANY, 0);
	table_commit(f);
	assert_false(is_there(f));
}

/* Routes change in place, or with a new map; old and new are read alike. */
static void test_changes(void **state)
{
	struct table_fixture *f = *state;
	__u32 id;

	want_many(f, MANY, 1);
	table_commit(f);
	id = id_in_use(f);
	for (__u32 i = 0; i < 500; i++)
		table_want(f, i, i % 3);
	table_want(f, MANY + 5, 7);
	table_commit(f);
	assert_true(is_there(f) && id_in_use(f) == id);
	assert_same();
	want_many(f, MANY, 2);
	table_commit(f);
	assert_true(is_there(f) && id_in_use(f) != id);
	assert_same();
	assert_int_equal(nsa_table_drop(f->maps, f->table), 0);
	assert_false(is_there(f));
	table_commit(f);
	assert_true(is_there(f));
	assert_same();
}

/* Another process goes on with the same one. */
static void test_loaded(void **state)
{
	struct table_fixture *f = *state;
	__u32 id;

	want_many(f, MANY, 1);
	table_commit(f);
	id = id_in_use(f);
	table_start_anew(f);
	assert_true(is_there(f));
	want_many(f, MANY - 100, 1);
	table_commit(f);
	assert_true(is_there(f) && id_in_use(f) == id);
	assert_same();
}

/* damage: as a run leaves it that was killed, or somebody else. */
static void assert_made_anew(struct table_fixture *f, void (*damage)(struct table_fixture *f))
{
	want_many(f, MANY, 1);
	table_commit(f);
	damage(f);
	table_start_anew(f);
	assert_true(f->table->has_mtrie);
	assert_false(f->table->mtrie_is_current);
	want_many(f, MANY, 1);
	assert_int_equal(table_commit(f), 0); /* though the map is as it should be */
	assert_true(is_there(f));
	assert_same();
}

static void begin_write(struct table_fixture *f)
{
	const struct nsaccel_prefix prefix = table_prefix(0);
	struct nsa_mtrie mtrie = mtrie_open();

	(void)f;
	nsa_mtrie_begin(&mtrie);
	assert_int_not_equal(nsa_mtrie_find(&mtrie, &prefix), 0);
	mtrie_close(&mtrie);
}

static void of_another_table(struct table_fixture *f)
{
	struct nsa_mtrie mtrie = mtrie_open();

	(void)f;
	nsa_mtrie_set_table(&mtrie, 0);
	mtrie_close(&mtrie);
}

static void only_pinned(struct table_fixture *f)
{
	const __u32 slot = SLOT;

	assert_int_equal(bpf_map_delete_elem(f->maps->fd[NSA_MAP_MTRIES], &slot), 0);
}

/* Something else stands at its pin. */
static void another_map(struct table_fixture *f)
{
	char path[PATH_MAX];

	assert_int_equal(nsa_pin_path(path, "by-netns/%d/mtrie", COOKIE), 0);
	assert_int_equal(nsa_pin_replace(f->maps->fd[NSA_MAP_OWNERS], path), 0);
}

static void test_killed_while_writing(void **state)
{
	assert_made_anew(*state, begin_write);
}

static void test_killed_before_it_was_set(void **state)
{
	assert_made_anew(*state, of_another_table);
}

static void test_killed_before_it_was_used(void **state)
{
	assert_made_anew(*state, only_pinned);
}

static void test_another_map(void **state)
{
	assert_made_anew(*state, another_map);
}

/* What can't be written is taken away before the map changes, and made anew. */
static void test_taken_away(void **state)
{
	struct table_fixture *f = *state;

	want_many(f, MANY, 1);
	table_commit(f);
	another_map(f);
	table_want(f, 0, 2);
	table_want(f, 1, 0);
	table_commit(f);
	assert_true(is_there(f));
	assert_same();
}

static void unpin(struct table_fixture *f)
{
	char path[PATH_MAX];

	want_many(f, MANY, 1);
	table_commit(f);
	assert_int_equal(nsa_pin_path(path, "by-netns/%d/mtrie", COOKIE), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_not_equal(id_in_use(f), 0);
}

/* Programs don't go on reading one whose pin is gone. */
static void test_without_pin(void **state)
{
	struct table_fixture *f = *state;

	unpin(f);
	table_start_anew(f);
	want_many(f, 10, 1);
	table_commit(f);
	assert_false(is_there(f));
	unpin(f);
	table_start_anew(f);
	want_many(f, MANY - 1, 1);
	table_commit(f);
	assert_true(is_there(f));
	assert_same();
}

/* Nor does the next namespace in the slot. */
static void test_forgotten_without_pin(void **state)
{
	struct table_fixture *f = *state;

	unpin(f);
	assert_int_equal(nsa_maps_table_drop(f->maps, COOKIE, SLOT), 0);
	assert_int_equal(id_in_use(f), 0);
}

/* Somebody's route whose address has bits behind its length; the kernel keeps them. */
static void test_bits_behind_the_length(void **state)
{
	const __u8 addr[NSACCEL_ADDR_LEN] = { 10, 0, 255 };
	struct nsaccel_prefix odd = nsa_prefix(NSACCEL_FAMILY_INET, addr, 32);
	struct table_fixture *f = *state;
	struct nsaccel_route route;
	int map;

	want_many(f, MANY, 1);
	table_commit(f);
	map = nsa_maps_table_open(COOKIE);
	odd.prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 17;
	route = (struct nsaccel_route){ 1, 1, NSACCEL_ORIGIN_KERNEL };
	assert_int_equal(bpf_map_update_elem(map, &odd, &route, BPF_ANY), 0);
	close(map);
	table_start_anew(f);
	want_many(f, MANY, 1);
	table_commit(f);
	assert_true(is_there(f));
	assert_same();
}

/* So many changes that it has no room left: it is made anew with more. */
static void test_full(void **state)
{
	struct table_fixture *f = *state;
	__u32 id, made = 0;

	want_many(f, NSA_MTRIE_ROUTES, 1);
	table_commit(f);
	id = id_in_use(f);
	for (__u32 round = 1; round < 200 && !made; round++) {
		for (__u32 i = 0; i < 500; i++)
			table_want(f, (round << 16) + i * 251, 1);
		table_commit(f);
		assert_true(is_there(f));
		made = id_in_use(f) != id;
	}
	assert_true(made);
	assert_same();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sizes, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_changes, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_loaded, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_killed_while_writing, table_setup,
						table_teardown),
		cmocka_unit_test_setup_teardown(test_killed_before_it_was_set, table_setup,
						table_teardown),
		cmocka_unit_test_setup_teardown(test_killed_before_it_was_used, table_setup,
						table_teardown),
		cmocka_unit_test_setup_teardown(test_another_map, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_taken_away, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_bits_behind_the_length, table_setup,
						table_teardown),
		cmocka_unit_test_setup_teardown(test_full, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_without_pin, table_setup, table_teardown),
		cmocka_unit_test_setup_teardown(test_forgotten_without_pin, table_setup,
						table_teardown),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
