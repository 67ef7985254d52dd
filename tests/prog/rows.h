/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of packets: what comes in where, and what must become of it, to the byte, under TC and
 * under XDP.
 *
 * A packet is UDP from a host on eth0's wire (10.0.0.9, fd00::9) to eth0's MAC unless the row says
 * otherwise; world.h has the machine that it comes to.
 */
#ifndef NSA_TEST_ROWS_H
#define NSA_TEST_ROWS_H

#include "packet.h"
#include "rig.h"
#include "world.h"

#include <linux/if_ether.h>
#include <netinet/in.h>
#include <string.h>

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
#define ICMP_TIME_EXCEEDED 11
#define ICMP_REDIRECT	   5
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

/* Packets: ARP by its fields, neighbour discovery by what follows its first 8 bytes. */

#define BYTES_RED   2, 0, 0, 0, 2, 4 /* BEHIND_MAC(RED) */
#define BYTES_OTHER 2, 0, 0, 0, 5, 0 /* STRANGER_MAC */
#define BODY(...)                                                                                  \
	.body = (const __u8[]){ __VA_ARGS__ }, .body_len = sizeof((const __u8[]){ __VA_ARGS__ })
#define IP_OVER_ETHERNET 0, 1, 8, 0, 6, 4
#define ARP(...)                                                                                   \
	.ethertype = ETH_P_ARP, BROADCAST, .padding = 18, .src_mac = BEHIND_MAC(RED),              \
	.proto = 253, BODY(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 10, 2, 0, 1)
#define ARP_FROM(mac, ...) ARP(IP_OVER_ETHERNET, 0, 1, mac, __VA_ARGS__)
#define ARP_PROBE(mac, ...)                                                                        \
	.ethertype = ETH_P_ARP, BROADCAST, .padding = 18, .src_mac = BEHIND_MAC(RED),              \
	.proto = 253, BODY(IP_OVER_ETHERNET, 0, 1, mac, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, __VA_ARGS__)
#define FD02(last) 0xfd, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define SLLA(mac)  1, 1, mac
#define TLLA(mac)  2, 1, mac
#define NONCE	   14, 1, 1, 2, 3, 4, 5, 6
#define ND_TO(to, what, from, ...)                                                                 \
	.dst = to, .src = from, .src_mac = BEHIND_MAC(RED), GROUP6, .ttl = 255,                    \
	.proto = IPPROTO_ICMPV6, .icmp_type = what, BODY(__VA_ARGS__)
#define ND(...)		 ND_TO("ff02::1:ff00:1", __VA_ARGS__)
#define ND_ROUTER_ADVERT 134
#define ND_REDIRECT	 137
#define MLD2_REPORT	 143
#define MLD_QUERY	 130
#define ZEROES		 0, 0, 0, 0, 0, 0, 0, 0
#define DHCP                                                                                       \
	.src = "0.0.0.0", .dst = "255.255.255.255", BROADCAST, .src_mac = BEHIND_MAC(RED),         \
	.sport = 68, .dport = 67
#define BY_RED .src_mac = BEHIND_MAC(RED)

struct row_table {
	const struct row *rows;
	size_t count;
};

/* Each file of rows has one table. */
#define ROWS(name, table) const struct row_table rows_##name = { table, ARRAY_SIZE(table) }

extern const struct row_table rows_route, rows_parse, rows_nexthop, rows_mtu, rows_rp_filter,
	rows_reject, rows_macvlan, rows_bridge, rows_fib, rows_gate, rows_guard, rows_guard_link,
	rows_guard_nd, rows_isolation, rows_isolation_in, rows_limit, rows_confinement;

extern const struct row_table *const row_tables[]; /* all of these */
extern const size_t row_table_count;

#endif
