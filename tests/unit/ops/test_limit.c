// SPDX-License-Identifier: GPL-2.0-only
/* limit set: both maps say the same, whichever of its calls fails. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/ops/limit.h"

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static int limit(__u64 bits)
{
	return nsa_limit_set(&(struct nsa_limit_request){
		.bpffs = machine.bpffs, .netns = "red", .both = true, .bits = bits });
}

static int limit_red(void)
{
	return limit(10000000);
}

static int unlimit_red(void)
{
	return limit(0);
}

/* If red couldn't be read, no port may lead to it, until sync has read it. */
static int unlimit_red_again(void)
{
	int r = machine_sync();

	return r ? r : unlimit_red();
}

static void have_limit(void)
{
	have_eth0();
	assert_int_equal(limit_red(), 0);
}

static void test_set(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "limit set", .prepare = have_eth0, .act = limit_red });
}

static void test_del(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "limit del",
							  .prepare = have_limit,
							  .act = unlimit_red,
							  .mend = unlimit_red_again });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_set),
		MACHINE_TEST(test_del),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
