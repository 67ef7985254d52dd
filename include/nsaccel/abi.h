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

#define NSACCEL_ABI_VERSION 9

#define NSACCEL_MAC_LEN	   6
#define NSACCEL_ADDR_LEN   16
#define NSACCEL_NAME_LEN   16 /* IFNAMSIZ; always NUL-terminated */
#define NSACCEL_NETNS_NAME 64 /* for people; longer names are cut */

/* Capacities: max_entries of the maps. */
#define NSACCEL_MAX_NETNS      16384
#define NSACCEL_MAX_PORTS      65536
#define NSACCEL_MAX_ENDPOINTS  65536
#define NSACCEL_MAX_ROUTES     1048576 /* in one namespace's table */
#define NSACCEL_MAX_NEXTHOPS   65536
#define NSACCEL_MAX_TX	       4096
#define NSACCEL_MAX_SETTINGS   65536
#define NSACCEL_MAX_LAPSED     1024 /* the last ones */
#define NSACCEL_MAX_FDB	       65536
#define NSACCEL_MAX_FLOWS      131072 /* of all namespaces together */
#define NSACCEL_MAX_SOURCES    262144 /* of all namespaces together */
#define NSACCEL_MAX_RULES      16384  /* of one owner */
#define NSACCEL_RULE_NUMBERS   32768  /* while all are replaced there are twice as many */
#define NSACCEL_MAX_POLICIES   1024   /* of owners; while one is replaced it has two */
#define NSACCEL_MAX_CONNS      8192   /* that one namespace has begun */
#define NSACCEL_MAX_SHARES     65536
#define NSACCEL_PORT_CACHE     4096
#define NSACCEL_ROUTE_CACHE    4096 /* on each CPU */
#define NSACCEL_VERDICT_CACHE  4096 /* on each CPU */
#define NSACCEL_FLOW_SEQS      8192
#define NSACCEL_ROUTE_SEQS4    65536 /* by the first 16 bits of an IPv4 address */
#define NSACCEL_ROUTE_SEQS6    16384 /* by a hash of the first 48 bits of an IPv6 address */
#define NSACCEL_MAX_NEIGH_USED 16384
#define NSACCEL_QUOTA	       256 /* of one namespace, unless it was given another */
#define NSACCEL_QUOTA_MAX      1024
#define NSACCEL_QUOTA_FLOWS    8     /* flows for each of its quota */
#define NSACCEL_OWN_FLOWS      65536 /* flows between an owner's wires */

/*
 * What became of a packet. X(CLASS, NAME, field, text): NAME makes the enumerator
 * NSACCEL_<NAME>, field the counter's name in struct nsaccel_stats, CLASS is one of
 *   FWD    sent on by nsaccel
 *   PASS   handed to the kernel unchanged; likewise the next three:
 *   MISS   because a route or a device isn't there at the moment
 *   END    and no port sees it leave: it is for the owner, or leaves by another device
 *   GUARD  because its source isn't its endpoint's
 *   DROP   discarded
 */
/* clang-format off */
#define NSACCEL_REASONS(X) \
	X(FWD, FWD_NIC, fwd_nic, "sent out of a NIC") \
	X(FWD, FWD_VETH, fwd_veth, "delivered into a veth endpoint") \
	X(FWD, FWD_MACVLAN, fwd_macvlan, "delivered into a macvlan endpoint") \
	X(FWD, FWD_HOST, fwd_host, "handed to the owner by a macvlan of its NIC, or who shares it") \
	X(FWD, FWD_BRIDGE, fwd_bridge, "delivered to another port of the same bridge") \
	X(PASS, PASS_NOT_IP, pass_not_ip, "neither IPv4 nor IPv6 (ARP, LLDP, ...)") \
	X(PASS, PASS_VLAN, pass_vlan, "VLAN-tagged") \
	X(PASS, PASS_MULTICAST, pass_multicast, "multicast or broadcast") \
	X(PASS, PASS_OTHER_MAC, pass_other_mac, "not addressed to the port's MAC") \
	X(PASS, PASS_MALFORMED, pass_malformed, "truncated header, bad version, length or checksum") \
	X(PASS, PASS_OPTIONS, pass_options, "IPv4 options or IPv6 hop-by-hop header") \
	X(PASS, PASS_TTL, pass_ttl, "TTL or hop limit of 1 or 0") \
	X(PASS, PASS_SCOPE, pass_scope, "link-local, loopback or other address that isn't forwarded") \
	X(PASS, PASS_FORWARDING, pass_forwarding, "forwarding is switched off on the port") \
	X(PASS, PASS_SOURCE, pass_source, "source address that the kernel would check (rp_filter, own)") \
	X(END, PASS_LOCAL, pass_local, "for an address of the owner itself") \
	X(PASS, PASS_NO_ROUTE, pass_no_route, "no route in nsaccel's tables") \
	X(PASS, PASS_ROUTE, pass_route, "the route says: leave it to the kernel") \
	X(END, PASS_ENCAP, pass_encap, "the route encapsulates") \
	X(END, PASS_NOT_PORT, pass_not_port, "would leave by a device that isn't attached") \
	X(PASS, PASS_LINK_DOWN, pass_link_down, "the route's device or next hop is down") \
	X(PASS, PASS_FIB, pass_fib, "the kernel's own lookup found nothing that can be sent on") \
	X(PASS, PASS_BRIDGE, pass_bridge, "the bridge has to decide (unknown MAC, STP, isolation, ...)") \
	X(PASS, PASS_FIREWALL, pass_firewall, "the firewall has to see it") \
	X(PASS, PASS_NO_NEIGH, pass_no_neigh, "the next hop's link-layer address isn't known yet") \
	X(PASS, PASS_TOO_BIG, pass_too_big, "larger than the egress MTU") \
	X(PASS, PASS_SAME_PORT, pass_same_port, "would leave by the port it came in on") \
	X(MISS, PASS_OTHER_OWNER, pass_other_owner, "egress device lives in another owner namespace") \
	X(MISS, PASS_NO_DEVICE, pass_no_device, "egress device is gone") \
	X(MISS, PASS_STALE, pass_stale, "route refers to a next hop that was replaced") \
	X(PASS, PASS_UNKNOWN_PORT, pass_unknown_port, "came in on a device that isn't a port") \
	X(PASS, PASS_MOVED, pass_moved, "the port has moved to another namespace") \
	X(PASS, PASS_XDP, pass_xdp, "generic XDP there, which wouldn't see what is redirected") \
	X(GUARD, PASS_GUARD_MAC, pass_guard_mac, "source MAC that isn't the endpoint's") \
	X(GUARD, PASS_GUARD_SOURCE, pass_guard_source, "source address that isn't the endpoint's") \
	X(GUARD, PASS_GUARD_ARP, pass_guard_arp, "ARP for a MAC or address that isn't the endpoint's") \
	X(GUARD, PASS_GUARD_ND, pass_guard_nd, "neighbour discovery that isn't the endpoint's to send") \
	X(DROP, DROP_BLACKHOLE, drop_blackhole, "blackhole route") \
	X(DROP, DROP_UNREACHABLE, drop_unreachable, "unreachable route; ICMP error sent") \
	X(DROP, DROP_PROHIBIT, drop_prohibit, "prohibit route; ICMP error sent") \
	X(DROP, DROP_TTL, drop_ttl, "TTL or hop limit ran out; ICMP error sent") \
	X(DROP, DROP_TOO_BIG, drop_too_big, "larger than the egress MTU; ICMP error sent if it was routed") \
	X(DROP, DROP_GUARD_MAC, drop_guard_mac, "source MAC that isn't the endpoint's") \
	X(DROP, DROP_GUARD_SOURCE, drop_guard_source, "source address that isn't the endpoint's") \
	X(DROP, DROP_GUARD_ARP, drop_guard_arp, "ARP for a MAC or address that isn't the endpoint's") \
	X(DROP, DROP_GUARD_ND, drop_guard_nd, "neighbour discovery that isn't the endpoint's to send") \
	X(DROP, DROP_ISOLATED, drop_isolated, "no route leads from, or into, an isolated namespace") \
	X(DROP, DROP_CLOSED, drop_closed, "what the kernel would have to decide, of one that is closed; or its NIC is gone") \
	X(DROP, DROP_POLICY, drop_policy, "the policy denies it") \
	X(DROP, DROP_LIMIT, drop_limit, "over the namespace's rate")
/* clang-format on */

enum nsaccel_reason {
#define NSACCEL_REASON_ENUM(CLASS, NAME, field, text) NSACCEL_##NAME,
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
	NSACCEL_XDP_WHY_NO_EXT,	    /* link, since the kernel refuses the dispatcher's freplace */
	NSACCEL_XDP_WHY_BRIDGE,	    /* a bridge's port: most of its frames are for the bridge */
	NSACCEL_XDP_WHY_UNFINISHED, /* frames may come with checksums or segmentation pending */
	NSACCEL_XDP_WHY_UNKNOWN,    /* whether they do isn't known of this driver */
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

/* XDP at the other end of a veth. */
enum nsaccel_endpoint_xdp {
	NSACCEL_ENDPOINT_XDP_NONE,
	NSACCEL_ENDPOINT_XDP_NATIVE,  /* redirect_peer would go past it */
	NSACCEL_ENDPOINT_XDP_GENERIC, /* what is redirected to the device goes past it */
};

enum nsaccel_action {
	NSACCEL_ACTION_NONE,
	NSACCEL_ACTION_PASS,
	NSACCEL_ACTION_DROP,
	NSACCEL_ACTION_REJECT, /* drop and answer with an ICMP error */
	NSACCEL_ACTION_FIB,    /* TC: ask the kernel's FIB (bpf_fib_lookup); XDP: pass */
	/* From here on: sent on. */
	NSACCEL_ACTION_NIC,	/* transmit out of ifindex */
	NSACCEL_ACTION_VETH,	/* into the peer of ifindex, a veth host end */
	NSACCEL_ACTION_MACVLAN, /* into the ingress of ifindex, a macvlan's lower */
};

/* What a next hop is resolved from, kept so that it can be resolved again. */
enum nsaccel_target {
	NSACCEL_TARGET_NONE,
	NSACCEL_TARGET_VIA,   /* gateway, wherever the owner's FIB says that it is */
	NSACCEL_TARGET_DEV,   /* target_ifindex, in the owner; gateway: the only destination */
	NSACCEL_TARGET_NETNS, /* dst_cookie, by port target_ifindex */
	NSACCEL_TARGET_BLACKHOLE,
	NSACCEL_TARGET_UNREACHABLE,
	NSACCEL_TARGET_PROHIBIT,
	NSACCEL_TARGET_PASS,	  /* reason says why */
	NSACCEL_TARGET_NEIGHBOUR, /* gateway, a neighbour on target_ifindex */
	NSACCEL_TARGET_LINK,	  /* all of target_ifindex's link: no neighbour in particular */
	NSACCEL_TARGET_FIB,	  /* what only the kernel's own lookup tells */
	NSACCEL_TARGET_MULTIPATH, /* likewise, with its hash policy */
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
	NSACCEL_SETTING_GRO,	    /* ethtool -k: generic-receive-offload; value 0 or 1 */
	NSACCEL_SETTING_RX_QUEUES,  /* ethtool -l: rx or combined channels; value is the count */
	NSACCEL_SETTING_RX_VLAN,    /* ethtool -k: rx-vlan-offload; value 0 or 1 */
	NSACCEL_SETTING_CLSACT,	    /* the clsact qdisc; value 0 absent or 1 present */
	NSACCEL_SETTING_CT_LIBERAL, /* net.netfilter.nf_conntrack_tcp_be_liberal; ifindex 0 */
	NSACCEL_SETTING_PROMISC,    /* IFF_PROMISC: VLANs that the NIC doesn't know; value 0 or 1 */
	NSACCEL_SETTING_ALLMULTI,   /* IFF_ALLMULTI: groups that others listen to; value 0 or 1 */
};

/* How an owner's firewall is minded, as the user asked. */
enum nsaccel_firewall {
	NSACCEL_FIREWALL_GATE,	 /* where there are rules, each flow has to be admitted by them */
	NSACCEL_FIREWALL_BYPASS, /* the fast path goes past all rules */
};

/* Which frames of a bridge's port are forwarded by their MAC, as "fdb" says. */
enum nsaccel_bridge_forward {
	NSACCEL_BRIDGE_FORWARD_NONE = 0,
	NSACCEL_BRIDGE_FORWARD_ALL = 1,
	/* br_netfilter is loaded, which drops IP packets with broken headers and cuts off what is
	 * behind them: only those that it would leave as they are. */
	NSACCEL_BRIDGE_FORWARD_VALID = 2,
};

/* What a port's packets have to have before they may take the fast path. */
enum nsaccel_gate {
	NSACCEL_GATE_OPEN, /* nothing */
	NSACCEL_GATE_FLOW, /* an admitted flow: see struct nsaccel_flow */
	NSACCEL_GATE_SHUT, /* none may: others' filters at the port's ingress see every packet */
};

/* What becomes of packets with a source that isn't their endpoint's. */
enum nsaccel_guard {
	NSACCEL_GUARD_PASS, /* left to the kernel */
	NSACCEL_GUARD_OFF,  /* not looked at */
	NSACCEL_GUARD_DROP,
};

/* What becomes of packets when programs or maps don't have what they would need. */
enum nsaccel_on_miss {
	NSACCEL_ON_MISS_PASS, /* fails open: the kernel has them */
	NSACCEL_ON_MISS_DROP, /* fails closed */
};

enum nsaccel_verdict {
	NSACCEL_VERDICT_ALLOW,
	NSACCEL_VERDICT_DENY,
};

/* Whose settings apply behind a port or macvlan, although root there can move the device. */
enum nsaccel_bound {
	NSACCEL_BOUND_NONE,   /* its namespace, which has no settings */
	NSACCEL_BOUND_ITSELF, /* its namespace, which has settings */
	NSACCEL_BOUND_MOVED,  /* the namespace that had settings here before; another is here now */
	NSACCEL_BOUND_UNSEEN, /* the same, but no namespace can be found or read here now */
	NSACCEL_BOUND_CLOSED, /* nobody's: every packet is dropped. Two namespaces with settings may be
			       * meant, it is new on a lower with confined macvlans, or it has no
			       * slot */
	NSACCEL_BOUND_WIRE, /* a host on the wire has its MAC and no settings exist: the kernel decides */
};

/* Why a device on a macvlan's lower that isn't in "endpoints" is closed. Bits. */
enum nsaccel_close_unknown {
	NSACCEL_CLOSE_UNKNOWN_NEW = 1,	 /* a macvlan there was confined, and a new one may be it */
	NSACCEL_CLOSE_UNKNOWN_QUOTA = 2, /* more macvlans than the quota, and a policy */
};

/* Of a namespace's traffic. */
enum nsaccel_direction {
	NSACCEL_DIRECTION_OUT, /* sent by it */
	NSACCEL_DIRECTION_IN,  /* sent to it */
	NSACCEL_DIRECTION_COUNT
};

struct nsaccel_counter {
	__u64 packets;
	__u64 bytes; /* of the frame, Ethernet header included, FCS not */
};

/* Map "stats": slot -> PERCPU_ARRAY[enum nsaccel_hook] of this. */
struct nsaccel_stats {
#define NSACCEL_REASON_FIELD(CLASS, NAME, field, text) struct nsaccel_counter field;
	NSACCEL_REASONS(NSACCEL_REASON_FIELD)
#undef NSACCEL_REASON_FIELD
};

/*
 * Maps "port_stats" and "port_stats2": what was put into a port's endpoints past the device, whose
 * own counters of what it sends don't have it. Each port has an element in one of them.
 */
struct nsaccel_port_stats {
	__u32 owner_slot; /* again: which port of those with the same index */
	__u32 ifindex;
	struct nsaccel_counter delivered;
};

/* Map "meta", one element. */
struct nsaccel_meta {
	__u32 abi_version;
	__u32 generation; /* of next hops: the last one given out */
	__u32 changes;	  /* counts commands that changed any map, for those that hold copies */
	__u32 zero;
};

/* Which of the kernel's hooks a packet meets. */
enum nsaccel_hooks {
	NSACCEL_HOOKS_IP4,
	NSACCEL_HOOKS_IP6,
	NSACCEL_HOOKS_BRIDGE,
	NSACCEL_HOOKS_COUNT
};

/* What of a namespace's netfilter a program can see (Linux 6.2): other numbers when it has
 * changed. */
struct nsaccel_netfilter {
	__u64 hooks
		[NSACCEL_HOOKS_COUNT]; /* of the lists of what is hooked at prerouting, forward and
					   * postrouting */
	__u32 sequence;		       /* of nf_tables' changes; before Linux 6.17 their parity */
	__u32 known;		       /* 1: it could be seen; 0: the rest says nothing */
};

/* What an owner uses beside plain routes between its ports. Its programs are loaded without the
 * stages of the features that it doesn't use. They grow while the owner is attached, and never
 * shrink. */
enum nsaccel_feature {
	NSACCEL_FEATURE_SHARE = 1 << 0,	  /* NICs shared with namespaces */
	NSACCEL_FEATURE_MACVLAN = 1 << 1, /* macvlan endpoints */
	NSACCEL_FEATURE_BRIDGE = 1 << 2,  /* ports of bridges */
	NSACCEL_FEATURE_GATE = 1 << 3,	  /* flows that a firewall gate admits */
	NSACCEL_FEATURE_POLICY = 1 << 4,  /* policies between namespaces */
	NSACCEL_FEATURE_NAT = 1 << 5, /* flows that the gate admits, and the kernel translates */
	NSACCEL_FEATURE_ALL = (1 << 6) - 1,
};

/* Map "owners": slot -> this. */
struct nsaccel_owner {
	__u64 cookie;			/* 0: no owner's slot */
	enum nsaccel_firewall firewall; /* what the user asked for */
	__u32 ruleset; /* generation of the firewall's rules: flows that were admitted under
			* another have to be admitted anew */
	/* The next two are one word, as each is of use with the other alone. */
	__u32 policy; /* number of its compiled rules in the maps "policy_..."; 0: none */
	__u32 policy_generation; /* counts changes of rules and defaults: what was allowed before has
				  * to be allowed again */
	__u32 programs;		 /* digest of the loaded programs and their configuration */
	__u32 static_mode;	 /* 1: attached with --static: no daemon is expected */
	struct nsaccel_netfilter gate_netfilter; /* the state that the gates were set by. In another
						  * state no packet takes the fast path;
						  * unknown: not compared */
	__u32 mark_sent; /* random: by which its programs know at egress what they sent; 0: none yet */
	__u32 mark_wire; /* likewise, what is for the wire alone */
	__u32 features;	 /* enum nsaccel_feature, or'ed: those of the loaded programs */
	__u32 zero;
};

/* Map "isolation": slot -> settings of a namespace (`nsaccel ns set`); all zero: the defaults. */
struct nsaccel_isolation {
	__u64 cookie; /* of its namespace; 0: no settings */
	enum nsaccel_guard guard;
	enum nsaccel_on_miss on_miss;
	enum nsaccel_verdict policy; /* on what no rule speaks of, in either direction */
	__u8 isolated;		     /* 1: its packets go by its own table alone, and others' get to
				      * it only by routes of nsaccel's own */
	__u8 pinned;		     /* 1: its sources are what the user listed */
	__u8 limited;		     /* 1: "limits" says how much */
	__u8 zero;
};

/*
 * Map "sources", an LPM_TRIE: what the user listed for a namespace to send from, under its slot;
 * and under the owner's with NSACCEL_SOURCE_OF_OWNER what nobody behind its ports may send from,
 * unless it is listed for him. prefixlen counts from slot on; slot and family are always matched. A
 * link-local address of the owner's has the device's ifindex in bytes 4 to 7, in host order.
 */
struct nsaccel_source_key {
	__u32 prefixlen; /* NSACCEL_SOURCE_STATIC_BITS + length */
	__u32 slot;
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
};
#define NSACCEL_SOURCE_STATIC_BITS 64

enum nsaccel_source {
	NSACCEL_SOURCE_NONE,
	NSACCEL_SOURCE_FORBIDDEN, /* nobody's to send from: a network's address, the owner's own */
	NSACCEL_SOURCE_PINNED,	  /* the user listed it */
};
#define NSACCEL_SOURCE_OF_OWNER (1U << 31)

/* A rate of bits or packets, policed by the generic cell rate algorithm (ITU-T I.371). */
struct nsaccel_rate {
	__u64 per_second; /* bits or packets; 0: unlimited */
	__u64 burst;	  /* bytes or packets */
	__u64 cost;	  /* of a byte or packet, ns << NSACCEL_COST_SHIFT */
	__u64 depth;	  /* of the burst, ns */
	__u64 tat; /* CLOCK_MONOTONIC, ns: theoretical arrival time: all sent packets are paid for then */
};
#define NSACCEL_COST_SHIFT 20

/* Map "limits": slot -> this, over all of its endpoints. */
struct nsaccel_limits {
	struct nsaccel_rate bits[NSACCEL_DIRECTION_COUNT];
	struct nsaccel_rate packets[NSACCEL_DIRECTION_COUNT];
};

/* What a namespace has more of than its quota: the rest is left to the kernel. Bits. */
enum nsaccel_over {
	NSACCEL_OVER_ADDRESSES = 1,  /* of its devices */
	NSACCEL_OVER_NEXTHOPS = 2,   /* neighbours and gateways behind a veth */
	NSACCEL_OVER_FDB = 4,	     /* MACs that a bridge has learnt behind a veth */
	NSACCEL_OVER_FLOWS = 8,	     /* see struct nsaccel_flow_use */
	NSACCEL_OVER_ENDPOINTS = 16, /* macvlans, in all namespaces of one tenant */
};

/* Map "netns": cookie -> this. */
struct nsaccel_netns {
	__u32 slot;
	__u16 quota;	  /* of each thing that it can make nsaccel keep; 0: NSACCEL_QUOTA */
	__u16 over_quota; /* enum nsaccel_over: the kinds of which it has more */
	char name[NSACCEL_NETNS_NAME]; /* of /run/netns, or "pid N": for people only */
};

/* Map "ports". */
struct nsaccel_port_key {
	__u32 owner_slot;
	__u32 ifindex; /* in the owner; from NSACCEL_ABSENT on no device's */
};
/* A port that the user named, and whose device is gone: what was asked for, until a device of that
 * name comes. Programs know nothing of it. */
#define NSACCEL_ABSENT 0x80000000U

#define NSACCEL_LOCAL4_BITS	 256
#define NSACCEL_LOCAL4_BIT(addr) ((__u32)(addr)*2654435769U >> 24) /* as it is in memory */

struct nsaccel_port {
	__u64 owner_cookie;
	__u64 endpoint_cookie; /* VETH: the namespace behind it; else 0 */
	__u64 bound_cookie;    /* VETH: the namespace that was confined here; 0: none */
	__u32 source_slot;     /* the namespace that what comes in here comes from, or is held to */
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
	__u8 macvlan_lower;		    /* 1: macvlan endpoints sit on it */
	/* What redirects would go past, 1 if it is there: */
	__u8 ingress_hooked; /* others' TC programs at ingress: no XDP */
	__u8 egress_hooked; /* a qdisc, or others' TC programs at egress: no XDP, no redirect_peer */
	__u8 endpoint_xdp;  /* enum nsaccel_endpoint_xdp, of a veth */
	__u8 bridge_forward; /* enum nsaccel_bridge_forward */
	__u8 isolated;	     /* 1: a bridge's port that may not talk to others that are isolated */
	__u8 gate;	     /* enum nsaccel_gate, of routed packets */
	__u8 bridge_gate;    /* enum nsaccel_gate, of bridged frames */
	__u8 police_egress;  /* 1: packets that the kernel sends out here are checked, too */
	__u32 bridge;	     /* ifindex of the bridge that it is a port of; else 0. mac, addresses,
			   * forwarding and rp_filter are then the bridge's */
	__u32 l3_ifindex; /* device that the IP layer sees packets come in on: the bridge or this */
	/* VETH, of a namespace that a NIC is shared with: frames go to and from the NIC as they
	 * are. */
	__u32 share_nic;  /* ifindex; 0: not such a one */
	__u16 share_vlan; /* host order; 0: untagged */
	__u8 share_whole; /* 1: all of that VLAN; 0: what is for its addresses in "shares" */
	__u8 shared;	  /* NIC: 1: "shares" has entries of it */
	__u8 policy_routing; /* 1: the owner has policy rules: only the kernel's lookup finds sources */
	__u8 keep_priority; /* 1: ip_forward_update_priority is 0 */
	__u8 bound;	    /* VETH: enum nsaccel_bound */
	__u8 close_unknown; /* enum nsaccel_close_unknown: unknown MACs there are closed */
	__u8 upper_enslaved; /* VETH: 1: a device of the owner's on it has a master, as which the kernel
			      * takes what comes in there */
	__u8 enslaved;	     /* 1: it has itself, one that is no bridge */
	__u8 zero[2];
	/* Bit NSACCEL_LOCAL4_BIT(a) is set for each IPv4 address a of the owner, broadcast
	 * addresses included: a source address with its bit clear is none of them. */
	__u8 local4[NSACCEL_LOCAL4_BITS / 8];
	__u8 source4
		[4]; /* an IPv4 source known to pass the guard and the owner's checks; 0: none */
	__u8 source6[NSACCEL_ADDR_LEN]; /* likewise IPv6 */
	__u8 address4[4]; /* the owner's address here, source of ICMP errors; 0: none */
	__u8 address6[NSACCEL_ADDR_LEN]; /* likewise IPv6 */
	char name[NSACCEL_NAME_LEN];
};

/* Map "endpoints". It also has, with kind NONE, devices of the owner's own: those on a lower where
 * others are confined, or on a bridge, by MAC; and by their own ifindex, without a MAC, those by
 * which comes in what ports had: on a veth's host end with the slot of who is behind it; bridges
 * and other masters, and what is on those, with slot 0: the source says who. */
struct nsaccel_endpoint_key {
	__u32 owner_slot;
	__u32 ifindex; /* of the port, in the owner */
	__u8 mac[NSACCEL_MAC_LEN];
	__u8 zero[2];
};

struct nsaccel_endpoint {
	struct nsaccel_endpoint_key
		key; /* again: a hash element may be another's by the time it is read */
	__u64 netns_cookie;
	__u32 slot;
	__u32 ifindex;		/* in netns_cookie */
	enum nsaccel_kind kind; /* NONE: of the owner itself */
	__u32 mtu;		/* bytes of layer 3 */
	__u8 hairpin;		/* MACVLAN in bridge mode: may talk to its lower's namespace */
	__u8 bound;		/* enum nsaccel_bound */
	__u8 zero[2];
	__u8 source4[4];		/* an IPv4 address of it that it may send from; 0: none */
	__u8 source6[NSACCEL_ADDR_LEN]; /* likewise IPv6 */
	char name[NSACCEL_NAME_LEN];	/* in netns_cookie */
};

/*
 * Key of a namespace's own table, an LPM_TRIE found by cookie in "routes" and by
 * slot in "tables". prefixlen counts from family on, which is always matched.
 */
struct nsaccel_prefix {
	__u32 prefixlen; /* NSACCEL_PREFIX_FAMILY_BITS + length */
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
} __attribute__((aligned(8))); /* programs read it by words */
#define NSACCEL_PREFIX_FAMILY_BITS 32

struct nsaccel_route {
	__u32 nexthop;	  /* index in "nexthops" */
	__u32 generation; /* must equal the next hop's */
	enum nsaccel_origin origin;
};

/* Map "nexthops": an array, so that an element is never another's by reuse. */
struct nsaccel_nexthop {
	__u32 generation; /* 0: free */
	__u32 sequence;	  /* odd while the record is being changed; never goes back */
	enum nsaccel_action action;
	enum nsaccel_reason reason; /* counted for what the action does */
	__u32 owner_slot;	    /* whose ifindex */
	__u32 ifindex;	     /* to send by: a bridge's port, where the route names a bridge */
	__u32 l3_ifindex;    /* the device that the route names; 0: none */
	__u32 tx_slot;	     /* key in "tx"; 0: not by XDP */
	__u32 mtu;	     /* bytes of layer 3, smaller of route and device */
	__u32 route_mtu;     /* 0: the route has none */
	__u32 confirm_neigh; /* 1: its use is marked in "nh_used": its neighbour needs confirmation */
	__u32 dst_slot;
	__u64 dst_cookie; /* 0: leaves the machine */
	__u8 dst_mac[NSACCEL_MAC_LEN];
	__u8 src_mac[NSACCEL_MAC_LEN];
	enum nsaccel_target target;
	__u32 target_ifindex;
	enum nsaccel_family gateway_family; /* NONE: no single neighbour */
	__u8 gateway[NSACCEL_ADDR_LEN];	    /* the neighbour; of a host route its own address */
};

/*
 * Sequences of the state that caches depend on. User space makes a sequence odd before it changes
 * the state, and even and higher after it. An odd one invalidates: a writer is at work, or was
 * killed.
 *
 * Map "config_seq", __u64 each, by NSACCEL_SEQ_*: the sequence of ports, endpoints, owners,
 * isolation, sources, and of which tables there are; how many routes are being changed; and a
 * number that advances after any of these sequences, or a next hop's, was made odd, before the
 * state is changed: an even sequence that was read after it holds while it stands. Map "route_seq",
 * __u64 each: of the routes, in all tables, that cover addresses with that index.
 */
#define NSACCEL_SEQ_CONFIG	    0
#define NSACCEL_SEQ_ROUTES_CHANGE   1
#define NSACCEL_SEQ_ANY		    2
#define NSACCEL_SEQ_COUNT	    3
#define NSACCEL_ROUTE_SEQ_BITS4	    16
#define NSACCEL_ROUTE_SEQ_BITS6	    48
#define NSACCEL_ROUTE_SEQ4(first16) (first16)
#define NSACCEL_ROUTE_SEQ6(first48)                                                                \
	(NSACCEL_ROUTE_SEQS4 +                                                                     \
	 (__u32)((__u64)(first48)*0x9e3779b97f4a7c15ULL >> 40) % NSACCEL_ROUTE_SEQS6)

/*
 * Map "route_cache", for the programs: the route that a table has for one address, per CPU. Tables
 * with an element in "mtries" aren't cached. Each word but the first is XORed with the first, so
 * that no mixture of two entries is taken for one.
 */
struct nsaccel_cached_route {
	__u64 route;	/* generation << 32 | index in "nexthops"; 0: the table has none */
	__u64 sequence; /* config_seq << 32 | route_seq, when it was looked up */
	__u64 table;	/* slot << 32 | enum nsaccel_family */
	__u64 addr[2];
};

/*
 * Map "verdicts", for the programs: where packets of one port, with the same MAC and IP addresses,
 * are sent, per CPU; under a policy or behind a gate, those of one flow. A verdict holds as long as
 * the sequences stand; under a policy for 100 ms, and behind a gate no longer than the flow's
 * admission.
 */
#define NSACCEL_CACHED_LIMIT_OUT  1 /* the rates of the sender's namespace are asked */
#define NSACCEL_CACHED_LIMIT_IN	  2 /* those of the receiver's */
#define NSACCEL_CACHED_COUNT_RULE 4 /* packets count for a rule */
#define NSACCEL_CACHED_GATE                                                                        \
	8 /* for packets that the gate admits as it did the one that was recorded */
#define NSACCEL_CACHED_TRANSLATE 16 /* addresses and ports are rewritten */

/* The addresses and ports that packets leave with, if the kernel's NAT changes them. */
struct nsaccel_translation {
	__u8 src[NSACCEL_ADDR_LEN]; /* network order; IPv4: the first four bytes, then 0 */
	__u8 dst[NSACCEL_ADDR_LEN];
	__be16 sport, dport;
	__u32 translated; /* 1; 0: they aren't changed, and all of the above is 0 */
};

struct nsaccel_cached_verdict {
	__u32 owner_slot;
	__u32 ifindex; /* of the port that they come in by; 0: empty */
	__u8 hook;     /* enum nsaccel_hook */
	__u8 keep_priority;
	__u8 eth[14]; /* Ethernet header */
	__u8 src[NSACCEL_ADDR_LEN];
	__u8 dst[NSACCEL_ADDR_LEN];
	__u32 config_seq, src_seq, dst_seq; /* the lower halves of the sequences */
	__u32 any_seq; /* the lower half of NSACCEL_SEQ_ANY before they were last compared */
	__u32 slot;    /* of the namespace that the packets are counted for */
	__u32 nexthop; /* index in "nexthops" */
	__u32 mark;
	__u32 rule;	 /* that allowed the flow; 0: the defaults */
	__u64 record[9]; /* struct nsaccel_nexthop, up to target_ifindex */
	__be16 sport, dport;
	__u8 proto; /* of the flow; 0: the verdict is for all packets of these addresses */
	__u8 zero[3];
	__u64 until; /* of a flow, ns of CLOCK_MONOTONIC_COARSE */
	__u32 flags; /* NSACCEL_CACHED_* */
	__u32 flow_seq;
	__u16 flow_index; /* of the flow in "flow_seq" */
	__u8 dscp, ttl;	  /* as in the flow's signature */
	/* NSACCEL_CACHED_TRANSLATE: what it adds to checksums, as a sum of 16-bit words: to those
	 * that cover addresses; to those that cover ports. */
	__u32 address_diff, port_diff;
	__u32 zero2;
	struct nsaccel_translation to;
	__u32 src_route, dst_route; /* indices in "route_seq" of what src_seq and dst_seq are of */
	__u64 unused;		    /* entries begin where lines of the cache do */
};

/*
 * Map "verdict_tags", for the programs: a tag for each element of "verdicts". It tells whether a
 * packet has to look at the element, which is seldom in a near cache, and whether a packet without
 * a verdict is recorded (docs/adr/0009-verdict-cache.md).
 */
struct nsaccel_verdict_tag {
	__u16 recorded; /* hash of the packet whose verdict was recorded last */
	/* Of XDP, and of TC: hash of the packet that found no verdict last, 10 bits << 6 | how many
	 * of them in turn were alike before it, modulo 64. After a record: that packet's hash,
	 * 0. */
	__u16 candidate[2];
};
struct nsaccel_verdict_tags {
	struct nsaccel_verdict_tag tag[NSACCEL_VERDICT_CACHE];
};

/* Map "nh_used": id of a next hop with confirm_neigh -> 1 once a packet took it. User space clears
 * it. */

/* Key of "neigh_used", an LRU_HASH -> 1: neighbours that packets took by the kernel's own lookup.
 * User space removes them once the kernel has confirmed them. */
struct nsaccel_fib_neighbour {
	__u32 owner_slot;
	__u32 ifindex;
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

/* Map "port_cache", for the programs: a copy of a port, found without hashing. */
struct nsaccel_cached_port {
	__u32 owner_slot;
	__u32 ifindex; /* 0: none */
	__u64 retired; /* CLOCK_MONOTONIC, ns, when ifindex became 0: given anew a second later, when
			* no program that looked at it still runs */
	struct nsaccel_port port;
};
#define NSACCEL_PORT_CACHE_INDEX(owner_slot, ifindex)                                              \
	(((ifindex) + (owner_slot)*257U) % NSACCEL_PORT_CACHE)

/* Map "fdb": what a bridge has learnt of its ports' MACs, by which frames are forwarded. */
struct nsaccel_fdb_key {
	__u32 owner_slot;
	__u32 bridge; /* ifindex */
	__u8 mac[NSACCEL_MAC_LEN];
	__u8 zero[2];
};

struct nsaccel_fdb {
	struct nsaccel_fdb_key key; /* again, as in "endpoints" */
	__u32 ifindex;		    /* of the bridge's port */
	enum nsaccel_action action; /* VETH, NIC; NONE: known as a source only */
	__u32 mtu;		    /* bytes of layer 3 */
	__u8 isolated;		    /* 1: the port is */
	__u8 egress_hooked; /* 1: others' programs, or a queue, are at the bridge's egress */
	__u8 zero[2];
	__u32 slot; /* VETH: of the endpoint's namespace; else 0 */
	__u32 zero2;
	__u64 netns_cookie;	     /* VETH: whose endpoint; else 0 */
	char name[NSACCEL_NAME_LEN]; /* of the port */
	__u64 seen; /* CLOCK_MONOTONIC, ns, a second more or less: when a frame from the MAC last took
		     * the fast path, of which the bridge knows nothing; 0: none did */
};
#define NSACCEL_SEEN_NS 1000000000ULL

/*
 * Map "shares": NICs that namespaces use without having them. What comes in for an address in it,
 * or in a VLAN of which all is somebody's, is handed to that namespace as it is, and what that
 * sends goes out likewise; the tag is taken off and put on.
 */
struct nsaccel_share_key {
	__u32 owner_slot;
	__u32 nic;  /* ifindex */
	__u16 vlan; /* host order; 0: untagged */
	__u16 zero;
	enum nsaccel_family family; /* NONE: all of the VLAN */
	__u8 addr[NSACCEL_ADDR_LEN];
};

struct nsaccel_share {
	struct nsaccel_share_key key; /* again, as in "endpoints" */
	__u64 netns_cookie;
	__u32 port;  /* ifindex of the veth host end that leads there */
	__u8 length; /* of the address's prefix on the link */
	__u8 ready; /* 1: it is whole; 0: it is being made, or taken away, or a killed run left it */
	__u8 zero[2];
	char name[NSACCEL_NAME_LEN]; /* of the device there, when it was made */
};

/*
 * Map "flows", for gated ports. A flow takes the fast path only after the kernel itself, with all
 * its rules, has sent packets of both directions out just as the fast path would: to the byte, by
 * the same port. An admission holds for packets of the same signature, for one ruleset and for
 * NSACCEL_ADMISSION_NS: then one more packet has to go the kernel's way, which keeps conntrack's
 * timers and counters alive. SYN, FIN, RST and fragments always go the kernel's way.
 *
 * None makes room for another: a flow stays while it is used, and its timer takes it away soon
 * after.
 */
#define NSACCEL_ADMISSION_NS 1000000000ULL
#define NSACCEL_FLOW_IDLE_NS (2 * NSACCEL_ADMISSION_NS)

struct nsaccel_flow_key {
	__u32 owner_slot;
	enum nsaccel_family family;
	/* The lower of both addresses, compared as 32-bit words, or, if they are equal, the address
	 * of the lower of both ports, as 16-bit words; in the machine's byte order as they are in
	 * memory. */
	__u8 low[NSACCEL_ADDR_LEN];
	__u8 high[NSACCEL_ADDR_LEN];
	__u16 low_port; /* network order */
	__u16 high_port;
	__u8 proto;
	__u8 zero[3];
};

/* The fields, beside the key, that all packets of a flow share: the firewall may match or change
 * them. */
struct nsaccel_flow_signature {
	__u32 ruleset; /* the owner's when it came in */
	__u32 port;    /* ifindex of the port that it came in by */
	__u32 iif;     /* of the device that IP, or the bridge, had it from */
	__u32 oif;     /* of the port that it leaves by */
	__u8 dst_mac[NSACCEL_MAC_LEN];
	__u8 src_mac[NSACCEL_MAC_LEN];
	__u8 dscp; /* where TOS or traffic class has it */
	__u8 ttl;
	__u8 from_mac[NSACCEL_MAC_LEN]; /* routed: the source MAC that it came in with; else 0 */
	__u8 zero[4];
	struct nsaccel_translation to;
};

/* One direction: 0 from low to high, 1 from high to low. */
#define NSACCEL_FLOW_PENDING (1ULL << 63)

struct nsaccel_flow_direction {
	__u64 state; /* CLOCK_MONOTONIC, ns, of its admission; 0: none; NSACCEL_FLOW_PENDING and a
		      * number used once: a packet with this signature is on its way through the
		      * kernel; without the number: that is just being written */
	__u64 seen; /* CLOCK_MONOTONIC, ns: when the kernel last sent one out, whatever its signature */
	struct nsaccel_flow_signature signature;
	__u32 seen_ruleset;
	__u32 id; /* of the pending packet: TCP's sequence number, UDP's checksum; with its ECN */
};

struct nsaccel_flow {
	struct nsaccel_flow_key key; /* again, as in "endpoints" */
	__u32 closing;		     /* 1: FIN or RST was seen: the kernel's until a new SYN */
	__u32 slot;		     /* of the namespace that it counts for, in "flow_use" */
	__u64 touched; /* CLOCK_MONOTONIC, ns: when a packet of it last went the kernel's way */
#ifdef __VMLINUX_H__
	struct bpf_timer timer;
#else
	__u64 timer[2]; /* the kernel's */
#endif
	struct nsaccel_flow_direction direction[2];
};

/* Map "flow_seq", __u32 each, for the programs: higher after a flow with that index has lost an
 * admission before it ended. */

/* Map "flow_use": slot -> how many flows its namespace keeps. Over its quota none of its new ones
 * take the fast path. */
struct nsaccel_flow_use {
	__u32 count;
	__u32 quota;   /* 0: NSACCEL_QUOTA * NSACCEL_QUOTA_FLOWS; an owner has NSACCEL_OWN_FLOWS */
	__u64 refused; /* CLOCK_MONOTONIC, ns: when one was refused last; 0: never */
	/* enum nsaccel_conns_state. Programs go by "conns" alone; this is what user space knows of
	 * it without a lookup, which waits for an RCU grace period before Linux 6.8. */
	__u32 conns;
	__u32 pad;
};

enum nsaccel_conns_state {
	NSACCEL_CONNS_NONE = 0, /* the namespace has no map of its own in "conns" */
	NSACCEL_CONNS_CHANGING, /* it may have one */
	NSACCEL_CONNS_OWN,
};

/*
 * Policy: the rules of an owner, for what it forwards. The map "rules" has them as the user gave
 * them; the programs go by what is compiled from them, which is swapped as a whole.
 */
struct nsaccel_policy_rule {
	__u32 owner_slot;  /* 0: free */
	__u32 pref;	   /* the lowest that matches decides; of equal ones the lower number */
	__u64 from_cookie; /* 0: anybody */
	__u64 to_cookie;
	struct nsaccel_prefix from; /* family NONE: any address */
	struct nsaccel_prefix to;
	enum nsaccel_verdict verdict;
	__u16 port_low; /* destination; host order */
	__u16 port_high;
	__u8 any_proto; /* 1 */
	__u8 proto;
	__u8 any_port; /* 1 */
	__u8 zero[5];
};

/* Map "rule_stats": number of a rule -> per CPU struct nsaccel_counter; 0: what no rule decided. */

/*
 * Compiled: each dimension of a packet leads to a class, a set of the rules that it may match by
 * that dimension; the first rule that is in all sets decides. Rules are numbered by their order, 64
 * to a word; a set is a few chunks, one after the other in "policy_sets".
 */
enum nsaccel_dimension {
	NSACCEL_DIMENSION_FROM_NETNS, /* slot; the owner's: itself, and what is behind its NICs */
	NSACCEL_DIMENSION_TO_NETNS,
	NSACCEL_DIMENSION_FROM_PREFIX,
	NSACCEL_DIMENSION_TO_PREFIX,
	NSACCEL_DIMENSION_PROTO,
	NSACCEL_DIMENSION_PORT,
	/* Not a packet's: */
	NSACCEL_DIMENSION_COUNT
};
/* Class of a dimension's value that no rule names is the dimension's number: rules for any. */
#define NSACCEL_CLASS_ALL NSACCEL_DIMENSION_COUNT /* all rules: of what isn't known */

#define NSACCEL_POLICY_CHUNK  16 /* words of a chunk */
#define NSACCEL_POLICY_CHUNKS (NSACCEL_MAX_RULES / 64 / NSACCEL_POLICY_CHUNK)

/* Map "policy_sets": policy -> ARRAY[class * chunks + chunk] of this. */
struct nsaccel_policy_chunk {
	__u64 rules[NSACCEL_POLICY_CHUNK];
};

/* Map "policy_head": policy -> ARRAY[1] of this. */
struct nsaccel_policy_head {
	__u32 chunks; /* of each set */
	__u32 zero;
	__u16 port_class[65536]; /* by port, host order */
	struct {
		__u32 rule; /* its number in "rules" */
		__u16 verdict;
		__u8 any_port;
		__u8 any_proto;
	} order[NSACCEL_MAX_RULES];
};

/* Map "policy_hash": policy -> HASH of this -> class. */
struct nsaccel_policy_value {
	enum nsaccel_dimension dimension;
	__u32 value;
};

/* Map "policy_lpm": policy -> LPM_TRIE of this -> class. */
struct nsaccel_policy_prefix {
	__u32 prefixlen; /* NSACCEL_POLICY_STATIC_BITS + length */
	enum nsaccel_dimension dimension;
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
};
#define NSACCEL_POLICY_STATIC_BITS 64

/*
 * Map "conns": slot -> LRU_HASH of what the namespace has begun and a policy allowed, so that
 * answers are, too; those without a map of their own are in their owner's.
 */
enum nsaccel_conn_kind {
	NSACCEL_CONN_FLOW,
	NSACCEL_CONN_FRAGMENT, /* a datagram whose first fragment was allowed */
};

struct nsaccel_conn_key {
	__u32 slot; /* who began */
	enum nsaccel_conn_kind kind;
	enum nsaccel_family family;
	__u8 src[NSACCEL_ADDR_LEN]; /* of who began */
	__u8 dst[NSACCEL_ADDR_LEN];
	__u16 sport; /* network order; of an echo its id; both a fragment's id */
	__u16 dport;
	__u8 proto;
	__u8 zero[3];
};

struct nsaccel_conn {
	__u64 seen; /* CLOCK_MONOTONIC, ns */
	/* The next two are one word: the element may be another's by the time it is read. */
	__u32 generation; /* the owner's policy_generation */
	__u32 digest;	  /* of the key, to_slot and rule */
	__u32 to_slot;
	__u32 rule; /* that allowed it; 0: none, by default */
};

/* Map "tx_info": what slot N of the devmap "tx" is. */
struct nsaccel_tx_info {
	__u64 netns_cookie; /* 0: free */
	__u32 ifindex;	    /* in netns_cookie */
	__u32 mtu;	    /* bytes of layer 3 */
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

/* BPF_PROG_TEST_RUN of a TC program with this in cb[0], and a wire_len greater than the packet's
 * length, asks instead of acting: nothing is counted,
 * and the answer is in the other elements of cb. */
#define NSACCEL_PROBE_MAGIC 0x6e736150
enum nsaccel_probe {
	NSACCEL_PROBE_REASON = 1,     /* enum nsaccel_reason */
	NSACCEL_PROBE_IFINDEX = 2,    /* of the next hop, if one was found */
	NSACCEL_PROBE_GENERATION = 3, /* likewise */
};

/* Map "lapsed": names of namespaces that were confined when they died. One that comes under such a
 * name is another, without settings. */
struct nsaccel_lapsed_key {
	char name[NSACCEL_NETNS_NAME];
};

struct nsaccel_lapsed {
	__u64 netns_cookie; /* of the dead one */
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
NSACCEL_ASSERT_SIZE(nsaccel_port_stats, 24);
NSACCEL_ASSERT_SIZE(nsaccel_meta, 16);
NSACCEL_ASSERT_SIZE(nsaccel_netfilter, 32);
NSACCEL_ASSERT_SIZE(nsaccel_owner, 80);
NSACCEL_ASSERT_OFFSET(nsaccel_owner, policy, 16);
NSACCEL_ASSERT_OFFSET(nsaccel_owner, policy_generation, 20);
NSACCEL_ASSERT_OFFSET(nsaccel_owner, gate_netfilter, 32);
NSACCEL_ASSERT_SIZE(nsaccel_isolation, 24);
NSACCEL_ASSERT_SIZE(nsaccel_source_key, 28);
NSACCEL_ASSERT_OFFSET(nsaccel_source_key, addr, 12);
NSACCEL_ASSERT_SIZE(nsaccel_rate, 40);
NSACCEL_ASSERT_SIZE(nsaccel_limits, 160);
NSACCEL_ASSERT_SIZE(nsaccel_netns, 72);
NSACCEL_ASSERT_OFFSET(nsaccel_netns, name, 8);
NSACCEL_ASSERT_SIZE(nsaccel_port_key, 8);
NSACCEL_ASSERT_SIZE(nsaccel_port, 200);
NSACCEL_ASSERT_OFFSET(nsaccel_port, kind, 32);
NSACCEL_ASSERT_OFFSET(nsaccel_port, mac, 64);
NSACCEL_ASSERT_OFFSET(nsaccel_port, source4, 144);
NSACCEL_ASSERT_OFFSET(nsaccel_port, name, 184);
NSACCEL_ASSERT_SIZE(nsaccel_endpoint_key, 16);
NSACCEL_ASSERT_OFFSET(nsaccel_endpoint_key, mac, 8);
NSACCEL_ASSERT_SIZE(nsaccel_endpoint, 80);
NSACCEL_ASSERT_OFFSET(nsaccel_endpoint, hairpin, 40);
NSACCEL_ASSERT_SIZE(nsaccel_prefix, 24);
NSACCEL_ASSERT_OFFSET(nsaccel_prefix, addr, 8);
NSACCEL_ASSERT_SIZE(nsaccel_route, 12);
NSACCEL_ASSERT_SIZE(nsaccel_cached_route, 40);
NSACCEL_ASSERT_SIZE(nsaccel_cached_verdict, 256);
NSACCEL_ASSERT_SIZE(nsaccel_verdict_tags, 24576);
NSACCEL_ASSERT_SIZE(nsaccel_nexthop, 96);
NSACCEL_ASSERT_OFFSET(nsaccel_nexthop, dst_cookie, 48);
NSACCEL_ASSERT_OFFSET(nsaccel_nexthop, dst_mac, 56);
NSACCEL_ASSERT_OFFSET(nsaccel_nexthop, gateway, 80);
NSACCEL_ASSERT_SIZE(nsaccel_cached_port, 216);
NSACCEL_ASSERT_SIZE(nsaccel_fib_neighbour, 28);
NSACCEL_ASSERT_SIZE(nsaccel_share_key, 32);
NSACCEL_ASSERT_SIZE(nsaccel_share, 64);
NSACCEL_ASSERT_SIZE(nsaccel_fdb_key, 16);
NSACCEL_ASSERT_SIZE(nsaccel_fdb, 72);
NSACCEL_ASSERT_SIZE(nsaccel_flow_key, 48);
NSACCEL_ASSERT_SIZE(nsaccel_translation, 40);
NSACCEL_ASSERT_SIZE(nsaccel_flow_signature, 80);
NSACCEL_ASSERT_SIZE(nsaccel_flow_direction, 104);
NSACCEL_ASSERT_SIZE(nsaccel_flow, 288);
NSACCEL_ASSERT_OFFSET(nsaccel_flow, timer, 64);
NSACCEL_ASSERT_SIZE(nsaccel_flow_use, 24);
NSACCEL_ASSERT_SIZE(nsaccel_policy_rule, 88);
NSACCEL_ASSERT_SIZE(nsaccel_policy_chunk, 128);
NSACCEL_ASSERT_SIZE(nsaccel_policy_head, 8 + 131072 + 8 * NSACCEL_MAX_RULES);
NSACCEL_ASSERT_SIZE(nsaccel_policy_value, 8);
NSACCEL_ASSERT_SIZE(nsaccel_policy_prefix, 28);
NSACCEL_ASSERT_SIZE(nsaccel_conn_key, 52);
NSACCEL_ASSERT_SIZE(nsaccel_conn, 24);
NSACCEL_ASSERT_OFFSET(nsaccel_conn, generation, 8);
NSACCEL_ASSERT_SIZE(nsaccel_tx_info, 32);
NSACCEL_ASSERT_SIZE(nsaccel_setting_key, 16);
NSACCEL_ASSERT_SIZE(nsaccel_setting, 16);
NSACCEL_ASSERT_SIZE(nsaccel_lapsed_key, 64);
NSACCEL_ASSERT_SIZE(nsaccel_lapsed, 8);

#endif /* NSACCEL_ABI_H */
