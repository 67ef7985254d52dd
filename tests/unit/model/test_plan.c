// SPDX-License-Identifier: GPL-2.0-only
/* What the planner makes of an owner's routes, neighbours and static routes: scenes of world.h. */
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/plan_host.h"
#include "user/model/plan_key.h"
#include "user/model/plan_nexthop.h"
#include "user/model/snapshot_claims.h"
#include "user/model/snapshot_endpoints.h"
#include "user/model/snapshot_update.h"
#include "world.h"

/* Routes */

#define NET_BLUE    "10.1.0.0/24 dev blue\n"
#define NET_WIRE    "10.0.0.0/24 dev eth0\n"
#define VETH	    "10.1.0.2/32 endpoint veth dev blue to blue 12>22 mtu "
#define ON_LINK	    " kernel pass pass_no_neigh dev "
#define NET_BRIDGE  "10.40.0.0/24 dev br0\n"
#define BY_GREEN    " neighbour veth dev green on br0 to green 15>26 mtu 1450\n"
#define NOT_STEERED "10.40.0.2/32 neighbour pass pass_bridge dev br0\n"

static void policy_rules(struct world *w)
{
	w->snapshot.settings.policy_rules = true;
}

static void l4_hash(struct world *w)
{
	w->snapshot.settings.l3_hash4 = false;
}

static void policy_rules_l4_hash(struct world *w)
{
	policy_rules(w);
	l4_hash(w);
}

static void tunnel_rules(struct world *w)
{
	policy_rules(w);
	w->snapshot.settings.tunnel_rules = true;
}

static void use_pmtu(struct world *w)
{
	w->snapshot.settings.use_pmtu = true;
}

static void policy_rules_use_pmtu(struct world *w)
{
	policy_rules(w);
	use_pmtu(w);
}

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

static void not_steered(struct world *w)
{
	w->ports[PORT_GREEN].port.steer = 0;
}

static void green_left(struct world *w)
{
	w->ports[PORT_GREEN].port.bridge = 0;
}

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

static void macvlan_private(struct world *w)
{
	w->endpoints[EP_MAC].link.macvlan_mode = MACVLAN_MODE_PRIVATE;
}

static void blue_without_arp(struct world *w)
{
	w->endpoints[EP_BLUE].link.flags |= IFF_NOARP;
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
	w->ports[PORT_ETH0].port.lower = 0;
}

/* The veth is named by the user as if it were a NIC: the wire is behind it. */
static void veth_as_nic(struct world *w)
{
	w->ports[PORT_BLUE].port.kind = NSACCEL_KIND_NIC;
}

static void list(struct world *w, int ep, const char *prefix)
{
	w->endpoints[ep].isolation.pinned = 1;
	world_list(w, w->endpoints[ep].slot, prefix, NSACCEL_SOURCE_PINNED);
}

static void asks(struct world *w)
{
	w->asks = true;
}

static void mac_listed(struct world *w)
{
	list(w, EP_MAC, "10.0.0.16/28");
}

static void mac_listed_elsewhere(struct world *w)
{
	list(w, EP_MAC, "10.0.0.66/32");
}

static void green_listed(struct world *w)
{
	list(w, EP_GREEN, "10.40.0.2/32");
}

static void green_listed_not_steered(struct world *w)
{
	green_listed(w);
	not_steered(w);
}

/* A second device of red's namespace, on the first NIC. */
static void red_twice(struct world *w)
{
	w->endpoints[EP_MAC].cookie = w->endpoints[EP_RED].cookie;
}

static void blue_of_two(struct world *w)
{
	w->endpoints[EP_BLUE].quota = 2;
}

/* A scene, and what should come of it. */
static const struct scene {
	const char *what;
	const char *fib, *neighs, *fdb, *statics;
	const char *plan, *wanted;
	void (*change)(struct world *w);
} scenes[] = {
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
	{ .what = "listed on a bridge by whose port nothing may be steered",
	  .fib = "10.40.0.0/24 dev br0",
	  .change = green_listed_not_steered,
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

	/* Kernel routes that stay the kernel's */
	{ .what = "what only the kernel's lookup can tell, or only the kernel can send",
	  .fib = NET_WIRE "10.3.0.0/16 via 10.0.0.2 dev eth0 multipath\n"
			  "10.4.0.0/16 via 10.0.0.2 dev eth0 encap\n"
			  "10.5.0.0/16 via 10.0.0.2 dev eth0 tos 16\n"
			  "10.6.0.0/16 via 10.0.0.2 dev eth0 from 10.9.0.0/16\n"
			  "10.7.0.0/16 via 10.0.0.2\n"
			  "10.8.0.0/16 nhid\n"
			  "10.9.0.0/16 multipath encap",
	  .neighs = "10.0.0.2 dev eth0 02\n10.0.0.20 dev eth0 20",
	  .plan = "10.3.0.0/16 kernel fib pass_fib\n"
		  "10.4.0.0/16 kernel pass pass_encap dev eth0\n"
		  "10.5.0.0/16 kernel fib pass_fib\n10.6.0.0/16 kernel fib pass_fib\n"
		  "10.7.0.0/16 kernel pass pass_route\n"
		  "10.8.0.0/16 kernel fib pass_fib\n"
		  "10.9.0.0/16 kernel pass pass_encap\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "10.0.0.2/32 neighbour nic dev eth0 10>02 mtu 1500 tx 3\n"
		  "10.0.0.20/32 endpoint macvlan dev eth0 to mac 10>20 mtu 1500\n" },
	{ .what = "routes that expire: the kernel doesn't use them from then on, and tells later",
	  .fib = "::/0 via fd00::2 dev eth0 expires\nfd00::/64 dev eth0 expires",
	  .neighs = "fd00::2 dev eth0 02",
	  .plan = "::/0 kernel fib pass_fib\nfd00::/64 kernel fib pass_fib\n" },
	{ .what = "routes of other types",
	  .fib = "blackhole 10.3.0.0/16\nunreachable 10.4.0.0/16\nprohibit 10.5.0.0/16\n"
		 "throw 10.6.0.0/16\nmulticast 224.0.0.0/4\nlocal 10.7.0.1\n"
		 "broadcast 10.7.0.255\nanycast fd00::\nunreachable ::/0",
	  .plan = "::/0 kernel pass pass_route\n224.0.0.0/4 kernel pass pass_multicast\n"
		  "10.3.0.0/16 kernel drop drop_blackhole\n"
		  "10.4.0.0/16 kernel pass pass_route\n10.5.0.0/16 kernel pass pass_route\n"
		  "10.6.0.0/16 kernel pass pass_route\n"
		  "10.7.0.1/32 kernel pass pass_local\n"
		  "10.7.0.255/32 kernel pass pass_multicast\n"
		  "fd00::/128 kernel pass pass_local\n" },
	{ .what = "the local table has more than local addresses: what else is there needn't come "
		  "first",
	  .fib = NET_BLUE NET_WIRE
	  "blackhole 10.1.0.9 table 255 tos 8\n10.0.0.2 dev eth0 table 255\n"
	  "10.3.0.0/16 via 10.1.0.2 dev blue table 255\n10.3.1.0/24 dev eth1\n"
	  "10.4.0.0/16 dev eth0 table 255 tos 8\nfd00:1::2 dev eth0 table 255\n"
	  "fd00:1::2 dev eth1 table 255\nfd00:1::/64 dev blue",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .plan = "10.3.0.0/16 kernel pass pass_route\n10.4.0.0/16 kernel pass pass_route\n"
		  "10.0.0.0/24" ON_LINK "eth0\n10.1.0.0/24" ON_LINK "blue\n"
		  "10.0.0.2/32 kernel pass pass_route\n" VETH "1500\n"
		  "10.1.0.9/32 kernel pass pass_route\n"
		  "fd00:1::/64" ON_LINK "blue\nfd00:1::2/128 kernel pass pass_route\n" },
	{ .what = "the rule for the local table has moved: a route there isn't the first",
	  .fib = "10.0.0.2 dev eth0 table 255\nlocal 10.1.0.1",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .change = policy_rules,
	  .plan = "0.0.0.0/0 kernel fib pass_fib\n::/0 kernel fib pass_fib\n"
		  "10.0.0.2/32 kernel pass pass_route\n10.1.0.1/32 kernel pass pass_local\n" },
	{ .what = "tables that no plain rule asks",
	  .fib = NET_BLUE "10.3.0.0/16 via 10.1.0.2 dev blue table 100",
	  .plan = "10.1.0.0/24" ON_LINK "blue\n" VETH "1500\n" },
	{ .what = "what goes to the kernel before any table is asked",
	  .fib = "local 127.0.0.0/8\nlocal 127.0.0.1\nbroadcast 127.255.255.255\nlocal ::1\n"
		 "fe80::/64 dev eth0\nlocal fe80::1\nmulticast ff00::/8 dev eth0\n"
		 "fd00:1::/64 dev eth1\nfe00::/8 dev eth1",
	  .plan = "fe00::/8" ON_LINK "eth1\nfd00:1::/64" ON_LINK "eth1\n" },
	{ .what = "the same prefix twice, same metric: contested",
	  .fib = "10.1.0.0/24 dev blue\n10.1.0.0/24 dev red",
	  .plan = "10.1.0.0/24 kernel fib pass_fib\n" },
	{ .what = "the same prefix for another TOS, whatever its metric: contested",
	  .fib = NET_BLUE "10.1.0.0/24 dev red tos 8 metric 9",
	  .plan = "10.1.0.0/24 kernel fib pass_fib\n" },
	{ .what = "the same prefix from one source: contested",
	  .fib = "fd00:1::/64 dev blue metric 1\nfd00:1::/64 dev red from fd00:2::/64 metric 9",
	  .plan = "fd00:1::/64 kernel fib pass_fib\n" },
	{ .what = "the MTU of a shorter prefix, which takes what no route here does",
	  .fib = "0.0.0.0/0 via 10.0.0.2 dev eth0 mtu 1300\n10.5.0.0/16 dev eth1 mtu 1400\n"
		 "10.5.1.0/24 via 10.0.0.2 dev eth0 tos 16\n10.3.0.0/16 multipath\n"
		 "10.6.0.0/16 multipath mtu 1280\n::/0 dev eth0 mtu 1400\n"
		 "fd00:1::/64 via fd00::2 dev eth0 expires",
	  .plan = "0.0.0.0/0 kernel pass pass_no_neigh dev eth0 via 10.0.0.2\n"
		  "::/0 kernel pass pass_no_neigh dev eth0\n"
		  "10.3.0.0/16 kernel fib pass_fib 00>00 mtu 1300\n"
		  "10.5.0.0/16 kernel pass pass_no_neigh dev eth1\n"
		  "10.6.0.0/16 kernel fib pass_fib 00>00 mtu 1280\n"
		  "10.5.1.0/24 kernel fib pass_fib 00>00 mtu 1300\n"
		  "fd00:1::/64 kernel fib pass_fib 00>00 mtu 1400\n",
	  .wanted = "10.0.0.2 dev eth0\n" },
	{ .what = "the MTU of table default, which takes what no IPv4 route in main does",
	  .fib = "0.0.0.0/0 via 10.0.0.2 dev eth0 tos 16\n0.0.0.0/0 dev eth1 mtu 1300 table 253\n"
		 "10.0.0.0/8 dev eth1 table 253 mtu 1350\n10.6.0.0/16 multipath mtu 1280\n"
		 "fd00:1::/64 via fd00::2 dev eth0 expires\n::/0 dev eth0 table 253 mtu 1280",
	  .plan = "0.0.0.0/0 kernel fib pass_fib 00>00 mtu 1300\n"
		  "10.6.0.0/16 kernel fib pass_fib 00>00 mtu 1280\n"
		  "fd00:1::/64 kernel fib pass_fib\n" },
	{ .what = "flows hashed by more than addresses: the kernel's lookup would tell others",
	  .fib = NET_WIRE "10.3.0.0/16 multipath\n10.5.0.0/16 via 10.0.0.2 dev eth0 tos 16\n"
			  "10.6.0.0/16 multipath\n10.6.0.0/16 via 10.0.0.2 dev eth0\n"
			  "fd00:3::/64 multipath",
	  .change = l4_hash,
	  .plan = "10.3.0.0/16 kernel pass pass_fib\n10.5.0.0/16 kernel fib pass_fib\n"
		  "10.6.0.0/16 kernel pass pass_fib\n"
		  "10.0.0.0/24" ON_LINK "eth0\n"
		  "fd00:3::/64 kernel fib pass_fib\n" },
	{ .what = "policy rules: the main table alone isn't the answer, but what is local stays so",
	  .fib = NET_BLUE NET_WIRE "local 10.1.0.1",
	  .neighs = "10.0.0.2 dev eth0 02",
	  .statics = "10.9.0.0/16 netns blue",
	  .change = policy_rules,
	  .plan = "0.0.0.0/0 kernel fib pass_fib\n::/0 kernel fib pass_fib\n"
		  "10.9.0.0/16 static veth dev blue to blue 12>22 mtu 1500\n"
		  "10.1.0.1/32 kernel pass pass_local\n" },

	{ .what = "policy rules, and flows hashed by more than addresses",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 10.2.0.0/16",
	  .change = policy_rules_l4_hash,
	  .plan = "0.0.0.0/0 kernel pass pass_fib\n::/0 kernel fib pass_fib\n"
		  "10.2.0.0/16 kernel pass pass_local\n" },
	{ .what = "policy rules that go by tunnels' ids: the kernel's lookup isn't told of them",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 10.2.0.0/16",
	  .change = tunnel_rules,
	  .plan = "0.0.0.0/0 kernel pass pass_fib\n::/0 kernel pass pass_fib\n"
		  "10.2.0.0/16 kernel pass pass_local\n" },
	{ .what = "policy rules, and all addresses local",
	  .fib = "default via 10.0.0.2 dev eth0\nlocal 0.0.0.0/0",
	  .change = policy_rules,
	  .plan = "0.0.0.0/0 kernel pass pass_local\n::/0 kernel fib pass_fib\n" },

	{ .what = "path MTUs, which only the kernel's lookup knows, unless the route has an MTU, "
		  "too",
	  .fib = NET_WIRE "10.3.0.0/16 via 10.0.0.2 dev eth0\n10.4.0.0/16 multipath\n"
			  "10.5.0.0/16 via 10.0.0.2 dev eth0 mtu 1400\nblackhole 10.6.0.0/16\n"
			  "10.7.0.0/16 via fd00::2 dev eth0\nfd03::/64 via fd00::2 dev eth0",
	  .neighs = "10.0.0.2 dev eth0 02\nfd00::2 dev eth0 02",
	  .statics = "10.9.0.0/16 via 10.0.0.2",
	  .change = use_pmtu,
	  .plan = "10.3.0.0/16 kernel fib pass_fib\n10.4.0.0/16 kernel fib pass_fib\n"
		  "10.5.0.0/16 kernel pass pass_fib 00>00 mtu 1400\n"
		  "10.6.0.0/16 kernel drop drop_blackhole\n"
		  "10.7.0.0/16 kernel fib pass_fib\n"
		  "10.9.0.0/16 static nic dev eth0 via 10.0.0.2 10>02 mtu 1500 tx 3\n"
		  "10.0.0.0/24 kernel fib pass_fib\n"
		  "fd03::/64 kernel nic dev eth0 via fd00::2 10>02 mtu 1500 tx 3\n" },
	{ .what = "path MTUs, policy rules, and a route with an MTU that may be the one",
	  .fib = NET_WIRE "10.3.0.0/16 dev eth1 mtu 1400 table 100",
	  .change = policy_rules_use_pmtu,
	  .plan = "0.0.0.0/0 kernel pass pass_fib 00>00 mtu 1400\n::/0 kernel fib pass_fib\n" },

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
	{ .what = "a bridge's port by which nothing may be steered",
	  .fib = NET_BRIDGE,
	  .neighs = "10.40.0.2 dev br0 26",
	  .fdb = "26 dev green",
	  .change = not_steered,
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

	/* Static routes */
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
	{ .what = "by a bridge's port by which nothing may be steered",
	  .statics = "10.3.0.0/16 dev green\n10.4.0.0/16 netns green",
	  .change = not_steered,
	  .plan = "10.3.0.0/16 static pass pass_bridge dev green\n"
		  "10.4.0.0/16 static pass pass_bridge dev green to green\n" },
	{ .what = "netns: a macvlan that takes frames from the wire alone",
	  .statics = "10.3.0.0/16 netns mac",
	  .change = macvlan_private,
	  .plan = "10.3.0.0/16 static pass pass_no_device to mac\n" },
};

static void make_scene(struct world *w, const struct scene *scene)
{
	world_make(w);
	if (scene->change)
		scene->change(w);
	world_routes(w, scene->fib);
	world_neighs(w, scene->neighs);
	world_fdb(w, scene->fdb);
	world_statics(w, scene->statics);
	world_settle(w);
}

static void check_scene(const struct scene *scene)
{
	char *text, *wanted;
	struct world w;

	make_scene(&w, scene);
	text = world_plan(&w);
	wanted = world_wanted(&w);
	if (strcmp(text, scene->plan ? scene->plan : "") != 0)
		fail_msg("%s:\n%snot\n%s", scene->what, text, scene->plan);
	if (strcmp(wanted, scene->wanted ? scene->wanted : "") != 0)
		fail_msg("%s: wants\n%snot\n%s", scene->what, wanted, scene->wanted);
	free(text);
	free(wanted);
	world_free(&w);
}

static void test_scenes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(scenes); i++)
		check_scene(&scenes[i]);
}

static __u32 default_mtu(const struct world *w, const char *prefix)
{
	struct nsaccel_prefix key = read_prefix(prefix);

	return nsa_hop(w->hops, nsa_table_find(w->table, &key)->wanted)->record.mtu;
}

/* The kernel's own lookup doesn't tell a route's MTU, and with rules it may be any route's. */
static void test_ruled_mtu(void **state)
{
	struct world w;

	(void)state;
	world_make(&w);
	w.snapshot.settings.policy_rules = true;
	world_routes(&w, "default via 10.0.0.2 dev eth0\nfd00::/64 dev eth0 mtu 1280 table 100");
	world_settle(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 0);
	/* What has changed since is touched. */
	world_routes(&w, "10.3.0.0/16 via 10.0.0.2 dev eth0 mtu 1400");
	world_settle_touched(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 1400);
	world_routes(&w, "10.3.0.0/24 via 10.0.0.2 dev eth0 table 100 mtu 1300");
	world_settle_touched(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 1300);
	world_routes(&w, "10.3.0.0/25 via 10.0.0.2 dev eth0 table 100 mtu 1350");
	world_settle_touched(&w);
	assert_int_equal(default_mtu(&w, "0.0.0.0/0"), 1300);
	assert_int_equal(default_mtu(&w, "::/0"), 1280);
	world_free(&w);
}

/* Of what only the fast path uses, nobody but nsaccel confirms that it is still there. */
static void test_watched(void **state)
{
	static const struct {
		__u16 state;
		bool managed, watched;
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
		assert_int_equal(record.watched, cases[i].watched);
		assert_int_equal(record.action, usable ? NSACCEL_ACTION_NIC : NSACCEL_ACTION_PASS);
		assert_int_equal(wanted.ifindex, usable ? 0 : ETH0);
		world_free(&w);
	}
}

/* Changes one by one, and only what they touch planned anew: the same as all of it anew. */

static const char *const pool[] = {
	"default via 10.0.0.2 dev eth0",
	"default dev eth1 metric 9",
	"10.0.0.0/24 dev eth0",
	"10.1.0.0/24 dev blue",
	"10.40.0.0/24 dev br0",
	"10.0.0.0/24 dev eth1",
	"10.0.0.0/24 dev eth1 metric 5",
	"10.0.0.0/25 dev eth1",
	"10.0.0.2 dev eth0",
	"10.0.0.2 dev eth1 tos 8",
	"10.0.0.0/16 multipath",
	"blackhole 10.0.0.2 metric 7",
	"local 10.0.0.2",
	"local 10.0.0.0/24",
	"local 10.0.0.0/28",
	"broadcast 10.0.0.255",
	"fd00::/64 dev eth0",
	"fd00::/64 dev eth1 metric 3",
	"fd00::/64 dev eth1 from fd01::/64",
	"local fd00::/16",
	"::/0 via fd00::2 dev eth0",
};
static const char *const neigh_pool[] = {
	"10.0.0.2 dev eth0 02", "10.0.0.2 dev eth1 03", "10.0.0.3 dev eth0 04",
	"10.0.0.9 dev eth1 05", "fd00::2 dev eth0 02",	"fd00::3 dev eth1 06",
};
#define POOL	ELEMENTS(pool)
#define KERNELS (POOL + ELEMENTS(neigh_pool))
#define THERE	(KERNELS + EP_COUNT) /* endpoints without their addresses */

static void change_route(struct world *w, const char *line, bool gone)
{
	struct nsa_krt k = read_krt(line);
	struct nsaccel_nexthop key;
	__u32 hop;

	nsa_plan_kernel_key(OWNER_SLOT, &k, &key);
	hop = nsa_hops_get(w->hops, &key);
	assert_int_equal(
		gone ? nsa_rib_del(w->table, &k, hop) : nsa_rib_add(w->table, &k, hop, false), 0);
}

static void change_neigh(struct world *w, const char *line, bool gone)
{
	struct nsa_neigh neigh;
	struct world other;

	world_make(&other);
	world_neighs(&other, line);
	neigh = other.neighs[0];
	world_free(&other);
	assert_int_equal(nsa_snapshot_set_neigh(&w->snapshot, &neigh, gone), 0);
	assert_int_equal(nsa_plan_host(&w->plan, neigh.family, neigh.addr), 0);
}

static void change_claims(struct world *w, size_t endpoint, bool none)
{
	struct nsa_snapshot_endpoint *ep = &w->endpoints[endpoint];

	nsa_snapshot_stir(&w->snapshot, ep, 2);
	ep->addr_count = none ? 0 : 2;
	ep->claimed_as = 0;
	assert_int_equal(nsa_snapshot_index(&w->snapshot), 0);
	for (size_t i = 0; i < w->snapshot.claim_count; i++)
		w->snapshot.claims[i].asks &= w->asks;
	assert_int_equal(nsa_plan_stirred(&w->plan), 0);
	nsa_snapshot_calm(&w->snapshot);
}

static void check_same_as_new(const struct world *w, const bool *there)
{
	char *text = world_plan(w), *expected;
	struct world anew;

	world_make(&anew);
	for (size_t i = 0; i < THERE; i++) {
		if (there[i] && i < POOL)
			world_routes(&anew, pool[i]);
		else if (there[i] && i < KERNELS)
			world_neighs(&anew, neigh_pool[i - POOL]);
		else if (there[i])
			anew.endpoints[i - KERNELS].addr_count = 0;
	}
	world_settle(&anew);
	expected = world_plan(&anew);
	assert_string_equal(text, expected);
	free(expected);
	free(text);
	world_free(&anew);
}

static void test_changes(void **state)
{
	bool there[THERE] = {};
	__u32 random = 1;
	struct world w;

	(void)state;
	world_make(&w);
	world_settle(&w);
	for (size_t i = 0; i < 3000; i++) {
		size_t one;

		random = random * 1664525 + 1013904223;
		one = (random >> 16) % THERE;
		if (one < POOL)
			change_route(&w, pool[one], there[one]);
		else if (one < KERNELS)
			change_neigh(&w, neigh_pool[one - POOL], there[one]);
		else
			change_claims(&w, one - KERNELS, !there[one]);
		there[one] = !there[one];
		world_settle_touched(&w);
		check_same_as_new(&w, there);
	}
	world_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenes),
		cmocka_unit_test(test_ruled_mtu),
		cmocka_unit_test(test_watched),
		cmocka_unit_test(test_changes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
