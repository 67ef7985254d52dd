// SPDX-License-Identifier: GPL-2.0-only
/* ns set: settings of a namespace hold as a whole, or not at all, whichever of its calls fails. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/ops/netns_config.h"
#include "user/util/prefix.h"

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static int isolate(bool isolated)
{
	return nsa_netns_config_set(&(struct nsa_netns_config_request){
		.bpffs = machine.bpffs,
		.netns = "red",
		.set_isolated = true,
		.isolated = isolated,
	});
}

static int isolate_red(void)
{
	return isolate(true);
}

static int open_red(void)
{
	return isolate(false);
}

/* If red couldn't be read, no port may lead to it, until sync has read it. */
static int open_red_again(void)
{
	int r = machine_sync();

	return r ? r : open_red();
}

static void have_isolated(void)
{
	have_eth0();
	assert_int_equal(isolate_red(), 0);
}

/* Everything that a namespace can be told at once. */
static int restrict_red(void)
{
	const struct nsaccel_prefix sources[] = {
		nsa_prefix(AF_INET, (const __u8[]){ 10, 2, 0, 2 }, 32),
		nsa_prefix(AF_INET, (const __u8[]){ 10, 9, 0, 0 }, 16)
	};

	return nsa_netns_config_set(&(struct nsa_netns_config_request){
		.bpffs = machine.bpffs,
		.netns = "red",
		.set_guard = true,
		.guard = NSACCEL_GUARD_DROP,
		.set_policy = true,
		.policy = NSACCEL_VERDICT_DENY,
		.set_sources = true,
		.sources = sources,
		.source_count = 2,
		.set_quota = true,
		.quota = 17,
	});
}

static void test_isolate(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "isolate", .prepare = have_eth0, .act = isolate_red });
}

static void test_open(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "no longer isolate",
							  .prepare = have_isolated,
							  .act = open_red,
							  .mend = open_red_again });
}

static void test_restrict(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "all settings", .prepare = have_eth0, .act = restrict_red });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_isolate),
		MACHINE_TEST(test_open),
		MACHINE_TEST(test_restrict),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
