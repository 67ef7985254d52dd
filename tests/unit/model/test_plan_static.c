// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_key.c and plan_nexthop.c: routes that the user adds. */
#include "scene.h"
#include "world.h"

/* A second device of red's namespace, on the first NIC. */
static void red_twice(struct world *w)
{
	w->endpoints[EP_MAC].cookie = w->endpoints[EP_RED].cookie;
}

static const struct scene scenes[] = {
	{ .what = "what has no next hop",
	  .statics = "10.3.0.0/16 blackhole\n10.4.0.0/16 unreachable\n10.5.0.0/16 prohibit\n"
		     "10.6.0.0/16 pass\nfd00:3::/32 blackhole",
	  .plan = "10.3.0.0/16 static drop drop_blackhole\n"
		  "10.4.0.0/16 static reject drop_unreachable\n"
		  "10.5.0.0/16 static reject drop_prohibit\n"
		  "10.6.0.0/16 static pass pass_route\n"
		  "fd00:3::/32 static drop drop_blackhole\n" },
	{ .what = "static routes win over all others of the same prefix",
	  .fib = NET_BLUE "local 10.1.0.1",
	  .neighs = "10.1.0.9 dev blue 22",
	  .statics = "10.1.0.0/24 blackhole\n10.1.0.2 pass\n10.1.0.9 unreachable\n"
		     "10.1.0.1 prohibit",
	  .plan = "10.1.0.0/24 static drop drop_blackhole\n"
		  "10.1.0.1/32 static reject drop_prohibit\n"
		  "10.1.0.2/32 static pass pass_route\n"
		  "10.1.0.9/32 static reject drop_unreachable\n" },
	{ .what = "via a neighbour, an endpoint, nobody yet, nowhere",
	  .fib = NET_BLUE NET_WIRE,
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.3.0.0/16 via 10.0.0.2\n10.4.0.0/16 via 10.1.0.2\n"
		     "10.5.0.0/16 via 10.0.0.9\n10.6.0.0/16 via 192.0.2.1",
	  .plan = "10.3.0.0/16 static nic dev eth0 via 10.0.0.2 10>02 mtu 1500 tx 3\n"
		  "10.4.0.0/16 static veth dev blue via 10.1.0.2 to blue 12>22 mtu 1500\n"
		  "10.5.0.0/16 static pass pass_no_neigh dev eth0 via 10.0.0.9\n"
		  "10.6.0.0/16 static pass pass_no_neigh via 192.0.2.1\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.1.0.0/24" ON_LINK "blue\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n" VETH "1500\n",
	  .wanted = "10.0.0.9 dev eth0\n" },
	{ .what = "via a gateway that is itself behind a gateway, or contested",
	  .fib = "10.8.0.0/16 via 10.1.0.2 dev blue\n10.2.0.0/24 dev red\n10.2.0.0/24 dev eth1",
	  .statics = "10.3.0.0/16 via 10.8.0.1\n10.4.0.0/16 via 10.2.0.2",
	  .plan = "10.3.0.0/16 static pass pass_no_neigh via 10.8.0.1\n"
		  "10.4.0.0/16 static pass pass_no_neigh via 10.2.0.2\n"
		  "10.8.0.0/16 kernel veth dev blue via 10.1.0.2 to blue 12>22 mtu 1500\n"
		  "10.2.0.0/24 kernel fib pass_fib\n" },
	{ .what = "dev: a veth endpoint gets all; on a NIC only a host can be resolved",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.3.0.0/16 dev blue\n10.4.0.0/16 dev eth0\n10.0.0.2 dev eth0\n"
		     "10.0.0.3 dev eth0\n10.5.0.0/16 dev lone",
	  .plan = "10.3.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.4.0.0/16 static pass pass_no_neigh dev eth0\n"
		  "10.5.0.0/16 static pass pass_no_device dev lone\n"
		  "10.0.0.2/32 static nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.3/32 static pass pass_no_neigh dev eth0\n",
	  .wanted = "10.0.0.3 dev eth0\n" },
	{ .what = "netns: a veth, a macvlan, one that is behind nothing",
	  .statics = "10.3.0.0/16 netns blue\nfd00:3::/32 netns mac\n10.4.0.0/16 netns tan\n"
		     "10.5.0.0/16 netns green",
	  .plan = "10.3.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.4.0.0/16 static pass pass_no_device\n"
		  "10.5.0.0/16 static veth dev green on br0 to green 15>26 mtu 1450\n"
		  "fd00:3::/32 static macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "netns: of two devices the one with an address in the prefix, else the first",
	  .statics = "10.0.0.0/16 netns red\n10.2.0.0/16 netns red\n10.3.0.0/16 netns red",
	  .change = red_twice,
	  .plan = "10.0.0.0/16 static macvlan dev eth0 to red 10>20 mtu 1500\n"
		  "10.2.0.0/16 static veth dev red to red 13>23 mtu 1500\n"
		  "10.3.0.0/16 static macvlan dev eth0 to red 10>20 mtu 1500\n" },
	{ .what = "by a bridge's ports",
	  .neighs = "10.40.0.9 dev br0 30",
	  .fdb = "30 dev eth2",
	  .statics = "10.3.0.0/16 dev green\n10.4.0.0/16 netns green\n10.5.0.0/16 dev eth2\n"
		     "10.40.0.9 dev eth2",
	  .plan = "10.3.0.0/16 static veth dev green on br0 to green 15>26 mtu 1450\n"
		  "10.4.0.0/16 static veth dev green on br0 to green 15>26 mtu 1450\n"
		  "10.5.0.0/16 static pass pass_no_neigh dev br0\n"
		  "10.40.0.9/32 static nic dev eth2 on br0 15>30 mtu 1450 tx 4\n" },
	{ .what = "by a bridge's port by which nothing may be forwarded",
	  .statics = "10.3.0.0/16 dev green\n10.4.0.0/16 netns green",
	  .change = not_forwarded,
	  .plan = "10.3.0.0/16 static pass pass_bridge dev green\n"
		  "10.4.0.0/16 static pass pass_bridge dev green to green\n" },
	{ .what = "netns: a macvlan that takes frames from the wire alone",
	  .statics = "10.3.0.0/16 netns mac",
	  .change = macvlan_private,
	  .plan = "10.3.0.0/16 static pass pass_no_device to mac\n" },
};

static void test_static_scenes(void **state)
{
	(void)state;
	check_scenes(scenes, ELEMENTS(scenes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_static_scenes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
