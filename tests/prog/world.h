/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that the packet tests imagine: one owner namespace, its ports, who is behind them,
 * and its routes. A test changes what it is about.
 *
 *   10.0.0.0/24 wire --- eth0 \        / red ---- namespace red   10.2.0.2
 *   10.1.0.0/24 wire --- eth1  \ owner/
 *   10.4.0.0/24 wire --- eth2  /      \
 *   10.5.0.0/24 wire --- eth3 /        \ blue --- namespace blue  10.3.0.2 (XDP delivery)
 *
 * On eth2 sit macvlans of namespaces green (10.4.0.2) and grey (10.4.0.3, private mode), on eth1
 * one of pink (10.1.0.66). The owner's addresses end in .1. IPv6 is alike: 10.N.0.X is fd0N::X.
 * eth3's MTU is 1300, though its next hop says 1500. Nobody's sources are guarded.
 */
#ifndef NSA_TEST_WORLD_H
#define NSA_TEST_WORLD_H

#include <nsaccel/abi.h>
#include <stdbool.h>

enum dev {
	ETH0,
	ETH1,
	ETH2,
	ETH3,
	RED,
	BLUE,
	DEV_COUNT,
	DEV_GONE = DEV_COUNT
};

/* Slots of namespaces. NS_OTHER is the owner of devices elsewhere. */
enum ns {
	NS_NOBODY,
	NS_OWNER,
	NS_RED,
	NS_BLUE,
	NS_GREEN,
	NS_GREY,
	NS_PINK,
	NS_OTHER,
	NS_COUNT
};

enum hop {
	HOP_FREE,
	TO_ETH0,
	TO_ETH1,
	TO_ETH2,
	TO_ETH3,
	TO_RED,
	TO_BLUE,
	TO_GREEN,
	TO_GREY,
	TO_PINK,
	TO_LOCAL,
	TO_KERNEL,
	TO_UNRESOLVED, /* neighbour not known */
	TO_BLACKHOLE,
	TO_UNREACHABLE,
	TO_PROHIBIT,
	TO_FIB,	  /* where the kernel's own lookup leads */
	TO_ENCAP, /* for the reasons that user space gives */
	TO_NO_PORT,
	TO_DOWN,
	TO_BROADCAST,
	TO_RED_BY_EGRESS, /* what a lookup in the kernel's FIB comes to */
	TO_RED_BY_BRIDGE,
	TO_RED_LINK, /* on-link, nobody in particular */
	TO_BLUE_LINK,
	TO_BRIDGE_LINK,
	TO_OTHER_BEHIND_RED, /* a neighbour with another MAC than the endpoint's */
	TO_OTHER_ON_BRIDGE,
	HOP_COUNT
};

#define IFINDEX(dev) (100 + (dev))
#define BRIDGE	     120 /* ifindex of a bridge, in tests that put ports into one */
#define RULESET	     7
#define WORLD_MTU    1500
#define SMALL_MTU    1300 /* of the device eth3 */

enum mac_kind {
	MAC_PORT,
	MAC_BEHIND, /* a NIC's gateway, or the inner end of a veth */
	MAC_MACVLAN,
	MAC_HOST, /* a host on the wire that sends to us */
	MAC_STRANGER,
	MAC_KINDS
};

extern const __u8 world_macs[MAC_KINDS][8][NSACCEL_MAC_LEN];

#define PORT_MAC(dev)	world_macs[MAC_PORT][dev]
#define BEHIND_MAC(dev) world_macs[MAC_BEHIND][dev]
#define MACVLAN_MAC(ns) world_macs[MAC_MACVLAN][ns]
#define HOST_MAC(dev)	world_macs[MAC_HOST][dev]
#define STRANGER_MAC	world_macs[MAC_STRANGER][0]

/* Why the next hop is as it is shows in its reason; its generation tells it from others. */
#define GENERATION(hop)	  (1000 + (hop))
#define GENERATION_BEFORE 999

/* In a route: the hop as it was before it was replaced. */
#define STALE(hop) (HOP_COUNT + (hop))

#define WORLD_ROUTES  48
#define WORLD_FDB     4
#define WORLD_SOURCES 16
#define WORLD_SHARES  8

struct world_route {
	enum ns ns;
	const char *prefix;
	enum hop hop; /* or STALE() */
};

/* In the map "sources". */
struct world_source {
	enum ns ns;
	const char *prefix;
	enum nsaccel_source source;
};

/* In the map "shares". */
struct world_share {
	enum dev nic;
	__u16 vlan;
	const char *address; /* NULL: all of the VLAN */
	enum dev port;
};

struct world {
	struct nsaccel_port ports[DEV_COUNT];
	bool is_port[DEV_COUNT];
	struct nsaccel_endpoint endpoints[NS_COUNT]; /* macvlans; kind NONE: isn't there */
	enum dev endpoint_port[NS_COUNT];
	struct nsaccel_nexthop hops[HOP_COUNT];
	bool has_tx[DEV_COUNT]; /* the devmap has the device in slot TX_SLOT() */
	struct world_route routes[WORLD_ROUTES];
	unsigned int route_count;
	bool refused; /* the owner's table: too big to be there */
	bool big;     /* tables have multibit tries, too */
	struct nsaccel_fdb fdb[WORLD_FDB];
	unsigned int fdb_count;
	struct nsaccel_owner owner;
	struct nsaccel_isolation isolation[NS_COUNT];
	struct nsaccel_limits limits[NS_COUNT];
	struct world_source sources[WORLD_SOURCES];
	unsigned int source_count;
	struct world_share shares[WORLD_SHARES];
	unsigned int share_count;
};

#define TX_SLOT(dev) (1 + (dev))

void world_init(struct world *world);
/* Makes dev a port of the bridge, which knows what is behind it and forwards frames to it. */
void world_bridge(struct world *world, enum dev dev);
void world_add_route(struct world *world, enum ns ns, const char *prefix, enum hop hop);
/* Makes dev the host end by which its namespace uses the NIC. */
void world_add_share(struct world *world, enum dev nic, __u16 vlan, const char *address,
		     enum dev dev);
/* Lists the prefix for the namespace. */
void world_add_source(struct world *world, enum ns ns, const char *prefix);
/* Nobody behind the owner's ports may send from it. */
void world_reserve(struct world *world, const char *prefix, enum nsaccel_source source);

#endif
