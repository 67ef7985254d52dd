/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sends the ICMP errors that the kernel can't (RFC 792, 1812 4.3.3, RFC 4443 3): of unreachable and
 * prohibit routes that only nsaccel has, and of packets of an isolated namespace that are too big
 * or whose TTL has run out, which don't reach the kernel. They quote the packet's IP header and 8
 * bytes; of TCP the whole header.
 */
#ifndef NSA_STAGE_REJECT_H
#define NSA_STAGE_REJECT_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/mark.h"
#include "pkt/ctx_skb.h"
#include "pkt/icmp.h"
#include "stage/deliver.h"

#define NSA_REJECTS_PER_SECOND 1000 /* per CPU; the kernel's icmp_msgs_per_sec */
#define NSA_ICMP_LEN	       8

struct nsa_budget {
	__u64 second;
	__u64 spent;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsa_budget);
	__uint(max_entries, 1);
} nsaccel_rejects SEC(".maps");

static __always_inline bool nsa_reject_allowed(void)
{
	struct nsa_budget *budget;
	__u64 second = bpf_ktime_get_ns() / 1000000000ULL;
	__u32 zero = 0;

	budget = bpf_map_lookup_elem(&nsaccel_rejects, &zero);
	if (!budget)
		return false;
	if (budget->second != second) {
		budget->second = second;
		budget->spent = 0;
	}
	return budget->spent++ < NSA_REJECTS_PER_SECOND;
}

struct nsa_error {
	__u8 type, code;
	__u8 zero[2];
	__be32 rest; /* second word of the ICMP header */
};

/* mtu: of the next hop, where the packet is too big. */
static __always_inline void nsa_error_of(struct nsa_error *error, enum nsaccel_family family,
					 enum nsaccel_reason why, __u32 mtu)
{
	bool v4 = family == NSACCEL_FAMILY_INET;

	switch (why) {
	case NSACCEL_DROP_TTL:
		error->type = v4 ? ICMP_TIME_EXCEEDED : ICMPV6_TIME_EXCEED;
		break;
	case NSACCEL_DROP_TOO_BIG:
		error->type = v4 ? ICMP_DEST_UNREACH : ICMPV6_PKT_TOOBIG;
		error->code = v4 ? ICMP_FRAG_NEEDED : 0;
		error->rest = bpf_htonl(mtu); /* of ICMP (RFC 1191), too: its other half is 0 */
		break;
	case NSACCEL_DROP_PROHIBIT:
		error->type = v4 ? ICMP_DEST_UNREACH : ICMPV6_DEST_UNREACH;
		error->code = v4 ? ICMP_PKT_FILTERED : ICMPV6_ADM_PROHIBITED;
		break;
	default:
		error->type = v4 ? ICMP_DEST_UNREACH : ICMPV6_DEST_UNREACH;
		error->code = v4 ? ICMP_HOST_UNREACH : ICMPV6_NOROUTE;
		break;
	}
}

/* No error about an error (RFC 1122 3.2.2), nor about a later fragment. */
static __always_inline bool nsa_rejectable(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	if (pkt->family == NSACCEL_FAMILY_INET && pkt->ip4->frag_off & bpf_htons(0x1fff))
		return false;
	return !nsa_icmp_error(skb, pkt);
}

/* One's complement sum of the quoted layer 4 as it will be on the wire. pseudo: the sum of the
 * pseudo header, which a sender leaves in the checksum field for the device to complete
 * (CHECKSUM_PARTIAL). Once completed, the whole adds up to the complement of that sum. */
static __always_inline __u32 nsa_quoted_sum(void *l4, const __u32 len, __u8 proto, __u32 pseudo)
{
	__u16 field = 0;

	if (proto == IPPROTO_TCP && len >= sizeof(struct tcphdr))
		field = ((struct tcphdr *)l4)->check;
	else if (proto == IPPROTO_UDP)
		field = ((struct udphdr *)l4)->check;
	if (field && field == nsa_fold(pseudo))
		return (__u16)~field;
	return (__u32)bpf_csum_diff(NULL, 0, l4, len, 0);
}

/* Cuts skb to quote bytes of layer 3 and makes room for headers before them. */
static __always_inline int nsa_reject_room(struct __sk_buff *skb, __u32 quote, __u32 room)
{
	if (bpf_skb_change_tail(skb, sizeof(struct ethhdr) + quote, 0))
		return -1;
	return bpf_skb_adjust_room(skb, (__s32)room, BPF_ADJ_ROOM_MAC, 0) ? -1 : 0;
}

static __always_inline void nsa_reject_eth(struct ethhdr *eth, const struct nsaccel_port *port)
{
	__builtin_memcpy(eth->h_dest, eth->h_source, NSACCEL_MAC_LEN);
	__builtin_memcpy(eth->h_source, port->mac, NSACCEL_MAC_LEN);
}

/* Checksum of an ICMP error: its header and the quoted IP header, head bytes together, and the
 * rest. */
static __always_inline __sum16 nsa_icmp_sum(void *icmp, const __u32 head, __u32 seed, __u32 rest)
{
	__u32 sum = nsa_fold((__u32)bpf_csum_diff(NULL, 0, icmp, head, seed));

	return (__sum16)~nsa_fold(sum + nsa_fold(rest));
}

/* Header of an error; the rest of it was zeroed. */
static __always_inline void nsa_reject_ip4(struct iphdr *ip, const __u8 *from, __be32 to, __u16 len)
{
	ip->version = 4;
	ip->ihl = 5;
	ip->tos = 0xc0; /* internetwork control, as icmp_send() */
	ip->tot_len = bpf_htons(len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_ICMP;
	__builtin_memcpy(&ip->saddr, from, 4);
	ip->daddr = to;
	ip->check = (__sum16)~nsa_fold((__u32)bpf_csum_diff(NULL, 0, (__be32 *)ip, sizeof(*ip), 0));
}

static __always_inline int nsa_reject4(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				       const struct nsaccel_port *port,
				       const struct nsa_error *error, const __u32 quote)
{
	const __u32 room = sizeof(struct iphdr) + NSA_ICMP_LEN;
	const __u32 l4_len = quote - sizeof(struct iphdr);
	struct {
		__be32 from, to;
		__u8 zero, proto;
		__be16 len;
	} pseudo = {};
	struct icmphdr *icmp;
	struct ethhdr *eth;
	struct iphdr *ip;

	pseudo.from = pkt->ip4->saddr;
	pseudo.to = pkt->ip4->daddr;
	pseudo.proto = pkt->proto;
	pseudo.len = bpf_htons((__u16)(pkt->l3_len - sizeof(struct iphdr)));
	if (nsa_reject_room(skb, quote, room))
		return -1;
	eth = (void *)(long)skb->data;
	ip = (void *)(eth + 1);
	icmp = (void *)(ip + 1);
	if ((void *)icmp + NSA_ICMP_LEN + quote > (void *)(long)skb->data_end)
		return -1;
	nsa_reject_eth(eth, port);
	__builtin_memset(ip, 0, sizeof(*ip) + NSA_ICMP_LEN);
	nsa_reject_ip4(ip, port->address4, pseudo.from, (__u16)(room + quote));
	icmp->type = error->type;
	icmp->code = error->code;
	icmp->un.gateway = error->rest;
	icmp->checksum = nsa_icmp_sum(
		icmp, NSA_ICMP_LEN + sizeof(*ip), 0,
		nsa_quoted_sum(
			(void *)icmp + NSA_ICMP_LEN + sizeof(*ip), l4_len, pseudo.proto,
			(__u32)bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), 0)));
	return 0;
}

struct nsa_pseudo6 {
	struct in6_addr from, to;
	__be32 len, proto;
};

static __always_inline void nsa_reject_ip6(struct ipv6hdr *ip, const struct nsa_pseudo6 *pseudo,
					   __u16 len)
{
	ip->version = 6;
	ip->payload_len = bpf_htons(len);
	ip->nexthdr = IPPROTO_ICMPV6;
	ip->hop_limit = 64;
	ip->saddr = pseudo->from;
	ip->daddr = pseudo->to;
}

static __always_inline int nsa_reject6(struct __sk_buff *skb, const struct nsa_pkt *pkt,
				       const struct nsaccel_port *port,
				       const struct nsa_error *error, const __u32 quote)
{
	const __u32 room = sizeof(struct ipv6hdr) + NSA_ICMP_LEN;
	const __u32 l4_len = quote - sizeof(struct ipv6hdr);
	struct nsa_pseudo6 pseudo = {}, quoted = {};
	struct icmp6hdr *icmp;
	struct ethhdr *eth;
	struct ipv6hdr *ip;

	/* Linux 6.1 forgets what the family says about the length. */
	if ((void *)(pkt->ip6 + 1) > (void *)(long)skb->data_end)
		return -1;
	quoted.from = pkt->ip6->saddr;
	quoted.to = pkt->ip6->daddr;
	quoted.len = bpf_htonl(pkt->l3_len - (__u32)sizeof(struct ipv6hdr));
	quoted.proto = bpf_htonl(pkt->proto);
	pseudo.to = pkt->ip6->saddr;
	__builtin_memcpy(&pseudo.from, port->address6, NSACCEL_ADDR_LEN);
	pseudo.len = bpf_htonl(NSA_ICMP_LEN + quote);
	pseudo.proto = bpf_htonl(IPPROTO_ICMPV6);
	if (nsa_reject_room(skb, quote, room))
		return -1;
	eth = (void *)(long)skb->data;
	ip = (void *)(eth + 1);
	icmp = (void *)(ip + 1);
	if ((void *)icmp + NSA_ICMP_LEN + quote > (void *)(long)skb->data_end)
		return -1;
	nsa_reject_eth(eth, port);
	__builtin_memset(ip, 0, sizeof(*ip) + NSA_ICMP_LEN);
	nsa_reject_ip6(ip, &pseudo, (__u16)(NSA_ICMP_LEN + quote));
	icmp->icmp6_type = error->type;
	icmp->icmp6_code = error->code;
	icmp->icmp6_dataun.un_data32[0] = error->rest;
	icmp->icmp6_cksum = nsa_icmp_sum(
		icmp, NSA_ICMP_LEN + sizeof(*ip),
		(__u32)bpf_csum_diff(NULL, 0, (__be32 *)&pseudo, sizeof(pseudo), 0),
		nsa_quoted_sum(
			(void *)icmp + NSA_ICMP_LEN + sizeof(*ip), l4_len, pkt->proto,
			(__u32)bpf_csum_diff(NULL, 0, (__be32 *)&quoted, sizeof(quoted), 0)));
	return 0;
}

static __always_inline int nsa_reject_build(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					    const struct nsaccel_port *port,
					    enum nsaccel_reason why, __u32 mtu)
{
	__u32 v6 = sizeof(struct ipv6hdr), v4 = sizeof(struct iphdr);
	struct nsa_error error = {};

	nsa_error_of(&error, pkt->family, why, mtu);
	if (pkt->family == NSACCEL_FAMILY_INET) {
		if (pkt->l3_len >= v4 + sizeof(struct tcphdr))
			return nsa_reject4(skb, pkt, port, &error, v4 + sizeof(struct tcphdr));
		if (pkt->l3_len >= v4 + 8)
			return nsa_reject4(skb, pkt, port, &error, v4 + 8);
		return -1;
	}
	if (pkt->l3_len >= v6 + sizeof(struct tcphdr))
		return nsa_reject6(skb, pkt, port, &error, v6 + sizeof(struct tcphdr));
	if (pkt->l3_len >= v6 + 8)
		return nsa_reject6(skb, pkt, port, &error, v6 + 8);
	return -1;
}

/* Sends the error back: out of the port that the packet came in by, or up into its macvlan.
 * macvlan: 1 if one sent it. mtu: of the next hop, where the packet is too big. Returns a TC
 * verdict. Global: the verifier checks it once. */
__noinline int nsa_reject(struct __sk_buff *skb, __u32 ifindex, __u32 macvlan, __u32 why, __u32 mtu)
{
	const struct nsaccel_port *port = nsa_port(ifindex);
	const __u8 *from;
	struct nsa_pkt pkt = {};
	int r;

	nsa_skb_locate(skb, &pkt);
	if (!port || !pkt.family)
		return TC_ACT_SHOT;
	r = nsa_check_header((void *)(long)skb->data_end, skb->len, &pkt);
	if (r && r != -NSACCEL_PASS_TTL)
		return TC_ACT_SHOT;
	from = pkt.family == NSACCEL_FAMILY_INET ? port->address4 : port->address6;
	if (!(from[0] | from[1] | from[2] | from[3]) || !nsa_rejectable(skb, &pkt) ||
	    !nsa_reject_allowed() || nsa_reject_build(skb, &pkt, port, why, mtu))
		return TC_ACT_SHOT;
	nsa_skb_disown(skb);
	/* It may enter, whoever it is. */
	skb->cb[NSA_CB_SENT] = macvlan ? nsaccel_mark_sent : nsa_mark_for(port);
	return bpf_redirect(ifindex, macvlan ? BPF_F_INGRESS : 0);
}

#endif
