/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Frame -> struct nsa_pkt, with the checks that ip_rcv() and ip6_rcv() make and
 * the header conditions under which only the kernel may forward. No helpers: the
 * same code builds natively for unit tests and fuzzing.
 */
#ifndef NSA_PKT_PARSE_H
#define NSA_PKT_PARSE_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "pkt/nd.h"

#define NSA_HDR_V4 (sizeof(struct ethhdr) + sizeof(struct iphdr))
#define NSA_HDR_V6 (sizeof(struct ethhdr) + sizeof(struct ipv6hdr))
#define NSA_HDR_ND (NSA_HDR_V6 + 1) /* and the type of an ICMPv6 message */

struct nsa_pkt {
	struct ethhdr *eth; /* NULL: the frame is shorter than that */
	union {
		struct iphdr *ip4;
		struct ipv6hdr *ip6;
	};
	enum nsaccel_family family; /* NONE: no IP header, or a truncated one */
	__u32 l3_len;		    /* from the IP header; what follows in the frame is padding */
	__u8 ttl;
	__u8 proto;
};

static __always_inline __u16 nsa_fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (__u16)(sum + (sum >> 16));
}

/* RFC 791: the sum over a header that holds its own checksum is all ones. */
static __always_inline bool nsa_ip4_checksum_ok(const struct iphdr *ip)
{
	const __u16 *word = (const __u16 *)ip;
	__u32 sum = 0;
	int i;

#pragma unroll
	for (i = 0; i < 10; i++)
		sum += word[i];
	return nsa_fold(sum) == 0xffff;
}

/* 0/8 and 127/8 (ip_route_input_slow()), and 169.254/16 (RFC 3927 7), on which the kernel
 * decides. */
static __always_inline bool nsa_ip4_is_unroutable(__be32 addr)
{
	__u32 a = bpf_ntohl(addr);

	return a >> 24 == 0 || a >> 24 == 127 || a >> 16 == 0xa9fe;
}

static __always_inline bool nsa_ip4_is_multicast(__be32 addr)
{
	/* 224/4 and 255.255.255.255; 240/4 are addresses like others for Linux. */
	return (addr & bpf_htonl(0xf0000000U)) == bpf_htonl(0xe0000000U) || addr == ~0U;
}

/* fe80::/10. addr: 16 bytes, aligned to 4. */
static __always_inline bool nsa_ip6_is_link_local(const void *addr)
{
	return (*(const __be32 *)addr & bpf_htonl(0xffc00000)) == bpf_htonl(0xfe800000);
}

/* ::, ::1 and fe80::/10; ip6_forward(). */
static __always_inline bool nsa_ip6_is_unroutable(const struct in6_addr *addr)
{
	const __be32 *w = addr->in6_u.u6_addr32;

	return nsa_ip6_is_link_local(w) || (!w[0] && !w[1] && !w[2] && bpf_ntohl(w[3]) <= 1);
}

static __always_inline bool nsa_ip6_is_multicast(const struct in6_addr *addr)
{
	return addr->in6_u.u6_addr8[0] == 0xff;
}

/* May it be neighbour discovery for an address that the owner is proxy of? The kernel goes by the
 * type alone (ip6_forward_proxy_check()). So may a message be that is truncated before its type. */
static __always_inline bool nsa_ip6_maybe_nd(const struct ipv6hdr *ip, const void *end)
{
	const __u8 *type = (const void *)(ip + 1);

	if (ip->nexthdr != IPPROTO_ICMPV6)
		return false;
	return ip->hop_limit == NSA_ND_HOP_LIMIT || (const void *)(type + 1) > end ||
	       nsa_is_nd_type(*type);
}

static __always_inline bool nsa_ip6_is_extension(__u8 nexthdr)
{
	switch (nexthdr) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_FRAGMENT:
	case IPPROTO_AH:
	case IPPROTO_DSTOPTS:
		return true;
	default:
		return false;
	}
}

/* Likewise, behind extension headers, which the kernel goes past. Only with the hop limit that it
 * then asks for: else every fragment of a ping would be the kernel's. */
static __always_inline bool nsa_ip6_maybe_nd_behind(const struct ipv6hdr *ip, const void *end)
{
	const __u8 *next = (const void *)(ip + 1);

	if (ip->hop_limit != NSA_ND_HOP_LIMIT || !nsa_ip6_is_extension(ip->nexthdr))
		return false;
	return (const void *)(next + 1) > end || *next == IPPROTO_ICMPV6 ||
	       nsa_ip6_is_extension(*next);
}

/* Finds the headers of a frame, without looking into them. */
static __always_inline void nsa_locate(void *data, void *end, struct nsa_pkt *pkt)
{
	struct ethhdr *eth = data;
	struct iphdr *ip4 = data + sizeof(*eth);
	struct ipv6hdr *ip6 = data + sizeof(*eth);

	pkt->eth = NULL;
	pkt->family = NSACCEL_FAMILY_NONE;
	if ((void *)(eth + 1) > end)
		return;
	pkt->eth = eth;
	if (eth->h_proto == bpf_htons(ETH_P_IP) && (void *)(ip4 + 1) <= end) {
		pkt->ip4 = ip4;
		pkt->family = NSACCEL_FAMILY_INET;
	} else if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= end) {
		pkt->ip6 = ip6;
		pkt->family = NSACCEL_FAMILY_INET6;
	}
}

/* All below return 0, or a negative reason why the kernel must have the packet. */

static __always_inline int nsa_check_ip4_header(__u32 frame_len, struct nsa_pkt *pkt)
{
	const struct iphdr *ip = pkt->ip4;

	if (ip->version != 4 || ip->ihl < 5)
		return -NSACCEL_PASS_MALFORMED;
	if (ip->ihl != 5)
		return -NSACCEL_PASS_OPTIONS;
	pkt->l3_len = bpf_ntohs(ip->tot_len);
	pkt->ttl = ip->ttl;
	pkt->proto = ip->protocol;
	/* A GSO packet of 64 KiB or more has tot_len 0 (BIG TCP): seen as malformed, the kernel
	 * knows. */
	if (pkt->l3_len < sizeof(*ip) || pkt->l3_len + sizeof(struct ethhdr) > frame_len)
		return -NSACCEL_PASS_MALFORMED;
	return nsa_ip4_checksum_ok(ip) ? 0 : -NSACCEL_PASS_MALFORMED;
}

static __always_inline int nsa_check_ip4_addresses(const struct iphdr *ip)
{
	if (nsa_ip4_is_multicast(ip->daddr))
		return -NSACCEL_PASS_MULTICAST;
	if (nsa_ip4_is_unroutable(ip->daddr) || nsa_ip4_is_unroutable(ip->saddr) ||
	    nsa_ip4_is_multicast(ip->saddr))
		return -NSACCEL_PASS_SCOPE;
	return 0;
}

static __always_inline int nsa_check_ip6_header(const void *end, __u32 frame_len,
						struct nsa_pkt *pkt)
{
	const struct ipv6hdr *ip = pkt->ip6;

	if (ip->version != 6)
		return -NSACCEL_PASS_MALFORMED;
	if (ip->nexthdr == 0) /* hop-by-hop: router alert, jumbo payload (also BIG TCP) */
		return -NSACCEL_PASS_OPTIONS;
	if (nsa_ip6_maybe_nd(ip, end))
		return -NSACCEL_PASS_SCOPE;
	if (!ip->payload_len) /* empty, or BIG TCP, longer than the field can say (7.x) */
		return -NSACCEL_PASS_MALFORMED;
	pkt->l3_len = bpf_ntohs(ip->payload_len) + sizeof(*ip);
	pkt->ttl = ip->hop_limit;
	pkt->proto = ip->nexthdr;
	return pkt->l3_len + sizeof(struct ethhdr) > frame_len ? -NSACCEL_PASS_MALFORMED : 0;
}

static __always_inline int nsa_check_ip6_extensions(const void *end, const struct ipv6hdr *ip)
{
	return nsa_ip6_maybe_nd_behind(ip, end) ? -NSACCEL_PASS_SCOPE : 0;
}

static __always_inline int nsa_check_ip6_addresses(const struct ipv6hdr *ip)
{
	if (nsa_ip6_is_multicast(&ip->daddr))
		return -NSACCEL_PASS_MULTICAST;
	if (nsa_ip6_is_unroutable(&ip->daddr) || nsa_ip6_is_unroutable(&ip->saddr) ||
	    nsa_ip6_is_multicast(&ip->saddr))
		return -NSACCEL_PASS_SCOPE;
	return 0;
}

/* Type of service or traffic class. */
static __always_inline __u8 nsa_tos(const struct nsa_pkt *pkt)
{
	if (pkt->family == NSACCEL_FAMILY_INET)
		return pkt->ip4->tos;
	return (__u8)(pkt->ip6->priority << 4 | pkt->ip6->flow_lbl[0] >> 4);
}

/* Of IPv4. An IPv6 fragment has an extension header, and so another protocol. */
static __always_inline bool nsa_is_fragment(const struct nsa_pkt *pkt)
{
	return pkt->family == NSACCEL_FAMILY_INET && pkt->ip4->frag_off & bpf_htons(0x3fff);
}

static __always_inline __u32 nsa_l4_offset(const struct nsa_pkt *pkt)
{
	return pkt->family == NSACCEL_FAMILY_INET ? NSA_HDR_V4 : NSA_HDR_V6;
}

/* Why a frame has no IP header: a negative reason; 0: the header is truncated. */
static __always_inline int nsa_check_ethertype(const struct ethhdr *eth)
{
	if (!eth)
		return -NSACCEL_PASS_MALFORMED;
	switch (eth->h_proto) {
	case bpf_htons(ETH_P_8021Q):
	case bpf_htons(ETH_P_8021AD):
		return -NSACCEL_PASS_VLAN;
	case bpf_htons(ETH_P_IP):
	case bpf_htons(ETH_P_IPV6):
		return 0;
	default:
		return -NSACCEL_PASS_NOT_IP;
	}
}

/* Checks an IP header without the addresses in it, nor what may be behind extension headers, which
 * no packet with a verdict has (nsa_verdict_sees_all()). */
static __always_inline int nsa_check_header(const void *end, __u32 frame_len, struct nsa_pkt *pkt)
{
	int r = pkt->family == NSACCEL_FAMILY_INET ? nsa_check_ip4_header(frame_len, pkt) :
						     nsa_check_ip6_header(end, frame_len, pkt);

	return r ?: pkt->ttl <= 1 ? -NSACCEL_PASS_TTL : 0;
}

/* Checks the headers that nsa_locate() found. mac: the destination of frames that are routed. end:
 * of the linear data. */
static __always_inline int nsa_check(const void *end, __u32 frame_len, const __u8 *mac,
				     struct nsa_pkt *pkt)
{
	int r = pkt->family ? 0 : nsa_check_ethertype(pkt->eth);

	if (r)
		return r;
	if (pkt->eth->h_dest[0] & 1)
		return -NSACCEL_PASS_MULTICAST;
	if (!nsa_mac_equal(pkt->eth->h_dest, mac))
		return -NSACCEL_PASS_OTHER_MAC;
	if (pkt->family == NSACCEL_FAMILY_INET)
		r = nsa_check_ip4_header(frame_len, pkt) ?: nsa_check_ip4_addresses(pkt->ip4);
	else if (pkt->family == NSACCEL_FAMILY_INET6)
		r = nsa_check_ip6_header(end, frame_len, pkt)	    ?:
			    nsa_check_ip6_extensions(end, pkt->ip6) ?:
			    nsa_check_ip6_addresses(pkt->ip6);
	else
		return -NSACCEL_PASS_MALFORMED;
	if (r)
		return r;
	return pkt->ttl <= 1 ? -NSACCEL_PASS_TTL : 0;
}

static __always_inline int nsa_parse(void *data, void *end, __u32 frame_len, const __u8 *mac,
				     struct nsa_pkt *pkt)
{
	nsa_locate(data, end, pkt);
	return nsa_check(end, frame_len, mac, pkt);
}

/* Takes skb->protocol, so that no header is read. */
static __always_inline enum nsaccel_family nsa_family_of(__be16 ethertype)
{
	switch (ethertype) {
	case bpf_htons(ETH_P_IP):
		return NSACCEL_FAMILY_INET;
	case bpf_htons(ETH_P_IPV6):
		return NSACCEL_FAMILY_INET6;
	default:
		return NSACCEL_FAMILY_NONE;
	}
}

#endif
