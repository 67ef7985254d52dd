// SPDX-License-Identifier: GPL-2.0-only
/* ns set, and what status notes, of a namespace that has the name of a confined one, which died. */
#include <stdlib.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/isolation.h"
#include "user/ops/netns_config.h"
#include "user/ops/policy_edit.h"
#include "user/ops/query_status.h"
#include "user/util/cleanup.h"

static int set_blue(struct nsa_netns_config_request request)
{
	request.bpffs = machine.bpffs;
	request.netns = "blue";
	return nsa_netns_config_set(&request);
}

static int isolate_blue(void)
{
	return set_blue(
		(struct nsa_netns_config_request){ .set_isolated = true, .isolated = true });
}

static int set_red_isolated(void)
{
	const struct nsa_netns_config_request request = {
		.bpffs = machine.bpffs, .netns = "red", .set_isolated = true, .isolated = true
	};

	return nsa_netns_config_set(&request);
}

/* blue was isolated, died and came back. */
static void have_lapsed(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(isolate_blue(), 0);
	fake_netns_del(machine.blue);
	assert_int_equal(machine_sync(), 0);
	machine.blue = fake_netns_add("blue");
	fake_veth_add(machine.host, "blue", machine.blue, "in");
	fake_addr_add(machine.host, "blue", "10.3.0.1/24");
	fake_addr_add(machine.blue, "in", "10.3.0.2/24");
	assert_int_equal(machine_sync(), 0);
}

static bool is_lapsed(void)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = NULL;
	struct nsaccel_lapsed lapsed;

	assert_int_equal(nsa_maps_open(&maps), 0);
	return !nsa_maps_lapsed_get(maps, "blue", &lapsed);
}

/* What fails changes nothing, so that the lapse is warned of as before. */
static void test_failures(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "isolate again", .prepare = have_lapsed, .act = isolate_blue });
}

static void test_confining(void **state)
{
	(void)state;
	have_lapsed();
	assert_true(is_lapsed());
	assert_int_equal(isolate_blue(), 0);
	assert_false(is_lapsed());
}

/* That it is open was decided, too. */
static void test_opening(void **state)
{
	(void)state;
	have_lapsed();
	assert_int_equal(set_blue((struct nsa_netns_config_request){ .set_isolated = true }), 0);
	assert_false(is_lapsed());
}

static void test_quota(void **state)
{
	(void)state;
	have_lapsed();
	assert_int_equal(
		set_blue((struct nsa_netns_config_request){ .set_quota = true, .quota = 100 }), 0);
	assert_true(is_lapsed());
}

static bool is_noted(const char *text)
{
	const struct nsa_query query = { .bpffs = machine.bpffs };
	__cleanup(nsa_status_free) struct nsa_status status = {};

	assert_int_equal(nsa_query_status(&query, &status), 0);
	assert_int_equal(status.owner_count, 1);
	for (size_t i = 0; i < status.owners[0].notes.count; i++)
		if (strstr(status.owners[0].notes.items[i], text))
			return true;
	return false;
}

static void rule_on_blue(void)
{
	const struct nsa_policy_edit_rule rule = {
		.rule = { .verdict = NSACCEL_VERDICT_DENY, .any_proto = 1, .any_port = 1 },
		.to_netns = "blue",
	};
	const struct nsa_policy_edit_request request = {
		.bpffs = machine.bpffs, .verb = NSA_POLICY_ADD, .rules = &rule, .count = 1
	};
	struct nsa_policy_edit_error error;

	assert_int_equal(nsa_policy_edit(&request, &error), 0);
}

/* It is, unless rules say what blue may do. */
static void test_note(void **state)
{
	static const char note[] = "namespace blue is new";

	(void)state;
	have_lapsed();
	assert_true(is_noted(note));
	rule_on_blue();
	assert_false(is_noted(note));
}

/* A namespace of that name that is behind another's port is held to that one's settings. */
static void test_moved(void **state)
{
	(void)state;
	have_lapsed();
	assert_int_equal(set_red_isolated(), 0);
	fake_link_del(machine.host, "blue");
	fake_link_move(machine.red, "in", machine.blue);
	assert_int_equal(machine_sync(), 0);
	assert_true(is_noted("red leads to namespace blue now"));
	assert_false(is_noted("namespace blue is new"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_failures), MACHINE_TEST(test_confining),
		MACHINE_TEST(test_opening),  MACHINE_TEST(test_quota),
		MACHINE_TEST(test_note),     MACHINE_TEST(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
