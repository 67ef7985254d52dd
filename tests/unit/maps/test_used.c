// SPDX-License-Identifier: GPL-2.0-only
/* Neighbours that programs have used are taken out of a map that they go on adding to. */
#include <bpf/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/used.h"
#include "user/util/cleanup.h"

#define OWNER	1
#define OTHER	2
#define ENDLESS (3 * NSACCEL_MAX_NEIGH_USED)

static struct nsa_maps *maps;
static __u32 added;

/* Keys ascend, so that the walk meets each. */
static struct nsaccel_fib_neighbour key_of(__u32 owner_slot, __u32 number)
{
	struct nsaccel_fib_neighbour key;

	memset(&key, 0, sizeof(key));
	key.owner_slot = owner_slot;
	number = __builtin_bswap32(number);
	memcpy(key.addr, &number, sizeof(number));
	return key;
}

static void add(__u32 owner_slot)
{
	const struct nsaccel_fib_neighbour key = key_of(owner_slot, ++added);
	const __u32 one = 1;

	assert_int_equal(bpf_map_update_elem(maps->fd[NSA_MAP_NEIGH_USED], &key, &one, BPF_ANY), 0);
}

/* A program adds one whenever the walk goes on, and the map drops an old one for it. */
static void on_call(const char *function, unsigned int object)
{
	(void)object;
	if (!strcmp(function, "bpf_map_get_next_key") && added < ENDLESS) {
		const struct nsaccel_fib_neighbour old = key_of(OTHER, added - 9);

		bpf_map_delete_elem(maps->fd[NSA_MAP_NEIGH_USED], &old);
		add(OTHER);
	}
}

static void test_taken(void **state)
{
	struct nsaccel_fib_neighbour *out = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_maps_open(&maps), 0);
	added = 0;
	add(OWNER);
	add(OTHER);
	add(OWNER);
	assert_int_equal(nsa_maps_fib_used(maps, OWNER, &out, &count), 0);
	assert_int_equal(count, 2);
	free(out);
	assert_int_equal(nsa_maps_fib_used(maps, OWNER, &out, &count), 0);
	assert_int_equal(count, 0);
	free(out);
	nsa_maps_closep(&maps);
}

static void test_no_end(void **state)
{
	struct nsaccel_fib_neighbour *out = NULL;
	size_t count = 0;

	(void)state;
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_maps_open(&maps), 0);
	added = 0;
	fake_on_call = on_call;
	assert_int_equal(nsa_maps_fib_used(maps, OWNER, &out, &count), 0);
	fake_on_call = NULL;
	assert_true(added < ENDLESS);
	free(out);
	nsa_maps_closep(&maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_taken),
		MACHINE_TEST(test_no_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
