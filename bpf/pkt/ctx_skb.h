/* SPDX-License-Identifier: GPL-2.0-only */
/* TC side of parse.h and rewrite.h: skbs with nonlinear data and offloads. */
#ifndef NSA_PKT_CTX_SKB_H
#define NSA_PKT_CTX_SKB_H

#include "core/bpf.h"
#include "pkt/parse.h"
#include "pkt/rewrite.h"

/* The frame, or NULL if fewer than len bytes of it are linear. The barrier keeps clang 14 from
 * reusing an earlier pointer, of which it keeps 32 bits. */
static __always_inline void *nsa_skb_data(struct __sk_buff *skb, const __u32 len)
{
	void *data;

	asm volatile("" : : : "memory");
	data = (void *)(long)skb->data;
	return data + len > (void *)(long)skb->data_end ? NULL : data;
}

static __always_inline struct ethhdr *nsa_eth(struct __sk_buff *skb)
{
	return nsa_skb_data(skb, sizeof(struct ethhdr));
}

/* Sets the pointers of pkt again after a helper that may have moved the headers. */
static __always_inline int nsa_skb_reload(struct __sk_buff *skb, struct nsa_pkt *pkt)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + NSA_HDR_V4 > end)
		return -1;
	if (pkt->family == NSACCEL_FAMILY_INET6 && data + NSA_HDR_V6 > end)
		return -1;
	pkt->eth = data;
	pkt->ip4 = data + sizeof(struct ethhdr);
	return 0;
}

/* As nsa_locate(). */
static __always_inline void nsa_skb_locate(struct __sk_buff *skb, struct nsa_pkt *pkt)
{
	if ((void *)(long)skb->data + NSA_HDR_V6 > (void *)(long)skb->data_end &&
	    skb->len >= NSA_HDR_V4)
		bpf_skb_pull_data(skb, skb->len < NSA_HDR_ND ? NSA_HDR_V4 : NSA_HDR_ND);
	nsa_locate((void *)(long)skb->data, (void *)(long)skb->data_end, pkt);
}

/* As nsa_check(). */
static __always_inline int nsa_skb_check(struct __sk_buff *skb, const __u8 *mac,
					 struct nsa_pkt *pkt)
{
	if (skb->vlan_present)
		return -NSACCEL_PASS_VLAN;
	return nsa_check((void *)(long)skb->data_end, skb->len, mac, pkt);
}

/* As nsa_parse(). */
static __always_inline int nsa_skb_parse(struct __sk_buff *skb, const __u8 *mac,
					 struct nsa_pkt *pkt)
{
	nsa_skb_locate(skb, pkt);
	return nsa_skb_check(skb, mac, pkt);
}

/* Ethernet padding isn't part of the packet: ip_rcv() trims it before the kernel forwards. */
static __always_inline int nsa_skb_trim(struct __sk_buff *skb, struct nsa_pkt *pkt)
{
	__u32 len = sizeof(struct ethhdr) + pkt->l3_len;

	if (skb->len == len || skb->gso_size)
		return 0;
	if (bpf_skb_change_tail(skb, len, 0))
		return -1;
	return nsa_skb_reload(skb, pkt);
}

/* Clears mark and priority, which must not leave their namespace. The timestamp stays, as when the
 * kernel forwards: time of arrival or of delivery. bpf_redirect() to a device clears the former. */
static __always_inline void nsa_skb_scrub(struct __sk_buff *skb)
{
	skb->mark = 0;
	skb->priority = 0;
}

/* At egress of a macvlan's lower, mark, priority and time are the sender's; a frame from a wire has
 * none. The time is one of delivery: only the helper clears its type, too, and only of IP. */
static __always_inline void nsa_skb_disown(struct __sk_buff *skb)
{
	nsa_skb_scrub(skb);
	if (skb->tstamp && bpf_skb_set_tstamp(skb, 0, BPF_SKB_TSTAMP_UNSPEC))
		skb->tstamp = 0;
}

/* ip_forward() sets it by the TOS: best effort 0, bulk 2, interactive 6, both 4. Qdiscs and VLAN
 * egress maps go by it. */
static __always_inline __u32 nsa_forward_priority(const struct nsa_pkt *pkt)
{
	return pkt->family == NSACCEL_FAMILY_INET ? 0x4620U >> (pkt->ip4->tos >> 3 & 3) * 4 & 0xf :
						    0;
}

/* keep: ip_forward_update_priority is 0. ip6_forward() sets none. */
static __always_inline void nsa_skb_rewrite(struct __sk_buff *skb, struct nsa_pkt *pkt,
					    const struct nsaccel_nexthop *nh, bool keep)
{
	nsa_rewrite(pkt, nh);
	/* CHECKSUM_COMPLETE covers the IP header: in IPv4 the change of the TTL and of the checksum
	 * cancel out, in IPv6 the hop limit's has to be added (-1 in network order). */
	if (pkt->family == NSACCEL_FAMILY_INET6)
		bpf_csum_update(skb, (__wsum)bpf_htons(0xfffe));
	if (nh->action != NSACCEL_ACTION_NIC)
		nsa_skb_scrub(skb);
	else if (pkt->family == NSACCEL_FAMILY_INET && !keep)
		skb->priority = nsa_forward_priority(pkt);
}

#endif
