// SPDX-License-Identifier: GPL-2.0-only
/* What isn't for a router to forward, by its headers. */
#include "rows.h"

#include "row_worlds.h"

static const struct row rows[] = {
	/* ---- what isn't for a router: link layer ---- */
	{
		.name = "ARP",
		.packet = { .ethertype = ETH_P_ARP, BROADCAST },
		.tc = PASS(NOT_IP),
	},
	{
		.name = "ARP to the port's MAC",
		.packet = { .ethertype = ETH_P_ARP },
		.tc = PASS(NOT_IP),
	},
	{
		.name = "LLDP",
		.packet = { .ethertype = 0x88cc },
		.tc = PASS(NOT_IP),
	},
	{
		.name = "802.3 length instead of a type",
		.packet = { .ethertype = 46 },
		.tc = PASS(NOT_IP),
	},
	{
		.name = "VLAN tag in the frame",
		.packet = { .dst = "10.1.0.9", .vlan = ETH_P_8021Q },
		.tc = PASS(VLAN),
	},
	{
		.name = "provider VLAN tag in the frame, IPv6",
		.packet = { .dst = "fd01::9", .vlan = ETH_P_8021AD },
		.tc = PASS(VLAN),
	},
	{
		.name = "VLAN tag in the metadata",
		.packet = { .dst = "10.1.0.9" },
		.tagged = true,
		.tc = PASS(VLAN),
	},
	{
		.name = "broadcast MAC",
		.packet = { .dst = "10.1.0.9", BROADCAST },
		.tc = PASS(MULTICAST),
	},
	{
		.name = "multicast MAC, IPv6",
		.packet = { .dst = "fd01::9", GROUP6 },
		.tc = PASS(MULTICAST),
	},
	{
		.name = "somebody else's MAC",
		.packet = { .dst = "10.1.0.9", .dst_mac = STRANGER_MAC },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "another port's MAC",
		.packet = { .dst = "10.1.0.9", .dst_mac = PORT_MAC(ETH1) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "a macvlan's MAC",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2", .dst_mac = MACVLAN_MAC(NS_GREEN) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "turned round at egress, where it was counted: from a macvlan",
		.in = ETH2,
		.packet = { .dst = "10.2.0.2", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
	},
	{
		.name = "redirected to a macvlan of the port, and counted there",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2",
			    .dst_mac = MACVLAN_MAC(NS_GREEN),
			    FROM_HOST_OF(ETH2) },
	},
	{
		.name = "a macvlan's MAC as source, but of another port's macvlan",
		.in = ETH1,
		.packet = { .dst = "10.2.0.2", .src = "10.1.0.9", FROM_MACVLAN(NS_GREEN) },
		.tc = FORWARD(VETH, TO_RED),
	},
	/* ---- what isn't for a router: addresses ---- */
	{
		.name = "multicast address",
		.packet = { .dst = "224.0.0.5" },
		.tc = PASS(MULTICAST),
	},
	{
		.name = "multicast address and MAC",
		.packet = { .dst = "239.1.2.3", GROUP4 },
		.tc = PASS(MULTICAST),
	},
	{
		.name = "limited broadcast",
		.packet = { .dst = "255.255.255.255" },
		.tc = PASS(MULTICAST),
	},
	{
		.name = "class E: an address like others",
		.packet = { .dst = "240.0.0.1" },
		.routes = { { NS_OWNER, "240.0.0.0/4", TO_ETH1 } },
		.xdp = FORWARD(NIC, TO_ETH1),
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "multicast address, IPv6",
		.packet = { .dst = "ff02::1" },
		.tc = PASS(MULTICAST),
	},
	{
		.name = "to 0.0.0.0",
		.packet = { .dst = "0.0.0.0" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to loopback",
		.packet = { .dst = "127.0.0.1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to link-local",
		.packet = { .dst = "169.254.169.254" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from 0.0.0.0",
		.packet = { .dst = "10.1.0.9", .src = "0.0.0.0" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from loopback",
		.packet = { .dst = "10.1.0.9", .src = "127.1.2.3" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from link-local",
		.packet = { .dst = "10.1.0.9", .src = "169.254.1.1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from multicast",
		.packet = { .dst = "10.1.0.9", .src = "224.0.0.1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from class E",
		.packet = { .dst = "10.1.0.9", .src = "240.0.0.1" },
		.xdp = FORWARD(NIC, TO_ETH1),
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "from limited broadcast",
		.packet = { .dst = "10.1.0.9", .src = "255.255.255.255" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to ::",
		.packet = { .dst = "::" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to ::1",
		.packet = { .dst = "::1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to link-local, IPv6",
		.packet = { .dst = "fe80::1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to the last link-local address, IPv6",
		.packet = { .dst = "febf:ffff::1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "to fec0::, which isn't link-local",
		.packet = { .dst = "fec0::1" },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "to ::2, which isn't loopback",
		.packet = { .dst = "::2" },
		.tc = PASS(NO_ROUTE),
	},
	{
		.name = "from ::",
		.packet = { .dst = "fd01::9", .src = "::" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from ::1",
		.packet = { .dst = "fd01::9", .src = "::1" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from link-local, IPv6",
		.packet = { .dst = "fd01::9", .src = "fe80::9" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from multicast, IPv6",
		.packet = { .dst = "fd01::9", .src = "ff02::9" },
		.tc = PASS(SCOPE),
	},
	{
		.name = "from an IPv4-mapped address: the kernel forwards that",
		.packet = { .dst = "fd01::9", .src = "::ffff:10.0.0.9" },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	/* ---- headers ---- */
	{
		.name = "IPv4 header says version 5",
		.packet = { .dst = "10.1.0.9", .version = 5 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 in a frame of type IPv6",
		.packet = { .dst = "10.1.0.9", .ethertype = ETH_P_IPV6 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv6 in a frame of type IPv4",
		.packet = { .dst = "fd01::9", .ethertype = ETH_P_IP },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv6 header says version 0",
		.packet = { .dst = "fd01::9", .version = ZERO },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 header length of 0 words",
		.packet = { .dst = "10.1.0.9", .ihl = ZERO },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 header length of 4 words",
		.packet = { .dst = "10.1.0.9", .ihl = 4 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 with one word of options",
		.packet = { .dst = "10.1.0.9", .ihl = 6 },
		.tc = PASS(OPTIONS),
	},
	{
		.name = "IPv4 with all the options that fit",
		.packet = { .dst = "10.1.0.9", .ihl = 15 },
		.tc = PASS(OPTIONS),
	},
	{
		.name = "IPv6 with a hop-by-hop header",
		.packet = { .dst = "fd01::9", .ext = EXT_HOP_BY_HOP },
		.tc = PASS(OPTIONS),
	},
	{
		.name = "IPv6 with a destination header is a router's like any other",
		.packet = { .dst = "fd01::9", .ext = EXT_DESTINATION },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "IPv4 total length shorter than the header",
		.packet = { .dst = "10.1.0.9", .ip_len = 19 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 total length 0",
		.packet = { .dst = "10.1.0.9", .ip_len = ZERO },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 total length one byte more than there is",
		.packet = { .dst = "10.1.0.9", .l3_len = 60, .ip_len = 61 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv6 payload length one byte more than there is",
		.packet = { .dst = "fd01::9", .l3_len = 60, .ip_len = 21 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv6 payload length 0: nothing, or too much to say (BIG TCP)",
		.packet = { .dst = "fd01::9", .ip_len = ZERO },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv6 payload length 65535",
		.packet = { .dst = "fd01::9", .ip_len = 65535 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 checksum too high by one",
		.packet = { .dst = "10.1.0.9", .bad_sum = 1 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "IPv4 checksum with two bytes' carry lost",
		.packet = { .dst = "10.1.0.9", .bad_sum = 0xff00 },
		.tc = PASS(MALFORMED),
	},
	{
		.name = "TTL 0",
		.packet = { .dst = "10.1.0.9", .ttl = ZERO },
		.tc = PASS(TTL),
	},
	{
		.name = "TTL 1",
		.packet = { .dst = "10.1.0.9", .ttl = 1 },
		.tc = PASS(TTL),
	},
	{
		.name = "TTL 2",
		.packet = { .dst = "10.1.0.9", .ttl = 2 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "TTL 255",
		.packet = { .dst = "10.1.0.9", .ttl = 255 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "TTL 1 for the owner itself: TTL comes first, the kernel has both",
		.packet = { .dst = "10.0.0.1", .ttl = 1 },
		.tc = PASS(TTL),
	},
	{
		.name = "hop limit 0",
		.packet = { .dst = "fd01::9", .ttl = ZERO },
		.tc = PASS(TTL),
	},
	{
		.name = "hop limit 1",
		.packet = { .dst = "fd01::9", .ttl = 1 },
		.tc = PASS(TTL),
	},
	{
		.name = "hop limit 2",
		.packet = { .dst = "fd01::9", .ttl = 2 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "hop limit 255",
		.packet = { .dst = "fd01::9", .ttl = 255 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "hop limit 255 and ICMPv6: neighbour discovery, perhaps for a proxy",
		.packet = { .dst = "fd01::9", .proto = IPPROTO_ICMPV6, .ttl = 255 },
		.tc = PASS(SCOPE),
	},
	{
		.name = "an advertisement with any hop limit, perhaps for whom the owner is proxy "
			"of",
		.packet = { .dst = "fd01::9", .proto = IPPROTO_ICMPV6, .icmp_type = 136 },
		.tc = PASS(SCOPE),
	},
	{
		.name = "neighbour discovery behind options, perhaps for a proxy",
		.packet = { .dst = "fd01::9",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_SOLICIT,
			    .ttl = 255,
			    .ext = EXT_DESTINATION },
		.tc = PASS(SCOPE),
	},
	{
		.name = "neighbour discovery behind more options, perhaps for a proxy",
		.packet = { .dst = "fd01::9",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_SOLICIT,
			    .ttl = 255,
			    .ext = EXT_DESTINATION,
			    .ext_count = 2 },
		.tc = PASS(SCOPE),
	},
	{
		.name = "neighbour discovery in a fragment, perhaps for a proxy",
		.packet = { .dst = "fd01::9",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_ADVERT,
			    .ttl = 255,
			    .ext = EXT_FRAGMENT },
		.tc = PASS(SCOPE),
	},
	{
		.name = "UDP behind options with hop limit 255",
		.packet = { .dst = "fd01::9", .ttl = 255, .ext = EXT_DESTINATION },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "ICMPv6 of the type before those of neighbour discovery",
		.packet = { .dst = "fd01::9", .proto = IPPROTO_ICMPV6, .icmp_type = 132 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "first fragment",
		.packet = { .dst = "10.1.0.9", .frag = 0x2000 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "last fragment",
		.packet = { .dst = "10.1.0.9", .frag = 0x00b9 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "don't fragment",
		.packet = { .dst = "10.1.0.9", .frag = 0x4000 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "fragment, IPv6",
		.packet = { .dst = "fd01::9", .ext = EXT_FRAGMENT },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "Ethernet padding goes no further, IPv4",
		.packet = { .dst = "10.1.0.9", .l3_len = 28, .padding = 18 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "Ethernet padding goes no further, IPv6",
		.packet = { .dst = "fd01::9", .l3_len = 48, .padding = 1 },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "Ethernet padding after a header alone",
		.packet = { .dst = "10.3.0.2", .proto = 253, .l3_len = 20, .padding = 26 },
		.tc = FORWARD(VETH, TO_BLUE),
		.xdp = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "Ethernet padding stays on what the kernel gets",
		.packet = { .dst = "10.0.0.1", .l3_len = 28, .padding = 18 },
		.tc = PASS(LOCAL),
	},
	{
		.name = "Ethernet padding goes no further, into the port's macvlan",
		.in = ETH2,
		.packet = { .dst = "10.4.0.2", .l3_len = 28, .padding = 18 },
		.tc = HAND_UP(TO_GREEN),
	},
};

ROWS(parse, rows);
