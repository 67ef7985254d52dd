// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/plan_host.c: which addresses are reached as endpoints, and how. */
#include <linux/if_link.h>
#include <net/if.h>

#include "scene.h"
#include "world.h"

static void small_inside(struct world *w)
{
	w->endpoints[EP_BLUE].link.mtu = 1280;
	w->endpoints[EP_MAC].link.mtu = 1280;
}

static void small_port(struct world *w)
{
	w->ports[PORT_BLUE].port.mtu = 1350;
}

static void shaped(struct world *w)
{
	w->ports[PORT_BLUE].port.egress_hooked = 1;
}

static void xdp_inside(struct world *w)
{
	w->ports[PORT_BLUE].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_NATIVE;
}

static void generic_xdp_inside(struct world *w)
{
	w->ports[PORT_BLUE].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
}

static void shaped_generic_xdp(struct world *w)
{
	shaped(w);
	generic_xdp_inside(w);
}

static void generic_xdp_on_the_wire(struct world *w)
{
	w->ports[PORT_ETH0].port.endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
}

static void xdp_delivery(struct world *w)
{
	w->ports[PORT_BLUE].port.tx_slot = 8;
}

static void blue_without_arp(struct world *w)
{
	w->endpoints[EP_BLUE].link.flags |= IFF_NOARP;
}

/* By a macvlan in mode passthru, say: the answers of blue don't get to the owner. */
static void frames_of_blue_are_taken(struct world *w)
{
	static struct nsa_snapshot_taken taken = { .cookie = 77, .ifindex = BLUE };

	w->snapshot.taken = &taken;
	w->snapshot.taken_count = 1;
}

static void macvlan_down(struct world *w)
{
	w->endpoints[EP_MAC].link.flags = 0;
}

static void macvlan_vepa(struct world *w)
{
	w->endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_VEPA;
}

static void no_lower(struct world *w)
{
	w->ports[PORT_ETH0].port.macvlan_lower = 0;
}

/* The veth is named by the user as if it were a NIC: the wire is behind it. */
static void veth_as_nic(struct world *w)
{
	w->ports[PORT_BLUE].port.kind = NSACCEL_KIND_NIC;
}

static void asks(struct world *w)
{
	w->asks = true;
}

static void mac_listed(struct world *w)
{
	list_source(w, EP_MAC, "10.0.0.16/28");
}

static void mac_listed_elsewhere(struct world *w)
{
	list_source(w, EP_MAC, "10.0.0.66/32");
}

static void green_listed(struct world *w)
{
	list_source(w, EP_GREEN, "10.40.0.2/32");
}

static void green_listed_not_forwarded(struct world *w)
{
	green_listed(w);
	not_forwarded(w);
}

static void blue_of_two(struct world *w)
{
	w->endpoints[EP_BLUE].quota = 2;
}

static const struct scene scenes[] = {
	{ .what = "nothing" },

	/* Endpoints */
	{ .what = "an endpoint's addresses, where the FIB has them on link at its port",
	  .fib = NET_BLUE "fd00:1::/64 dev blue",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n"
		  "fd00:1::/64" ON_LINK "blue\n"
		  "fd00:1::2/128 endpoint veth dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "of one that answers no ARP only those that the kernel knows",
	  .fib = NET_BLUE "fd00:1::/64 dev blue",
	  .neighs = "fd00:1::2 dev blue 22",
	  .change = blue_without_arp,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "fd00:1::/64" ON_LINK "blue\n"
		  "fd00:1::2/128 endpoint veth dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "of one whose frames another device takes, likewise",
	  .fib = NET_BLUE "fd00:1::/64 dev blue",
	  .neighs = "fd00:1::2 dev blue 22",
	  .change = frames_of_blue_are_taken,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "fd00:1::/64" ON_LINK "blue\n"
		  "fd00:1::2/128 endpoint veth dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "not where the FIB has them at another device",
	  .fib = "10.1.0.0/24 dev eth1",
	  .plan = "10.1.0.0/24" ON_LINK "eth1\n" },
	{ .what = "not where the FIB has them behind a gateway",
	  .fib = "10.1.0.0/24 via 10.1.1.1 dev blue",
	  .plan = "10.1.0.0/24 kernel pass pass_no_neigh dev blue via 10.1.1.1\n",
	  .wanted = "10.1.1.1 dev blue\n" },
	{ .what = "not where a longer prefix is elsewhere",
	  .fib = NET_BLUE "10.1.0.2 dev lone",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 kernel pass pass_not_port dev lone\n" },
	{ .what = "not where a lower metric is elsewhere",
	  .fib = "10.1.0.0/24 dev blue metric 10\n10.1.0.0/24 dev eth1 metric 5",
	  .plan = "10.1.0.0/24" ON_LINK "eth1\n" },
	{ .what = "an endpoint's address that is also the owner's",
	  .fib = NET_BLUE "local 10.1.0.2",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n10.1.0.2/32 kernel pass pass_local\n" },
	{ .what = "a whole local prefix hides what is in it",
	  .fib = NET_BLUE "local 10.1.0.0/16",
	  .plan = "10.1.0.0/16 kernel pass pass_local\n" },
	{ .what = "a route that is down",
	  .fib = NET_BLUE "10.2.0.0/24 dev red linkdown\n10.0.0.0/24 dev eth0 dead",
	  .plan = "10.0.0.0/24 kernel pass pass_link_down dev eth0\n"
		  "10.1.0.0/24" ON_LINK "blue\n"
		  "10.2.0.0/24 kernel pass pass_link_down dev red\n" VETH "1500\n" },
	{ .what = "the kernel has learnt another MAC: somebody else has the address",
	  .fib = NET_BLUE,
	  .neighs = "10.1.0.2 dev blue 77",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 neighbour nic dev blue 12>77 mtu 1500\n" },
	{ .what = "the kernel asks for the address, or has given it up, whoever says it has it",
	  .fib = NET_BLUE "10.2.0.0/24 dev red",
	  .neighs = "10.1.0.2 dev blue failed\n10.2.0.2 dev red incomplete",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n10.2.0.0/24" ON_LINK "red\n"
		  "10.1.0.2/32 endpoint pass pass_no_neigh dev blue\n"
		  "10.2.0.2/32 endpoint pass pass_no_neigh dev red\n",
	  .wanted = "10.1.0.2 dev blue\n10.2.0.2 dev red\n" },
	{ .what = "an address that only the neighbour table knows, with an endpoint's MAC",
	  .fib = NET_BLUE,
	  .neighs = "10.1.0.9 dev blue 22",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n"
		  "10.1.0.9/32 neighbour veth dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "more gateways behind a veth than its namespace's quota; others' don't count",
	  .fib = NET_BLUE
	  "10.61.0.0/24 via 10.1.0.11 dev blue\n10.61.1.0/24 via 10.1.0.12 dev blue\n"
	  "10.61.2.0/24 via 10.1.0.13 dev blue\n10.61.3.0/24 via 10.2.0.11 dev red\n",
	  .neighs = "10.1.0.11 dev blue 22\n10.1.0.12 dev blue 22\n10.1.0.13 dev blue 22\n"
		    "10.2.0.11 dev red 23",
	  .change = blue_of_two,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.61.0.0/24 kernel veth dev blue via 10.1.0.11 to blue 12>22 mtu 1500\n"
		  "10.61.1.0/24 kernel veth dev blue via 10.1.0.12 to blue 12>22 mtu 1500\n"
		  "10.61.2.0/24 kernel pass pass_no_neigh dev blue\n"
		  "10.61.3.0/24 kernel veth dev red via 10.2.0.11 to red 13>23 mtu 1500\n"
		  "10.1.0.2/32 endpoint pass pass_no_neigh dev blue\n"
		  "10.1.0.11/32 neighbour veth dev blue to blue 12>22 mtu 1500\n"
		  "10.1.0.12/32 neighbour veth dev blue to blue 12>22 mtu 1500\n"
		  "10.1.0.13/32 neighbour pass pass_no_neigh dev blue\n" },
	{ .what = "a macvlan in bridge mode: neither XDP nor its own MTU count",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.20 dev eth0 20",
	  .change = small_inside,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "a macvlan says that it has an address: others may on its wire",
	  .fib = NET_WIRE,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n" },
	{ .what = "a macvlan says that it has an address: the kernel is asked who has",
	  .fib = NET_WIRE,
	  .change = asks,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint pass pass_no_neigh dev eth0\n",
	  .wanted = "10.0.0.20 dev eth0\n" },
	{ .what = "a macvlan says that it has an address that the wire has",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.20 dev eth0 02",
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n" },
	{ .what = "a macvlan says that it has the gateway's address",
	  .fib = NET_WIRE "10.9.0.0/16 via 10.0.0.20 dev eth0",
	  .plan = "10.9.0.0/16 kernel pass pass_no_neigh dev eth0 via 10.0.0.20\n"
		  "10.0.0.0/24" ON_LINK "eth0\n",
	  .wanted = "10.0.0.20 dev eth0\n" },
	{ .what = "a macvlan that the user listed the address for",
	  .fib = NET_WIRE,
	  .change = mac_listed,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "also where somebody else's answer came first",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.20 dev eth0 02",
	  .change = mac_listed,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "a macvlan that the user listed another address for",
	  .fib = NET_WIRE,
	  .change = mac_listed_elsewhere,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n" },
	{ .what = "listed on a bridge: whatever the neighbour table says",
	  .fib = "10.40.0.0/24 dev br0",
	  .neighs = "10.40.0.2 dev br0 30",
	  .fdb = "30 dev eth2",
	  .change = green_listed,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n"
		  "10.40.0.2/32 endpoint veth dev green on br0 to green 15>26 mtu 1450\n" },
	{ .what = "listed on a bridge by whose port nothing may be forwarded",
	  .fib = "10.40.0.0/24 dev br0",
	  .change = green_listed_not_forwarded,
	  .plan = "10.40.0.0/24" ON_LINK "br0\n"
		  "10.40.0.2/32 endpoint pass pass_bridge dev br0\n" },
	{ .what = "a private macvlan takes frames from the wire alone",
	  .fib = NET_WIRE,
	  .change = macvlan_private,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n" },
	{ .what = "so does one in VEPA mode, and what the wire says of it holds",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.20 dev eth0 20",
	  .change = macvlan_vepa,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 neighbour nic dev eth0 10>20 mtu 1500 tx 3\n" },
	{ .what = "a veth that plays a NIC isn't sent to past the other end's generic XDP",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.2 dev eth0 02",
	  .change = generic_xdp_on_the_wire,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.2/32 neighbour pass pass_xdp dev eth0\n" },
	{ .what = "a macvlan that is down doesn't answer for its address",
	  .fib = NET_WIRE,
	  .change = macvlan_down,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n" },
	{ .what = "a macvlan that is down, known as a neighbour, is sought on the wire",
	  .fib = NET_WIRE,
	  .neighs = "10.0.0.20 dev eth0 20",
	  .change = macvlan_down,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.20/32 neighbour nic dev eth0 10>20 mtu 1500 tx 3\n" },
	{ .what = "a macvlan on a port that isn't (any more) a lower",
	  .fib = NET_WIRE,
	  .change = no_lower,
	  .plan = "10.0.0.0/24" ON_LINK "eth0\n" },
	{ .what = "a veth that the user named as a NIC has the wire behind it",
	  .fib = NET_BLUE,
	  .neighs = "10.1.0.2 dev blue 22",
	  .change = veth_as_nic,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 neighbour nic dev blue 12>22 mtu 1500\n" },

	/* How a veth endpoint gets its packets */
	{ .what = "the smallest MTU: the inner end's",
	  .fib = "10.1.0.0/24 dev blue mtu 1400",
	  .change = small_inside,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1280\n" },
	{ .what = "the smallest MTU: the port's",
	  .fib = "10.1.0.0/24 dev blue mtu 1400",
	  .change = small_port,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1350\n" },
	{ .what = "the smallest MTU: the route's",
	  .fib = "10.1.0.0/24 dev blue mtu 1300",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1300\n" },
	{ .what = "an endpoint behind a queue or others' programs is sent to, not past them",
	  .fib = NET_BLUE,
	  .change = shaped,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 endpoint nic dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "nor past XDP inside",
	  .fib = NET_BLUE,
	  .change = xdp_inside,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 endpoint nic dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "generic XDP sees what is put into the endpoint",
	  .fib = NET_BLUE,
	  .change = generic_xdp_inside,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n" },
	{ .what = "but not what is redirected to its host end",
	  .fib = NET_BLUE,
	  .change = shaped_generic_xdp,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n"
		  "10.1.0.2/32 endpoint pass pass_xdp dev blue to blue 12>22 mtu 1500\n" },
	{ .what = "delivery by XDP",
	  .fib = NET_BLUE,
	  .change = xdp_delivery,
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500 tx 8\n" },
};

static void test_endpoint_scenes(void **state)
{
	(void)state;
	check_scenes(scenes, ELEMENTS(scenes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_endpoint_scenes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
