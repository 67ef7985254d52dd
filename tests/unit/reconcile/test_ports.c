// SPDX-License-Identifier: GPL-2.0-only
/* A request outlives its device: it is kept while the device is gone, and met when one of that name
 * comes. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"

static void have_both(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(machine_attach("eth1"), 0);
}

static void eth1_goes(void)
{
	have_both();
	fake_link_del(machine.host, "eth1");
}

static void eth1_returns(void)
{
	eth1_goes();
	assert_int_equal(machine_sync(), 0);
	fake_link_add(machine.host, "eth1", "");
}

static void test_device_goes(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "device gone",
							  .prepare = eth1_goes,
							  .act = machine_sync,
							  .goes_on = true });
}

static void test_device_returns(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "device is back",
							  .prepare = eth1_returns,
							  .act = machine_sync,
							  .goes_on = true });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_device_goes),
		MACHINE_TEST(test_device_returns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
