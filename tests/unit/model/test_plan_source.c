// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_source.c: the source addresses by which endpoints are known. */
#include <stdbool.h>
#include <string.h>

#include "user/model/plan_endpoint.h"
#include "user/model/plan_port.h"
#include "world.h"

#define NET_BLUE "10.1.0.0/24 dev blue\n"

/* Known sources are those that a strict rp_filter would take: reached by the same port. */
static const struct {
	const char *fib;
	bool source4, source6;
} sources[] = {
	{ "", false, false },
	{ NET_BLUE "fd00:1::/64 dev blue", true, true },
	{ NET_BLUE, true, false },
	{ "default dev blue", true, false },
	{ "10.1.0.0/24 dev red", false, false },
	{ "10.1.0.0/24 via 10.1.1.1 dev blue", false, false },
	{ NET_BLUE "10.1.0.2 dev red", false, false },
	{ NET_BLUE "local 10.1.0.2", false, false },
	{ NET_BLUE "10.1.0.0/24 dev red", false, false },
	{ "10.1.0.0/24 dev blue linkdown", false, false },
	{ "10.1.0.0/24 dev blue multipath", false, false },
	{ "10.1.0.0/24 dev blue tos 8", false, false },
	{ "unreachable 10.1.0.0/24", false, false },
};

static void test_known_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(sources); i++) {
		struct nsaccel_port port;
		struct world w;

		world_make(&w);
		world_routes(&w, sources[i].fib);
		port = world_port(&w, BLUE, &device, false);
		if (!!memcmp(port.source4, none, sizeof(port.source4)) != sources[i].source4 ||
		    !!memcmp(port.source6, none, sizeof(port.source6)) != sources[i].source6)
			fail_msg("with\n%s", sources[i].fib);
		world_free(&w);
	}
}

/* What the user has listed may be none of its addresses. */
static void test_pinned_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};
	struct nsa_endpoint_entry entry;
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	w.endpoints[EP_BLUE].isolation.pinned = 1;
	port = world_port(&w, BLUE, &device, false);
	assert_memory_equal(port.source4, none, sizeof(port.source4));
	assert_memory_equal(port.source6, none, sizeof(port.source6));
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_BLUE], &entry);
	assert_memory_equal(entry.ep.source4, none, sizeof(entry.ep.source4));
	assert_memory_equal(entry.ep.source6, none, sizeof(entry.ep.source6));
	world_free(&w);
}

/* On a link with others, by the neighbour table. A source known before stays, whatever others
 * claim. */
static void test_shared_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};
	struct nsa_endpoint_entry entry;
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, "10.40.0.0/24 dev br0\n10.0.0.0/24 dev eth0\n" NET_BLUE);
	port = world_port(&w, GREEN, &device, false);
	assert_memory_equal(port.source4, none, 4);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_memory_equal(entry.ep.source4, none, 4);
	world_neighs(&w, "10.0.0.20 dev eth0 20\n10.40.0.2 dev br0 26");
	port = world_port(&w, GREEN, &device, false);
	assert_memory_equal(port.source4, w.endpoints[EP_GREEN].addrs[0].addr, 4);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_memory_equal(entry.ep.source4, w.endpoints[EP_MAC].addrs[0].addr, 4);
	w.snapshot.neighs[0].mac[5] = w.snapshot.neighs[1].mac[5] = 0x77;
	nsa_plan_port(&w.plan, world_link(&w, GREEN), &device, &device, &port);
	assert_memory_equal(port.source4, w.endpoints[EP_GREEN].addrs[0].addr, 4);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_memory_equal(entry.ep.source4, none, 4);
	port = world_port(&w, GREEN, &device, false);
	assert_memory_equal(port.source4, none, 4);
	world_free(&w);
}

/* Nobody's to send from, or another's. */
static void test_reserved_sources(void **state)
{
	static const __u8 none[NSACCEL_ADDR_LEN] = {};
	const struct nsa_snapshot_device device = {};
	struct nsaccel_port port;
	struct world w;

	(void)state;
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	world_list(&w, OWNER_SLOT | NSACCEL_SOURCE_OF_OWNER, "10.1.0.0/29", NSACCEL_SOURCE_PINNED);
	port = world_port(&w, BLUE, &device, false);
	assert_memory_equal(port.source4, none, 4);
	assert_memory_equal(port.source6, w.endpoints[EP_BLUE].addrs[1].addr, sizeof(port.source6));
	world_free(&w);
	/* A static route of the owner's may lead elsewhere. */
	world_make(&w);
	world_routes(&w, NET_BLUE "fd00:1::/64 dev blue");
	world_statics(&w, "10.1.0.0/28 netns red");
	port = world_port(&w, BLUE, &device, false);
	assert_memory_equal(port.source4, none, 4);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_known_sources),
		cmocka_unit_test(test_pinned_sources),
		cmocka_unit_test(test_shared_sources),
		cmocka_unit_test(test_reserved_sources),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
