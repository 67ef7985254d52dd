// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/nexthops_commit.c: records of next hops in the map. */
#include <errno.h>
#include <stdbool.h>

#include "hops.h"
#include "pins.h"
#include "sandbox.h"
#include "user/maps/nexthops.h"
#include "user/model/nexthops.h"
#include "user/reconcile/nexthops_commit.h"

struct fixture {
	struct nsa_maps *maps;
	struct nsa_nexthops *hops;
};

static int setup(void **state)
{
	static struct fixture fixture;

	fixture.maps = pins_open();
	assert_int_equal(nsa_nexthops_commit_load(fixture.maps, &fixture.hops), 0);
	*state = &fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	nsa_nexthops_free(f->hops);
	pins_close(f->maps);
	return 0;
}

static void start_anew(struct fixture *f)
{
	nsa_nexthops_free(f->hops);
	f->hops = NULL;
	assert_int_equal(nsa_nexthops_commit_load(f->maps, &f->hops), 0);
}

static struct nsaccel_nexthop in_map(const struct fixture *f, __u32 id)
{
	struct nsaccel_nexthop record;

	assert_int_equal(nsa_maps_nexthop_get(f->maps, id, &record), 0);
	return record;
}

/* Resolves to a record with this MTU; true: that is another one. */
static bool resolve(struct fixture *f, __u32 hop, __u32 mtu)
{
	struct nsaccel_nexthop record = nsa_nexthop(f->hops, hop)->key;
	bool changed;

	record.mtu = mtu;
	assert_int_equal(nsa_nexthops_commit_resolve(f->maps, f->hops, hop, &record, &changed), 0);
	assert_true(nsa_nexthop_is(nsa_nexthop(f->hops, hop), &record));
	return changed;
}

/* As routes in a map do. */
static __u32 install(struct fixture *f, __u32 hop)
{
	assert_int_equal(nsa_nexthops_commit_install(f->maps, f->hops, hop), 0);
	nsa_nexthop(f->hops, hop)->routes = 1;
	return nsa_nexthop(f->hops, hop)->id;
}

static void test_install(void **state)
{
	struct fixture *f = *state;
	__u32 hop = hops_get(f->hops, 1), id;
	struct nsaccel_nexthop record;

	assert_true(resolve(f, hop, 1500));
	assert_int_equal(nsa_nexthop(f->hops, hop)->id, NSA_NEXTHOP_NO_ID);
	id = install(f, hop);
	record = in_map(f, id);
	assert_memory_equal(&record, &nsa_nexthop(f->hops, hop)->record, sizeof(record));
	assert_true(record.generation && record.sequence && !(record.sequence & 1));
	assert_int_equal(record.mtu, 1500);
	assert_int_equal(install(f, hop), id); /* once */
	assert_int_equal(in_map(f, id).generation, record.generation);

	assert_int_equal(nsa_nexthops_get_by_id(f->hops, id, record.generation), hop);
	assert_int_equal(nsa_nexthop(f->hops, hop)->refs, 2);
	assert_int_equal(nsa_nexthops_get_by_id(f->hops, id, record.generation + 1), 0);
	assert_int_equal(nsa_nexthops_get_by_id(f->hops, id + 1, 0), 0);
	assert_int_equal(nsa_nexthops_get_by_id(f->hops, NSACCEL_MAX_NEXTHOPS, 1), 0);
}

/* Programs compare the sequence of a next hop in use only after NSACCEL_SEQ_ANY has advanced. */
static void test_sequence(void **state)
{
	struct fixture *f = *state;
	const __u64 *any = &f->maps->config_seq[NSACCEL_SEQ_ANY];
	__u32 hop = hops_get(f->hops, 1), id, generation, sequence, last;
	__u64 any_before;

	resolve(f, hop, 1500);
	id = install(f, hop);
	generation = in_map(f, id).generation;
	last = in_map(f, id).sequence;
	for (__u32 mtu = 1400; mtu < 1410; mtu++, last = sequence) {
		any_before = *any;
		assert_true(resolve(f, hop, mtu));
		assert_true(*any > any_before);
		sequence = in_map(f, id).sequence;
		assert_true(sequence > last && !(sequence & 1));
		assert_int_equal(in_map(f, id).mtu, mtu);
		assert_int_equal(in_map(f, id).generation, generation);
		/* The same again is nothing to write. */
		assert_false(resolve(f, hop, mtu));
		assert_int_equal(in_map(f, id).sequence, sequence);
	}
}

/* An id goes to another next hop: with another generation, and a sequence that goes on. */
static void test_reused(void **state)
{
	struct fixture *f = *state;
	__u32 hop = hops_get(f->hops, 1), id, generation, sequence, other, times = 0;

	resolve(f, hop, 1500);
	id = install(f, hop);
	generation = in_map(f, id).generation;
	sequence = in_map(f, id).sequence;
	nsa_nexthop(f->hops, hop)->routes = 0;
	nsa_nexthops_put(f->hops, hop);
	assert_int_equal(nsa_nexthop(f->hops, hop)->id, id); /* until it is collected */
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_int_equal(in_map(f, id).generation, 0);
	assert_int_equal(in_map(f, id).action, NSACCEL_ACTION_NONE);
	assert_true(in_map(f, id).sequence > sequence && !(in_map(f, id).sequence & 1));
	sequence = in_map(f, id).sequence;
	assert_int_equal(nsa_nexthops_get_by_id(f->hops, id, generation), 0);

	start_anew(f); /* it knows what it has to go on from */
	do {
		other = hops_get(f->hops, 100 + times);
		resolve(f, other, 1400);
	} while (install(f, other) != id && ++times < NSACCEL_MAX_NEXTHOPS);
	assert_true(in_map(f, id).generation > generation);
	assert_true(in_map(f, id).sequence > sequence && !(in_map(f, id).sequence & 1));
}

/* One that is wanted stays, and so does its record as long as routes in a map name it. */
static void test_collect(void **state)
{
	struct fixture *f = *state;
	__u32 wanted = hops_get(f->hops, 1), named = hops_get(f->hops, 2), id, generation;

	resolve(f, wanted, 1500);
	resolve(f, named, 1500);
	install(f, wanted);
	nsa_nexthop(f->hops, wanted)->routes = 0;
	id = install(f, named);
	generation = in_map(f, id).generation;
	nsa_nexthops_put(f->hops, named);
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_int_equal(nsa_nexthop(f->hops, wanted)->id, NSA_NEXTHOP_NO_ID);
	assert_int_equal(nsa_nexthop(f->hops, wanted)->refs, 1);
	assert_int_equal(in_map(f, id).generation, generation);
	/* Nobody kept it current: it has to be resolved before it is used again. */
	assert_int_equal(hops_get(f->hops, 2), named);
	assert_false(nsa_nexthop(f->hops, named)->resolved);
	/* Installed again, it is another generation. */
	generation = in_map(f, install(f, wanted)).generation;
	assert_int_equal(nsa_nexthop(f->hops, wanted)->record.generation, generation);
	assert_int_equal(in_map(f, nsa_nexthop(f->hops, wanted)->id).mtu, 1500);
}

static void test_loaded(void **state)
{
	struct fixture *f = *state;
	struct nsaccel_nexthop half;
	__u32 hop = hops_get(f->hops, 1), id, generation;

	resolve(f, hop, 1500);
	id = install(f, hop);
	generation = in_map(f, id).generation;
	start_anew(f);
	hop = hops_get(f->hops, 1);
	assert_int_equal(nsa_nexthop(f->hops, hop)->id, id);
	assert_false(nsa_nexthop(f->hops, hop)->resolved);
	assert_false(resolve(f, hop, 1500)); /* nothing to repair */

	/* Killed in the midst of a change: written anew, though it would be the same. */
	half = in_map(f, id);
	half.sequence |= 1;
	assert_int_equal(nsa_maps_nexthop_put(f->maps, id, &half), 0);
	start_anew(f);
	assert_int_equal(hops_get(f->hops, 1), hop);
	assert_true(resolve(f, hop, 1500));
	assert_true(in_map(f, id).sequence > half.sequence && !(in_map(f, id).sequence & 1));
	assert_int_equal(in_map(f, id).generation, generation);
}

/* Killed between a new record and the routes that would have named it: two of one key. */
static void test_twice_in_the_map(void **state)
{
	struct fixture *f = *state;
	struct nsaccel_nexthop record;
	__u32 hop = hops_get(f->hops, 1), id, other, first, second;

	resolve(f, hop, 1500);
	id = install(f, hop);
	other = id + 1;
	record = in_map(f, id);
	record.generation++;
	assert_int_equal(nsa_maps_nexthop_put(f->maps, other, &record), 0);
	start_anew(f);
	first = nsa_nexthops_get_by_id(f->hops, id, record.generation - 1);
	second = nsa_nexthops_get_by_id(f->hops, other, record.generation);
	assert_true(first && second && first != second);
	/* The one that is named stays, and is found. */
	nsa_nexthop(f->hops, first)->routes = 1;
	nsa_nexthops_put(f->hops, second);
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_int_equal(in_map(f, other).generation, 0);
	assert_int_equal(in_map(f, id).generation, record.generation - 1);
	assert_int_equal(hops_get(f->hops, 1), first);
}

static void test_full(void **state)
{
	struct fixture *f = *state;
	__u32 hop;

	for (__u32 i = 0; i < NSACCEL_MAX_NEXTHOPS; i++) {
		hop = hops_get(f->hops, i);
		resolve(f, hop, 1500);
		install(f, hop);
	}
	hop = hops_get(f->hops, NSACCEL_MAX_NEXTHOPS);
	assert_int_equal(nsa_nexthops_commit_install(f->maps, f->hops, hop), -E2BIG);
	nsa_nexthop(f->hops, 77)->routes = 0;
	assert_int_equal(nsa_nexthops_commit_collect(f->maps, f->hops), 0);
	assert_int_equal(nsa_nexthops_commit_install(f->maps, f->hops, hop), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_install, setup, teardown),
		cmocka_unit_test_setup_teardown(test_sequence, setup, teardown),
		cmocka_unit_test_setup_teardown(test_reused, setup, teardown),
		cmocka_unit_test_setup_teardown(test_collect, setup, teardown),
		cmocka_unit_test_setup_teardown(test_loaded, setup, teardown),
		cmocka_unit_test_setup_teardown(test_twice_in_the_map, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full, setup, teardown),
	};

	sandbox_enter();
	pins_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
