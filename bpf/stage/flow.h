/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firewall gate: which flows the kernel has let through, as it shows at its egress.
 *
 * A packet that may not take the fast path yet is noted as pending, with the signature that it
 * should leave with, and goes the kernel's way. If the kernel sends it out by TC egress of the port
 * that the fast path would use, with that very signature, then no rule has dropped, translated,
 * marked or changed it, and packets of the same signature may follow on the fast path for a while.
 * The fast path does to them what was seen; whatever has another one has to be admitted anew.
 *
 * A flow that the kernel translates has two records: each direction has one, under the addresses
 * and ports that its packets come in with. The signature says what they leave with. What it says
 * before a packet was admitted by it is a guess, which the next packet confirms, or not.
 */
#ifndef NSA_STAGE_FLOW_H
#define NSA_STAGE_FLOW_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/context.h"
#include "core/features.h"
#include "core/order.h"
#include "core/scratch.h"
#include "map/flows.h"
#include "pkt/parse.h"
#include "pkt/tcp.h"
#include "stage/ruleset.h"

#define NSA_IS_ECN 0x03 /* in TOS; the rest is the DSCP */

/* The part of TCP's and UDP's headers that is needed. */
struct nsa_l4 {
	__be16 source, dest;
	union {
		__u32 seq; /* TCP */
		struct {
			__be16 len;
			__sum16 check;
		} udp;
	};
	__be32 ack;
	__u8 doff, flags; /* TCP */
};

#define NSA_UDP_PART 8
#define NSA_TCP_PART 14

static __always_inline __u32 nsa_l4_len(const struct nsa_pkt *pkt)
{
	return pkt->l3_len - (nsa_l4_offset(pkt) - sizeof(struct ethhdr));
}

/* Bytes of layer 4 that a flow needs; 0: the packet belongs to no flow. */
static __always_inline __u32 nsa_flow_part(const struct nsa_pkt *pkt)
{
	__u32 l4_len = nsa_l4_len(pkt);

	if (nsa_is_fragment(pkt))
		return 0;
	if (pkt->proto == IPPROTO_TCP && l4_len >= sizeof(struct tcphdr))
		return NSA_TCP_PART;
	if (pkt->proto == IPPROTO_UDP && l4_len >= sizeof(struct udphdr))
		return NSA_UDP_PART;
	return 0;
}

/* Is a above b? Words are compared without regard to byte order: any fixed order will do. */
static __always_inline bool nsa_above(const __be32 *a, const __be32 *b, const int words, bool equal)
{
	int i;

#pragma unroll
	for (i = 0; i < words; i++)
		if (a[i] != b[i])
			return a[i] > b[i];
	return equal;
}

/* The rest of the key was zeroed. end: of the packet's linear part. */
static __always_inline int nsa_flow_addresses(struct nsa_flow *flow, const struct nsa_pkt *pkt,
					      bool ports_above, const void *end)
{
	const struct iphdr *ip4 = pkt->ip4;
	const struct ipv6hdr *ip6 = pkt->ip6;
	__u8 *low = flow->key.low, *high = flow->key.high;

	if (pkt->family == NSACCEL_FAMILY_INET) {
		flow->direction = nsa_above(&ip4->saddr, &ip4->daddr, 1, ports_above);
		__builtin_memcpy(flow->direction ? high : low, &ip4->saddr, 4);
		__builtin_memcpy(flow->direction ? low : high, &ip4->daddr, 4);
		return 0;
	}
	/* Linux 6.1 forgets what the family says about the length. */
	if ((const void *)(ip6 + 1) > end)
		return -1;
	flow->direction = nsa_above(ip6->saddr.s6_addr32, ip6->daddr.s6_addr32, 4, ports_above);
	__builtin_memcpy(flow->direction ? high : low, &ip6->saddr, NSACCEL_ADDR_LEN);
	__builtin_memcpy(flow->direction ? low : high, &ip6->daddr, NSACCEL_ADDR_LEN);
	return 0;
}

/* Rules may drop packets that conntrack calls invalid: tcp_error(), udp_error(). Checksums of layer
 * 4 aren't verified. UDP without one can't be recognised at egress. */
static __always_inline bool nsa_tcp_valid(const struct nsa_l4 *l4, __u32 len)
{
	__u32 head = l4->doff >> 4 << 2;

	return head >= sizeof(struct tcphdr) && head <= len &&
	       l4->flags & (NSA_TCP_SYN | NSA_TCP_RST | NSA_TCP_ACK);
}

static __always_inline bool nsa_udp_valid(const struct nsa_l4 *l4, __u32 len)
{
	__u32 udp_len = bpf_ntohs(l4->udp.len);

	return udp_len >= sizeof(struct udphdr) && udp_len <= len && l4->udp.check;
}

/* Flags of a packet that begins or ends a connection. */
static __always_inline __u8 nsa_tcp_control(const struct nsa_l4 *l4)
{
	return l4->flags & (NSA_TCP_SYN | NSA_TCP_FIN | NSA_TCP_RST);
}

static __always_inline int nsa_flow_of(struct nsa_flow *flow, const struct nsa_pkt *pkt,
				       const struct nsa_l4 *l4, const void *end)
{
	bool tcp = pkt->proto == IPPROTO_TCP;

	if (!(tcp ? nsa_tcp_valid(l4, nsa_l4_len(pkt)) : nsa_udp_valid(l4, nsa_l4_len(pkt))) ||
	    nsa_flow_addresses(flow, pkt, l4->source > l4->dest, end))
		return -1;
	flow->key.owner_slot = nsaccel_owner_slot;
	flow->key.family = pkt->family;
	flow->key.proto = pkt->proto;
	flow->key.low_port = flow->direction ? l4->dest : l4->source;
	flow->key.high_port = flow->direction ? l4->source : l4->dest;
	flow->id = (tcp ? l4->seq : l4->udp.check) ^ (nsa_tos(pkt) & NSA_IS_ECN);
	flow->control = tcp ? nsa_tcp_control(l4) : 0;
	return 0;
}

/* The signature of a routed packet, as nh sends it on. */
static __always_inline void nsa_signature_routed(struct nsaccel_flow_signature *signature,
						 const struct nsa_pkt *pkt,
						 const struct nsa_source *src,
						 const struct nsaccel_nexthop *nh)
{
	signature->ruleset = nsa_ruleset();
	signature->port = src->ifindex;
	signature->iif = src->port->l3_ifindex;
	signature->oif = nh->ifindex;
	nsa_mac_copy(signature->dst_mac, nh->dst_mac);
	nsa_mac_copy(signature->src_mac, nh->src_mac);
	nsa_mac_copy(signature->from_mac, pkt->eth->h_source);
	signature->dscp = nsa_tos(pkt) & ~NSA_IS_ECN;
	signature->ttl = pkt->ttl - 1;
}

/* Is the element still this flow's? The kernel may give it to another, so the key is compared
 * again, after reading and before writing. */
static __always_inline bool nsa_flow_is(const struct nsaccel_flow *record,
					const struct nsaccel_flow_key *key)
{
	nsa_keep_order();
	return nsa_same_words(&record->key, key, sizeof(*key));
}

/* Key and direction of packets with these addresses, of four words each, and ports. The rest of the
 * flow was zeroed. */
static __always_inline void nsa_flow_of_ends(struct nsa_flow *flow, const __u8 *src,
					     const __u8 *dst, __be16 sport, __be16 dport)
{
	bool above = nsa_above((const __be32 *)src, (const __be32 *)dst, 4, sport > dport);

	flow->direction = above;
	flow->key.owner_slot = nsaccel_owner_slot;
	nsa_address_copy(flow->key.low, above ? dst : src);
	nsa_address_copy(flow->key.high, above ? src : dst);
	flow->key.low_port = above ? dport : sport;
	flow->key.high_port = above ? sport : dport;
}

/* The record of the packets that answer those that leave as the translation says, or NULL. Their
 * key and direction are in the scratch memory then. */
__subprog struct nsaccel_flow *nsa_flow_of_answer(const struct nsaccel_translation *to,
						  enum nsaccel_family family, __u8 proto)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_flow *record;
	struct nsa_flow *answer;

	if (!scratch)
		return NULL;
	answer = &scratch->answer;
	__builtin_memset(answer, 0, sizeof(*answer));
	answer->key.family = family;
	answer->key.proto = proto;
	nsa_flow_of_ends(answer, to->dst, to->src, to->dport, to->sport);
	record = bpf_map_lookup_elem(&nsa_flows, &answer->key);
	return record && nsa_flow_is(record, &answer->key) ? record : NULL;
}

/* How long packets of the direction are admitted; 0: they aren't. */
static __always_inline __u64 nsa_direction_admits(const struct nsaccel_flow_direction *direction,
						  const struct nsaccel_flow_signature *signature,
						  __u64 now)
{
	__u64 state = READ_ONCE(direction->state);

	if (!state || state & NSACCEL_FLOW_PENDING ||
	    (__s64)(now - state) >= (__s64)NSACCEL_ADMISSION_NS)
		return 0;
	nsa_keep_order();
	if (!nsa_same_words(&direction->signature, signature, sizeof(*signature)))
		return 0;
	nsa_keep_order();
	if (READ_ONCE(direction->state) != state) /* the signature may be a newer one */
		return 0;
	return state + NSACCEL_ADMISSION_NS;
}

/* How long a direction counts as seen; 0: it doesn't. Twice the time of an admission: while the
 * other direction renews its admission, this one must stay on the fast path, or it would be
 * reordered. */
static __always_inline __u64 nsa_direction_alive(const struct nsaccel_flow_direction *direction,
						 __u32 ruleset, __u64 now)
{
	__u64 seen = READ_ONCE(direction->seen);

	if (!seen || direction->seen_ruleset != ruleset ||
	    (__s64)(now - seen) >= 2 * (__s64)NSACCEL_ADMISSION_NS)
		return 0;
	return seen + 2 * NSACCEL_ADMISSION_NS;
}

/* Likewise, of packets that answer those of a translated flow. */
__subprog __u64 nsa_answer_alive(const struct nsaccel_flow_signature *signature,
				 enum nsaccel_family family, __u8 proto, __u64 now)
{
	const struct nsaccel_flow *record = nsa_flow_of_answer(&signature->to, family, proto);
	const struct nsa_scratch *scratch = nsa_scratch();

	if (!record || !scratch || READ_ONCE(record->closing))
		return 0;
	return nsa_direction_alive(&record->direction[scratch->answer.direction & 1],
				   signature->ruleset, now);
}

/* For the verdict on the packet: how long its like are admitted, and what they have in common. */
static __always_inline void nsa_flow_note(const struct nsaccel_flow_signature *signature,
					  __u64 there, __u64 back)
{
	struct nsa_scratch *scratch = nsa_scratch();

	if (!scratch)
		return;
	scratch->admitted_until = (__s64)(there - back) < 0 ? there : back;
	scratch->verdict.dscp = signature->dscp;
	scratch->verdict.ttl = signature->ttl;
}

/* Are packets of the flow admitted to the fast path: 1; then it is noted for the verdict. Global:
 * the verifier checks it once. The key is copied, since Linux 6.1 takes none from an argument. */
__noinline int nsa_flow_admits(const struct nsa_flow *flow,
			       const struct nsaccel_flow_signature *signature)
{
	const struct nsaccel_flow *record;
	__u64 now = bpf_ktime_get_coarse_ns();
	struct nsaccel_flow_key key;
	__u64 there, back;
	__u32 direction;

	if (!nsa_has(NSACCEL_FEATURE_GATE) || !flow || !signature || flow->control)
		return 0;
	key = flow->key;
	record = bpf_map_lookup_elem(&nsa_flows, &key);
	if (!record || READ_ONCE(record->closing))
		return 0;
	nsa_keep_order();
	direction = flow->direction & 1;
	there = nsa_direction_admits(&record->direction[direction], signature, now);
	if (!there)
		return 0;
	back = nsa_has(NSACCEL_FEATURE_NAT) && signature->to.translated ?
		       nsa_answer_alive(signature, key.family, key.proto, now) :
		       nsa_direction_alive(&record->direction[!direction], signature->ruleset, now);
	if (!back || !nsa_flow_is(record, &key))
		return 0;
	nsa_flow_note(signature, there, back);
	return 1;
}

#endif
