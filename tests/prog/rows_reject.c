// SPDX-License-Identifier: GPL-2.0-only
/* Drops, and ICMP errors. */
#include "rows.h"

#include "row_worlds.h"

static const struct row rows[] = {
	/* ---- TTL: the route comes first ---- */
	{
		.name = "isolated: TTL 1, for the owner by a route of its own",
		.in = RED,
		.packet = { .dst = "10.0.0.1", .src = "10.2.0.2", BY_RED, .ttl = 1 },
		.routes = { { NS_RED, "10.0.0.1/32", TO_KERNEL } },
		.change = red_apart,
		.tc = PASS(ROUTE),
	},
	{
		.name = "isolated: hop limit 1, for the owner by a route of its own",
		.in = RED,
		.packet = { .dst = "fd00::1", .src = "fd02::2", BY_RED, .ttl = 1 },
		.routes = { { NS_RED, "fd00::1/128", TO_KERNEL } },
		.change = red_apart,
		.tc = PASS(ROUTE),
	},
	{
		.name = "isolated: TTL 1, by a neighbour that isn't known",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED, .ttl = 1 },
		.routes = { { NS_RED, "10.1.0.0/24", TO_UNRESOLVED } },
		.change = red_apart,
		.tc = REJECT(TTL),
	},
	/* ---- drops and rejects ---- */
	{
		.name = "blackhole",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.tc = DROP(BLACKHOLE),
		.xdp = DROP(BLACKHOLE),
	},
	{
		.name = "blackhole of a namespace's own, IPv6",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2" },
		.routes = { { NS_RED, "fd01::/64", TO_BLACKHOLE } },
		.tc = DROP(BLACKHOLE),
		.xdp = DROP(BLACKHOLE),
	},
	{
		.name = "unreachable, UDP",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, TCP, of a namespace's own",
		.in = RED,
		.packet = { .dst = "192.0.2.1", .src = "10.2.0.2", TCP4(1000) },
		.routes = { { NS_RED, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, ICMP echo",
		.packet = { .dst = "192.0.2.1", .proto = IPPROTO_ICMP },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, as short as can be quoted",
		.packet = { .dst = "192.0.2.1", .l3_len = 28 },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, padding isn't quoted",
		.packet = { .dst = "192.0.2.1", .l3_len = 28, .padding = 18 },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, too short to be quoted",
		.packet = { .dst = "192.0.2.1", .proto = 253, .l3_len = 27 },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, first fragment",
		.packet = { .dst = "192.0.2.1", .frag = 0x2000 },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, later fragment: no error",
		.packet = { .dst = "192.0.2.1", .frag = 0x2001 },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, an ICMP error: no error about an error",
		.packet = { .dst = "192.0.2.1",
			    .proto = IPPROTO_ICMP,
			    .icmp_type = ICMP_TIME_EXCEEDED },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, an ICMP redirect",
		.packet = { .dst = "192.0.2.1", .proto = IPPROTO_ICMP, .icmp_type = ICMP_REDIRECT },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, an ICMP message without its type",
		.packet = { .dst = "192.0.2.1", .proto = IPPROTO_ICMP, .l3_len = 20 },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, but the owner has no address to say so from",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.change = no_own_address,
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, GSO: one error for all segments",
		.packet = { .dst = "192.0.2.1", TCP4(2920) },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.gso_size = 1460,
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, TCP, checksum for the device to finish",
		.packet = { .dst = "192.0.2.1", TCP4(1000), .partial = true },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, UDP, checksum for the device to finish",
		.packet = { .dst = "192.0.2.1", .partial = true },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, TCP, IPv6, checksum for the device to finish",
		.packet = { .dst = "2001:db8::1", TCP6(1000), .partial = true },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, UDP, IPv6",
		.packet = { .dst = "2001:db8::1" },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, TCP, IPv6, of a namespace's own",
		.in = RED,
		.packet = { .dst = "2001:db8::1", .src = "fd02::2", TCP6(1000) },
		.routes = { { NS_RED, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, ICMPv6 echo",
		.packet = { .dst = "2001:db8::1", .proto = IPPROTO_ICMPV6 },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, an ICMPv6 error",
		.packet = { .dst = "2001:db8::1", .proto = IPPROTO_ICMPV6, .icmp_type = 3 },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, as short as can be quoted, IPv6",
		.packet = { .dst = "2001:db8::1", .l3_len = 48 },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "unreachable, too short to be quoted, IPv6",
		.packet = { .dst = "2001:db8::1", .proto = 253, .l3_len = 47 },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "unreachable, but the owner has no address to say so from, IPv6",
		.packet = { .dst = "2001:db8::1" },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_UNREACHABLE } },
		.change = no_own_address,
		.tc = DROP(UNREACHABLE),
	},
	{
		.name = "prohibit",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_PROHIBIT } },
		.tc = REJECT(PROHIBIT),
	},
	{
		.name = "prohibit, IPv6",
		.packet = { .dst = "2001:db8::1" },
		.routes = { { NS_OWNER, "2001:db8::/32", TO_PROHIBIT } },
		.tc = REJECT(PROHIBIT),
	},
};

ROWS(reject, rows);
