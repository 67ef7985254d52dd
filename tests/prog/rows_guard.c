// SPDX-License-Identifier: GPL-2.0-only
/* The source guard: IP. */
#include "rows.h"

#include "row_worlds.h"

/* Where even the kernel's lookup tells programs too little to forward by. */
static void guard_drops_fib_unused(struct world *world)
{
	guard_drops(world);
	world->hops[TO_FIB].action = NSACCEL_ACTION_PASS;
}

static void red_in_change(struct world *world)
{
	guard_drops(world);
	world->hops[TO_RED].sequence = 1;
}

/* Another namespace's list is none of red's. */
static void pinned_for_blue(struct world *world)
{
	world_add_source(world, NS_BLUE, "0.0.0.0/0");
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
}

static void all_pinned(struct world *world)
{
	world_add_source(world, NS_RED, "0.0.0.0/0");
	world->isolation[NS_RED].guard = NSACCEL_GUARD_DROP;
	world->isolation[NS_RED].pinned = 1;
}

static const struct row rows[] = {
	/* ---- the source guard: MAC, IPv4, IPv6 ---- */
	{
		.name = "guard: its own address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: its own address, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", BY_RED },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: what only the kernel's lookup says is its own",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "198.51.101.9", BY_RED },
		.routes = { { NS_OWNER, "10.1.0.9/32", TO_ETH1 },
			    { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: the same, where nothing is forwarded by that lookup",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "198.51.101.9", BY_RED },
		.routes = { { NS_OWNER, "10.1.0.9/32", TO_ETH1 },
			    { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = guard_drops_fib_unused,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: not its own, where nothing is forwarded by that lookup",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "198.51.100.9", BY_RED },
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = guard_drops_fib_unused,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: its own address, as the port's record has it",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = guard_knows,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: its own address, as the port's record has it, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", BY_RED },
		.change = guard_knows,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: another's MAC, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.change = guard_passes,
		.tc = PASS(GUARD_MAC),
	},
	{
		.name = "guard: another's address, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED },
		.change = guard_passes,
		.tc = PASS(GUARD_SOURCE),
	},
	{
		.name = "guard: another's address, IPv6, passed",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd03::2", BY_RED },
		.change = guard_passes,
		.tc = PASS(GUARD_SOURCE),
	},
	{
		.name = "guard: ARP for another's address, passed",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 3, 0, 2) },
		.change = guard_passes,
		.tc = PASS(GUARD_ARP),
	},
	{
		.name = "guard: an advertisement of another's address, passed",
		.in = RED,
		.packet = { ND(ND_ADVERT, "fd02::2", FD02(1), TLLA(BYTES_RED)) },
		.change = guard_passes,
		.tc = PASS(GUARD_ND),
	},
	{
		.name = "guard: another's MAC, dropped",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.change = guard_drops,
		.tc = DROP(GUARD_MAC),
	},
	{
		.name = "guard: another's address, dropped",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: another's address, IPv6, dropped",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd03::2", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: ARP for another's address, dropped",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 10, 3, 0, 2) },
		.change = guard_drops,
		.tc = DROP(GUARD_ARP),
	},
	{
		.name = "guard: an advertisement of another's address, dropped",
		.in = RED,
		.packet = { ND(ND_ADVERT, "fd02::2", FD02(1), TLLA(BYTES_RED)) },
		.change = guard_drops,
		.tc = DROP(GUARD_ND),
	},
	{
		.name = "guard: another's MAC and address, not looked at",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", .src_mac = STRANGER_MAC },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: ARP for another's address, not looked at",
		.in = RED,
		.packet = { ARP_FROM(BYTES_OTHER, 10, 3, 0, 2) },
		.tc = PASS(NOT_IP),
	},
	{
		.name = "guard: another's MAC, where the port's record has the address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.change = guard_knows,
		.tc = DROP(GUARD_MAC),
	},
	{
		.name = "guard: another's MAC, IPv6, where the port's record has the address",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", .src_mac = STRANGER_MAC },
		.change = guard_knows,
		.tc = DROP(GUARD_MAC),
	},
	{
		.name = "guard: another's address, where the port's record has its own",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.3", BY_RED },
		.change = guard_knows,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: the owner's address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.1", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: no address, where the port's record has none",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "0.0.0.0", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: no address, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "::", BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: another's address in a frame for another port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .src = "10.3.0.2", FROM_RED_TO_BLUE },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: another's address, with options, truncated behind them",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", .ihl = 6, BY_RED },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: what is shorter than its header",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED, .cut = 30 },
		.change = guard_drops,
		.tc = PASS(MALFORMED),
	},
	{
		.name = "guard: what is shorter than its header, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", BY_RED, .cut = 50 },
		.change = guard_drops,
		.tc = PASS(MALFORMED),
	},
	{
		.name = "guard: what isn't IP, ARP or tagged",
		.in = RED,
		.packet = { .ethertype = 0x88b5, BY_RED },
		.change = guard_drops,
		.tc = PASS(NOT_IP),
	},
	{
		.name = "guard: DHCP asks for an address",
		.in = RED,
		.packet = { DHCP },
		.change = guard_drops,
		.tc = PASS(MULTICAST),
	},
	{
		.name = "guard: DHCP's other port asks for nothing",
		.in = RED,
		.packet = { .src = "0.0.0.0",
			    .dst = "255.255.255.255",
			    BROADCAST,
			    BY_RED,
			    .sport = 67,
			    .dport = 68 },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: DHCP to one host",
		.in = RED,
		.packet = { .src = "0.0.0.0", .dst = "10.1.0.9", BY_RED, .sport = 68, .dport = 67 },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: TCP to DHCP's port",
		.in = RED,
		.packet = { DHCP, .proto = IPPROTO_TCP },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: routed to it",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.30.0.5", BY_RED },
		.routes = { { NS_OWNER, "172.30.0.0/24", TO_RED } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: routed to it, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd30::5", BY_RED },
		.routes = { { NS_OWNER, "fd30::/64", TO_RED } },
		.change = guard_drops,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: routed to it: ARP, too",
		.in = RED,
		.packet = { ARP_FROM(BYTES_RED, 172, 30, 0, 5) },
		.routes = { { NS_OWNER, "172.30.0.0/24", TO_RED } },
		.change = guard_drops,
		.tc = PASS(NOT_IP),
	},
	{
		.name = "guard: routed to it once",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.30.0.5", BY_RED },
		.routes = { { NS_OWNER, "172.30.0.0/24", STALE(TO_RED) } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: routed to it, by a next hop in change",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.30.0.5", BY_RED },
		.routes = { { NS_OWNER, "172.30.0.0/24", TO_RED } },
		.change = red_in_change,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: routed to it by its own table alone",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.30.0.5", BY_RED },
		.routes = { { NS_RED, "172.30.0.0/24", TO_RED } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: routed into a blackhole",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.30.0.5", BY_RED },
		.routes = { { NS_OWNER, "172.30.0.0/24", TO_BLACKHOLE } },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: pinned, in the list",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.20.255.9", BY_RED },
		.change = pinned,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: pinned, in the list, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd20::5", BY_RED },
		.change = pinned,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: pinned, beside the list",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.21.0.1", BY_RED },
		.change = pinned,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: pinned, its own address isn't in the list",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = pinned,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: pinned, routed to it but not in the list",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "172.30.0.5", BY_RED },
		.routes = { { NS_OWNER, "172.30.0.0/24", TO_RED } },
		.change = pinned,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: pinned to everything, with another's address",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", BY_RED },
		.change = all_pinned,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "guard: pinned to all of IPv4 is no IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", BY_RED },
		.change = all_pinned,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: another's list",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.routes = { { NS_OWNER, "10.2.0.2/32", TO_BLUE } },
		.change = pinned_for_blue,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a tag in the metadata, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = guard_passes,
		.tagged = true,
		.tc = PASS(VLAN),
	},
	{
		.name = "guard: a tag in the metadata, dropped",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.change = guard_drops,
		.tagged = true,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a tag in the frame, passed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED, .vlan = ETH_P_8021Q },
		.change = guard_passes,
		.tc = PASS(VLAN),
	},
	{
		.name = "guard: a tag in the frame, dropped",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED, .vlan = ETH_P_8021Q },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
	{
		.name = "guard: a provider's tag",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED, .vlan = ETH_P_8021AD },
		.change = guard_drops,
		.tc = DROP(GUARD_SOURCE),
	},
};

ROWS(guard, rows);
