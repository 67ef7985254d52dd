// SPDX-License-Identifier: GPL-2.0-only
/* Routes: from where to where. */
#include "rows.h"

#include "row_worlds.h"

/* Too many routes for its table. */
static void owner_refused(struct world *world)
{
	world->refused = true;
}

/* An ifindex means nothing without its namespace. */
static void same_ifindex_of_other_owner(struct world *world)
{
	world->hops[TO_ETH1].owner_slot = NS_OTHER;
	world->hops[TO_ETH1].ifindex = IFINDEX(ETH0);
}

static void eth1_of_other_owner_by_tc(struct world *world)
{
	eth1_of_other_owner(world);
	world->hops[TO_ETH1].tx_slot = 0;
}

static void blue_of_other_owner(struct world *world)
{
	world->hops[TO_BLUE].owner_slot = NS_OTHER;
}

/* The device has moved away or died: the kernel took it out of the devmap. */
static void eth1_left_devmap(struct world *world)
{
	world->has_tx[ETH1] = false;
}

static const struct row rows[] = {
	/* ---- from a NIC to a NIC, a veth, a macvlan, the owner ---- */
	{
		.name = "NIC to NIC, IPv4",
		.packet = { .dst = "10.1.0.9" },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, IPv6",
		.packet = { .dst = "fd01::9" },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, TCP, with a DSCP and ECN",
		.packet = { .dst = "10.1.0.9", .proto = IPPROTO_TCP, .tos = 0xbb },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, low delay",
		.packet = { .dst = "10.1.0.9", .tos = 0x10 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to veth, high throughput",
		.packet = { .dst = "10.2.0.2", .tos = 0x08 },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "NIC to NIC, IPv6 with a traffic class",
		.packet = { .dst = "fd01::9", .proto = IPPROTO_TCP, .tos = 0xbb },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, ICMP echo",
		.packet = { .dst = "10.1.0.9", .proto = IPPROTO_ICMP },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, ICMPv6 echo",
		.packet = { .dst = "fd01::9", .proto = IPPROTO_ICMPV6 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, a protocol that nobody knows",
		.packet = { .dst = "10.1.0.9", .proto = 253 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, an IPv4 header alone",
		.packet = { .dst = "10.1.0.9", .proto = 253, .l3_len = 20 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, an IPv6 header and one byte",
		.packet = { .dst = "fd01::9", .proto = 59, .l3_len = 41 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to a NIC that is no XDP target",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_by_tc_alone,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to a NIC that has left the devmap: XDP changes nothing",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_left_devmap,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to NIC, but XDP was loaded for no target at all",
		.packet = { .dst = "10.1.0.9" },
		.variant = IDLE,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "NIC to veth, IPv4",
		.packet = { .dst = "10.2.0.2" },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "NIC to veth, IPv6",
		.packet = { .dst = "fd02::2" },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "NIC to a veth with XDP delivery, IPv4",
		.packet = { .dst = "10.3.0.2" },
		.tc = FORWARD(VETH, TO_BLUE),
		.xdp = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "NIC to a veth with XDP delivery, IPv6",
		.packet = { .dst = "fd03::2" },
		.tc = FORWARD(VETH, TO_BLUE),
		.xdp = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "NIC to a macvlan on another NIC, IPv4",
		.packet = { .dst = "10.4.0.2" },
		.tc = FORWARD(MACVLAN, TO_GREEN),
	},
	{
		.name = "NIC to a macvlan on another NIC, IPv6",
		.packet = { .dst = "fd04::2" },
		.tc = FORWARD(MACVLAN, TO_GREEN),
	},
	{
		.name = "NIC to its own macvlan, IPv4",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2" },
		.tc = HAND_UP(TO_GREEN),
	},
	{
		.name = "NIC to its own macvlan, IPv6",
		.in = ETH2,
		.packet = { .dst = "fd04::2" },
		.tc = HAND_UP(TO_GREEN),
	},
	{
		.name = "NIC to its own private macvlan",
		.in = ETH2,
		.packet = { .dst = "10.4.0.3" },
		.tc = HAND_UP(TO_GREY),
	},
	{
		.name = "NIC to the owner's address on it",
		.packet = { .dst = "10.0.0.1" },
		.tc = PASS(LOCAL),
	},
	{
		.name = "NIC to the owner's address elsewhere, IPv6",
		.packet = { .dst = "fd01::1" },
		.tc = PASS(LOCAL),
	},
	/* ---- from a veth ---- */
	{
		.name = "veth to NIC",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "veth to veth, IPv6",
		.in = BLUE,
		.packet = { .dst = "fd02::2", .src = "fd03::2" },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "veth to macvlan",
		.in = RED,
		.packet = { .dst = "10.4.0.2", .src = "10.2.0.2" },
		.tc = FORWARD(MACVLAN, TO_GREEN),
	},
	{
		.name = "veth to the owner",
		.in = RED,
		.packet = { .dst = "10.2.0.1", .src = "10.2.0.2" },
		.tc = PASS(LOCAL),
	},
	/* ---- routes ---- */
	{
		.name = "no route",
		.packet = { .dst = "192.0.2.1" },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "no route, IPv6",
		.packet = { .dst = "2001:db8::1" },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "default route",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_ETH1 } },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "IPv4's default route isn't IPv6's",
		.packet = { .dst = "2001:db8::1" },
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_ETH1 } },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "IPv6's default route isn't IPv4's",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "::/0", TO_ETH1 } },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "an IPv6 prefix with the bytes of an IPv4 address",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "c000:201::/32", TO_ETH1 } },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "the longest prefix wins",
		.packet = { .dst = "10.1.0.129" },
		.routes = { { NS_OWNER, "10.1.0.128/25", TO_BLUE } },
		.tc = FORWARD(VETH, TO_BLUE),
		.xdp = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "beside the longest prefix the shorter one counts",
		.packet = { .dst = "10.1.0.127" },
		.routes = { { NS_OWNER, "10.1.0.128/25", TO_BLUE } },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "the longest prefix wins, IPv6 host route",
		.packet = { .dst = "fd01::9" },
		.routes = { { NS_OWNER, "fd01::9/128", TO_RED },
			    { NS_OWNER, "fd01::8/127", TO_BLUE } },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "a namespace's own route beats the owner's",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.routes = { { NS_RED, "10.1.0.0/24", TO_BLUE } },
		.tc = FORWARD(VETH, TO_BLUE),
		.xdp = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "a namespace's own route beats a longer one of the owner's",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.routes = { { NS_RED, "0.0.0.0/0", TO_BLUE } },
		.tc = FORWARD(VETH, TO_BLUE),
		.xdp = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "without a match in a namespace's own table the owner's counts",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.routes = { { NS_RED, "10.9.0.0/24", TO_BLUE } },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a namespace's own route to what the owner has none for",
		.in = RED,
		.packet = { .dst = "192.0.2.1", .src = "10.2.0.2" },
		.routes = { { NS_RED, "192.0.2.0/24", TO_ETH1 } },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a namespace's own default route, while the owner's table is refused",
		.in = RED,
		.packet = { .dst = "10.1.0.1", .src = "10.2.0.2" },
		.routes = { { NS_RED, "0.0.0.0/0", TO_BLUE } },
		.change = owner_refused,
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "a namespace's own route, but among its own ports: it's an owner, too",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.routes = { { NS_RED, "10.1.0.0/24", TO_BLUE } },
		.change = blue_of_other_owner,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "one namespace's route is not another's",
		.in = BLUE,
		.packet = { .dst = "192.0.2.1", .src = "10.3.0.2" },
		.routes = { { NS_RED, "192.0.2.0/24", TO_ETH1 } },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "the same prefix in two namespaces: red's",
		.in = RED,
		.packet = { .dst = "192.0.2.1", .src = "10.2.0.2" },
		.routes = { { NS_RED, "192.0.2.0/24", TO_ETH1 },
			    { NS_BLUE, "192.0.2.0/24", TO_ETH0 } },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "the same prefix in two namespaces: blue's",
		.in = BLUE,
		.packet = { .dst = "192.0.2.1", .src = "10.3.0.2" },
		.routes = { { NS_RED, "192.0.2.0/24", TO_ETH1 },
			    { NS_BLUE, "192.0.2.0/24", TO_ETH0 } },
		.tc = FORWARD(NIC, TO_ETH0),
		.xdp = FORWARD(NIC, TO_ETH0),
	},
	{
		.name = "the owner's address is the owner's, whatever a namespace's table says",
		.in = RED,
		.packet = { .dst = "10.1.0.1", .src = "10.2.0.2" },
		.routes = { { NS_RED, "10.1.0.1/32", TO_BLUE } },
		.tc = PASS(LOCAL),
	},
	{
		.name = "a namespace's own route that leaves it to the kernel",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.routes = { { NS_RED, "10.1.0.0/24", TO_KERNEL } },
		.tc = PASS(ROUTE),
	},
	{
		.name = "a route that leaves it to the kernel",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_KERNEL } },
		.tc = PASS(ROUTE),
	},
	{
		.name = "a neighbour that isn't known yet",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNRESOLVED } },
		.tc = PASS(NO_NEIGH),
	},
	{
		.name = "a next hop that was replaced",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", STALE(TO_ETH1) } },
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop that was freed",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", HOP_FREE } },
		.tc = PASS(STALE),
	},
	{
		.name = "a stale route of a namespace's own doesn't fall back on the owner's",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.routes = { { NS_RED, "10.1.0.0/24", STALE(TO_BLUE) } },
		.tc = PASS(STALE),
	},
	{
		.name = "back out of the same NIC: the kernel sends a redirect, too",
		.packet = { .dst = "10.0.0.8" },
		.tc = PASS(SAME_PORT),
	},
	{
		.name = "back into the same veth",
		.in = RED,
		.packet = { .dst = "10.2.0.2", .src = "10.2.0.2" },
		.tc = PASS(SAME_PORT),
	},
	{
		.name = "a device that is gone",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_gone,
		.tc = PASS(NO_DEVICE),
	},
	{
		.name = "a device of another owner: its firewall and policy are asked by nobody "
			"here",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_of_other_owner,
		.tc = PASS(OTHER_OWNER),
	},
	{
		.name = "a device of another owner that happens to have the port's ifindex",
		.packet = { .dst = "10.1.0.9" },
		.change = same_ifindex_of_other_owner,
		.tc = PASS(OTHER_OWNER),
	},
	{
		.name = "a device of another owner that is no XDP target",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_of_other_owner_by_tc,
		.tc = PASS(OTHER_OWNER),
	},
};

ROWS(route, rows);
