// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_fdb.c: entries of bridges, and which of them are refreshed. */
#include <linux/neighbour.h>
#include <stdbool.h>
#include <string.h>

#include "user/model/plan_fdb.h"
#include "world.h"

static bool plan_fdb(const struct world *w, size_t i, struct nsaccel_fdb *out)
{
	memset(out, 0xa5, sizeof(*out));
	return nsa_plan_fdb(&w->plan, &w->fdb[i], out);
}

/* What the bridge would keep fresh by frames that it no longer sees. */
static void test_fdb_ages(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	world_fdb(&w, "26 dev green\n31 dev green\n30 dev eth2\n32 dev blue\n33 dev lone");
	world_link(&w, GREEN)->port.learning = world_link(&w, ETH2)->port.learning = true;
	w.fdb[1].state = NUD_NOARP; /* static */
	assert_true(nsa_plan_fdb_ages(&w.plan, &w.fdb[0]));
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[1]));
	assert_true(nsa_plan_fdb_ages(&w.plan, &w.fdb[2]));
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[3]));
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[4]));
	world_link(&w, GREEN)->port.learning = false;
	assert_false(nsa_plan_fdb_ages(&w.plan, &w.fdb[0]));
	world_free(&w);
}

static void test_fdb(void **state)
{
	static const __u8 zero[8] = {};
	struct nsaccel_fdb fdb;
	struct world w;

	(void)state;
	world_make(&w);
	world_fdb(&w, "26 dev green\n31 dev green\n30 dev eth2\n32 dev blue\n33 dev lone");
	w.ports[PORT_GREEN].port.source_slot = 8;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.key.owner_slot, OWNER_SLOT);
	assert_int_equal(fdb.key.bridge, BR0);
	assert_memory_equal(fdb.key.mac, w.fdb[0].mac, NSACCEL_MAC_LEN);
	assert_memory_equal(fdb.key.zero, zero, sizeof(fdb.key.zero));
	assert_memory_equal(fdb.zero, zero, sizeof(fdb.zero));
	assert_int_equal(fdb.ifindex, GREEN);
	assert_int_equal(fdb.action, NSACCEL_ACTION_VETH);
	assert_int_equal(fdb.mtu, 1500); /* the port's: frames don't meet the bridge's */
	w.endpoints[EP_GREEN].link.mtu = 1400;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.mtu, 1400); /* the inner end drops what is larger */
	w.endpoints[EP_GREEN].link.mtu = 9000;
	assert_int_equal(fdb.isolated, 0);
	assert_int_equal(fdb.egress_hooked, 0);
	assert_int_equal(fdb.netns_cookie, w.endpoints[EP_GREEN].cookie);
	assert_int_equal(fdb.slot, 8);
	assert_string_equal(fdb.name, "green");
	/* Somebody else behind the endpoint: its frames aren't the endpoint's own. */
	assert_true(plan_fdb(&w, 1, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	assert_true(plan_fdb(&w, 2, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	assert_int_equal(fdb.netns_cookie, 0);
	assert_int_equal(fdb.slot, 0);
	/* Ports of no bridge, and what is no port. */
	assert_false(plan_fdb(&w, 3, &fdb));
	assert_false(plan_fdb(&w, 4, &fdb));

	w.ports[PORT_GREEN].port.isolated = 1;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.isolated, 1);
	/* Where the bridge's own egress is somebody's, frames are forwarded all the same. */
	w.devices[world_link(&w, BR0) - w.links].egress_hooked = true;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.egress_hooked, 1);
	assert_int_equal(fdb.action, NSACCEL_ACTION_VETH);
	w.devices[world_link(&w, BR0) - w.links].egress_hooked = false;
	w.ports[PORT_GREEN].port.egress_hooked = 1;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	w.ports[PORT_GREEN].port.egress_hooked = 0;
	w.ports[PORT_GREEN].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_NATIVE;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_NIC);
	/* Known to the bridge all the same. */
	w.ports[PORT_GREEN].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_VETH);
	w.ports[PORT_GREEN].port.egress_hooked = 1;
	assert_true(plan_fdb(&w, 0, &fdb));
	assert_int_equal(fdb.action, NSACCEL_ACTION_PASS);
	w.ports[PORT_GREEN].port.egress_hooked = 0;
	w.ports[PORT_GREEN].port.bridge_forward = 0;
	assert_false(plan_fdb(&w, 0, &fdb));
	/* The entry outlives its port's device for a moment. */
	w.snapshot.link_count--;
	assert_false(plan_fdb(&w, 2, &fdb));
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdb),
		cmocka_unit_test(test_fdb_ages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
