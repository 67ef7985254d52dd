// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_mtu.c: the largest packets that ports take, tunnels included. */
#include "world.h"

static __u32 mtu_of(const struct world *w, int ifindex)
{
	return world_port(w, ifindex, &(struct nsa_snapshot_device){}, false).mtu;
}

/* Unless it says by which device its packets leave, they may by any. */
static void test_vxlan_mtu(void **state)
{
	struct nsa_link *vxlan;
	struct world w;

	(void)state;
	world_make(&w);
	vxlan = world_link(&w, ETH1);
	vxlan->mtu = 1500;
	vxlan->link_nsid = -1;
	assert_int_equal(mtu_of(&w, ETH1), 1500);
	vxlan->vxlan_head = 50;
	vxlan->vxlan_lower = ETH0;
	assert_int_equal(mtu_of(&w, ETH1), 1450);
	vxlan->mtu = 1400;
	assert_int_equal(mtu_of(&w, ETH1), 1400);
	vxlan->vxlan_lower = 0;
	assert_int_equal(mtu_of(&w, ETH1), 1400);
	world_link(&w, BR0)->mtu = 1449; /* its ports are by it */
	assert_int_equal(mtu_of(&w, ETH1), 1399);
	world_link(&w, RED)->mtu = 1300;
	assert_int_equal(mtu_of(&w, ETH1), 1250);
	world_link(&w, RED)->vxlan_head = 50;
	assert_int_equal(mtu_of(&w, ETH1), 1399);
	world_link(&w, LONE)->mtu = 40;
	assert_int_equal(mtu_of(&w, ETH1), 0);
	world_link(&w, LONE)->flags = 0;
	assert_int_equal(mtu_of(&w, ETH1), 1399);
	vxlan->vxlan_lower = ETH0; /* of another namespace, that has one of that number */
	vxlan->link_nsid = 0;
	assert_int_equal(mtu_of(&w, ETH1), 1230);
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vxlan_mtu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
