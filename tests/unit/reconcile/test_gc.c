// SPDX-License-Identifier: GPL-2.0-only
/* What belongs to a namespace that is gone goes, whichever call fails, and the next one inherits
 * nothing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/maps.h"
#include "user/ops/limit.h"
#include "user/ops/netns_config.h"
#include "user/util/prefix.h"

static __u32 slot_of(__u64 cookie)
{
	const struct nsaccel_netns *ns = fake_map_value(fake_map_of(NSA_MAP_NETNS), &cookie);

	return ns ? ns->slot : 0;
}

/* Red has everything that a slot may have. */
static void have_red_configured(void)
{
	const struct nsaccel_prefix source = nsa_prefix(AF_INET, (const __u8[]){ 10, 9, 0, 0 }, 16);
	const struct nsa_netns_config_request request = { .bpffs = machine.bpffs,
							  .netns = "red",
							  .set_isolated = true,
							  .isolated = true,
							  .set_policy = true,
							  .policy = NSACCEL_VERDICT_DENY,
							  .set_sources = true,
							  .sources = &source,
							  .source_count = 1 };
	const struct nsa_limit_request limit = {
		.bpffs = machine.bpffs, .netns = "red", .both = true, .bits = 10000000
	};

	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_netns_config_set(&request), 0);
	assert_int_equal(nsa_limit_set(&limit), 0);
}

static void red_dies(void)
{
	have_red_configured();
	fake_netns_del(machine.red);
}

static void test_each_failure(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){ .what = "sync after a death",
							  .prepare = red_dies,
							  .act = machine_sync,
							  .goes_on = true });
}

static bool is_zero(const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (((const char *)bytes)[i])
			return false;
	return true;
}

/* The slot's settings and maps, and what is remembered of the name. */
static void test_next_inherits_nothing(void **state)
{
	struct fake_netns *green;
	__u32 slot;

	(void)state;
	have_red_configured();
	slot = slot_of(machine.red->cookie);
	fake_netns_del(machine.red);
	assert_int_equal(machine_sync(), 0);
	assert_int_equal(fake_map_of(NSA_MAP_LAPSED)->count, 1);
	green = fake_netns_add("green");
	fake_veth_add(machine.host, "green", green, "in");
	assert_int_equal(machine_sync(), 0);
	assert_int_equal(slot_of(green->cookie), slot);
	assert_true(is_zero(fake_map_value(fake_map_of(NSA_MAP_ISOLATION), &slot),
			    sizeof(struct nsaccel_isolation)));
	assert_true(is_zero(fake_map_value(fake_map_of(NSA_MAP_LIMITS), &slot),
			    sizeof(struct nsaccel_limits)));
	for (size_t i = 0; i < fake_map_of(NSA_MAP_SOURCES)->count; i++)
		assert_int_not_equal(
			((struct nsaccel_source_key *)fake_map_of(NSA_MAP_SOURCES)->elements[i].key)
				->slot,
			slot);
}

static unsigned int waits;

static void count_waits(const char *function, unsigned int object)
{
	const struct fake_object *map = object ? fake_object_by_id(object) : NULL;

	waits +=
		map && map->kind == FAKE_MAP &&
		(!strcmp(function, "bpf_map_lookup_elem") ||
		 !strcmp(function, "bpf_map_delete_elem")) &&
		(map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS);
}

/* Before Linux 6.8 (bpf_map_copy_value()) each of these in a map of maps waits for an RCU grace
 * period, 10 to 30 ms, also if nothing is there. So their number may not go by that of policies or
 * namespaces. */
static void test_waits_for_few_grace_periods(void **state)
{
	char name[16];

	(void)state;
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "ns%d", i);
		fake_veth_add(machine.host, name, fake_netns_add(name), "in");
	}
	have_red_configured();
	assert_int_equal(machine_sync(), 0);
	fake_netns_del(machine.red);
	waits = 0;
	fake_on_call = count_waits;
	assert_int_equal(machine_sync(), 0);
	fake_on_call = NULL;
	assert_in_range(waits, 1, 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_each_failure),
		MACHINE_TEST(test_next_inherits_nothing),
		MACHINE_TEST(test_waits_for_few_grace_periods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
