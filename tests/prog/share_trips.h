/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A shared NIC, live: which of those that share it gets a frame, with which tag, and who may send
 * what. The NIC is eth0. Behind host ends: red has 10.0.0.5 and fd00::5, blue 10.0.0.6; eth1 stands
 * for a namespace that has all of VLAN 5, eth3 for one with 10.0.0.5 in VLAN 7.
 */
#ifndef NSA_TEST_SHARE_TRIPS_H
#define NSA_TEST_SHARE_TRIPS_H

#include "rig.h"

#include <stddef.h>

#define NIC_MAC	  PORT_MAC(ETH0)
#define WIRE	  BEHIND_MAC(ETH0)
#define NO_TAG	  0
#define BYTES_NIC 2, 0, 0, 0, 1, 0
#define BYTES_OUT 2, 0, 0, 0, 5, 0 /* STRANGER_MAC */
#define ALL                                                                                        \
	(const __u8[])                                                                             \
	{                                                                                          \
		255, 255, 255, 255, 255, 255                                                       \
	}
#define GROUP                                                                                      \
	(const __u8[])                                                                             \
	{                                                                                          \
		0x33, 0x33, 0, 0, 0, 1                                                             \
	}
#define BODY(...)                                                                                  \
	.body = (const __u8[]){ __VA_ARGS__ }, .body_len = sizeof((const __u8[]){ __VA_ARGS__ })
#define ARP(op, mac, a, b, c, d, e, f, g, h)                                                       \
	.ethertype = ETH_P_ARP, .proto = 253, .padding = 18,                                       \
	BODY(0, 1, 8, 0, 6, 4, 0, op, mac, a, b, c, d, 0, 0, 0, 0, 0, 0, e, f, g, h)
#define FD00(last)    0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last
#define ND(type, ...) .proto = IPPROTO_ICMPV6, .ttl = 255, .icmp_type = type, BODY(__VA_ARGS__)
#define SOLICIT	      135
#define ADVERT	      136
#define MLD2_REPORT   143
#define BY_NIC	      .src_mac = NIC_MAC

/* Where frames are heard: far ends, and the NIC itself. */
enum ear {
	AT_WIRE,
	AT_RED,
	AT_BLUE,
	AT_VLAN5,
	AT_VLAN7,
	AT_OWNER,
	EAR_COUNT,
	NOWHERE = EAR_COUNT
};

struct trip {
	const char *name;
	enum ear from;
	struct packet_spec packet; /* to the NIC's MAC, unless it says otherwise */
	__u16 tpid, tci;	   /* of a tag that it comes with; tpid default: 802.1Q */
	__u16 inner;		   /* TCI of another one in it */
	void (*change)(struct world *world);
	enum ear to;
	__u16 to_tci; /* of the tag that it arrives with */
	enum nsaccel_reason reason;
	enum ns ns;  /* default: the owner */
	bool passed; /* the owner's: heard as it comes in by the wire alone */
	bool uncounted;
};

extern const struct trip share_trips[];
extern const size_t share_trip_count;

#endif
