// SPDX-License-Identifier: GPL-2.0-only
/* A port's record is in both maps, "ports" and "port_cache", or in none, whichever call fails. */
#include <errno.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/ports.h"
#include "user/util/cleanup.h"

#define SLOT	1
#define IFINDEX 77

struct records {
	bool known, cached;
	struct nsaccel_port port, cached_port;
};

static struct nsa_maps *open_maps(void)
{
	struct nsa_maps *maps = NULL;

	assert_int_equal(machine_attach("eth0"), 0);
	assert_int_equal(nsa_maps_open(&maps), 0);
	return maps;
}

static struct nsaccel_cached_port *cached_element(void)
{
	const __u32 index = NSACCEL_PORT_CACHE_INDEX(SLOT, IFINDEX);

	return fake_map_value(fake_map_of(NSA_MAP_PORT_CACHE), &index);
}

static struct records records_of(void)
{
	const struct nsaccel_port_key key = { SLOT, IFINDEX };
	const struct nsaccel_cached_port *cached = cached_element();
	const struct nsaccel_port *port = fake_map_value(fake_map_of(NSA_MAP_PORTS), &key);
	struct records records;

	memset(&records, 0, sizeof(records));
	records.known = port;
	records.cached = cached->ifindex == IFINDEX && cached->owner_slot == SLOT;
	if (port)
		records.port = *port;
	if (records.cached)
		records.cached_port = cached->port;
	return records;
}

static int put(const struct nsa_maps *maps, __u32 mtu)
{
	const struct nsaccel_port port = { .name = "new0", .mtu = mtu };

	return nsa_maps_port_put(maps, SLOT, IFINDEX, &port);
}

static void check_each_failure(const struct nsa_maps *maps)
{
	const struct records before = records_of();

	for (unsigned int n = 1;; n++) {
		struct records now;
		int r;

		fake_fail(NULL, n, -EIO);
		r = put(maps, 1400);
		if (!fake_failed()) {
			assert_int_equal(r, 0);
			break;
		}
		now = records_of();
		if (r != -EIO || memcmp(&now, &before, sizeof(now)) != 0)
			fail_msg("%d as call %u (%s) failed", r, n, fake_failed());
		cached_element()->retired = 0; /* as after a second */
	}
	fake_fail_never();
	assert_true(records_of().cached);
	assert_int_equal(records_of().port.mtu, 1400);
	assert_int_equal(records_of().cached_port.mtu, 1400);
}

static void test_new(void **state)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = open_maps();

	(void)state;
	assert_false(records_of().known);
	check_each_failure(maps);
}

static void test_changed(void **state)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = open_maps();

	(void)state;
	assert_int_equal(put(maps, 1500), 0);
	check_each_failure(maps);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_new),
		MACHINE_TEST(test_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
