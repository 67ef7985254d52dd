/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet as the policy's rules see it: addresses, protocol, ports, and which of them are
 * unknown. */
#ifndef NSA_STAGE_TUPLE_H
#define NSA_STAGE_TUPLE_H

#include "core/bpf.h"
#include "pkt/l4.h"
#include "pkt/tcp.h"

/* A packet, as rules look at it. */
struct nsa_tuple {
	__u8 src[NSACCEL_ADDR_LEN], dst[NSACCEL_ADDR_LEN];
	__u32 from, to;	    /* slots */
	__u16 sport, dport; /* network order; of an echo its id, the other 0 */
	__u8 family;	    /* enum nsaccel_family; NONE: not IP */
	__u8 proto;
	__u8 ports;    /* enum nsa_ports */
	__u8 fragment; /* enum nsa_fragment */
	__u32 fragment_id;
	__u32 begins; /* 1: it can't be a reply, or it isn't known whether it is */
	__u32 cut;    /* enum nsa_cut */
	__u32 known;  /* 1: it belongs to a connection of its sender, of any generation */
};

enum nsa_ports {
	NSA_PORTS_NONE, /* its protocol has none */
	NSA_PORTS_KNOWN,
	NSA_PORTS_UNKNOWN, /* another fragment has them */
};

/* Which headers are truncated. */
enum nsa_cut {
	NSA_NOT_CUT,
	NSA_CUT_L4,    /* of its protocol: its ports, or an echo's id */
	NSA_CUT_PROTO, /* extension headers cut, or too many: the protocol is unknown */
};

enum nsa_fragment {
	NSA_WHOLE,
	NSA_FIRST_FRAGMENT,
	NSA_LATER_FRAGMENT,
};

static __always_inline bool nsa_is_icmp(const struct nsa_tuple *tuple)
{
	return tuple->proto ==
	       (tuple->family == NSACCEL_FAMILY_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static __always_inline bool nsa_has_ports(__u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
	case IPPROTO_UDPLITE:
	case IPPROTO_DCCP:
		return true;
	default:
		return false;
	}
}

/* Layer 4 of a packet: offsets in the frame. */
struct nsa_l4_span {
	__u32 at;
	__u32 end; /* by the IP header: padding may follow. Of what an ICMP error quotes, none */
};

/* Where a packet ends whose header says that it is so long. GSO packets of 64 KiB or more say 0. */
static __always_inline __u32 nsa_l3_end(const struct __sk_buff *skb, __u32 at, __u32 l3_len)
{
	return at + (l3_len || !skb->gso_size ? l3_len : skb->len);
}

/* Nonzero: truncated. */
static __always_inline int nsa_l4_load(struct __sk_buff *skb, const struct nsa_l4_span *l4,
				       const __u32 offset, void *to, const __u32 len)
{
	return l4->at + offset + len > l4->end || bpf_skb_load_bytes(skb, l4->at + offset, to, len);
}

/* An echo's id takes the place of the requester's port, so that a reply matches its request.
 * Requests and other ICMP are never replies. */
static __always_inline int nsa_tuple_icmp(struct __sk_buff *skb, const struct nsa_l4_span *l4,
					  struct nsa_tuple *tuple)
{
	bool v4 = tuple->family == NSACCEL_FAMILY_INET;
	struct {
		__u8 type, code;
		__u16 sum, id;
	} icmp;

	if (nsa_l4_load(skb, l4, 0, &icmp, sizeof(icmp)))
		return -1;
	if (icmp.type == (v4 ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY)) {
		tuple->dport = icmp.id;
		return 0;
	}
	tuple->begins = 1;
	if (icmp.type == (v4 ? ICMP_ECHO : ICMPV6_ECHO_REQUEST))
		tuple->sport = icmp.id;
	return 0;
}

/* Loads ports, or an echo's id. A packet that an ICMP error quotes may end after them. So may a
 * first fragment, to hide a SYN (RFC 1858): then it may begin a connection. */
static __always_inline int nsa_tuple_l4(struct __sk_buff *skb, const struct nsa_l4_span *l4,
					struct nsa_tuple *tuple)
{
	struct {
		__u16 source, dest;
	} ports;
	__u8 flags;

	if (nsa_is_icmp(tuple))
		return nsa_tuple_icmp(skb, l4, tuple);
	if (!nsa_has_ports(tuple->proto))
		return 0;
	if (nsa_l4_load(skb, l4, 0, &ports, sizeof(ports)))
		return -1;
	tuple->sport = ports.source;
	tuple->dport = ports.dest;
	tuple->ports = NSA_PORTS_KNOWN;
	if (tuple->proto == IPPROTO_TCP)
		tuple->begins = nsa_l4_load(skb, l4, NSA_TCP_FLAGS, &flags, sizeof(flags)) ||
				(flags & (NSA_TCP_SYN | NSA_TCP_ACK)) == NSA_TCP_SYN;
	return 0;
}

static __always_inline int nsa_tuple_ip4(struct __sk_buff *skb, __u32 at, struct nsa_tuple *tuple,
					 struct nsa_l4_span *l4)
{
	struct iphdr ip;
	__u16 offset;

	if (bpf_skb_load_bytes(skb, at, &ip, sizeof(ip)) || ip.version != 4 || ip.ihl < 5)
		return -1;
	tuple->family = NSACCEL_FAMILY_INET;
	tuple->proto = ip.protocol;
	__builtin_memcpy(tuple->src, &ip.saddr, 4);
	__builtin_memcpy(tuple->dst, &ip.daddr, 4);
	offset = bpf_ntohs(ip.frag_off);
	tuple->fragment = offset & 0x1fff ? NSA_LATER_FRAGMENT :
			  offset & 0x2000 ? NSA_FIRST_FRAGMENT :
					    NSA_WHOLE;
	tuple->fragment_id = ip.id;
	l4->at = at + ip.ihl * 4;
	l4->end = nsa_l3_end(skb, at, bpf_ntohs(ip.tot_len));
	return 0;
}

static __always_inline int nsa_tuple_ip6(struct __sk_buff *skb, __u32 at, struct nsa_tuple *tuple,
					 struct nsa_l4_span *l4)
{
	const __u32 header = sizeof(struct ipv6hdr);
	struct nsa_l4_place place = {};

	if (bpf_skb_load_bytes(skb, at + __builtin_offsetof(struct ipv6hdr, saddr), tuple->src,
			       sizeof(tuple->src)) ||
	    bpf_skb_load_bytes(skb, at + __builtin_offsetof(struct ipv6hdr, daddr), tuple->dst,
			       sizeof(tuple->dst)))
		return -1;
	tuple->family = NSACCEL_FAMILY_INET6;
	if (nsa_ip6_l4(skb, at, &place)) {
		tuple->cut = NSA_CUT_PROTO;
		tuple->ports = NSA_PORTS_UNKNOWN;
		return 0;
	}
	tuple->proto = place.proto;
	tuple->fragment = place.offset_units ? NSA_LATER_FRAGMENT :
			  place.fragment     ? NSA_FIRST_FRAGMENT :
					       NSA_WHOLE;
	tuple->fragment_id = place.id;
	l4->at = place.at;
	l4->end = nsa_l3_end(skb, at + header, place.end - at - header);
	return 0;
}

/* Fills tuple, which is zero, with the packet whose IP header is at that offset. Returns the
 * offset of layer 4, unless the packet is truncated; -1: it isn't IP. Global: the verifier
 * checks it once. */
__noinline int nsa_tuple_of(struct __sk_buff *skb, struct nsa_tuple *tuple, __u32 v4, __u32 at)
{
	struct nsa_l4_span l4 = {};

	if (!tuple)
		return -1;
	if (v4 ? nsa_tuple_ip4(skb, at, tuple, &l4) : nsa_tuple_ip6(skb, at, tuple, &l4))
		return -1;
	if (tuple->cut)
		return 0;
	if (at != sizeof(struct ethhdr)) /* quoted, by hosts that may have changed the length */
		l4.end = ~0U;
	if (tuple->fragment != NSA_LATER_FRAGMENT) {
		if (!nsa_tuple_l4(skb, &l4, tuple))
			return (int)l4.at;
		tuple->cut = NSA_CUT_L4;
	}
	tuple->ports = nsa_has_ports(tuple->proto) ? NSA_PORTS_UNKNOWN : NSA_PORTS_NONE;
	return (int)l4.at;
}

static __always_inline void nsa_tuple_turn(struct nsa_tuple *to, const struct nsa_tuple *from)
{
	*to = *from;
	__builtin_memcpy(to->src, from->dst, sizeof(to->src));
	__builtin_memcpy(to->dst, from->src, sizeof(to->dst));
	to->from = from->to;
	to->to = from->from;
	to->sport = from->dport;
	to->dport = from->sport;
}

#endif
