// SPDX-License-Identifier: GPL-2.0-only
/* route add, replace, del: a static route is there with its next hop, or not at all. */
#include <errno.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/ops/route.h"
#include "user/util/prefix.h"

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

/* 10.7.0.0/16 by the router, for red. */
static int change(enum nsa_route_verb verb)
{
	return nsa_route_change(&(struct nsa_route_request){
		.bpffs = machine.bpffs,
		.netns = "red",
		.verb = verb,
		.prefix = nsa_prefix(AF_INET, (const __u8[]){ 10, 7, 0, 0 }, 16),
		.target = NSACCEL_TARGET_VIA,
		.gateway_family = NSACCEL_FAMILY_INET,
		.gateway = { 10, 1, 0, 9 },
	});
}

static int add(void)
{
	return change(NSA_ROUTE_ADD);
}

static int replace(void)
{
	return change(NSA_ROUTE_REPLACE);
}

static int del(void)
{
	return change(NSA_ROUTE_DEL);
}

static int flush(void)
{
	return change(NSA_ROUTE_FLUSH);
}

/* A namespace that couldn't be read is read by sync. */
static int sync_and_replace(void)
{
	int r = machine_sync();

	return r ? r : replace();
}

static int sync_and_flush(void)
{
	int r = machine_sync();

	return r ? r : flush();
}

static void have_route(void)
{
	have_eth0();
	assert_int_equal(add(), 0);
}

static void test_add(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "route add",
							  .prepare = have_eth0,
							  .act = add,
							  .mend = sync_and_replace,
							  .follows = true });
}

static void test_del(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "route del",
							  .prepare = have_route,
							  .act = del,
							  .mend = sync_and_flush,
							  .follows = true });
}

/* Refusals are no errors of a call. */
static void test_refused(void **state)
{
	(void)state;
	assert_int_equal(add(), NSA_ROUTE_UNATTACHED);
	have_eth0();
	assert_int_equal(del(), NSA_ROUTE_UNKNOWN);
	assert_int_equal(add(), 0);
	assert_int_equal(add(), NSA_ROUTE_EXISTS);
	assert_int_equal(replace(), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_add),
		MACHINE_TEST(test_del),
		MACHINE_TEST(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
