// SPDX-License-Identifier: GPL-2.0-only
/* What the planner makes of ports and macvlans that are held to what was said of a namespace. */
#include <linux/if_link.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/confinement.h"
#include "user/model/plan_endpoint.h"
#include "user/model/plan_nexthop.h"
#include "user/model/plan_port.h"
#include "user/model/plan_upper.h"
#include "world.h"

#define NET_BLUE "10.1.0.0/24 dev blue\n"

static const struct nsa_snapshot_device device = { .forward4 = true, .forward6 = true };

static struct nsaccel_port port_of(const struct world *w, int ifindex)
{
	struct nsaccel_port port = { .requested = ifindex == ETH0 };

	nsa_plan_port(&w->plan, nsa_snapshot_link(&w->snapshot, ifindex), &device, &device, &port);
	return port;
}

/* blue's port was first's, in slot 9. */
static void bind_blue(struct world *w, enum nsaccel_bound bound, __u64 first)
{
	w->endpoints[EP_BLUE].bound = bound;
	w->endpoints[EP_BLUE].bound_cookie = first;
	w->endpoints[EP_BLUE].slot = 9;
}

static const struct {
	enum nsaccel_bound bound;
	bool forwards, polices, knows, told;
} ports[] = {
	{ NSACCEL_BOUND_NONE, true, false, true, true },
	{ NSACCEL_BOUND_ITSELF, true, false, true, true },
	{ NSACCEL_BOUND_MOVED, true, false, false, false },
	{ NSACCEL_BOUND_UNSEEN, true, false, false, false },
	{ NSACCEL_BOUND_CLOSED, false, true, false, false },
};

/* Addresses of who isn't the one that was spoken of are nobody's; nor does a route lead to it that
 * names the first. */
static void test_ports(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(ports); i++) {
		struct nsaccel_port port;
		struct world w;
		char *plan;

		world_make(&w);
		bind_blue(&w, ports[i].bound, ports[i].bound ? 77 : 0);
		world_routes(&w, NET_BLUE);
		port = port_of(&w, BLUE);
		assert_int_equal(port.kind, NSACCEL_KIND_VETH);
		assert_int_equal(port.bound, ports[i].bound);
		assert_int_equal(port.bound_cookie, ports[i].bound ? 77 : 0);
		assert_int_equal(port.endpoint_cookie, w.endpoints[EP_BLUE].cookie);
		assert_int_equal(port.source_slot, 9);
		assert_int_equal(port.forward4 && port.forward6, ports[i].forwards);
		assert_int_equal(port.police_egress, ports[i].polices);
		assert_int_equal(port.source4[0] != 0, ports[i].knows);
		w.ports[PORT_BLUE].port.bound = (__u8)ports[i].bound;
		world_statics(&w, "10.9.0.0/24 netns blue");
		world_settle(&w);
		plan = world_plan(&w);
		if (!!strstr(plan, "10.9.0.0/24 static veth dev blue to blue") != ports[i].told)
			fail_msg("case %zu: %s", i, plan);
		free(plan);
		world_free(&w);
	}
}

/* Where a neighbour of the owner's is behind a port, it is the port's namespace, whatever its
 * MAC. */
static void test_other_macs(void **state)
{
	struct nsaccel_nexthop record;
	struct nsaccel_nexthop key = { .owner_slot = OWNER_SLOT,
				       .target = NSACCEL_TARGET_NEIGHBOUR,
				       .target_ifindex = BLUE,
				       .gateway_family = NSACCEL_FAMILY_INET,
				       .gateway = { 10, 1, 0, 9 } };
	struct nsa_plan_wanted wanted;
	struct world w;

	(void)state;
	world_make(&w);
	world_neighs(&w, "10.1.0.9 dev blue 77");
	w.ports[PORT_BLUE].port.source_slot = 9;
	w.ports[PORT_BLUE].port.endpoint_cookie = 33;
	nsa_plan_resolve(&w.plan, &key, &record, &wanted);
	assert_int_equal(record.action, NSACCEL_ACTION_NIC);
	assert_int_equal(record.dst_slot, 9);
	assert_int_equal(record.dst_cookie, 33);
	/* And if it is closed, nobody. */
	w.ports[PORT_BLUE].port.bound = NSACCEL_BOUND_CLOSED;
	nsa_plan_resolve(&w.plan, &key, &record, &wanted);
	assert_int_equal(record.action, NSACCEL_ACTION_PASS);
	assert_int_equal(record.reason, NSACCEL_PASS_NO_DEVICE);
	assert_int_equal(wanted.ifindex, 0);
	key.target = NSACCEL_TARGET_DEV;
	nsa_plan_resolve(&w.plan, &key, &record, &wanted);
	assert_int_equal(record.action, NSACCEL_ACTION_PASS);
	world_free(&w);
}

static void test_macvlans(void **state)
{
	struct nsa_endpoint_entry entry;
	struct nsaccel_port port = { .requested = 1 };
	struct world w;

	(void)state;
	world_make(&w);
	assert_int_equal(port_of(&w, ETH0).close_unknown, 0);
	w.endpoints[EP_MAC].bound = NSACCEL_BOUND_ITSELF;
	w.endpoints[EP_MAC].bound_cookie = w.endpoints[EP_MAC].cookie;
	nsa_plan_port(&w.plan, world_link(&w, ETH0), &device, &device, &port);
	assert_int_equal(port.close_unknown, 1);
	assert_int_equal(port.bound, NSACCEL_BOUND_NONE);
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.ep.bound, NSACCEL_BOUND_ITSELF);
	assert_int_equal(entry.ep.hairpin, 1);
	/* It stays so when nobody is there any more. */
	w.endpoints[EP_MAC].bound_cookie = 0;
	nsa_plan_port(&w.plan, world_link(&w, ETH0), &device, &device, &port);
	assert_int_equal(port.close_unknown, 1);
	w.endpoints[EP_MAC].bound = NSACCEL_BOUND_CLOSED;
	assert_false(nsa_plan_is_deliverable(&w.endpoints[EP_MAC]));
	nsa_plan_endpoint(&w.plan, &w.endpoints[EP_MAC], &entry);
	assert_int_equal(entry.ep.bound, NSACCEL_BOUND_CLOSED);
	assert_int_equal(entry.ep.hairpin, 0);
	world_free(&w);
}

/* The owner's own devices on a lower have to be known where what isn't is dropped. */
static void test_own_uppers(void **state)
{
	struct nsa_endpoint_entry entries[NSA_PLAN_UPPER];
	const struct nsa_endpoint_entry *entry = &entries[0];
	struct nsa_link *upper;
	struct world w;

	(void)state;
	world_make(&w);
	upper = world_link(&w, LONE);
	upper->link = ETH0;
	upper->link_nsid = -1;
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 0);
	w.ports[PORT_ETH0].port.close_unknown = 1;
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 1);
	assert_int_equal(entry->key.owner_slot, OWNER_SLOT);
	assert_int_equal(entry->key.ifindex, ETH0);
	assert_memory_equal(entry->key.mac, upper->mac, NSACCEL_MAC_LEN);
	assert_int_equal(entry->ep.kind, NSACCEL_KIND_NONE);
	assert_int_equal(entry->ep.slot, OWNER_SLOT);
	/* The lower's own MAC is known; a device whose link is elsewhere isn't on it. */
	memcpy(upper->mac, w.ports[PORT_ETH0].port.mac, NSACCEL_MAC_LEN);
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 0);
	upper->mac[5]++;
	upper->link_nsid = 3;
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 0);
	world_free(&w);
}

/* What comes in by a device on a container's host end is the container's, however deep it is. */
static void test_uppers_of_a_port(void **state)
{
	static const __u8 no_mac[NSACCEL_MAC_LEN];
	struct nsa_endpoint_entry entries[NSA_PLAN_UPPER];
	struct nsa_link *upper;
	struct world w;

	(void)state;
	world_make(&w);
	w.ports[PORT_BLUE].port.source_slot = 9;
	upper = world_link(&w, LONE);
	upper->link_nsid = -1;
	upper->link = BLUE;
	strcpy(upper->kind, "vlan");
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 1);
	assert_int_equal(entries[0].key.ifindex, LONE);
	assert_memory_equal(entries[0].key.mac, no_mac, NSACCEL_MAC_LEN);
	assert_int_equal(entries[0].ep.kind, NSACCEL_KIND_NONE);
	assert_int_equal(entries[0].ep.slot, 9);
	assert_int_equal(nsa_plan_enslaved_on(&w.plan, upper), 0);
	upper->master = BR0;
	assert_int_equal(nsa_plan_enslaved_on(&w.plan, upper), BLUE);
	/* Then it seems to come in by that. */
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 2);
	assert_int_equal(entries[0].key.ifindex, BR0);
	assert_memory_equal(entries[0].key.mac, no_mac, NSACCEL_MAC_LEN);
	assert_int_equal(entries[0].ep.slot, 0);
	assert_int_equal(entries[1].key.ifindex, LONE);
	upper->master = 0;
	/* The other end of a pair isn't on it. */
	strcpy(upper->kind, "veth");
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 0);
	assert_int_equal(nsa_plan_enslaved_on(&w.plan, upper), 0);
	/* On a bridge it is known by its MAC. */
	strcpy(upper->kind, "macvlan");
	upper->link = BR0;
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 2);
	assert_int_equal(entries[0].key.ifindex, BR0);
	assert_memory_equal(entries[0].key.mac, upper->mac, NSACCEL_MAC_LEN);
	assert_int_equal(entries[0].ep.slot, OWNER_SLOT);
	/* And what comes in by it, by its source. */
	assert_int_equal(entries[1].key.ifindex, LONE);
	assert_memory_equal(entries[1].key.mac, no_mac, NSACCEL_MAC_LEN);
	assert_int_equal(entries[1].ep.slot, 0);
	/* One that is on itself, as some drivers say, is on nothing. */
	upper->link = LONE;
	assert_int_equal(nsa_plan_upper(&w.plan, upper, entries), 0);
	world_free(&w);
}

/* Of a veth the endpoint that was read counts, not who was there before. */
static void test_unread(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	w.endpoints[EP_RED].port = BLUE;
	w.endpoints[EP_BLUE].unread = true;
	assert_ptr_equal(nsa_snapshot_veth_endpoint(&w.snapshot, BLUE), &w.endpoints[EP_RED]);
	w.endpoints[EP_RED].unread = true;
	assert_ptr_equal(nsa_snapshot_veth_endpoint(&w.snapshot, BLUE), &w.endpoints[EP_BLUE]);
	assert_false(nsa_plan_is_itself(&w.endpoints[EP_BLUE]));
	world_free(&w);
}

static const struct {
	struct nsaccel_isolation said;
	bool confines;
} said[] = {
	{ {}, false },
	{ { .cookie = 5 }, false },
	{ { .cookie = 5, .guard = NSACCEL_GUARD_OFF }, false },
	{ { .cookie = 5, .guard = NSACCEL_GUARD_DROP }, true },
	{ { .cookie = 5, .on_miss = NSACCEL_ON_MISS_DROP }, true },
	{ { .cookie = 5, .policy = NSACCEL_VERDICT_DENY }, true },
	{ { .cookie = 5, .isolated = 1 }, true },
	{ { .cookie = 5, .pinned = 1 }, true },
	{ { .cookie = 5, .limited = 1 }, true },
};

static void test_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(said); i++)
		assert_int_equal(nsa_confinement_is(&said[i].said), said[i].confines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ports),
		cmocka_unit_test(test_other_macs),
		cmocka_unit_test(test_macvlans),
		cmocka_unit_test(test_own_uppers),
		cmocka_unit_test(test_uppers_of_a_port),
		cmocka_unit_test(test_unread),
		cmocka_unit_test(test_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
