/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The contract between the BPF programs, the nsaccel command and everybody who
 * reads the pinned maps: map names, keys, values, enumerations.
 *
 * Rules of this file
 * - Fixed-width fields, no implicit padding, sizes and offsets asserted below.
 * - Host byte order, except fields that say "network order" and MAC and IP
 *   addresses, which are byte arrays in network order.
 * - IPv4 addresses stand in the first four bytes of a 16-byte array, the rest 0.
 * - A network namespace is named by its cookie (SO_NETNS_COOKIE, Linux 5.14): a
 *   u64, unique for the life of the machine, never 0. Arrays are indexed by the
 *   namespace's slot, a small number that nsaccel assigns; slot 0 is nobody's.
 * - An ifindex means nothing without the namespace that it belongs to.
 * - Any change of layout or of a number raises NSACCEL_ABI_VERSION, which is
 *   also the name of the pin directory: old pins are refused, never misread.
 */
#ifndef NSACCEL_ABI_H
#define NSACCEL_ABI_H

#ifndef __VMLINUX_H__
#include <linux/types.h>
#endif

#define NSACCEL_ABI_VERSION 1

#define NSACCEL_MAC_LEN	   6
#define NSACCEL_ADDR_LEN   16
#define NSACCEL_NAME_LEN   16 /* IFNAMSIZ; always NUL-terminated */
#define NSACCEL_NETNS_NAME 64 /* for people; longer names are cut */

/* Capacities: max_entries of the maps. */
#define NSACCEL_MAX_NETNS     16384
#define NSACCEL_MAX_PORTS     65536
#define NSACCEL_MAX_ENDPOINTS 65536
#define NSACCEL_MAX_ROUTES    1048576 /* in one namespace's table */
#define NSACCEL_MAX_NEXTHOPS  65536
#define NSACCEL_MAX_TX	      4096
#define NSACCEL_MAX_SETTINGS  65536

/*
 * What became of a packet. X(NAME, field, text): NAME makes the enumerator
 * NSACCEL_<NAME>, field the counter's name in struct nsaccel_stats.
 * FWD: sent on by nsaccel. PASS: handed to the kernel unchanged. DROP: discarded.
 */
#define NSACCEL_REASONS(X)                                                                         \
	X(FWD_NIC, fwd_nic, "sent out of a NIC")                                                   \
	X(FWD_VETH, fwd_veth, "delivered into a veth endpoint")                                    \
	X(FWD_MACVLAN, fwd_macvlan, "delivered into a macvlan endpoint")                           \
	X(FWD_HOST, fwd_host, "turned round from a macvlan to its lower device's namespace")       \
	X(PASS_NOT_IP, pass_not_ip, "neither IPv4 nor IPv6 (ARP, LLDP, ...)")                      \
	X(PASS_VLAN, pass_vlan, "VLAN-tagged")                                                     \
	X(PASS_MULTICAST, pass_multicast, "multicast or broadcast")                                \
	X(PASS_OTHER_MAC, pass_other_mac, "not addressed to the port's MAC")                       \
	X(PASS_MALFORMED, pass_malformed, "truncated header, bad version, length or checksum")     \
	X(PASS_OPTIONS, pass_options, "IPv4 options or IPv6 hop-by-hop header")                    \
	X(PASS_TTL, pass_ttl, "TTL or hop limit of 1 or 0")                                        \
	X(PASS_SCOPE, pass_scope, "link-local, loopback or other address that isn't forwarded")    \
	X(PASS_FORWARDING, pass_forwarding, "forwarding is switched off on the port")              \
	X(PASS_SOURCE, pass_source, "source address that the kernel would check (rp_filter, own)") \
	X(PASS_LOCAL, pass_local, "for an address of the owner itself")                            \
	X(PASS_NO_ROUTE, pass_no_route, "no route in nsaccel's tables")                            \
	X(PASS_ROUTE, pass_route, "the route says: leave it to the kernel")                        \
	X(PASS_NO_NEIGH, pass_no_neigh, "the next hop's link-layer address isn't known yet")       \
	X(PASS_TOO_BIG, pass_too_big, "larger than the egress MTU")                                \
	X(PASS_SAME_PORT, pass_same_port, "would leave by the port it came in on")                 \
	X(PASS_OTHER_OWNER, pass_other_owner, "egress device lives in another owner namespace")    \
	X(PASS_NO_DEVICE, pass_no_device, "egress device is gone")                                 \
	X(PASS_STALE, pass_stale, "route refers to a next hop that was replaced")                  \
	X(PASS_UNKNOWN_PORT, pass_unknown_port, "came in on a device that isn't a port")           \
	X(PASS_MOVED, pass_moved, "the port has moved to another namespace")                       \
	X(DROP_BLACKHOLE, drop_blackhole, "blackhole route")                                       \
	X(DROP_UNREACHABLE, drop_unreachable, "unreachable route; ICMP error sent")                \
	X(DROP_PROHIBIT, drop_prohibit, "prohibit route; ICMP error sent")

enum nsaccel_reason {
#define NSACCEL_REASON_ENUM(NAME, field, text) NSACCEL_##NAME,
	NSACCEL_REASONS(NSACCEL_REASON_ENUM)
#undef NSACCEL_REASON_ENUM
	NSACCEL_REASON_COUNT
};

/* Where a program runs. Key of a namespace's statistics array. */
enum nsaccel_hook {
	NSACCEL_HOOK_XDP,
	NSACCEL_HOOK_TC_INGRESS,
	NSACCEL_HOOK_TC_EGRESS,
	NSACCEL_HOOK_COUNT
};

enum nsaccel_family {
	NSACCEL_FAMILY_NONE = 0,
	NSACCEL_FAMILY_INET = 2,   /* AF_INET */
	NSACCEL_FAMILY_INET6 = 10, /* AF_INET6 */
};

enum nsaccel_kind {
	NSACCEL_KIND_NONE,
	NSACCEL_KIND_NIC,     /* a device the user attached; the wire is behind it */
	NSACCEL_KIND_VETH,    /* veth host end; one namespace is behind it */
	NSACCEL_KIND_MACVLAN, /* endpoint only: its port is the lower device */
};

/* What the user asked for. */
enum nsaccel_mode {
	NSACCEL_MODE_AUTO,   /* native XDP where driver and MTU allow, else TC alone */
	NSACCEL_MODE_NATIVE, /* native XDP or nothing */
	NSACCEL_MODE_TC,
};

/* How frames that arrive on a port reach nsaccel, beside TC ingress. */
enum nsaccel_xdp_attach {
	NSACCEL_XDP_NONE,
	NSACCEL_XDP_LINK,	/* native, a bpf_link of its own, pinned */
	NSACCEL_XDP_DISPATCHER, /* native, through libxdp's dispatcher */
};

/* Why there is no XDP, or no dispatcher. */
enum nsaccel_xdp_why {
	NSACCEL_XDP_WHY_NONE,
	NSACCEL_XDP_WHY_ASKED,	 /* --mode tc */
	NSACCEL_XDP_WHY_FOUND,	 /* not a NIC that the user named */
	NSACCEL_XDP_WHY_VETH,	 /* would take TSO and checksums from the peer */
	NSACCEL_XDP_WHY_DRIVER,	 /* no native XDP in the driver */
	NSACCEL_XDP_WHY_MTU,	 /* MTU too large for the driver's XDP */
	NSACCEL_XDP_WHY_BUSY,	 /* another XDP program is there, without a dispatcher */
	NSACCEL_XDP_WHY_REFUSED, /* the kernel refused for another reason */
	NSACCEL_XDP_WHY_TC,	 /* others' TC programs at ingress, which XDP would go past */
	NSACCEL_XDP_WHY_VLAN, /* the device takes VLAN tags out of frames, and can't be told not to */
	NSACCEL_XDP_WHY_NO_EXT, /* link, since the kernel refuses the dispatcher's freplace */
};

/* Source validation, as net.ipv4.conf.*.rp_filter (RFC 3704). */
enum nsaccel_rp_filter {
	NSACCEL_RP_FILTER_OFF,
	NSACCEL_RP_FILTER_STRICT,
	NSACCEL_RP_FILTER_LOOSE,
};

/* How packets are put into a veth endpoint. */
enum nsaccel_delivery {
	NSACCEL_DELIVERY_TC,  /* bpf_redirect_peer(): keeps GSO and checksum state */
	NSACCEL_DELIVERY_XDP, /* from a NIC's XDP by devmap: for XDP consumers */
};

enum nsaccel_action {
	NSACCEL_ACTION_NONE,
	NSACCEL_ACTION_PASS,
	NSACCEL_ACTION_DROP,
	NSACCEL_ACTION_REJECT,	/* drop and answer with an ICMP error */
	NSACCEL_ACTION_NIC,	/* transmit out of ifindex */
	NSACCEL_ACTION_VETH,	/* into the peer of ifindex, a veth host end */
	NSACCEL_ACTION_MACVLAN, /* into the ingress of ifindex, a macvlan's lower */
};

/* What a user asked for, kept so that the next hop can be resolved again. */
enum nsaccel_target {
	NSACCEL_TARGET_NONE,
	NSACCEL_TARGET_VIA,   /* gateway */
	NSACCEL_TARGET_DEV,   /* target_ifindex, in the owner */
	NSACCEL_TARGET_NETNS, /* dst_cookie */
	NSACCEL_TARGET_BLACKHOLE,
	NSACCEL_TARGET_UNREACHABLE,
	NSACCEL_TARGET_PROHIBIT,
	NSACCEL_TARGET_PASS,
};

/* Who put a route there. */
enum nsaccel_origin {
	NSACCEL_ORIGIN_NONE,
	NSACCEL_ORIGIN_STATIC,	  /* nsaccel route add */
	NSACCEL_ORIGIN_ENDPOINT,  /* an endpoint's own address */
	NSACCEL_ORIGIN_KERNEL,	  /* the owner's FIB */
	NSACCEL_ORIGIN_NEIGHBOUR, /* the owner's neighbour table */
};

enum nsaccel_setting_kind {
	NSACCEL_SETTING_NONE,
	NSACCEL_SETTING_GRO,	   /* ethtool -k: generic-receive-offload; value 0 or 1 */
	NSACCEL_SETTING_RX_QUEUES, /* ethtool -l: rx or combined channels; value is the count */
	NSACCEL_SETTING_RX_VLAN,   /* ethtool -k: rx-vlan-offload; value 0 or 1 */
	NSACCEL_SETTING_CLSACT,	   /* the clsact qdisc; value 0 absent or 1 present */
};

struct nsaccel_counter {
	__u64 packets;
	__u64 bytes; /* of the frame, Ethernet header included, FCS not */
};

/* Map "stats": slot -> PERCPU_ARRAY[enum nsaccel_hook] of this. */
struct nsaccel_stats {
#define NSACCEL_REASON_FIELD(NAME, field, text) struct nsaccel_counter field;
	NSACCEL_REASONS(NSACCEL_REASON_FIELD)
#undef NSACCEL_REASON_FIELD
};

/* Map "meta", one element. */
struct nsaccel_meta {
	__u32 abi_version;
	__u32 generation; /* of next hops: the last one given out */
};

/* Map "netns": cookie -> this. */
struct nsaccel_netns {
	__u32 slot;
	__u32 flags;		       /* none yet: 0 */
	char name[NSACCEL_NETNS_NAME]; /* of /run/netns, or "pid N": for people only */
};

/* Map "ports". */
struct nsaccel_port_key {
	__u32 owner_slot;
	__u32 ifindex; /* in the owner */
};

#define NSACCEL_LOCAL4_BITS	 256
#define NSACCEL_LOCAL4_BIT(addr) ((__u32)(addr)*2654435769U >> 24) /* as it is in memory */

struct nsaccel_port {
	__u64 owner_cookie;
	__u64 endpoint_cookie;	/* VETH: the namespace behind it; else 0 */
	__u32 source_slot;	/* the namespace that what comes in here comes from */
	__u32 endpoint_ifindex; /* VETH: in endpoint_cookie; else 0 */
	enum nsaccel_kind kind;
	enum nsaccel_mode mode;
	enum nsaccel_xdp_attach xdp;
	enum nsaccel_xdp_why xdp_why;
	enum nsaccel_delivery delivery; /* VETH */
	enum nsaccel_rp_filter rp_filter;
	__u32 mtu;     /* bytes of layer 3 */
	__u32 tx_slot; /* key in "tx"; 0: can't be an XDP target */
	__u8 mac[NSACCEL_MAC_LEN];
	__u8 endpoint_mac[NSACCEL_MAC_LEN]; /* VETH; else 0 */
	__u8 forward4;			    /* 1: IPv4 forwarding is on */
	__u8 forward6;			    /* 1: IPv6 forwarding is on */
	__u8 requested;			    /* 1: named by the user, 0: found by attach */
	__u8 lower;			    /* 1: macvlan endpoints sit on it */
	/* What redirects would go past, 1 if it is there: */
	__u8 ingress_hooked; /* others' TC programs at ingress: no XDP */
	__u8 egress_hooked; /* a qdisc, or others' TC programs at egress: no XDP, no redirect_peer */
	__u8 endpoint_xdp;  /* VETH: native XDP in the endpoint: no redirect_peer */
	__u8 zero[5];
	/* Bit NSACCEL_LOCAL4_BIT(a) is set for each IPv4 address a of the owner: a source address with
	 * its bit clear is none of them. */
	__u8 local4[NSACCEL_LOCAL4_BITS / 8];
	__u8 source4[4]; /* an IPv4 source known to pass the owner's checks; 0: none */
	__u8 source6[NSACCEL_ADDR_LEN]; /* likewise IPv6 */
	__u8 address4[4]; /* the owner's address here, source of ICMP errors; 0: none */
	__u8 address6[NSACCEL_ADDR_LEN]; /* likewise IPv6 */
	char name[NSACCEL_NAME_LEN];
};

/* Map "endpoints". */
struct nsaccel_endpoint_key {
	__u32 owner_slot;
	__u32 ifindex; /* of the port, in the owner */
	__u8 mac[NSACCEL_MAC_LEN];
	__u8 zero[2];
};

struct nsaccel_endpoint {
	__u64 netns_cookie;
	__u32 slot;
	__u32 ifindex; /* in netns_cookie */
	enum nsaccel_kind kind;
	__u32 mtu;
	__u8 hairpin; /* MACVLAN in bridge mode: may talk to its lower's namespace */
	__u8 zero[3];
	char name[NSACCEL_NAME_LEN]; /* in netns_cookie */
	__u32 zero2;
};

/*
 * Key of a namespace's own table, an LPM_TRIE found by cookie in "routes" and by
 * slot in "tables". prefixlen counts from family on, which is always matched.
 */
struct nsaccel_prefix {
	__u32 prefixlen; /* NSACCEL_PREFIX_FAMILY_BITS + length */
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
};
#define NSACCEL_PREFIX_FAMILY_BITS 32

struct nsaccel_route {
	__u32 nexthop;	  /* index in "nexthops" */
	__u32 generation; /* must equal the next hop's */
	enum nsaccel_origin origin;
};

/* Map "nexthops": an array, so that an element is never another's by reuse. */
struct nsaccel_nexthop {
	__u32 generation; /* 0: free */
	enum nsaccel_action action;
	enum nsaccel_reason reason; /* counted for what the action does */
	__u32 owner_slot;	    /* whose ifindex */
	__u32 ifindex;
	__u32 tx_slot; /* key in "tx"; 0: not by XDP */
	__u32 mtu;     /* bytes of layer 3, smaller of route and device */
	__u32 dst_slot;
	__u64 dst_cookie; /* 0: leaves the machine */
	__u8 dst_mac[NSACCEL_MAC_LEN];
	__u8 src_mac[NSACCEL_MAC_LEN];
	enum nsaccel_target target;
	__u32 target_ifindex;
	enum nsaccel_family gateway_family; /* NONE: on-link */
	__u8 gateway[NSACCEL_ADDR_LEN];
};

/* Map "tx_info": what slot N of the devmap "tx" is. */
struct nsaccel_tx_info {
	__u64 netns_cookie; /* 0: free */
	__u32 ifindex;	    /* in netns_cookie */
	__u32 mtu;
	char name[NSACCEL_NAME_LEN];
};

/* Map "settings": what attach changed and detach puts back. */
struct nsaccel_setting_key {
	__u64 netns_cookie;
	__u32 ifindex;
	enum nsaccel_setting_kind kind;
};

struct nsaccel_setting {
	__u64 owner_cookie; /* the owner it was changed for */
	__u32 old_value;
	__u32 new_value;
};

/* BPF_PROG_TEST_RUN of a TC program with this in cb[0] asks instead of acting: nothing is counted,
 * and the answer is in the other elements of cb. */
#define NSACCEL_PROBE_MAGIC 0x6e736150
enum nsaccel_probe {
	NSACCEL_PROBE_REASON = 1,     /* enum nsaccel_reason */
	NSACCEL_PROBE_IFINDEX = 2,    /* of the next hop, if one was found */
	NSACCEL_PROBE_GENERATION = 3, /* likewise */
};

#define NSACCEL_ASSERT_SIZE(type, size)                                                            \
	_Static_assert(sizeof(struct type) == (size), "ABI: size of " #type)
#define NSACCEL_ASSERT_OFFSET(type, field, offset)                                                 \
	_Static_assert(__builtin_offsetof(struct type, field) == (offset),                         \
		       "ABI: "                                                                     \
		       "offset of " #type "." #field)

NSACCEL_ASSERT_SIZE(nsaccel_counter, 16);
NSACCEL_ASSERT_SIZE(nsaccel_stats, 16 * NSACCEL_REASON_COUNT);
NSACCEL_ASSERT_OFFSET(nsaccel_stats, fwd_host, 16 * NSACCEL_FWD_HOST);
NSACCEL_ASSERT_OFFSET(nsaccel_stats, drop_prohibit, 16 * NSACCEL_DROP_PROHIBIT);
NSACCEL_ASSERT_SIZE(nsaccel_meta, 8);
NSACCEL_ASSERT_SIZE(nsaccel_netns, 72);
NSACCEL_ASSERT_OFFSET(nsaccel_netns, name, 8);
NSACCEL_ASSERT_SIZE(nsaccel_port_key, 8);
NSACCEL_ASSERT_SIZE(nsaccel_port, 168);
NSACCEL_ASSERT_OFFSET(nsaccel_port, kind, 24);
NSACCEL_ASSERT_OFFSET(nsaccel_port, mac, 56);
NSACCEL_ASSERT_OFFSET(nsaccel_port, source4, 112);
NSACCEL_ASSERT_OFFSET(nsaccel_port, name, 152);
NSACCEL_ASSERT_SIZE(nsaccel_endpoint_key, 16);
NSACCEL_ASSERT_OFFSET(nsaccel_endpoint_key, mac, 8);
NSACCEL_ASSERT_SIZE(nsaccel_endpoint, 48);
NSACCEL_ASSERT_OFFSET(nsaccel_endpoint, hairpin, 24);
NSACCEL_ASSERT_SIZE(nsaccel_prefix, 24);
NSACCEL_ASSERT_OFFSET(nsaccel_prefix, addr, 8);
NSACCEL_ASSERT_SIZE(nsaccel_route, 12);
NSACCEL_ASSERT_SIZE(nsaccel_nexthop, 80);
NSACCEL_ASSERT_OFFSET(nsaccel_nexthop, dst_cookie, 32);
NSACCEL_ASSERT_OFFSET(nsaccel_nexthop, dst_mac, 40);
NSACCEL_ASSERT_OFFSET(nsaccel_nexthop, gateway, 64);
NSACCEL_ASSERT_SIZE(nsaccel_tx_info, 32);
NSACCEL_ASSERT_SIZE(nsaccel_setting_key, 16);
NSACCEL_ASSERT_SIZE(nsaccel_setting, 16);

#endif /* NSACCEL_ABI_H */
