// SPDX-License-Identifier: GPL-2.0-only
/* Sizes: MTU, padding, segmentation. */
#include "rows.h"

#include "row_worlds.h"

static void small_route_mtu(struct world *world)
{
	world->hops[TO_ETH1].mtu = 1280;
}

static const struct row rows[] = {
	/* ---- sizes ---- */
	{
		.name = "one byte less than the MTU",
		.packet = { .dst = "10.1.0.9", .l3_len = WORLD_MTU - 1 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "just the MTU",
		.packet = { .dst = "10.1.0.9", .l3_len = WORLD_MTU },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "one byte more than the MTU",
		.packet = { .dst = "10.1.0.9", .l3_len = WORLD_MTU + 1 },
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "just the MTU, IPv6",
		.packet = { .dst = "fd01::9", .l3_len = WORLD_MTU },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "one byte more than the MTU, IPv6",
		.packet = { .dst = "fd01::9", .l3_len = WORLD_MTU + 1 },
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "one byte more than the MTU, don't fragment",
		.packet = { .dst = "10.1.0.9", .frag = 0x4000, .l3_len = WORLD_MTU + 1 },
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "just the MTU, and padding",
		.packet = { .dst = "10.1.0.9", .l3_len = WORLD_MTU, .padding = 4 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "just the route's MTU, smaller than the device's",
		.packet = { .dst = "10.1.0.9", .l3_len = 1280 },
		.change = small_route_mtu,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "more than the route's MTU, which is smaller than the device's",
		.packet = { .dst = "10.1.0.9", .l3_len = 1281 },
		.change = small_route_mtu,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "just the device's MTU, which was lowered since",
		.packet = { .dst = "10.5.0.9", .l3_len = SMALL_MTU },
		.tc = FORWARD(NIC, TO_ETH3),
		.xdp = FORWARD(NIC, TO_ETH3),
	},
	{
		.name = "more than the device's MTU, which was lowered since",
		.packet = { .dst = "10.5.0.9", .l3_len = SMALL_MTU + 1 },
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "just the device's MTU, which was lowered since, and padding",
		.packet = { .dst = "10.5.0.9", .l3_len = SMALL_MTU, .padding = 4 },
		.tc = FORWARD(NIC, TO_ETH3),
		.xdp = FORWARD(NIC, TO_ETH3),
	},
	{
		.name = "GSO, TCP: segments of just the MTU",
		.packet = { .dst = "10.2.0.2", TCP4(2920) },
		.gso_size = 1460,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "GSO, TCP: segments of one byte more",
		.packet = { .dst = "10.2.0.2", TCP4(2920) },
		.gso_size = 1461,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "GSO, TCP with options: segments of just the MTU",
		.packet = { .dst = "10.2.0.2", TCP4(2908), .doff = 8 },
		.gso_size = 1448,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "GSO, TCP with options: segments of one byte more",
		.packet = { .dst = "10.2.0.2", TCP4(2908), .doff = 8 },
		.gso_size = 1449,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "GSO, TCP, IPv6: segments of just the MTU",
		.packet = { .dst = "fd02::2", TCP6(2880) },
		.gso_size = 1440,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "GSO, TCP, IPv6: segments of one byte more",
		.packet = { .dst = "fd02::2", TCP6(2880) },
		.gso_size = 1441,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "GSO, UDP, or a tunnel: nobody knows how long its segments are",
		.packet = { .dst = "10.2.0.2", UDP4(2944) },
		.gso_size = 1000,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "GSO, UDP, all of it smaller than the MTU",
		.packet = { .dst = "10.2.0.2", UDP4(1200) },
		.gso_size = 600,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "GSO, another protocol: nobody knows how long its segments are",
		.packet = { .dst = "10.2.0.2", .proto = 132, .l3_len = 2900 },
		.gso_size = 1000,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "GSO by list of fragments",
		.packet = { .dst = "10.2.0.2", .proto = 132, .l3_len = 2900 },
		.gso_size = GSO_BY_FRAGS,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "GSO, all of it smaller than the MTU",
		.packet = { .dst = "10.2.0.2", TCP4(1200) },
		.gso_size = 600,
		.tc = FORWARD(VETH, TO_RED),
	},
};

ROWS(mtu, rows);
