// SPDX-License-Identifier: GPL-2.0-only
/* The order of the steps, and that whatever a failing call leaves is mended by the next run. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fake/machine.h"
#include "user/maps/maps.h"

/* The first and the last write of each kind, in the order of calls. */
enum write {
	SOURCES,
	PORTS,
	HOOKS, /* made */
	ENDPOINTS,
	NEXTHOPS,
	ROUTES,
	UNHOOKED,
	PORT_GONE,
	WRITES
};

static struct {
	unsigned int first, last; /* number of the call; 0: there was none */
} writes[WRITES];

static unsigned int call_count;

static void note(enum write write)
{
	writes[write].first = writes[write].first ? writes[write].first : call_count;
	writes[write].last = call_count;
}

static bool is_pinned_as(unsigned int object, enum nsa_map map)
{
	const struct fake_object *pinned = fake_map_of(map);

	return pinned && pinned->id == object;
}

/* Without policies, all tries but one are tables of routes. */
static bool is_table(unsigned int object)
{
	return fake_object_by_id(object)->type == BPF_MAP_TYPE_LPM_TRIE &&
	       !is_pinned_as(object, NSA_MAP_SOURCES);
}

static void on_update(unsigned int object)
{
	static const struct {
		enum nsa_map map;
		enum write write;
	} maps[] = { { NSA_MAP_SOURCES, SOURCES },
		     { NSA_MAP_PORTS, PORTS },
		     { NSA_MAP_ENDPOINTS, ENDPOINTS },
		     { NSA_MAP_NEXTHOPS, NEXTHOPS } };

	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
		if (is_pinned_as(object, maps[i].map))
			note(maps[i].write);
	if (is_table(object))
		note(ROUTES);
}

static void on_call(const char *function, unsigned int object)
{
	call_count++;
	if (!strcmp(function, "bpf_map_update_elem") || !strcmp(function, "bpf_map_update_batch"))
		on_update(object);
	if (!strcmp(function, "bpf_link_create"))
		note(HOOKS);
	if (!strcmp(function, "bpf_link_detach"))
		note(UNHOOKED);
	if (!strcmp(function, "bpf_map_delete_elem") && is_pinned_as(object, NSA_MAP_PORTS))
		note(PORT_GONE);
	if (!strcmp(function, "bpf_map_delete_elem") && is_table(object))
		note(ROUTES);
}

static void watch(int (*act)(void))
{
	memset(writes, 0, sizeof(writes));
	call_count = 0;
	fake_on_call = on_call;
	assert_int_equal(act(), 0);
	fake_on_call = NULL;
}

/* Each of a is before each of b, and there is one of both. */
static void assert_before(enum write a, enum write b)
{
	assert_true(writes[a].last);
	assert_true(writes[b].first);
	assert_true(writes[a].last < writes[b].first);
}

static void have_eth0(void)
{
	assert_int_equal(machine_attach("eth0"), 0);
}

static void green_comes(void)
{
	struct fake_netns *green = fake_netns_add("green");

	fake_veth_add(machine.host, "green", green, "in");
	fake_addr_add(machine.host, "green", "10.5.0.1/24");
	fake_addr_add(green, "in", "10.5.0.2/24");
}

/* Programs read sources and a port's record from the first packet on, and routes lead to ports that
 * have their programs. */
static void test_order_of_new_port(void **state)
{
	(void)state;
	have_eth0();
	green_comes();
	watch(machine_sync);
	assert_before(SOURCES, HOOKS);
	assert_true(writes[PORTS].first < writes[HOOKS].first);
	assert_before(HOOKS, ENDPOINTS);
	assert_before(ENDPOINTS, ROUTES);
	assert_true(writes[NEXTHOPS].first < writes[ROUTES].first);
}

/* No route refers to a port that is gone. */
static void test_order_of_gone_port(void **state)
{
	struct fake_link *red;

	(void)state;
	have_eth0();
	red = fake_link_named(machine.host, "red");
	strcpy(red->link.kind, "dummy"); /* no endpoint any more, but the device is there */
	red->link.link = 0;
	watch(machine_sync);
	assert_before(ROUTES, UNHOOKED);
	assert_before(ROUTES, PORT_GONE);
}

/* Everything that a run may have to follow at once. */
static void much_changes(void)
{
	have_eth0();
	green_comes();
	fake_link_del(machine.host, "blue");
	fake_addr_add(machine.red, "in", "10.2.0.3/24");
	fake_route_add(machine.host, "10.9.0.0/16", "10.2.0.2", "red");
	machine.host->firewall.routed = true;
	machine.host->firewall.fingerprint++;
}

/* A failing step keeps nothing from being done later. */
static void test_each_failure(void **state)
{
	(void)state;
	machine_try_each_failure(&(struct machine_trial){
		.what = "sync", .prepare = much_changes, .act = machine_sync, .goes_on = true });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		MACHINE_TEST(test_order_of_new_port),
		MACHINE_TEST(test_order_of_gone_port),
		MACHINE_TEST(test_each_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
