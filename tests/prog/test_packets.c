// SPDX-License-Identifier: GPL-2.0-only
/*
 * One table of packets: what comes in where, and what must become of it, to the byte, under TC and
 * under XDP. Each row runs the TC program, asks it as a probe, and runs the XDP program.
 *
 * A packet is UDP from a host on eth0's wire (10.0.0.9, fd00::9) to eth0's MAC unless the row says
 * otherwise; world.h has the machine that it comes to.
 */
#include "rig.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

enum verdict {
	UNCOUNTED, /* goes on to the kernel as it is, and no counter moves: XDP's way to pass */
	PASSED,	   /* goes on to the kernel as it is, counted */
	FORWARDED, /* rewritten as hop says and redirected */
	HANDED_UP, /* rewritten as hop says, then the kernel's: a macvlan of the port receives it */
	TURNED,	   /* redirected as it is */
	OWNERS,	   /* as it is to the owner of the bridge, and none of its other ports */
	STEERED,   /* redirected by a bridge's rules: not one byte changed */
	DROPPED,
	REJECTED, /* an ICMP error takes its place */
};

struct expected {
	enum verdict verdict;
	enum nsaccel_reason reason;
	enum hop hop;
};

#define EXPECT(v, why, ...)                                                                        \
	{                                                                                          \
		.verdict = v, .reason = NSACCEL_##why, ##__VA_ARGS__                               \
	}
#define PASS(why)	 EXPECT(PASSED, PASS_##why)
#define FORWARD(why, to) EXPECT(FORWARDED, FWD_##why, .hop = to)
#define HAND_UP(to)	 EXPECT(HANDED_UP, FWD_MACVLAN, .hop = to)
#define TURN(why)	 EXPECT(TURNED, FWD_##why)
#define TO_OWNER(why)	 EXPECT(OWNERS, PASS_##why)
#define STEER(to)	 EXPECT(STEERED, FWD_BRIDGE, .hop = to)
#define DROP(why)	 EXPECT(DROPPED, DROP_##why)
#define REJECT(why)	 EXPECT(REJECTED, DROP_##why)

#define FROM_HOST_OF(dev) .src_mac = PORT_MAC(dev)
#define FROM_MACVLAN(ns)  .src_mac = MACVLAN_MAC(ns)
#define BROADCAST                                                                                  \
	.dst_mac = (const __u8[])                                                                  \
	{                                                                                          \
		255, 255, 255, 255, 255, 255                                                       \
	}
#define GROUP4                                                                                     \
	.dst_mac = (const __u8[])                                                                  \
	{                                                                                          \
		1, 0, 0x5e, 0, 0, 1                                                                \
	}
#define GROUP6                                                                                     \
	.dst_mac = (const __u8[])                                                                  \
	{                                                                                          \
		0x33, 0x33, 0xff, 0, 0, 1                                                          \
	}
#define TCP4(payload)	   .proto = IPPROTO_TCP, .l3_len = 40 + (payload)
#define TCP6(payload)	   .proto = IPPROTO_TCP, .l3_len = 60 + (payload)
#define FROM_RED_TO_BLUE   .src_mac = BEHIND_MAC(RED), .dst_mac = BEHIND_MAC(BLUE)
#define UDP4(payload)	   .proto = IPPROTO_UDP, .l3_len = 28 + (payload)
#define GSO_BY_FRAGS	   0xffff
#define ICMP_REDIRECT	   5
#define ICMP_TIME_EXCEEDED 11
#define SOON		   5000	  /* ms: for what is sure to come */
#define FLOOD		   100000 /* even if each second has its budget */
#define ND_ROUTER_SOLICIT  133
#define ND_SOLICIT	   135
#define ND_ADVERT	   136

struct row {
	const char *name;
	enum dev in;
	bool egress;  /* the port's TC egress program, which only macvlan lowers have */
	enum ns from; /* the namespace that it's counted for, if not the port's */
	struct packet_spec packet;
	struct world_route routes[2]; /* beside the world's */
	void (*change)(struct world *world);
	enum variant variant;
	__u32 gso_size;
	bool tagged;   /* a VLAN tag in the skb's metadata */
	bool ours;     /* redirected by a program of ours */
	bool unprobed; /* a probe's answer is another */
	__u32 iif; /* of what the kernel sends: where it came in; 0: it's a socket's of the owner */
	struct expected tc, xdp;
	bool heard; /* a copy is turned round to the lower's namespace */
	bool unmarked;
	bool used; /* the hop is marked as used */
};

static void forwarding_off(struct world *world)
{
	world->ports[ETH0].forward4 = world->ports[ETH0].forward6 = 0;
}

static void only_ip6_forwarding(struct world *world)
{
	world->ports[ETH0].forward4 = 0;
}

static void strict(struct world *world)
{
	world->ports[ETH0].rp_filter = NSACCEL_RP_FILTER_STRICT;
}

static void loose(struct world *world)
{
	world->ports[ETH0].rp_filter = NSACCEL_RP_FILTER_LOOSE;
}

/* 172.16.0.1, which no route leads to. */
static void strict_but_known(struct world *world)
{
	strict(world);
	memcpy(world->ports[ETH0].source4, (const __u8[]){ 172, 16, 0, 1 }, 4);
}

static void ruled(struct world *world)
{
	for (int dev = 0; dev < DEV_COUNT; dev++)
		world->ports[dev].ruled = 1;
}

static void ruled_strict(struct world *world)
{
	ruled(world);
	strict(world);
}

static void ruled_loose(struct world *world)
{
	ruled(world);
	loose(world);
}

static void loose_by_dead_link(struct world *world)
{
	loose(world);
	world->hops[TO_ETH3].action = NSACCEL_ACTION_PASS;
	world->hops[TO_ETH3].reason = NSACCEL_PASS_LINK_DOWN;
}

static void small_eth1(struct world *world)
{
	world->ports[ETH1].mtu = 1280;
}

static void keeping_priority(struct world *world)
{
	world->ports[ETH0].keeps_priority = 1;
}

/* Too many routes for its table. */
static void owner_refused(struct world *world)
{
	world->refused = true;
}

static void not_a_port(struct world *world)
{
	world->is_port[ETH0] = world->is_port[ETH2] = false;
}

static void no_own_address(struct world *world)
{
	memset(world->ports[ETH0].address4, 0, sizeof(world->ports[ETH0].address4));
	memset(world->ports[ETH0].address6, 0, sizeof(world->ports[ETH0].address6));
}

/* As if each address had the bit of one of the owner's. */
static void all_maybe_local(struct world *world)
{
	memset(world->ports[ETH0].local4, 0xff, sizeof(world->ports[ETH0].local4));
}

static void loose_without_address(struct world *world)
{
	loose(world);
	no_own_address(world);
}

static void ruled_loose_without_address(struct world *world)
{
	ruled(world);
	loose_without_address(world);
}

static void eth1_gone(struct world *world)
{
	world->has_tx[ETH1] = false;
	world->hops[TO_ETH1].ifindex = IFINDEX(DEV_GONE);
}

static void eth1_of_other_owner(struct world *world)
{
	world->hops[TO_ETH1].owner_slot = NS_OTHER;
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

static void eth1_by_tc_alone(struct world *world)
{
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

static void small_route_mtu(struct world *world)
{
	world->hops[TO_ETH1].mtu = 1280;
}

/* User space is at it. */
/* What nsaccel never writes, but who may write to maps could. */

static void eth1_of_no_action(struct world *world)
{
	world->hops[TO_ETH1].action = 48;
	world->hops[TO_ETH1].reason = NSACCEL_FWD_NIC;
}

static void eth1_for_no_reason(struct world *world)
{
	world->hops[TO_ETH1].action = NSACCEL_ACTION_PASS;
	world->hops[TO_ETH1].reason = 0x80000000;
}

static void eth1_in_change(struct world *world)
{
	world->hops[TO_ETH1].sequence = 1;
}

static void eth1_changed(struct world *world)
{
	world->hops[TO_ETH1].sequence = 2;
}

static void eth1_watched(struct world *world)
{
	world->hops[TO_ETH1].watched = 1;
}

static void eth1_watched_by_tc_alone(struct world *world)
{
	eth1_watched(world);
	eth1_by_tc_alone(world);
}

static void red_and_blue_on_bridge(struct world *world)
{
	world_bridge(world, RED);
	world_bridge(world, BLUE);
}

static void red_and_eth3_on_bridge(struct world *world)
{
	world_bridge(world, RED);
	world_bridge(world, ETH3);
}

static void bridge_does_not_steer(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].steer = 0;
}

static void br_netfilter_is_there(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].steer = NSACCEL_STEER_VALID;
}

static void source_at_another_port(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[0].ifindex = IFINDEX(ETH3);
}

static void only_blue_known(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[0] = world->fdb[--world->fdb_count];
}

static void blue_on_another_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].key.bridge = BRIDGE + 1;
}

static void blue_source_only(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].action = NSACCEL_ACTION_NONE;
}

static void blue_with_red(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].ifindex = IFINDEX(RED);
}

static void blue_isolated(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].isolated = 1;
}

static void red_isolated(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].isolated = 1;
}

static void both_isolated(struct world *world)
{
	blue_isolated(world);
	world->ports[RED].isolated = 1;
}

static void small_endpoint(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].mtu = 1280;
}

static void blue_port_gone(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].ifindex = IFINDEX(DEV_GONE);
}

static void steered_by_nobody(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->ports[RED].steer_gate = NSACCEL_GATE_SHUT;
}

static void to_blue_by_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->hops[TO_BLUE].l3_ifindex = BRIDGE;
}

static void red_on_bridge_strict(struct world *world)
{
	world_bridge(world, RED);
	world->hops[TO_RED].l3_ifindex = BRIDGE;
	world->ports[RED].rp_filter = NSACCEL_RP_FILTER_STRICT;
}

static void shut(struct world *world)
{
	world->ports[ETH0].gate = NSACCEL_GATE_SHUT;
}

static void gated(struct world *world)
{
	world->ports[ETH0].gate = NSACCEL_GATE_FLOW;
}

static void gated_by_user_blackhole(struct world *world)
{
	gated(world);
	world->hops[TO_BLACKHOLE].target = NSACCEL_TARGET_BLACKHOLE;
}

/* What the kernel's lookup leads to in these rows: see make_fib(). */
static void red_hooked(struct world *world)
{
	world->ports[RED].egress_hooked = 1;
}

static void red_generic_xdp(struct world *world)
{
	world->ports[RED].endpoint_xdp = NSACCEL_ENDPOINT_XDP_GENERIC;
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

static void fib_watched(struct world *world)
{
	world->hops[TO_FIB].watched = 1;
}

static void red_behind_bridge(struct world *world)
{
	world_bridge(world, RED);
	world->fdb[0].ifindex = IFINDEX(RED);
}

static void red_behind_shaped_bridge(struct world *world)
{
	red_behind_bridge(world);
	world->fdb[0].shaped = 1;
}

static void red_and_blue_on_shaped_bridge(struct world *world)
{
	red_and_blue_on_bridge(world);
	world->fdb[1].shaped = 1;
}

#include "isolation_worlds.h"
#include "confinement_worlds.h"

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

	/* ---- the port ---- */
	{
		.name = "forwarding is off",
		.packet = { .dst = "10.1.0.9" },
		.change = forwarding_off,
		.tc = PASS(FORWARDING),
	},
	{
		.name = "forwarding is off, IPv6",
		.packet = { .dst = "fd01::9" },
		.change = forwarding_off,
		.tc = PASS(FORWARDING),
	},
	{
		.name = "forwarding is off for IPv4 alone",
		.packet = { .dst = "10.1.0.9" },
		.change = only_ip6_forwarding,
		.tc = PASS(FORWARDING),
	},
	{
		.name = "forwarding is on for IPv6 alone",
		.packet = { .dst = "fd01::9" },
		.change = only_ip6_forwarding,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a device that isn't a port",
		.packet = { .dst = "10.1.0.9" },
		.change = not_a_port,
		.tc = PASS(UNKNOWN_PORT),
	},
	{
		.name = "a port that is where it was",
		.packet = { .dst = "10.1.0.9" },
		.variant = CHECKED,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a port that has moved to another namespace",
		.packet = { .dst = "10.1.0.9" },
		.variant = MOVED,
		.tc = PASS(MOVED),
	},
	{
		.name = "a port that has moved is nobody's: counted for the owner",
		.in = RED,
		.from = NS_OWNER,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2" },
		.variant = MOVED,
		.tc = PASS(MOVED),
	},

	/* ---- source addresses ---- */
	{
		.name = "no check: a source that no route leads to",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "no check: the owner's own address as source",
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.1" },
		.tc = PASS(SOURCE),
	},
	{
		.name = "no check: a source that might be taken for the owner's",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = all_maybe_local,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "no check: a blackholed source that might be taken for the owner's",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = all_maybe_local,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: a source behind the port",
		.packet = { .dst = "10.1.0.9" },
		.change = strict,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: a source behind another port",
		.packet = { .dst = "10.1.0.9", .src = "10.5.0.9" },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: a source that no route leads to",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: a source that is known to pass",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = strict_but_known,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: another source than the one known to pass",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.2" },
		.change = strict_but_known,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: the owner's own address as source",
		.packet = { .dst = "10.1.0.9", .src = "10.0.0.1" },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: the route to the source is out of date",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", STALE(TO_ETH0) } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source behind another port",
		.packet = { .dst = "10.1.0.9", .src = "10.5.0.9" },
		.change = loose,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "loose: a source behind another port, on a port without an address",
		.packet = { .dst = "10.1.0.9", .src = "10.5.0.9" },
		.change = loose_without_address,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source behind a link that is down",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_ETH3 } },
		.change = loose_by_dead_link,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source that no route leads to",
		.packet = { .dst = "10.1.0.9", .src = "172.16.0.1" },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		/* RFC 5635: how an operator drops what an attacker sends. */
		.name = "loose: a source that is blackholed",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: a source with an unreachable route",
		.packet = { .dst = "10.1.0.9", .src = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "loose: the owner's own address as source",
		.packet = { .dst = "10.1.0.9", .src = "10.0.0.1" },
		.change = loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "IPv6 knows no such check",
		.packet = { .dst = "fd01::9", .src = "fd05::9" },
		.change = strict,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a bad source saves from a blackhole: the kernel drops it itself",
		.packet = { .dst = "192.0.2.1", .src = "10.5.0.9" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = strict,
		.tc = PASS(SOURCE),
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

	/* ---- what macvlans send, at their lower's egress ---- */
	{
		.name = "macvlan to NIC",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "macvlan to veth, IPv6",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "fd02::2", .src = "fd04::2", FROM_MACVLAN(NS_GREEN) },
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "macvlan to veth, GSO",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.2.0.2",
			    .src = "10.4.0.2",
			    TCP4(2920),
			    FROM_MACVLAN(NS_GREEN) },
		.gso_size = 1460,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "macvlan to veth with generic XDP: the kernel's, as it sleeps else",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.2.0.2", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.change = red_generic_xdp,
		.tc = TURN(HOST),
	},
	{
		.name = "macvlan to a macvlan on another lower",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.66", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tc = FORWARD(MACVLAN, TO_PINK),
	},
	{
		.name = "macvlan to a macvlan on the same lower, by way of the owner",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.3", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tc = FORWARD(MACVLAN, TO_GREY),
	},
	{
		.name = "macvlan by a route of its own",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "192.0.2.1", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.routes = { { NS_GREEN, "192.0.2.0/24", TO_BLUE } },
		.tc = FORWARD(VETH, TO_BLUE),
	},
	{
		.name = "macvlan to the owner",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.1", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tc = TURN(HOST),
	},
	{
		.name = "macvlan to what only the kernel can route",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "192.0.2.1", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tc = TURN(HOST),
	},
	{
		.name = "macvlan with TTL 1: the kernel's to answer",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9",
			    .src = "10.4.0.2",
			    .ttl = 1,
			    FROM_MACVLAN(NS_GREEN) },
		.tc = TURN(HOST),
	},
	{
		.name = "macvlan to the wire behind its lower, by way of the owner",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.9", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tc = TURN(HOST),
	},
	{
		.name = "macvlan into a blackhole",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "192.0.2.1", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.routes = { { NS_GREEN, "192.0.2.0/24", TO_BLACKHOLE } },
		.tc = DROP(BLACKHOLE),
	},
	{
		.name = "macvlan rejected",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "192.0.2.1", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.routes = { { NS_GREEN, "192.0.2.0/24", TO_UNREACHABLE } },
		.tc = REJECT(UNREACHABLE),
	},
	{
		.name = "macvlan to the wire",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.9",
			    .src = "10.4.0.2",
			    .dst_mac = BEHIND_MAC(ETH2),
			    FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "macvlan to its lower's MAC, but tagged",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.4.0.1", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.tagged = true,
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "a private macvlan doesn't reach its lower's MAC",
		.in = ETH2,
		.egress = true,
		.from = NS_GREY,
		.packet = { .dst = "10.4.0.1", .src = "10.4.0.3", FROM_MACVLAN(NS_GREY) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "macvlan asks by ARP: the owner hears it, too",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .ethertype = ETH_P_ARP, BROADCAST, FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(NOT_IP),
		.heard = true,
	},
	{
		.name = "a private macvlan asks by ARP: only the wire hears it",
		.in = ETH2,
		.egress = true,
		.from = NS_GREY,
		.packet = { .ethertype = ETH_P_ARP, BROADCAST, FROM_MACVLAN(NS_GREY) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "macvlan asks by ARP, tagged",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .ethertype = ETH_P_ARP, BROADCAST, FROM_MACVLAN(NS_GREEN) },
		.tagged = true,
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "macvlan asks by neighbour discovery",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "ff02::1:ff00:1",
			    .src = "fd04::2",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_SOLICIT,
			    .ttl = 255,
			    GROUP6,
			    FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(NOT_IP),
		.heard = true,
	},
	{
		.name = "macvlan advertises itself",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "ff02::1",
			    .src = "fd04::2",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_ADVERT,
			    .ttl = 255,
			    GROUP6,
			    FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(NOT_IP),
		.heard = true,
	},
	{
		.name = "macvlan looks for duplicates of its address: must not hear itself",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "ff02::1:ff00:2",
			    .src = "::",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_SOLICIT,
			    .ttl = 255,
			    GROUP6,
			    FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "macvlan solicits routers",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "ff02::2",
			    .src = "fe80::2",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_ROUTER_SOLICIT,
			    .ttl = 255,
			    GROUP6,
			    FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "macvlan broadcasts something else",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "255.255.255.255",
			    .src = "10.4.0.2",
			    BROADCAST,
			    FROM_MACVLAN(NS_GREEN) },
		.tc = PASS(OTHER_MAC),
	},

	/* ---- what the lower's own namespace sends ---- */
	{
		.name = "owner to a macvlan",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.4.0.2",
			    .src = "10.4.0.1",
			    .dst_mac = MACVLAN_MAC(NS_GREEN),
			    FROM_HOST_OF(ETH2) },
		.tc = TURN(MACVLAN),
	},
	{
		.name = "owner to a private macvlan",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.4.0.3",
			    .src = "10.4.0.1",
			    .dst_mac = MACVLAN_MAC(NS_GREY),
			    FROM_HOST_OF(ETH2) },
	},
	{
		.name = "owner to a macvlan, tagged",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.4.0.2",
			    .src = "10.4.0.1",
			    .dst_mac = MACVLAN_MAC(NS_GREEN),
			    FROM_HOST_OF(ETH2) },
		.tagged = true,
	},
	{
		.name = "owner to the wire",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.4.0.9",
			    .src = "10.4.0.1",
			    .dst_mac = BEHIND_MAC(ETH2),
			    FROM_HOST_OF(ETH2) },
	},
	{
		.name = "owner asks by ARP: its macvlans hear it, too",
		.in = ETH2,
		.egress = true,
		.packet = { .ethertype = ETH_P_ARP, BROADCAST, FROM_HOST_OF(ETH2) },
		.heard = true,
	},
	{
		.name = "owner asks by neighbour discovery",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "ff02::1:ff00:2",
			    .src = "fd04::1",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_SOLICIT,
			    .ttl = 255,
			    GROUP6,
			    FROM_HOST_OF(ETH2) },
		.heard = true,
	},
	{
		.name = "owner broadcasts something else",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "255.255.255.255",
			    .src = "10.4.0.1",
			    BROADCAST,
			    FROM_HOST_OF(ETH2) },
	},
	{
		.name = "neither the owner nor a macvlan of this lower",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.2", FROM_MACVLAN(NS_PINK) },
	},
	{
		.name = "a macvlan's packet on a lower that isn't a port",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.change = not_a_port,
	},
	{
		.name = "a macvlan's packet on a lower that is where it was",
		.in = ETH2,
		.egress = true,
		.from = NS_GREEN,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.variant = CHECKED,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a macvlan's packet on a lower that has moved to another namespace",
		.in = ETH2,
		.egress = true,
		.packet = { .dst = "10.1.0.9", .src = "10.4.0.2", FROM_MACVLAN(NS_GREEN) },
		.variant = MOVED,
	},

	/* ---- next hops that change ---- */
	{
		.name = "a next hop that is being changed",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_in_change,
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop of no known action",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_of_no_action,
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop that passes for no known reason",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_for_no_reason,
		.tc = PASS(STALE),
	},
	{
		.name = "a next hop that was changed",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_changed,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "reads in order, where the machine doesn't by itself",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_changed,
		.variant = CHECKED,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "a watched next hop is marked as used",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_watched_by_tc_alone,
		.tc = FORWARD(NIC, TO_ETH1),
		.used = true,
	},
	{
		.name = "a watched next hop is marked as used, by XDP, too",
		.packet = { .dst = "10.1.0.9" },
		.change = eth1_watched,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
		.used = true,
	},
	{
		.name = "a watched next hop that is too narrow isn't used",
		.packet = { .dst = "10.1.0.9", .l3_len = WORLD_MTU + 1 },
		.change = eth1_watched,
		.tc = PASS(TOO_BIG),
	},

	/* ---- reasons that user space gives ---- */
	{
		.name = "a route that encapsulates",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_ENCAP } },
		.tc = PASS(ENCAP),
	},
	{
		.name = "a route by a device that isn't a port",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_NO_PORT } },
		.tc = PASS(NOT_PORT),
	},
	{
		.name = "a route by a device that is down",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_DOWN } },
		.tc = PASS(LINK_DOWN),
	},

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
		.name = "FIB, watched",
		.packet = { .dst = "198.51.100.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = fib_watched,
		.tc = FORWARD(NIC, TO_ETH1),
		.used = true,
	},

	/* ---- the source, of which the kernel's own lookup tells: see make_fib() ---- */
	{
		.name = "strict: the kernel's lookup leads back, though the packet goes by the "
			"table",
		.packet = { .dst = "10.1.0.9", .src = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "10.1.0.9/32", TO_ETH1 },
			    { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.change = strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "strict: the kernel's lookup leads elsewhere",
		.packet = { .dst = "10.1.0.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "strict: a mark, by which the kernel may look for the source",
		.packet = { .dst = "10.1.0.9", .src = "198.51.104.9" },
		.routes = { { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.change = strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back",
		.packet = { .dst = "198.51.100.9", .src = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: elsewhere",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back, but for a rule for the device that it will leave by",
		.packet = { .dst = "198.51.100.9", .src = "198.51.108.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: the rule is for another device",
		.packet = { .dst = "198.51.101.9", .src = "198.51.108.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.101.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back by a rule for the port that answers come from",
		.packet = { .dst = "198.51.100.9", .src = "198.51.109.9", .dport = 4242 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: the same with another port",
		.packet = { .dst = "198.51.100.9", .src = "198.51.109.9", .dport = 4243 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, strict: back by a rule for the TOS",
		.packet = { .dst = "198.51.100.9", .src = "198.51.110.9", .tos = 0x04 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, strict: no neighbour is needed for the way back",
		.packet = { .dst = "198.51.100.9", .src = "198.51.104.77" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, loose: elsewhere",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, loose: elsewhere, on a port without an address",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose_without_address,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, loose: back, on a port without an address",
		.packet = { .dst = "198.51.100.9", .src = "198.51.104.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose_without_address,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, loose: nowhere",
		.packet = { .dst = "198.51.100.9", .src = "172.16.0.1" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, loose: a source that is blackholed",
		.packet = { .dst = "198.51.100.9", .src = "198.51.106.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled_loose,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules, no rp_filter: elsewhere",
		.packet = { .dst = "198.51.100.9", .src = "198.51.101.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, no rp_filter: a source that is blackholed",
		.packet = { .dst = "198.51.100.9", .src = "198.51.106.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "rules, no rp_filter: a source that a table of the rules' makes local",
		.packet = { .dst = "198.51.100.9", .src = "198.51.111.9" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules: from a broadcast address, which a kernel with rules drops",
		.packet = { .dst = "198.51.100.9", .src = "10.0.0.255" },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.100.0/24", TO_FIB } },
		.change = ruled,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules: what isn't TCP, UDP or ICMP",
		.packet = { .dst = "10.1.0.9", .src = "198.51.104.9", .proto = 132 },
		.unmarked = true,
		.routes = { { NS_OWNER, "198.51.104.0/24", TO_FIB } },
		.change = ruled,
		.tc = PASS(SOURCE),
	},
	{
		.name = "rules: IPv6 has no such check",
		.packet = { .dst = "fd01::9", .src = "fd05::9" },
		.unmarked = true,
		.change = ruled_strict,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "with ip_forward_update_priority 0 the priority stays",
		.packet = { .dst = "10.1.0.9", .tos = 0x10 },
		.change = keeping_priority,
		.tc = FORWARD(NIC, TO_ETH1),
		.xdp = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "with ip_forward_update_priority 0, into a namespace: none",
		.packet = { .dst = "10.2.0.2", .tos = 0x10 },
		.change = keeping_priority,
		.tc = FORWARD(VETH, TO_RED),
	},
	{
		.name = "the owner's address is the owner's, whatever the FIB is asked for",
		.packet = { .dst = "10.1.0.1" },
		.unmarked = true,
		.routes = { { NS_OWNER, "0.0.0.0/0", TO_FIB } },
		.tc = PASS(LOCAL),
	},

	/* ---- bridges ---- */
	{
		.name = "from port to port of a bridge",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "from port to port of a bridge, TTL 1, IPv6, padded",
		.in = RED,
		.packet = { .dst = "fd02::3", .ttl = 1, .padding = 3, FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "from port to port of a bridge, less than an IPv6 header",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .proto = 253, .l3_len = 20, FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "from port to port of a bridge: what a router wouldn't touch",
		.in = RED,
		.packet = { .dst = "169.254.0.1",
			    .ihl = 6,
			    .bad_sum = 1,
			    .frag = 0x2001,
			    FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "with br_netfilter, from port to port of a bridge, TTL 1",
		.in = RED,
		.packet = { .dst = "fd02::3", .ttl = 1, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "with br_netfilter, from port to port of a bridge, GSO",
		.in = RED,
		.packet = { .dst = "10.2.0.3", TCP4(2920), FROM_RED_TO_BLUE },
		.gso_size = 1460,
		.change = br_netfilter_is_there,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "with br_netfilter, a bridge cuts off padding, IPv4",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .l3_len = 28, .padding = 18, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge cuts off padding, IPv6",
		.in = RED,
		.packet = { .dst = "fd02::3", .padding = 3, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge drops what has a wrong checksum",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .bad_sum = 1, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge drops what is shorter than it says, IPv4",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .ip_len = 1000, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "with br_netfilter, a bridge drops what is shorter than it says, IPv6",
		.in = RED,
		.packet = { .dst = "fd02::3", .ip_len = 1000, FROM_RED_TO_BLUE },
		.change = br_netfilter_is_there,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "from a veth to a NIC of a bridge: mark and priority stay",
		.in = RED,
		.packet = { .dst = "10.2.0.3",
			    .src_mac = BEHIND_MAC(RED),
			    .dst_mac = BEHIND_MAC(ETH3) },
		.change = red_and_eth3_on_bridge,
		.tc = STEER(TO_ETH3),
	},
	{
		.name = "a bridge that doesn't let itself be steered past",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = bridge_does_not_steer,
		.tc = PASS(OTHER_MAC),
	},
	{
		.name = "bridge: a source that was learnt at another port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = source_at_another_port,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a source to be learnt",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = only_blue_known,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination to be flooded",
		.in = RED,
		.packet = { .dst = "10.2.0.3",
			    .src_mac = BEHIND_MAC(RED),
			    .dst_mac = STRANGER_MAC },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination of another bridge",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_on_another_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination that isn't for steering",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_source_only,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: a destination at the same port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_with_red,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: its own egress doesn't see what goes from port to port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = red_and_blue_on_shaped_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: to an isolated port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_isolated,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: from an isolated port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = red_isolated,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: from an isolated port to an isolated port",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = both_isolated,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: ARP",
		.in = RED,
		.packet = { .ethertype = ETH_P_ARP, FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = PASS(NOT_IP),
	},
	{
		.name = "bridge: neighbour discovery",
		.in = RED,
		.packet = { .dst = "fd02::3",
			    .proto = IPPROTO_ICMPV6,
			    .icmp_type = ND_ADVERT,
			    .ttl = 255,
			    FROM_RED_TO_BLUE },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: tagged",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.tagged = true,
		.change = red_and_blue_on_bridge,
		.tc = PASS(VLAN),
	},
	{
		.name = "bridge: just the endpoint's MTU",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .l3_len = 1280, FROM_RED_TO_BLUE },
		.change = small_endpoint,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: more than the endpoint's MTU",
		.in = RED,
		.packet = { .dst = "10.2.0.3", .l3_len = 1281, FROM_RED_TO_BLUE },
		.change = small_endpoint,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "bridge: more than the device's MTU of this moment",
		.in = RED,
		.packet = { .dst = "10.2.0.3",
			    .l3_len = SMALL_MTU + 1,
			    .src_mac = BEHIND_MAC(RED),
			    .dst_mac = BEHIND_MAC(ETH3) },
		.change = red_and_eth3_on_bridge,
		.tc = PASS(TOO_BIG),
	},
	{
		.name = "bridge: GSO",
		.in = RED,
		.packet = { .dst = "10.2.0.3", TCP4(2920), FROM_RED_TO_BLUE },
		.gso_size = 1460,
		.change = red_and_blue_on_bridge,
		.tc = STEER(TO_BLUE),
	},
	{
		.name = "bridge: a port that is gone",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = blue_port_gone,
		.tc = PASS(NO_DEVICE),
	},
	{
		.name = "bridge: none may be steered past its filters",
		.in = RED,
		.packet = { .dst = "10.2.0.3", FROM_RED_TO_BLUE },
		.change = steered_by_nobody,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "bridge: what is sent to its MAC is routed",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = red_and_blue_on_bridge,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "bridge: to be routed, from a source to be learnt",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: to be routed, from a source that was learnt at another port",
		.in = RED,
		.packet = { .dst = "fd01::9", .src = "fd02::2", .src_mac = BEHIND_MAC(RED) },
		.change = source_at_another_port,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: into a blackhole, from a source to be learnt",
		.in = RED,
		.packet = { .dst = "192.0.2.1", .src = "10.2.0.2", .src_mac = STRANGER_MAC },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = red_and_blue_on_bridge,
		.tc = PASS(BRIDGE),
	},
	{
		.name = "bridge: routed back into it by another port: the kernel sends a redirect",
		.in = RED,
		.packet = { .dst = "10.3.0.2", .src = "10.2.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = to_blue_by_bridge,
		.tc = PASS(SAME_PORT),
	},
	{
		.name = "bridge, strict: the source is behind the bridge",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = red_on_bridge_strict,
		.tc = FORWARD(NIC, TO_ETH1),
	},
	{
		.name = "bridge, strict: the source is elsewhere",
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.3.0.2", .src_mac = BEHIND_MAC(RED) },
		.change = red_on_bridge_strict,
		.tc = PASS(SOURCE),
	},

	/* ---- the firewall; more in test_flow.c ---- */
	{
		.name = "filters that every packet has to see",
		.packet = { .dst = "10.1.0.9" },
		.change = shut,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "a flow that the firewall hasn't let through",
		.packet = { .dst = "10.1.0.9" },
		.change = gated,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "the kernel's blackhole, with a firewall before it",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = gated,
		.tc = PASS(FIREWALL),
	},
	{
		.name = "the user's blackhole, with a firewall",
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_BLACKHOLE } },
		.change = gated_by_user_blackhole,
		.tc = DROP(BLACKHOLE),
		.xdp = DROP(BLACKHOLE),
	},
	{
		.name = "for the owner, with a firewall",
		.packet = { .dst = "10.1.0.1" },
		.change = gated,
		.tc = PASS(LOCAL),
	},

#include "isolation_rows.h"
#include "confinement_rows.h"
};

static struct rig *rig;
static int owner_of_eth2, wire_of_eth2; /* who hears what on eth2 */

static void build(struct packet *packet, const struct row *row)
{
	struct packet_spec spec = row->packet;

	spec.dst_mac = spec.dst_mac ? spec.dst_mac : PORT_MAC(row->in);
	spec.src_mac = spec.src_mac ? spec.src_mac : HOST_MAC(row->in);
	packet_build(packet, &spec);
}

static void apply(struct world *world, const struct row *row)
{
	world_init(world);
	for (size_t i = 0; i < ARRAY_SIZE(row->routes) && row->routes[i].prefix; i++)
		world->routes[world->route_count++] = row->routes[i];
	if (row->change)
		row->change(world);
	rig_apply(rig, world);
}

/* RFC 792, RFC 1812 4.3.3, RFC 4443 3. */
static struct packet_error icmp_error(enum nsaccel_reason why, bool v6, __u32 mtu)
{
	switch (why) {
	case NSACCEL_DROP_TTL:
		return (struct packet_error){ .type = v6 ? 3 : ICMP_TIME_EXCEEDED };
	case NSACCEL_DROP_TOO_BIG:
		return (struct packet_error){ .type = v6 ? 2 : 3, .code = v6 ? 0 : 4, .rest = mtu };
	case NSACCEL_DROP_PROHIBIT: /* administratively */
		return (struct packet_error){ .type = v6 ? 1 : 3, .code = v6 ? 1 : 13 };
	default: /* no route; host */
		return (struct packet_error){ .type = v6 ? 1 : 3, .code = v6 ? 0 : 1 };
	}
}

static void assert_output(const struct row *row, const struct expected *expected,
			  const struct world *world, const struct packet *in,
			  const struct packet *got)
{
	const struct nsaccel_port *port = &world->ports[row->in];
	const struct nsaccel_nexthop *hop = &world->hops[expected->hop];
	bool v6 = in->data[ETH_HLEN] >> 4 == 6;
	struct packet want = *in;
	struct packet_error error;

	switch (expected->verdict) {
	case FORWARDED:
	case HANDED_UP:
		packet_forwarded(&want, in, hop->dst_mac, hop->src_mac);
		break;
	case REJECTED:
		error = icmp_error(expected->reason, v6,
				   expected->hop == TO_ETH3 ? SMALL_MTU : hop->mtu);
		packet_rejected(&want, in, port->mac, v6 ? port->address6 : port->address4, &error,
				row->packet.partial);
		assert_true(row->packet.partial || packet_checksums_ok(got));
		break;
	default:
		break;
	}
	assert_packet(&want, got);
}

static void assert_counted(const struct row *row, const struct expected *expected,
			   enum nsaccel_hook hook, const struct world *world,
			   const struct packet *in)
{
	struct counted counted = rig_counted(rig);

	if (expected->verdict == UNCOUNTED) {
		assert_int_equal(counted.packets, 0);
		return;
	}
	assert_int_equal(counted.packets, 1);
	assert_int_equal(counted.bytes, in->len);
	assert_int_equal(counted.reason, expected->reason);
	assert_int_equal(counted.hook, hook);
	if (row->from)
		assert_int_equal(counted.ns, row->from);
	else
		assert_int_equal(counted.ns,
				 row->egress ? NS_OWNER : world->ports[row->in].source_slot);
}

/* What ip_forward() makes of IPv4's type of service, unless it leaves it: rt_tos2priority(). */
static __u32 forwarded_priority(const struct row *row, const struct world *world,
				const struct packet *in, const struct nsaccel_nexthop *hop)
{
	static const __u32 priorities[] = { 0 /* best effort */, 2 /* bulk */, 6 /* interactive */,
					    4 /* interactive bulk */ };
	const __u8 *ip = in->data + ETH_HLEN;

	if (hop->action != NSACCEL_ACTION_NIC || row->tc.verdict == REJECTED)
		return 0;
	if (ip[0] >> 4 != 4 || world->ports[row->in].keeps_priority)
		return row->unmarked || row->egress ? 0 : RIG_PRIORITY;
	return priorities[(ip[1] & 0x18) / 8];
}

/* mark and priority belong to a namespace: neither gets into another. The time of arrival stays. At
 * egress mark and time are those of a sender: sent, a frame has none, nor has an error about it. */
static void assert_metadata(const struct row *row, const struct expected *expected,
			    const struct world *world, const struct packet *in,
			    const struct __sk_buff *ctx)
{
	bool passed = expected->verdict == UNCOUNTED || expected->verdict == PASSED ||
		      expected->verdict == DROPPED || expected->verdict == OWNERS;
	bool to_nic = world->hops[expected->hop].action == NSACCEL_ACTION_NIC;
	bool steered = expected->verdict == STEERED && to_nic;
	bool forwarded = expected->verdict == FORWARDED && to_nic && !row->egress;
	bool timed = passed || (!row->egress && expected->verdict != REJECTED);

	assert_int_equal(ctx->mark,
			 (passed || steered || forwarded) && !row->unmarked ? RIG_MARK : 0);
	assert_int_equal(ctx->tstamp, timed ? RIG_TSTAMP : 0);
	assert_int_equal(ctx->priority,
			 passed || steered ?
				 (row->unmarked ? 0 : RIG_PRIORITY) :
				 forwarded_priority(row, world, in, &world->hops[expected->hop]));
}

static enum nsaccel_hook tc_hook(const struct row *row)
{
	return row->egress ? NSACCEL_HOOK_TC_EGRESS : NSACCEL_HOOK_TC_INGRESS;
}

static struct outcome *run(const struct row *row, const struct packet *in, bool probe)
{
	const struct arrival arrival = {
		.variant = row->variant,
		.hook = tc_hook(row),
		.dev = row->in,
		.gso_size = row->gso_size,
		.tagged = row->tagged,
		.probe = probe,
		.unmarked = row->unmarked,
		.ours = row->ours,
		.iif = row->iif,
	};

	rig_forget_counts(rig);
	return rig_run_tc(rig, &arrival, in);
}

/* A frame from the wire marks the end of what the run may have sent up: both take the same way. */
static void assert_heard(const struct row *row, unsigned int expected, const struct packet *in)
{
	const struct packet_spec end = { .ethertype = 0x88b5,
					 .dst_mac = PORT_MAC(ETH2),
					 .src_mac = HOST_MAC(ETH2) };
	unsigned int copies = 0;
	struct packet marker;
	struct heard heard;

	if (!row->egress)
		return;
	packet_build(&marker, &end);
	rig_send(wire_of_eth2, &marker, NULL);
	for (;;) {
		assert_true(rig_hear(owner_of_eth2, &heard, SOON));
		if (packet_same(&marker, &heard.packet))
			break;
		assert_false(heard.out);
		assert_packet(in, &heard.packet);
		copies++;
	}
	assert_int_equal(copies, expected);
}

static const __u32 tc_verdicts[] = {
	[UNCOUNTED] = (__u32)TC_ACT_UNSPEC, [PASSED] = (__u32)TC_ACT_UNSPEC,
	[FORWARDED] = TC_ACT_REDIRECT,	    [HANDED_UP] = (__u32)TC_ACT_UNSPEC,
	[TURNED] = TC_ACT_REDIRECT,	    [DROPPED] = TC_ACT_SHOT,
	[REJECTED] = TC_ACT_REDIRECT,	    [STEERED] = TC_ACT_REDIRECT,
	[OWNERS] = TC_ACT_REDIRECT,
};

/* Where the programs at egress are to know it, and nowhere else: a tenant could read it there. */
static bool is_marked(const struct row *row, const struct world *world)
{
	__u32 ifindex =
		row->tc.verdict == REJECTED ? IFINDEX(row->in) : world->hops[row->tc.hop].ifindex;

	for (enum dev dev = 0; dev < DEV_COUNT; dev++)
		if (world->is_port[dev] && (__u32)IFINDEX(dev) == ifindex)
			return world->ports[dev].watched ||
			       world->ports[dev].gate == NSACCEL_GATE_FLOW ||
			       world->ports[dev].steer_gate == NSACCEL_GATE_FLOW;
	return false;
}

/* Into an endpoint past its host end: redirect_peer. */
static bool to_peer(const struct row *row, const struct world *world)
{
	return !row->egress && row->tc.verdict != REJECTED &&
	       world->hops[row->tc.hop].action == NSACCEL_ACTION_VETH;
}

static void run_tc(const struct row *row, const struct world *world, const struct packet *in)
{
	const struct outcome *outcome = run(row, in, false);

	assert_int_equal(outcome->verdict, tc_verdicts[row->tc.verdict]);
	assert_output(row, &row->tc, world, in, &outcome->packet);
	assert_counted(row, &row->tc, tc_hook(row), world, in);
	assert_metadata(row, &row->tc, world, in, &outcome->ctx);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == REJECTED ||
	    row->tc.verdict == STEERED)
		assert_int_equal(outcome->ctx.cb[RIG_CB_SENT],
				 !to_peer(row, world) && is_marked(row, world) ? RIG_MARK_SENT : 0);
	assert_heard(row, row->heard ? 1 : 0, in);
}

/* The hop of the row's route, which may leave it to the kernel's FIB where that leads. */
static enum hop routed_by(const struct row *row)
{
	return row->routes[0].prefix && row->routes[0].hop == TO_FIB ? TO_FIB : row->tc.hop;
}

static void assert_answer(const struct row *row, const struct world *world,
			  const struct outcome *outcome)
{
	static const __u32 verdicts[] = {
		[PASSED] = (__u32)TC_ACT_UNSPEC, [FORWARDED] = TC_ACT_REDIRECT,
		[HANDED_UP] = TC_ACT_REDIRECT,	 [TURNED] = (__u32)TC_ACT_UNSPEC,
		[DROPPED] = TC_ACT_SHOT,	 [REJECTED] = TC_ACT_SHOT,
		[STEERED] = TC_ACT_REDIRECT,	 [OWNERS] = TC_ACT_REDIRECT,
	};
	const struct nsaccel_nexthop *hop = &world->hops[row->tc.hop];

	if (row->tc.verdict == UNCOUNTED) /* it came by a way that a probe doesn't come */
		return;
	assert_int_equal(outcome->verdict, verdicts[row->tc.verdict]);
	if (row->tc.verdict != TURNED) /* why the kernel has to have it is what it says then */
		assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_REASON], row->tc.reason);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == HANDED_UP ||
	    row->tc.verdict == STEERED)
		assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_IFINDEX], hop->ifindex);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == HANDED_UP)
		assert_int_equal(outcome->ctx.cb[NSACCEL_PROBE_GENERATION],
				 world->hops[routed_by(row)].generation);
}

/* The same question as a probe: the same answer, and nothing happens. */
static void run_probe(const struct row *row, const struct world *world, const struct packet *in)
{
	static const struct expected nothing = { .verdict = UNCOUNTED };
	const struct outcome *outcome = run(row, in, true);

	assert_packet(in, &outcome->packet);
	assert_int_equal(rig_counted(rig).packets, 0);
	assert_metadata(row, &nothing, world, in, &outcome->ctx);
	assert_heard(row, 0, in);
	assert_false(rig_used(rig, routed_by(row)));
	/* Of what it doesn't decide, a program has nothing to tell. */
	if (outcome->ctx.cb[NSACCEL_PROBE_REASON] == RIG_UNANSWERED)
		assert_true(row->egress || row->tc.verdict == UNCOUNTED);
	else
		assert_answer(row, world, outcome);
}

static void run_xdp(const struct row *row, const struct world *world, const struct packet *in)
{
	static const __u32 verdicts[] = {
		[UNCOUNTED] = XDP_PASS,
		[FORWARDED] = XDP_REDIRECT,
		[DROPPED] = XDP_DROP,
	};
	struct outcome *outcome;

	rig_forget_counts(rig);
	outcome = rig_run_xdp(rig, row->variant, row->in, in);
	assert_int_equal(outcome->verdict, verdicts[row->xdp.verdict]);
	assert_output(row, &row->xdp, world, in, &outcome->packet);
	assert_counted(row, &row->xdp, NSACCEL_HOOK_XDP, world, in);
}

/* The bridge has to be told of sources whose frames it didn't see. */
static void assert_seen(const struct row *row, const struct world *world, const struct packet *in,
			bool asked)
{
	bool sent = row->tc.verdict == FORWARDED || row->tc.verdict == STEERED;

	if (world->ports[row->in].bridge && sent)
		assert_int_equal(!rig_seen(rig, in->data + ETH_ALEN), asked);
}

static void run_row(void **state)
{
	const struct row *row = *state;
	struct world world;
	struct packet in;

	if (!rig_has(rig, row->variant))
		skip();
	apply(&world, row);
	build(&in, row);
	rig_drain(owner_of_eth2);
	if (!row->unprobed && !row->gso_size) /* what is GSO never asks */
		run_probe(row, &world, &in);
	assert_seen(row, &world, &in, true);
	if (!row->egress && !row->tagged) /* what XDP never sees */
		run_xdp(row, &world, &in);
	if (row->xdp.verdict == FORWARDED)
		assert_int_equal(rig_used(rig, routed_by(row)), row->used);
	run_tc(row, &world, &in);
	assert_seen(row, &world, &in, false);
	if (row->tc.verdict == FORWARDED || row->tc.verdict == PASSED)
		assert_int_equal(rig_used(rig, routed_by(row)), row->used);
}

/* Wherever a frame that would be forwarded ends too early, it's the kernel's as it is. */
static void every_truncation(void **state)
{
	static const char *const targets[] = { "10.1.0.9", "fd01::9" };
	struct row row = { .tc = PASS(MALFORMED) };
	struct world world;
	struct packet in;

	(void)state;
	apply(&world, &row);
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		row.packet = (struct packet_spec){ .dst = targets[i] };
		build(&in, &row);
		for (row.packet.cut = (int)in.len - 1; row.packet.cut > ETH_HLEN;
		     row.packet.cut--) {
			build(&in, &row);
			run_tc(&row, &world, &in);
			run_probe(&row, &world, &in);
			run_xdp(&row, &world, &in);
		}
	}
}

/* A flood of rejected packets gets only so many errors a second; the rest is dropped. */
static void rejects_are_limited(void **state)
{
	static const struct row row = {
		.packet = { .dst = "192.0.2.1" },
		.routes = { { NS_OWNER, "192.0.2.0/24", TO_UNREACHABLE } },
	};
	const struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS };
	struct world world;
	struct packet in;
	__u64 runs = 0;

	(void)state;
	apply(&world, &row);
	build(&in, &row);
	do {
		assert_in_range(++runs, 1, FLOOD);
	} while (rig_run_tc(rig, &arrival, &in)->verdict == TC_ACT_REDIRECT);
	assert_int_equal(rig_counted(rig).packets, runs);
}

/* The neighbour that the kernel's lookup told of is noted, so that it is kept fresh: a gateway, or the
 * destination itself. A probe uses none. */
static void fib_neighbours(void **state)
{
	static const struct {
		const char *dst, *neighbour;
		enum dev dev;
		int family;
	} cases[] = {
		{ "198.51.100.9", "10.1.0.9", ETH1, AF_INET },
		{ "198.51.101.9", "198.51.101.9", RED, AF_INET },
		{ "2001:db8:1::9", "fd01::9", ETH1, AF_INET6 },
	};
	struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .unmarked = true };
	struct nsaccel_fib_neighbour used;
	__u8 want[NSACCEL_ADDR_LEN];
	struct world world;
	struct packet in;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		const struct row row = {
			.packet = { .dst = cases[i].dst },
			.routes = { { NS_OWNER, "198.51.100.0/22", TO_FIB },
				    { NS_OWNER, "2001:db8::/32", TO_FIB } },
		};

		apply(&world, &row);
		build(&in, &row);
		while (rig_fib_used(rig, &used))
			;
		arrival.probe = true;
		rig_run_tc(rig, &arrival, &in);
		assert_false(rig_fib_used(rig, &used));
		arrival.probe = false;
		assert_int_equal(rig_run_tc(rig, &arrival, &in)->verdict, TC_ACT_REDIRECT);
		assert_int_equal(rig_run_tc(rig, &arrival, &in)->verdict, TC_ACT_REDIRECT);
		assert_true(rig_fib_used(rig, &used));
		memset(want, 0, sizeof(want));
		inet_pton(cases[i].family, cases[i].neighbour, want);
		assert_int_equal(used.owner_slot, NS_OWNER);
		assert_int_equal(used.ifindex, IFINDEX(cases[i].dev));
		assert_int_equal(used.family, cases[i].family);
		assert_memory_equal(used.addr, want, sizeof(want));
		assert_false(rig_fib_used(rig, &used));
	}
}

/* Programs of an endpoint's namespace can write into skb->cb. It gets them nothing. */
static void forged_marks(void **state)
{
	static const struct row row = {
		.in = RED,
		.packet = { .dst = "10.1.0.9", .src = "10.2.0.2", BY_RED },
		.tc = FORWARD(NIC, TO_ETH1),
	};
	static const struct row left = {
		.in = RED,
		.packet = { .dst = "10.2.0.1", .src = "10.2.0.2", BY_RED },
		.tc = PASS(LOCAL),
	};
	struct arrival arrival = { .hook = NSACCEL_HOOK_TC_INGRESS, .dev = RED, .forged = true };
	const struct outcome *outcome;
	struct world world;
	struct packet in;

	(void)state;
	apply(&world, &row);
	build(&in, &row);
	outcome = rig_run_tc(rig, &arrival, &in);
	assert_int_equal(outcome->verdict, TC_ACT_REDIRECT);
	assert_output(&row, &row.tc, &world, &in, &outcome->packet);
	assert_counted(&row, &row.tc, NSACCEL_HOOK_TC_INGRESS, &world, &in);

	/* What goes on to the kernel doesn't carry the mark that would let it past what is watched. */
	arrival.forged = false;
	arrival.ours = true;
	build(&in, &left);
	rig_forget_counts(rig);
	outcome = rig_run_tc(rig, &arrival, &in);
	assert_int_equal(outcome->verdict, (__u32)TC_ACT_UNSPEC);
	assert_counted(&left, &left.tc, NSACCEL_HOOK_TC_INGRESS, &world, &in);
	assert_int_equal(outcome->ctx.cb[RIG_CB_SENT], 0);
}

static const struct row into_watched = {
	.in = RED,
	.egress = true,
	.packet = { .src_mac = PORT_MAC(RED), .dst_mac = BEHIND_MAC(RED), .dst = "10.2.0.2" },
	.change = red_watched,
	.iif = IFINDEX(ETH0),
	.tc = DROP(ISOLATED),
};

static const struct outcome *enter_watched(__u32 sent)
{
	struct arrival arrival = {
		.hook = NSACCEL_HOOK_TC_EGRESS, .dev = RED, .iif = IFINDEX(ETH0), .sent = sent
	};
	struct packet in;

	build(&in, &into_watched);
	return rig_run_tc(rig, &arrival, &in);
}

/* Not even what the source says is a mark, nor none. */
static void guessed_marks(void **state)
{
	static const __u32 guesses[] = { 0, 0x6e736153, 0x6e736157, RIG_MARK_SENT + 2, ~0U };
	struct world world;

	(void)state;
	apply(&world, &into_watched);
	for (size_t i = 0; i < ARRAY_SIZE(guesses); i++)
		assert_int_equal(enter_watched(guesses[i])->verdict, TC_ACT_SHOT);
}

/* Who gets the frame could read the mark and use it. */
static void marks_end_at_egress(void **state)
{
	static const __u32 marks[] = { RIG_MARK_SENT, RIG_MARK_WIRE };
	const struct outcome *outcome;
	struct world world;

	(void)state;
	apply(&world, &into_watched);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++) {
		outcome = enter_watched(marks[i]);
		assert_int_equal(outcome->verdict, (__u32)TC_ACT_UNSPEC);
		assert_int_equal(outcome->ctx.cb[RIG_CB_SENT], 0);
	}
}

/* The table is complete: each reason is some row's. */
static void every_reason(void **state)
{
	bool seen[NSACCEL_REASON_COUNT] = {};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].tc.verdict != UNCOUNTED)
			seen[rows[i].tc.reason] = true;
	for (int reason = 0; reason < NSACCEL_REASON_COUNT; reason++)
		/* What speaks of policies has tests of its own. */
		if (!seen[reason] && reason != NSACCEL_DROP_POLICY)
			fail_msg("no row expects reason %d", reason);
}

/* For bpf_fib_lookup(), which asks the real thing. TCP, low delay and what comes from blue go by
 * another table. */
static void make_fib(void)
{
	static const char *const forwarding[] = { "nsa-eth0", "nsa-eth1", "nsa-eth2",
						  "nsa-eth3", "nsa-red",  "nsa-blue" };
	char batch[4096];

	rig_sysctl("all", "ipv4", "forwarding", "1");
	for (size_t i = 0; i < ARRAY_SIZE(forwarding); i++)
		rig_sysctl(forwarding[i], "ipv4", "forwarding", "1");
	rig_sysctl("all", "ipv6", "forwarding", "1");
	rig_sysctl("nsa-eth0", "ipv6", "disable_ipv6", "0");
	rig_sysctl("nsa-eth1", "ipv6", "disable_ipv6", "0");
	snprintf(batch, sizeof(batch),
		 "link add nsa-br index %d address 02:00:00:00:01:07 type bridge\n"
		 "link set lo up\n"
		 "link set nsa-br up\n"
		 "neigh add 10.1.0.9 lladdr 02:00:00:00:02:01 dev nsa-eth1\n"
		 "neigh add fd01::9 lladdr 02:00:00:00:02:01 dev nsa-eth1\n"
		 "neigh add 10.5.0.9 lladdr 02:00:00:00:02:03 dev nsa-eth3\n"
		 "neigh add 198.51.101.9 lladdr 02:00:00:00:02:04 dev nsa-red\n"
		 "neigh add 198.51.102.9 lladdr 02:00:00:00:03:04 dev nsa-eth2\n"
		 "neigh add 198.51.103.9 lladdr 02:00:00:00:02:04 dev nsa-br\n"
		 "neigh add 198.51.104.9 lladdr 02:00:00:00:02:00 dev nsa-eth0\n"
		 "route add 198.51.100.0/24 via 10.1.0.9 dev nsa-eth1 onlink\n"
		 "route add 198.51.100.0/24 via 10.5.0.9 dev nsa-eth3 onlink table 100\n"
		 "route add 198.51.101.0/24 dev nsa-red\n"
		 "route add 198.51.102.0/24 dev nsa-eth2\n"
		 "route add 198.51.103.0/24 dev nsa-br\n"
		 "route add 198.51.104.0/24 dev nsa-eth0\n"
		 "route add 198.51.105.0/24 dev nsa-eth1\n"
		 "route add blackhole 198.51.106.0/24\n"
		 "route add 198.51.107.0/24 via 10.1.0.9 dev nsa-eth1 onlink mtu lock 1400\n"
		 "route add 2001:db8:1::/48 via fd01::9 dev nsa-eth1 onlink\n"
		 "route add unreachable 2001:db8:2::/48\n"
		 "route add 198.51.108.0/24 dev nsa-red\n"
		 "route add 198.51.108.0/24 dev nsa-eth0 table 101\n"
		 "route add 198.51.109.0/24 dev nsa-eth0 table 102\n"
		 "route add 198.51.110.0/24 dev nsa-eth0 table 103\n"
		 "route add local 198.51.111.0/24 dev lo table 104\n"
		 "rule add iif nsa-eth1 table 101\n"
		 "rule add ipproto udp sport 4242 table 102\n"
		 "rule add tos 0x04 table 103\n"
		 "rule add to 198.51.111.0/24 table 104\n"
		 "rule add ipproto tcp dport 1-65534 table 100\n"
		 "rule add tos 0x10 table 100\n"
		 "rule add iif nsa-blue table 100\n",
		 BRIDGE);
	rig_ip(batch);
}

static int set_up(void **state)
{
	(void)state;
	rig = rig_new();
	make_fib();
	owner_of_eth2 = rig_listen(rig, false, "nsa-eth2");
	wire_of_eth2 = rig_listen(rig, true, "far-eth2");
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	close(owner_of_eth2);
	close(wire_of_eth2);
	rig_free(rig);
	return 0;
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(rows) + 5] = {
		cmocka_unit_test(every_truncation), cmocka_unit_test(rejects_are_limited),
		cmocka_unit_test(every_reason),	    cmocka_unit_test(forged_marks),
		cmocka_unit_test(guessed_marks),    cmocka_unit_test(marks_end_at_egress),
		cmocka_unit_test(fib_neighbours),
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		tests[5 + i] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = run_row,
			.initial_state = (void *)&rows[i],
		};
	return cmocka_run_group_tests_name("packets", tests, set_up, tear_down);
}
