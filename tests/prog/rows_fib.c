// SPDX-License-Identifier: GPL-2.0-only
/* Where the kernel's own lookup leads: see make_fib(). */
#include "rows.h"

#include "row_worlds.h"

static void small_eth1(struct world *world)
{
	world->ports[ETH1].mtu = 1280;
}

/* What the kernel's lookup leads to in these rows: see make_fib(). */
static void red_hooked(struct world *world)
{
	world->ports[RED].egress_hooked = 1;
}

static void red_hooked_generic_xdp(struct world *world)
{
	red_hooked(world);
	red_generic_xdp(world);
}

static void eth1_generic_xdp(struct world *world)
{
	world->ports[ETH1].endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
}

static void red_unknown(struct world *world)
{
	world->endpoints[NS_RED].kind = NSACCEL_KIND_NONE;
}

static void red_small(struct world *world)
{
	world->endpoints[NS_RED].mtu = 1280;
}

static void eth1_not_a_port(struct world *world)
{
	world->is_port[ETH1] = false;
}

static void fib_of_small_mtu(struct world *world)
{
	world->hops[TO_FIB].mtu = 1280;
}

static void fib_of_other_owner(struct world *world)
{
	world->hops[TO_FIB].owner_slot = NS_OTHER;
}

static void fib_confirmed(struct world *world)
{
	world->hops[TO_FIB].confirm_neigh = 1;
}

static void red_behind_shaped_bridge(struct world *world)
{
	red_behind_bridge(world);
	world->fdb[0].egress_hooked = 1;
}

static const struct row rows[] = {
	/* ---- where the kernel's own lookup leads ---- */
	{
		.name = "FIB to NIC",
		.packet = { .dst = "198.51.100.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB to NIC, just the port's MTU, smaller than the device's",
		.packet = { .dst = "198.51.100.9", .l3_len = 1280 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = small_eth1,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB to NIC, more than the port's MTU",
		.packet = { .dst = "198.51.100.9", .l3_len = 1281 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = small_eth1,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "FIB to NIC, TCP, IPv6",
		.packet = { .dst = "2001:db8:1::9", .proto = IPPROTO_TCP, .tos = 0xbb },
		.unmarked = true,
		.routes = { { NS_OWNER, "2001:db8::/32", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB to NIC, ICMP echo",
		.packet = { .dst = "198.51.100.9", .proto = IPPROTO_ICMP },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB, ICMP error: the kernel hashes the packet inside",
		.packet = { .dst = "198.51.100.9",
			    .proto = IPPROTO_ICMP,
			    .icmp_type = ICMP_TIME_EXCEEDED },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = PASS(FIB),
	},
	{
		.name = "FIB, ICMPv6 error",
		.packet = { .dst = "2001:db8:1::9", .proto = IPPROTO_ICMPV6, .icmp_type = 3 },
		.unmarked = true,
		.routes = { { NS_OWNER, "2001:db8::/32", TO_FIB } },
		.tc = PASS(FIB),
	},
	{
		.name = "FIB, a protocol in which the flow dissector might find more",
		.packet = { .dst = "198.51.100.9", .proto = 132 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = PASS(FIB),
	},
	{
		.name = "FIB, a fragment, which has no ports",
		.packet = { .dst = "198.51.100.9", .frag = 0x00b9 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB by a rule for a port",
		.packet = { .dst = "198.51.100.9", .proto = IPPROTO_TCP },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH3),
	},
	{
		.name = "FIB by a rule for a port: a fragment has none",
		.packet = { .dst = "198.51.100.9", .proto = IPPROTO_TCP, .frag = 0x2000 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB by a rule for a TOS",
		.packet = { .dst = "198.51.100.9", .tos = 0x10 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH3),
	},
	{
		.name = "FIB by a rule for the device that it came in by",
		.in = BLUE,
		.packet = { .dst = "198.51.100.9", .src = "10.3.0.2" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH3),
	},
	{
		.name = "FIB, but a mark, which rules may go by",
		.packet = { .dst = "198.51.100.9" },
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = PASS(FIB),
	},
	{
		.name = "FIB of a macvlan, whose mark is its own business",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "198.51.100.9", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB to veth",
		.packet = { .dst = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "FIB to a veth by its egress",
		.packet = { .dst = "198.51.101.9", .tos = 0x08 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_hooked,
		.tc = FORWARD(VETH, TO_RED_BY_EGRESS),
	},
	{
		.name = "FIB to a veth with generic XDP",
		.packet = { .dst = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_generic_xdp,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "FIB to a veth with generic XDP, by its egress: it would sleep",
		.packet = { .dst = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_hooked_generic_xdp,
		.tc = PASS(XDP),
	},
	{
		.name = "FIB to a NIC, a veth with generic XDP at the other end",
		.packet = { .dst = "198.51.100.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = eth1_generic_xdp,
		.tc = PASS(XDP),
	},
	{
		.name = "FIB to a veth behind which is somebody unknown",
		.packet = { .dst = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_unknown,
		.tc = PASS(FIB),
	},
	{
		.name = "FIB to a veth endpoint with a small MTU",
		.packet = { .dst = "198.51.101.9", .l3_len = 1281 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = red_small,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "FIB to macvlan",
		.packet = { .dst = "198.51.102.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.102.0/24", TO_FIB } },
		.tc = FORWARD(MACVLAN, TO_GREEN),
	},
	{
		.name = "FIB to a bridge, whose port is a veth",
		.packet = { .dst = "198.51.103.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.103.0/24", TO_FIB } },
		.change = red_behind_bridge,
		.tc = FORWARD(VETH, TO_RED_BY_BRIDGE),
	},
	{
		.name = "FIB to a bridge with others' programs, or queues, of its own",
		.packet = { .dst = "198.51.103.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.103.0/24", TO_FIB } },
		.change = red_behind_shaped_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "FIB to a bridge that doesn't know the MAC",
		.packet = { .dst = "198.51.103.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.103.0/24", TO_FIB } },
		.tc = PASS(NOT_PORT),
	},
	{
		.name = "FIB to a device that isn't a port",
		.packet = { .dst = "198.51.100.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = eth1_not_a_port,
		.tc = PASS(NOT_PORT),
	},
	{
		.name = "FIB back to where it came from",
		.packet = { .dst = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.tc = PASS(SAME_PORT),
	},
	{
		.name = "FIB without a neighbour",
		.packet = { .dst = "198.51.105.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.105.0/24", TO_FIB } },
		.tc = PASS(NO_NEIGH),
	},
	{
		.name = "FIB into a blackhole",
		.packet = { .dst = "198.51.106.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.106.0/24", TO_FIB } },
		.tc = PASS(FIB),
	},
	{
		.name = "FIB, unreachable, IPv6",
		.packet = { .dst = "2001:db8:2::9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "2001:db8::/32", TO_FIB } },
		.tc = PASS(FIB),
	},
	{
		.name = "FIB, one byte more than a locked MTU",
		.packet = { .dst = "198.51.107.9", .l3_len = 1401 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.107.0/24", TO_FIB } },
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "FIB, just a locked MTU",
		.packet = { .dst = "198.51.107.9", .l3_len = 1400 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.107.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB, GSO: segments of a locked MTU",
		.packet = { .dst = "198.51.107.9", TCP4(2720), .dport = 65535 },
		.gso_size = 1360,
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.107.0/24", TO_FIB } },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "FIB, GSO: UDP's segments, against a locked MTU",
		.packet = { .dst = "198.51.107.9", UDP4(2744) },
		.gso_size = 1000,
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.107.0/24", TO_FIB } },
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "FIB, more than the MTU that user space knows",
		.packet = { .dst = "198.51.100.9", .l3_len = 1281 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = fib_of_small_mtu,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "FIB of another owner",
		.packet = { .dst = "198.51.100.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = fib_of_other_owner,
		.tc = PASS(OTHER_OWNER),
	},
	{
		.name = "FIB, neighbour to confirm",
		.packet = { .dst = "198.51.100.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = fib_confirmed,
		.tc = FORWARD(NIC, TO_ETH1),
		.used = true,
	},
};

ROWS(fib, rows);
