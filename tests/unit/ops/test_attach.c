// SPDX-License-Identifier: GPL-2.0-only
/* attach happens whole or is undone, whichever of its calls fails. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"

static int attach_eth0(void)
{
	return machine_attach("eth0");
}

static int attach_eth1(void)
{
	return machine_attach("eth1");
}

static void have_eth0(void)
{
	assert_int_equal(attach_eth0(), 0);
}

/* The first device: maps are made, and go again. */
static void test_first(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "attach of the first device",
							  .act = attach_eth0 });
}

/* What stands of the first device stays as it is. */
static void test_second(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "attach of a second device", .prepare = have_eth0, .act = attach_eth1 });
}

/* What is pinned, of which one is gone, is no maps at all. */
static void test_maps_vanish(void **state)
{
	char *before = fake_dump();

	(void)state;
	fake_fail("nsa_dataplane_create_maps", 1, -ENOENT);
	assert_int_equal(attach_eth0(), -ENOENT);
	fake_check_state("no maps", before);
	free(before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_first),
		MACHINE_TEST(test_second),
		MACHINE_TEST(test_maps_vanish),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
