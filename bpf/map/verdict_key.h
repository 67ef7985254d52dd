/* SPDX-License-Identifier: GPL-2.0-only */
/* What of a packet its verdict is found by. */
#ifndef NSA_MAP_VERDICT_KEY_H
#define NSA_MAP_VERDICT_KEY_H

#include "core/bpf.h"
#include "core/config.h"
#include "pkt/parse.h"
#include "pkt/tcp.h"

/* The addresses of a packet by words; of IPv4 the first words alone. Ports and protocol are 0 where
 * verdicts are for all packets of these addresses. */
struct nsa_verdict_key {
	__u32 src[4], dst[4];
	struct {
		__be16 sport, dport;
		__u8 proto;
		__u8 zero[3];
	} flow __attribute__((aligned(8))); /* as in a verdict: they are compared as a word */
};

/* end: of the linear data. The verifier may have forgotten what the family says about the
 * length. */
static __always_inline bool nsa_verdict_key_read(const struct nsa_pkt *pkt, const void *end,
						 struct nsa_verdict_key *out)
{
	if (pkt->family == NSACCEL_FAMILY_INET) {
		out->src[0] = pkt->ip4->saddr;
		out->dst[0] = pkt->ip4->daddr;
		return true;
	}
	if ((const void *)(pkt->ip6 + 1) > end)
		return false;
	__builtin_memcpy(out->src, pkt->ip6->saddr.in6_u.u6_addr32, sizeof(out->src));
	__builtin_memcpy(out->dst, pkt->ip6->daddr.in6_u.u6_addr32, sizeof(out->dst));
	return true;
}

/* Ports and protocol of a flow; false for packets that belong to none, or may begin one, on which a
 * policy decides anew. */
static __always_inline bool nsa_verdict_flow_read(const struct nsa_pkt *pkt, const void *end,
						  struct nsa_verdict_key *out)
{
	bool v4 = pkt->family == NSACCEL_FAMILY_INET;
	const __be16 *ports = v4 ? (const void *)(pkt->ip4 + 1) : (const void *)(pkt->ip6 + 1);
	const __u8 *flags = (const __u8 *)ports + NSA_TCP_FLAGS;

	out->flow.proto = v4 ? pkt->ip4->protocol : pkt->ip6->nexthdr;
	if ((out->flow.proto != IPPROTO_TCP && out->flow.proto != IPPROTO_UDP) ||
	    nsa_is_fragment(pkt) || (const void *)(ports + 2) > end)
		return false;
	if (out->flow.proto == IPPROTO_TCP &&
	    ((const void *)(flags + 1) > end || *flags & NSA_TCP_SYN))
		return false;
	out->flow.sport = ports[0];
	out->flow.dport = ports[1];
	return true;
}

/* Hash of owner, port and key. */
static __always_inline __u64 nsa_verdict_hash(const struct nsa_verdict_key *key, __u32 ifindex,
					      bool v6)
{
	__u64 hash = (key->src[0] + ((__u64)nsaccel_owner_slot << 32 | ifindex)) *
			     0x9e3779b97f4a7c15ULL +
		     key->dst[0] * 0xc2b2ae3d27d4eb4fULL;

	if (v6) {
		hash += (key->src[3] ^ (__u64)key->src[2] << 32) * 0x165667b19e3779f9ULL +
			(key->dst[3] ^ (__u64)key->dst[2] << 32) * 0x27d4eb2f165667c5ULL;
		hash += (key->src[1] + 3 * (__u64)key->dst[1]) * 0x9e3779b97f4a7c15ULL;
	}
	return hash + *(const __u64 *)&key->flow * 0x9fb21c651e98df25ULL;
}

#endif
