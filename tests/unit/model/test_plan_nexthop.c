// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_nexthop.c: neighbours, gateways, and hosts behind bridges. */
#include <linux/neighbour.h>

#include "scene.h"
#include "user/model/plan_nexthop.h"
#include "world.h"

#define BY_GREEN    " neighbour veth dev green on br0 to green 15>26 mtu 1450\n"
#define NOT_STEERED "10.40.0.2/32 neighbour pass pass_bridge dev br0\n"

static void links_down(struct world *w)
{
	world_link(w, ETH0)->carrier = false;
	world_link(w, BLUE)->flags = 0;
}

static void green_down(struct world *w)
{
	world_link(w, GREEN)->carrier = false;
}

static void bridge_shaped(struct world *w)
{
	w->devices[world_link(w, BR0) - w->links].egress_hooked = true;
}

static void ipv6_disabled(struct world *w)
{
	world_link(w, BLUE)->disable_ipv6 = true;
	world_link(w, BR0)->disable_ipv6 = true;
}

static void bridge_down(struct world *w)
{
	world_link(w, BR0)->flags = 0;
}

static void green_left(struct world *w)
{
	w->ports[PORT_GREEN].port.bridge = 0;
}

static const struct scene scenes[] = {
	/* Neighbours and gateways */
	{ .what = "neighbours of a port, on link",
	  .fib = NET_WIRE "10.0.1.0/24 dev eth1\n10.0.2.0/24 dev lone",
	  .neighs = "10.0.0.2 dev eth0 02\n10.0.1.2 dev eth1 03\n10.0.2.2 dev lone 04\n"
		    "10.0.1.9 dev eth0 05\n10.0.0.3 dev eth0 failed\n"
		    "10.0.0.4 dev eth0 incomplete\n192.0.2.1 dev eth0 06",
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.1.0/24" ON_LINK "eth1\n"
		  "10.0.2.0/24 kernel pass pass_not_port dev lone\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.1.2/32 neighbour nic dev eth1 11>03 mtu 1400\n" },
	{ .what = "a gateway that is a neighbour",
	  .fib = "default via 10.0.0.2 dev eth0 mtu 1450",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .plan = "0.0.0.0/0 kernel nic dev eth0 via 10.0.0.2 10>02 mtu 1450 tx 3\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1450 tx 3\n" },
	{ .what = "a route to one address, on link: its own neighbour",
	  .fib = "10.0.0.2 dev eth0 mtu 1450\n10.0.0.3 dev eth0\n10.1.0.2 dev blue\n"
		 "fd00::3 dev eth1",
	  .neighs = "10.0.0.2 dev eth0 02\nfd00::3 dev eth1 03",
	  .plan = "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1450 tx 3\n"
		  "10.0.0.3/32 kernel pass pass_no_neigh dev eth0\n" VETH "1500\n"
		  "fd00::3/128 neighbour nic dev eth1 11>03 mtu 1400\n",
	  .wanted = "10.0.0.3 dev eth0\n" },
	{ .what = "a gateway that is an endpoint",
	  .fib = "10.3.0.0/16 via 10.1.0.2 dev blue",
	  .plan = "10.3.0.0/16 kernel veth dev blue via 10.1.0.2 to blue 12>22 mtu 1500\n" },
	{ .what = "an IPv4 route by an IPv6 gateway",
	  .fib = "10.3.0.0/16 via fd00::2 dev eth0",
	  .neighs = "fd00::2 dev eth0 02\n10.0.0.2 dev eth0 77",
	  .plan = "10.3.0.0/16 kernel nic dev eth0 via fd00::2 10>02 mtu 1500 tx 3\n" },
	{ .what = "a gateway that isn't resolved passes, and is wanted",
	  .fib = "default via 10.0.0.2 dev eth0\n::/0 via fe80::1 dev eth1",
	  .neighs = "10.0.0.2 dev eth0 failed\n10.0.0.2 dev eth1 02",
	  .plan = "0.0.0.0/0 kernel pass pass_no_neigh dev eth0 via 10.0.0.2\n"
		  "::/0 kernel pass pass_no_neigh dev eth1 via fe80::1\n",
	  .wanted = "10.0.0.2 dev eth0\nfe80::1 dev eth1\n" },
	{ .what = "a gateway at a device that isn't a port: the kernel's, and not wanted",
	  .fib = "default via 10.0.2.2 dev lone",
	  .neighs = "10.0.2.2 dev lone 02",
	  .plan = "0.0.0.0/0 kernel pass pass_not_port dev lone via 10.0.2.2\n" },
	{ .what = "a link without carrier, and one that is set down",
	  .fib = NET_WIRE NET_BLUE "default via 10.0.0.2 dev eth0\n10.2.0.0/24 dev red",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.3.0.0/16 dev blue\n10.4.0.0/16 netns blue\n10.5.0.0/16 via 10.1.0.2",
	  .change = links_down,
	  .plan = "0.0.0.0/0 kernel pass pass_link_down dev eth0 via 10.0.0.2\n"
		  "10.3.0.0/16 static pass pass_link_down dev blue\n"
		  "10.4.0.0/16 static pass pass_link_down dev blue to blue\n"
		  "10.5.0.0/16 static pass pass_link_down dev blue via 10.1.0.2\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.1.0.0/24" ON_LINK "blue\n"
		  "10.2.0.0/24" ON_LINK "red\n"
		  "10.0.0.2/32 neighbour pass pass_link_down dev eth0\n"
		  "10.1.0.2/32 endpoint pass pass_link_down dev blue\n"
		  "10.2.0.2/32 endpoint veth dev red to red 13>23 mtu 1500\n" },
	{ .what = "a device without IPv6, by which a next hop object still leads",
	  .fib = NET_BLUE
	  "fd00:1::/64 dev blue\nfd03::/64 via fd00:1::2 dev blue\nfd40::/64 dev br0",
	  .neighs = "fd40::2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = ipv6_disabled,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n"
		  "fd00:1::/64" ON_LINK "blue\n"
		  "fd03::/64 kernel pass pass_link_down dev blue via fd00:1::2\n"
		  "fd40::/64" ON_LINK "br0\n"
		  "fd00:1::2/128 endpoint pass pass_link_down dev blue\n"
		  "fd40::2/128 neighbour pass pass_link_down dev br0\n" },

	/* Bridges */
	{ .what = "behind a bridge: the port that it has learnt the MAC on",
	  .fib = NET_BRIDGE "10.3.0.0/16 via 10.40.0.2 dev br0\n10.4.0.0/16 via 10.40.0.9 dev br0",
	  .neighs = "10.40.0.2 dev br0 26\n10.40.0.3 dev br0 31\n10.40.0.4 dev br0 26\n"
		    "10.40.0.9 dev br0 30",
	  .fdb = "26 dev green\n30 dev eth2\n31 dev green",
	  .plan = "10.3.0.0/16 kernel veth dev green on br0 via 10.40.0.2 to green 15>26 mtu 1450\n"
		  "10.4.0.0/16 kernel nic dev eth2 on br0 via 10.40.0.9 15>30 mtu 1450 tx 4\n"
		  "10.40.0.0/24" ON_LINK "br0\n"
		  "10.40.0.2/32" BY_GREEN
		  "10.40.0.3/32 neighbour nic dev green on br0 to green 15>31 mtu 1450\n"
		  "10.40.0.4/32" BY_GREEN
		  "10.40.0.9/32 neighbour nic dev eth2 on br0 15>30 mtu 1450 tx 4\n" },
	{ .what = "unknown to the bridge, or to the kernel",
	  .fib = NET_BRIDGE "default via 10.40.0.1 dev br0",
	  .neighs = "10.40.0.2 dev br0 26",
	  .plan = "0.0.0.0/0 kernel pass pass_no_neigh dev br0 via 10.40.0.1\n"
		  "10.40.0.0/24" ON_LINK "br0\n" NOT_STEERED,
	  .wanted = "10.40.0.1 dev br0\n" },
	{ .what = "a bridge's port by which nothing may be forwarded",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = not_forwarded,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n" NOT_STEERED },
	{ .what = "a bridge's port without carrier",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = green_down,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n" NOT_STEERED },
	{ .what = "a port that has left the bridge",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = green_left,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n" NOT_STEERED },
	{ .what = "a port that isn't attached",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev lone",
	  .plan = "10.40.0.0/24" ON_LINK "br0\n" NOT_STEERED },
	{ .what = "a queue or others' programs on the bridge: not past them",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = bridge_shaped,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n" NOT_STEERED },
	{ .what = "a bridge that is set down",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = bridge_down,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n"
		  "10.40.0.2/32 neighbour pass pass_link_down dev br0\n" },
};

static void test_nexthop_scenes(void **state)
{
	(void)state;
	check_scenes(scenes, ELEMENTS(scenes));
}

/* Of what only the fast path uses, nobody but nsaccel confirms that it is still there. */
static void test_confirm_neigh(void **state)
{
	static const struct {
		__u16 state;
		bool managed, confirm;
	} cases[] = {
		{ NUD_REACHABLE, false, true }, { NUD_STALE, false, true },
		{ NUD_DELAY, false, true },	{ NUD_PROBE, false, true },
		{ NUD_STALE, true, false },	{ NUD_PERMANENT, false, false },
		{ NUD_FAILED, false, false },	{ NUD_INCOMPLETE, true, false },
	};
	const struct nsaccel_nexthop key = { .owner_slot = OWNER_SLOT,
					     .target = NSACCEL_TARGET_NEIGHBOUR,
					     .target_ifindex = ETH0,
					     .gateway_family = NSACCEL_FAMILY_INET,
					     .gateway = { 10, 0, 0, 2 } };
	struct nsaccel_nexthop record;
	struct nsa_plan_wanted wanted;

	(void)state;
	for (size_t i = 0; i < ELEMENTS(cases); i++) {
		bool usable = !(cases[i].state & (NUD_FAILED | NUD_INCOMPLETE));
		struct world w;

		world_make(&w);
		world_neighs(&w, "10.0.0.2 dev eth0 02");
		w.neighs[0].state = cases[i].state;
		w.neighs[0].managed = cases[i].managed;
		nsa_plan_resolve(&w.plan, &key, &record, &wanted);
		assert_int_equal(record.confirm_neigh, cases[i].confirm);
		assert_int_equal(record.action, usable ? NSACCEL_ACTION_NIC : NSACCEL_ACTION_PASS);
		assert_int_equal(wanted.ifindex, usable ? 0 : ETH0);
		world_free(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nexthop_scenes),
		cmocka_unit_test(test_confirm_neigh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
