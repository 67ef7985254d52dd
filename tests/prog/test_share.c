// SPDX-License-Identifier: GPL-2.0-only
/*
 * A shared NIC, live: which of those that share it gets a frame, with which tag, and who may send
 * what. The NIC is eth0. Behind host ends: red has 10.0.0.5 and fd00::5, blue 10.0.0.6; eth1 stands
 * for a namespace that has all of VLAN 5, eth3 for one with 10.0.0.5 in VLAN 7.
 */
#include "rig.h"

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define SOON	      5000 /* ms: for what is sure to come */
#define PRIORITY      0xa000
#define NO_TAG	      0

#define NIC_MAC	  PORT_MAC(ETH0)
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
#define WIRE	      BEHIND_MAC(ETH0)

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

static const char *const ears[EAR_COUNT] = { "far-eth0", "far-red",  "far-blue",
					     "far-eth1", "far-eth3", "nsa-eth0" };

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

static void blue_is_full(struct world *world)
{
	world->isolation[NS_BLUE].limited = 1;
	world->limits[NS_BLUE].packets[NSACCEL_DIRECTION_IN].per_second = 1;
	world->limits[NS_BLUE].packets[NSACCEL_DIRECTION_IN].cost = 1ULL << NSACCEL_COST_SHIFT;
	world->limits[NS_BLUE].packets[NSACCEL_DIRECTION_IN].spent = 1ULL << 62;
}

static void red_is_elsewhere(struct world *world)
{
	world->ports[RED].share_nic = IFINDEX(ETH2);
}

static void the_owner_is_refused(struct world *world)
{
	world->refused = true;
}

static void red_renamed_its_mac(struct world *world)
{
	memcpy(world->ports[RED].endpoint_mac, STRANGER_MAC, NSACCEL_MAC_LEN);
}

static const struct trip trips[] = {
	/* ---- from the wire ---- */
	{ "to an address",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "to another's",
	  AT_WIRE,
	  { .dst = "10.0.0.6" },
	  .to = AT_BLUE,
	  .reason = NSACCEL_FWD_VETH },
	{ "IPv6", AT_WIRE, { .dst = "fd00::5" }, .to = AT_RED, .reason = NSACCEL_FWD_VETH },
	{ "options, TTL 1, a fragment: as it is",
	  AT_WIRE,
	  { .dst = "10.0.0.5", .ihl = 6, .ttl = 1, .frag = 0x2001 },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "padding stays",
	  AT_WIRE,
	  { .dst = "10.0.0.5", .l3_len = 28, .padding = 18 },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "a priority is no VLAN",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .tci = PRIORITY,
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "to the owner",
	  AT_WIRE,
	  { .dst = "10.0.0.1" },
	  .to = AT_OWNER,
	  .passed = true,
	  .reason = NSACCEL_PASS_LOCAL },
	{ "to an address, but another's MAC",
	  AT_WIRE,
	  { .dst = "10.0.0.5", .dst_mac = STRANGER_MAC },
	  .to = AT_OWNER,
	  .passed = true,
	  .reason = NSACCEL_PASS_OTHER_MAC },
	{ "to an address, in a broadcast",
	  AT_WIRE,
	  { .dst = "10.0.0.5", .dst_mac = ALL },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "ARP for an address",
	  AT_WIRE,
	  { ARP(1, BYTES_OUT, 10, 0, 0, 9, 10, 0, 0, 5), .dst_mac = ALL },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "ARP for another's",
	  AT_WIRE,
	  { ARP(1, BYTES_OUT, 10, 0, 0, 9, 10, 0, 0, 6), .dst_mac = ALL },
	  .to = AT_BLUE,
	  .reason = NSACCEL_FWD_VETH },
	{ "ARP answers who has no address yet, and wants that one",
	  AT_WIRE,
	  { ARP(2, BYTES_OUT, 10, 0, 0, 5, 0, 0, 0, 0) },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "ARP for the owner",
	  AT_WIRE,
	  { ARP(1, BYTES_OUT, 10, 0, 0, 9, 10, 0, 0, 1), .dst_mac = ALL },
	  .to = AT_OWNER,
	  .passed = true,
	  .reason = NSACCEL_PASS_NOT_IP },
	{ "a solicitation",
	  AT_WIRE,
	  { .dst = "ff02::1:ff00:5", .dst_mac = GROUP, ND(SOLICIT, FD00(5)) },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "an advertisement to all of its address",
	  AT_WIRE,
	  { .dst = "ff02::1", .dst_mac = GROUP, ND(ADVERT, FD00(5)) },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "it gets too much",
	  AT_WIRE,
	  { .dst = "10.0.0.6" },
	  .change = blue_is_full,
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_LIMIT },
	{ "a number that is another's by now",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .change = red_is_elsewhere,
	  .to = AT_WIRE,
	  .uncounted = true },
	/* ---- VLANs ---- */
	{ "all of a VLAN",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .tci = 5,
	  .to = AT_VLAN5,
	  .reason = NSACCEL_FWD_VETH },
	{ "all of a VLAN, with a priority",
	  AT_WIRE,
	  { .dst = "192.0.2.1" },
	  .tci = PRIORITY | 5,
	  .to = AT_VLAN5,
	  .reason = NSACCEL_FWD_VETH },
	{ "all of a VLAN, whatever it is",
	  AT_WIRE,
	  { .ethertype = 0x88b5 },
	  .tci = 5,
	  .to = AT_VLAN5,
	  .reason = NSACCEL_FWD_VETH },
	{ "all of a VLAN, to another's MAC",
	  AT_WIRE,
	  { .dst = "10.0.0.5", .dst_mac = STRANGER_MAC },
	  .tci = 5,
	  .to = AT_VLAN5,
	  .reason = NSACCEL_FWD_VETH },
	{ "all of a VLAN, broadcast",
	  AT_WIRE,
	  { .dst = "10.255.255.255", .dst_mac = ALL },
	  .tci = 5,
	  .to = AT_VLAN5,
	  .reason = NSACCEL_FWD_VETH },
	{ "a tag in a tag",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .tci = 5,
	  .inner = 7,
	  .to = AT_VLAN5,
	  .to_tci = 7,
	  .reason = NSACCEL_FWD_VETH },
	{ "a provider's tag",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .tpid = ETH_P_8021AD,
	  .tci = 5,
	  .to = AT_OWNER,
	  .passed = true,
	  .reason = NSACCEL_PASS_VLAN },
	{ "an address in a VLAN",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .tci = 7,
	  .to = AT_VLAN7,
	  .reason = NSACCEL_FWD_VETH },
	{ "another address in a VLAN",
	  AT_WIRE,
	  { .dst = "10.0.0.6" },
	  .tci = 7,
	  .to = AT_OWNER,
	  .passed = true,
	  .reason = NSACCEL_PASS_VLAN },
	{ "nobody's VLAN",
	  AT_WIRE,
	  { .dst = "10.0.0.5" },
	  .tci = 8,
	  .to = AT_OWNER,
	  .passed = true,
	  .reason = NSACCEL_PASS_VLAN },
	{ "from all of a VLAN",
	  AT_VLAN5,
	  { .dst = "10.0.0.6", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .to_tci = 5,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_GREEN },
	{ "from all of a VLAN, whatever it is",
	  AT_VLAN5,
	  { .ethertype = 0x88b5, .src_mac = STRANGER_MAC, .dst_mac = ALL },
	  .to = AT_WIRE,
	  .to_tci = 5,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_GREEN },
	{ "from an address in a VLAN",
	  AT_VLAN7,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .to_tci = 7,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_PINK },
	{ "from an address that is another's in that VLAN",
	  AT_VLAN7,
	  { .dst = "10.0.0.9", .src = "10.0.0.6", BY_NIC, .dst_mac = WIRE },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_PINK },
	{ "in a VLAN the owner isn't",
	  AT_VLAN7,
	  { .dst = "10.0.0.1", .src = "10.0.0.5", BY_NIC },
	  .to = AT_WIRE,
	  .to_tci = 7,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_PINK },
	/* ---- from who shares it ---- */
	{ "to the wire",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "to the wire, IPv6",
	  AT_RED,
	  { .dst = "fd00::9", .src = "fd00::5", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "to another",
	  AT_RED,
	  { .dst = "10.0.0.6", .src = "10.0.0.5", BY_NIC },
	  .to = AT_BLUE,
	  .reason = NSACCEL_FWD_VETH,
	  .ns = NS_RED },
	{ "to another, by a router on the wire",
	  AT_RED,
	  { .dst = "10.0.0.6", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "to the owner, by a router on the wire",
	  AT_RED,
	  { .dst = "10.0.0.1", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "to the owner",
	  AT_RED,
	  { .dst = "10.0.0.1", .src = "10.0.0.5", BY_NIC },
	  .to = AT_OWNER,
	  .reason = NSACCEL_FWD_HOST,
	  .ns = NS_RED },
	{ "asks for another",
	  AT_RED,
	  { ARP(1, BYTES_NIC, 10, 0, 0, 5, 10, 0, 0, 6), BY_NIC, .dst_mac = ALL },
	  .to = AT_BLUE,
	  .reason = NSACCEL_FWD_VETH,
	  .ns = NS_RED },
	{ "asks for the wire",
	  AT_RED,
	  { ARP(1, BYTES_NIC, 10, 0, 0, 5, 10, 0, 0, 9), BY_NIC, .dst_mac = ALL },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "asks whether its own is free",
	  AT_RED,
	  { ARP(1, BYTES_NIC, 0, 0, 0, 0, 10, 0, 0, 5), BY_NIC, .dst_mac = ALL },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "asks whether another's is free",
	  AT_RED,
	  { ARP(1, BYTES_NIC, 0, 0, 0, 0, 10, 0, 0, 6), BY_NIC, .dst_mac = ALL },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ARP,
	  .ns = NS_RED },
	{ "announces its own",
	  AT_RED,
	  { ARP(2, BYTES_NIC, 10, 0, 0, 5, 10, 0, 0, 5), BY_NIC, .dst_mac = ALL },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "announces another's",
	  AT_RED,
	  { ARP(2, BYTES_NIC, 10, 0, 0, 6, 10, 0, 0, 6), BY_NIC, .dst_mac = ALL },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ARP,
	  .ns = NS_RED },
	{ "announces the owner's",
	  AT_RED,
	  { ARP(2, BYTES_NIC, 10, 0, 0, 1, 10, 0, 0, 1), BY_NIC, .dst_mac = ALL },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ARP,
	  .ns = NS_RED },
	{ "announces another MAC",
	  AT_RED,
	  { ARP(2, BYTES_OUT, 10, 0, 0, 5, 10, 0, 0, 5), BY_NIC, .dst_mac = ALL },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ARP,
	  .ns = NS_RED },
	{ "ARP of other lengths",
	  AT_RED,
	  { .ethertype = ETH_P_ARP,
	    .proto = 253,
	    BY_NIC,
	    .dst_mac = ALL,
	    .padding = 18,
	    BODY(0, 1, 8, 0, 6, 5, 0, 1, BYTES_NIC, 10, 0, 0, 5, 0, 0, 0, 0, 0, 0, 10, 0, 0, 9) },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ARP,
	  .ns = NS_RED },
	{ "advertises its own",
	  AT_RED,
	  { .dst = "fd00::9",
	    .src = "fd00::5",
	    BY_NIC,
	    .dst_mac = WIRE,
	    ND(ADVERT, FD00(5), 2, 1, BYTES_NIC) },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "advertises another's",
	  AT_RED,
	  { .dst = "fd00::9",
	    .src = "fd00::5",
	    BY_NIC,
	    .dst_mac = WIRE,
	    ND(ADVERT, FD00(6), 2, 1, BYTES_NIC) },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ND,
	  .ns = NS_RED },
	{ "advertises another MAC",
	  AT_RED,
	  { .dst = "fd00::9",
	    .src = "fd00::5",
	    BY_NIC,
	    .dst_mac = WIRE,
	    ND(ADVERT, FD00(5), 2, 1, BYTES_OUT) },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ND,
	  .ns = NS_RED },
	{ "is no router",
	  AT_RED,
	  { .dst = "ff02::1",
	    .src = "fd00::5",
	    BY_NIC,
	    .dst_mac = GROUP,
	    ND(134, 0, 0, 0, 0, 0, 0, 0, 0) },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_ND,
	  .ns = NS_RED },
	{ "IPv6: asks whether its own is free",
	  AT_RED,
	  { .dst = "ff02::1:ff00:5", .src = "::", BY_NIC, .dst_mac = GROUP, ND(SOLICIT, FD00(5)) },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "IPv6: asks whether another's is free",
	  AT_RED,
	  { .dst = "ff02::1:ff00:6", .src = "::", BY_NIC, .dst_mac = GROUP, ND(SOLICIT, FD00(6)) },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_RED },
	{ "reports groups without an address",
	  AT_RED,
	  { .dst = "ff02::16",
	    .src = "::",
	    BY_NIC,
	    .dst_mac = GROUP,
	    .ext = EXT_HOP_BY_HOP,
	    .proto = IPPROTO_ICMPV6,
	    .ttl = 1,
	    .icmp_type = MLD2_REPORT },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "pings without an address",
	  AT_RED,
	  { .dst = "ff02::1", .src = "::", BY_NIC, .dst_mac = GROUP, .proto = IPPROTO_ICMPV6 },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_RED },
	{ "from another's address",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.6", BY_NIC, .dst_mac = WIRE },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_RED },
	{ "from another MAC",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", .src_mac = STRANGER_MAC, .dst_mac = WIRE },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_MAC,
	  .ns = NS_RED },
	{ "from another MAC, which its device has",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", .src_mac = STRANGER_MAC, .dst_mac = WIRE },
	  .change = red_renamed_its_mac,
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_MAC,
	  .ns = NS_RED },
	{ "with a tag",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE },
	  .tci = 7,
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_RED },
	{ "what looks like a solicitation for the owner isn't routed by it",
	  AT_RED,
	  { .dst = "fd03::2", .src = "fd00::5", BY_NIC, ND(SOLICIT, FD00(1)) },
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "the owner routes for nobody while its table isn't there",
	  AT_RED,
	  { .dst = "10.3.0.2", .src = "10.0.0.5", BY_NIC },
	  .change = the_owner_is_refused,
	  .to = AT_WIRE,
	  .reason = NSACCEL_FWD_NIC,
	  .ns = NS_RED },
	{ "with a priority",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE },
	  .tci = PRIORITY,
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_RED },
	{ "neither IP nor ARP",
	  AT_RED,
	  { .ethertype = 0x88b5, BY_NIC, .dst_mac = ALL },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_GUARD_SOURCE,
	  .ns = NS_RED },
	{ "to one who gets too much",
	  AT_RED,
	  { .dst = "10.0.0.6", .src = "10.0.0.5", BY_NIC },
	  .change = blue_is_full,
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_LIMIT,
	  .ns = NS_RED },
	{ "larger than the NIC's MTU",
	  AT_RED,
	  { .dst = "10.0.0.9", .src = "10.0.0.5", BY_NIC, .dst_mac = WIRE, .l3_len = 1501 },
	  .to = NOWHERE,
	  .reason = NSACCEL_DROP_TOO_BIG,
	  .ns = NS_RED },
	/* ---- from the NIC's own namespace ---- */
	{ "the owner to who shares it",
	  AT_OWNER,
	  { .dst = "10.0.0.5", .src = "10.0.0.1", BY_NIC },
	  .to = AT_RED,
	  .reason = NSACCEL_FWD_VETH },
	{ "the owner asks for who shares it",
	  AT_OWNER,
	  { ARP(1, BYTES_NIC, 10, 0, 0, 1, 10, 0, 0, 6), BY_NIC, .dst_mac = ALL },
	  .to = AT_BLUE,
	  .reason = NSACCEL_FWD_VETH },
	{ "the owner to the wire",
	  AT_OWNER,
	  { .dst = "10.0.0.9", .src = "10.0.0.1", BY_NIC, .dst_mac = WIRE },
	  .to = AT_WIRE,
	  .uncounted = true },
	{ "the owner in a VLAN",
	  AT_OWNER,
	  { .dst = "10.0.0.5", .src = "10.0.0.1", BY_NIC, .dst_mac = WIRE },
	  .tci = 5,
	  .to = AT_WIRE,
	  .to_tci = 5,
	  .uncounted = true },
};

static int fds[EAR_COUNT];

static void apply(struct world *world, const struct trip *trip)
{
	world_init(world);
	world->ports[ETH1].source_slot = NS_GREEN;
	world->ports[ETH3].source_slot = NS_PINK;
	world_add_share(world, ETH0, 0, "10.0.0.5/32", RED);
	world_add_share(world, ETH0, 0, "fd00::5/128", RED);
	world_add_share(world, ETH0, 0, "10.0.0.6/32", BLUE);
	world_add_share(world, ETH0, 5, NULL, ETH1);
	world_add_share(world, ETH0, 7, "10.0.0.5/32", ETH3);
	if (trip->change)
		trip->change(world);
	rig_apply(rig, world);
}

static void add_tag(struct packet *packet, __u16 tpid, __u16 tci)
{
	const __u8 tag[] = { tpid >> 8, tpid & 0xff, tci >> 8, tci & 0xff };

	memmove(packet->data + 16, packet->data + 12, packet->len - 12);
	memcpy(packet->data + 12, tag, sizeof(tag));
	packet->len += sizeof(tag);
}

static void build(struct packet *frame, const struct trip *trip)
{
	struct packet_spec spec = trip->packet;

	spec.dst_mac = spec.dst_mac ? spec.dst_mac : NIC_MAC;
	spec.src_mac = spec.src_mac ? spec.src_mac : HOST_MAC(ETH0);
	packet_build(frame, &spec);
}

struct got {
	struct packet packet;
	__u16 tci;
	bool out;
};

/* With the tag that the kernel has taken out. */
static bool hear(int fd, struct got *got, int timeout_ms)
{
	union {
		struct cmsghdr header;
		char room[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	} control;
	struct tpacket_auxdata aux = {};
	struct pollfd readable = { .fd = fd, .events = POLLIN };
	struct virtio_net_hdr offload;
	struct iovec parts[] = { { &offload, sizeof(offload) },
				 { got->packet.data, sizeof(got->packet.data) } };
	struct sockaddr_ll from;
	struct msghdr message = { .msg_name = &from,
				  .msg_namelen = sizeof(from),
				  .msg_iov = parts,
				  .msg_iovlen = 2,
				  .msg_control = &control,
				  .msg_controllen = sizeof(control) };
	ssize_t len;

	if (poll(&readable, 1, timeout_ms) != 1)
		return false;
	len = recvmsg(fd, &message, 0);
	assert_true(len > (ssize_t)sizeof(offload));
	got->packet.len = (__u32)len - (__u32)sizeof(offload);
	got->out = from.sll_pkttype == PACKET_OUTGOING;
	if (CMSG_FIRSTHDR(&message))
		memcpy(&aux, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(aux));
	got->tci = aux.tp_status & TP_STATUS_VLAN_VALID ? aux.tp_vlan_tci : NO_TAG;
	return true;
}

static void wait_counted(void)
{
	struct timespec pause = { .tv_nsec = 1000000 };

	for (int i = 0; i < SOON && !rig_counted(rig).packets; i++)
		nanosleep(&pause, NULL);
}

static void assert_silence(const struct trip *trip)
{
	struct got got;

	for (int ear = 0; ear < EAR_COUNT; ear++)
		while (hear(fds[ear], &got, 0))
			/* The NIC hears what comes in, and everybody what they send. */
			if (!got.out && ear != AT_OWNER && ear != (int)trip->from)
				fail_msg("heard at %s, too", ears[ear]);
}

static void assert_arrives(const struct trip *trip, const struct packet *want)
{
	struct got got;

	do {
		if (!hear(fds[trip->to], &got, SOON))
			fail_msg("not heard at %s", ears[trip->to]);
	} while (got.out);
	if (!trip->passed) { /* else it has its tags still, taken out or not */
		assert_packet(want, &got.packet);
		assert_int_equal(got.tci, trip->to_tci);
	}
}

static void run_trip(void **state)
{
	const struct trip *trip = *state;
	struct packet frame, want;
	struct counted counted;
	struct world world;
	struct got got;

	apply(&world, trip);
	build(&want, trip);
	frame = want;
	if (trip->inner)
		add_tag(&frame, ETH_P_8021Q, trip->inner);
	if (trip->tci)
		add_tag(&frame, trip->tpid ? trip->tpid : ETH_P_8021Q, trip->tci);
	for (int ear = 0; ear < EAR_COUNT; ear++)
		while (hear(fds[ear], &got, 0))
			;
	rig_send(fds[trip->from], &frame, NULL);
	if (trip->to != NOWHERE && trip->to != trip->from)
		assert_arrives(trip, &want);
	if (!trip->uncounted)
		wait_counted();
	assert_silence(trip);
	if (trip->uncounted)
		return;
	counted = rig_counted(rig);
	assert_int_equal(counted.reason, trip->reason);
	assert_int_equal(counted.ns, trip->ns ? trip->ns : NS_OWNER);
}

static int set_up(void **state)
{
	int one = 1;

	rig_set_up(state);
	rig_ip("link set nsa-eth0 mtu 1500\n");
	rig_make_hooks();
	for (int dev = 0; dev < DEV_COUNT; dev++)
		rig_attach(rig, dev, NSACCEL_HOOK_TC_INGRESS);
	rig_attach(rig, ETH0, NSACCEL_HOOK_TC_EGRESS);
	for (int ear = 0; ear < EAR_COUNT; ear++) {
		fds[ear] = rig_listen(rig, ear != AT_OWNER, ears[ear]);
		setsockopt(fds[ear], SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one));
	}
	return 0;
}

static int tear_down(void **state)
{
	for (int ear = 0; ear < EAR_COUNT; ear++)
		close(fds[ear]);
	return rig_tear_down(state);
}

int main(void)
{
	struct CMUnitTest tests[ARRAY_SIZE(trips)];

	for (size_t i = 0; i < ARRAY_SIZE(trips); i++)
		tests[i] = (struct CMUnitTest){
			.name = trips[i].name,
			.test_func = run_trip,
			.initial_state = (void *)&trips[i],
		};
	return cmocka_run_group_tests_name("share", tests, set_up, tear_down);
}
