// SPDX-License-Identifier: GPL-2.0-only
/* Maps of connections, and what "flow_use" says of them. */
#include <errno.h>

#include "fake/machine.h"
#include "user/maps/conns.h"
#include "user/util/cleanup.h"

#define OWNER 1
#define SLOT  7

static struct nsa_maps *open_maps(void)
{
	struct nsa_maps *maps = NULL;

	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_maps_open(&maps), 0);
	return maps;
}

static bool has_map(void)
{
	const __u32 slot = SLOT, *id = fake_map_value(fake_map_of(NSA_MAP_CONNS), &slot);

	return id && *id;
}

static void test_add_and_del(void **state)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = open_maps();

	(void)state;
	assert_int_equal(nsa_maps_conns_del(maps, SLOT), 0);
	assert_int_equal(nsa_maps_conns_add(maps, SLOT, OWNER), 0);
	assert_true(has_map());
	assert_int_equal(maps->flow_use[SLOT].conns, NSACCEL_CONNS_OWN);
	assert_int_equal(nsa_maps_conns_del(maps, SLOT), 0);
	assert_false(has_map());
	assert_int_equal(maps->flow_use[SLOT].conns, NSACCEL_CONNS_NONE);
}

/* What may be there is neither taken for there nor for gone. */
static void test_failures(void **state)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = open_maps();

	(void)state;
	fake_fail("bpf_map_update_elem", 1, -EIO);
	assert_int_equal(nsa_maps_conns_add(maps, SLOT, OWNER), -EIO);
	assert_int_equal(maps->flow_use[SLOT].conns, NSACCEL_CONNS_CHANGING);
	fake_fail_never();
	assert_int_equal(nsa_maps_conns_add(maps, SLOT, OWNER), 0);
	fake_fail("bpf_map_delete_elem", 1, -EIO);
	assert_int_equal(nsa_maps_conns_del(maps, SLOT), -EIO);
	assert_int_equal(maps->flow_use[SLOT].conns, NSACCEL_CONNS_CHANGING);
	fake_fail_never();
	assert_int_equal(nsa_maps_conns_del(maps, SLOT), 0);
	assert_false(has_map());
}

/* Whoever may write map "netns" may have written any slot. */
static void test_no_such_slot(void **state)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = open_maps();

	(void)state;
	assert_int_equal(nsa_maps_conns_add(maps, NSACCEL_MAX_NETNS, OWNER), -E2BIG);
	assert_int_equal(nsa_maps_conns_add(maps, ~0U, OWNER), -E2BIG);
	assert_int_equal(nsa_maps_conns_del(maps, ~0U), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_add_and_del),
		MACHINE_TEST(test_failures),
		MACHINE_TEST(test_no_such_slot),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
