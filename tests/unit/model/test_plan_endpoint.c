// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_endpoint.c: records of endpoints, and which ports they are behind. */
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

#include "user/model/plan_endpoint.h"
#include "world.h"

#define NET_BLUE "10.1.0.0/24 dev blue\n"

static void test_endpoints(void **state)
{
	static const __u8 zero[8] = {}, none[NSACCEL_ADDR_LEN] = {};
	struct nsa_endpoint_entry entry;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue\n10.0.0.0/24 dev eth0\n");
	memset(&entry, 0xa5, sizeof(entry));
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_BLUE], &entry);
	assert_int_equal(entry.key.owner_slot, OWNER_SLOT);
	assert_int_equal(entry.key.ifindex, BLUE);
	assert_memory_equal(entry.key.mac, w.endpoints[EP_BLUE].link.mac, NSACCEL_MAC_LEN);
	assert_memory_equal(entry.key.zero, zero, sizeof(entry.key.zero));
	assert_int_equal(entry.ep.netns_cookie, w.endpoints[EP_BLUE].cookie);
	assert_int_equal(entry.ep.slot, 5);
	assert_int_equal(entry.ep.ifindex, 2);
	assert_int_equal(entry.ep.kind, NSACCEL_KIND_VETH);
	assert_int_equal(entry.ep.mtu, 1500);
	assert_int_equal(entry.ep.hairpin, 0);
	assert_string_equal(entry.ep.name, "eth0");
	assert_memory_equal(entry.ep.source4, w.endpoints[EP_BLUE].addrs[0].addr, 4);
	assert_memory_equal(entry.ep.source6, w.endpoints[EP_BLUE].addrs[1].addr, 16);

	/* Only a macvlan in bridge mode may talk to its lower's namespace, while it is up. */
	w.endpoints[EP_MAC].link.flags &= ~(__u32)IFF_UP;
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.ep.hairpin, 0);
	w.endpoints[EP_MAC].link.flags |= IFF_UP;
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.key.ifindex, ETH0);
	assert_int_equal(entry.ep.hairpin, 1);
	assert_memory_equal(entry.ep.source4, none, 4); /* no neighbour says whose it is */
	assert_memory_equal(entry.ep.source6, none, sizeof(none));
	w.endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_VEPA;
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.ep.hairpin, 0);
	world_free(&w);
}

static void test_endpoint_of(void **state)
{
	const struct nsaccel_port nic = { .kind = NSACCEL_KIND_NIC };
	const struct nsaccel_port lower = { .kind = NSACCEL_KIND_NIC, .macvlan_lower = 1 };
	const struct nsaccel_port veth = { .kind = NSACCEL_KIND_VETH };
	struct world w;

	(void)state;
	world_make(&w);
	assert_true(nsa_plan_is_endpoint_of(&w.endpoints[EP_BLUE], &veth));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_BLUE], &nic));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_BLUE], &lower));
	assert_true(nsa_plan_is_endpoint_of(&w.endpoints[EP_MAC], &lower));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_MAC], &nic));
	assert_false(nsa_plan_is_endpoint_of(&w.endpoints[EP_MAC], NULL));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoints),
		cmocka_unit_test(test_endpoint_of),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
