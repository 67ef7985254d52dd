// SPDX-License-Identifier: GPL-2.0-only
/* policy add, replace, flush: all rules of an edit count, or none, whichever of its calls fails. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>

#include "fake/machine.h"
#include "user/ops/policy_edit.h"

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

/* Nothing from red to blue, nothing to port 80 of blue. */
static int edit(enum nsa_policy_verb verb, size_t count)
{
	const struct nsa_policy_edit_rule rules[] = {
		{ .rule = { .verdict = NSACCEL_VERDICT_DENY, .any_proto = 1, .any_port = 1 },
		  .from_netns = "red",
		  .to_netns = "blue" },
		{ .rule = { .verdict = NSACCEL_VERDICT_DENY,
			    .proto = IPPROTO_TCP,
			    .port_low = 80,
			    .port_high = 80 },
		  .to_netns = "blue" },
	};
	struct nsa_policy_edit_error error;

	return nsa_policy_edit(
		&(struct nsa_policy_edit_request){
			.bpffs = machine.bpffs, .verb = verb, .rules = rules, .count = count },
		&error);
}

static int add_one(void)
{
	return edit(NSA_POLICY_ADD, 1);
}

static int replace_by_one(void)
{
	return edit(NSA_POLICY_REPLACE, 1);
}

/* A namespace that couldn't be read is read by sync, and the ports of those that rules name are
 * held to them from its second run on. */
static int settle(int (*act)(void))
{
	int r = machine_sync();

	if (!r)
		r = act();
	return r ? r : machine_sync();
}

static int settle_one(void)
{
	return settle(replace_by_one);
}

static int replace_by_two(void)
{
	return edit(NSA_POLICY_REPLACE, 2);
}

static int settle_two(void)
{
	return settle(replace_by_two);
}

static int flush(void)
{
	return edit(NSA_POLICY_REPLACE, 0);
}

static int settle_none(void)
{
	return settle(flush);
}

static void have_one(void)
{
	have_eth0();
	assert_int_equal(add_one(), 0);
	assert_int_equal(machine_sync(), 0);
}

static void test_first(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "policy add",
							  .prepare = have_eth0,
							  .act = add_one,
							  .mend = settle_one,
							  .follows = true });
}

static void test_replace(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "policy replace",
							  .prepare = have_one,
							  .act = replace_by_two,
							  .mend = settle_two,
							  .follows = true });
}

static void test_flush(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "policy flush",
							  .prepare = have_one,
							  .act = flush,
							  .mend = settle_none,
							  .follows = true });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_first),
		MACHINE_TEST(test_replace),
		MACHINE_TEST(test_flush),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
