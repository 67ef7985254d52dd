/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses and ports of a packet are replaced, as the kernel's NAT does (nf_nat_manip_pkt()).
 * Checksums of layer 4 are the caller's. */
#ifndef NSA_PKT_TRANSLATE_H
#define NSA_PKT_TRANSLATE_H

#include "core/bpf.h"
#include "pkt/parse.h"

/* A sum of 32-bit words, with the carries. */
static __always_inline __u32 nsa_sum(__u32 sum, __u32 word)
{
	__u64 wide = (__u64)sum + word;

	return (__u32)wide + (__u32)(wide >> 32);
}

/* The sum that replacing the words of one address by those of another adds to a checksum. */
static __always_inline __u32 nsa_address_diff(__u32 sum, const __u8 *from, const __u8 *to)
{
	const __u32 *was = (const __u32 *)from, *is = (const __u32 *)to;
	int i;

#pragma unroll
	for (i = 0; i < NSACCEL_ADDR_LEN / 4; i++)
		sum = nsa_sum(nsa_sum(sum, ~was[i]), is[i]);
	return sum;
}

/* Likewise, of a port; nothing, if it stays. */
static __always_inline __u32 nsa_port_diff(__u32 sum, __be16 from, __be16 to)
{
	return from == to ? sum : nsa_sum(nsa_sum(sum, ~(__u32)from), to);
}

/* What the translation adds to checksums: to those that cover addresses alone, and to all others
 * beside that. */
static __always_inline __u32 nsa_addresses_diff(const struct nsaccel_translation *came,
						const struct nsaccel_translation *to)
{
	return nsa_address_diff(nsa_address_diff(0, came->src, to->src), came->dst, to->dst);
}

static __always_inline __u32 nsa_ports_diff(const struct nsaccel_translation *came,
					    const struct nsaccel_translation *to)
{
	return nsa_port_diff(nsa_port_diff(0, came->sport, to->sport), came->dport, to->dport);
}

/* csum_replace_by_diff(). */
static __always_inline __sum16 nsa_check_plus(__sum16 check, __u32 diff)
{
	return (__sum16)~nsa_fold(nsa_sum(diff, ~(__u32)check));
}

static __always_inline void nsa_write_destination(struct nsa_pkt *pkt, const __u8 *address)
{
	if (pkt->family == NSACCEL_FAMILY_INET)
		pkt->ip4->daddr = *(const __be32 *)address;
	else
		__builtin_memcpy(&pkt->ip6->daddr, address, NSACCEL_ADDR_LEN);
}

/* Writes both addresses, and IPv4's checksum. diff: of the addresses. */
static __always_inline void nsa_write_addresses(struct nsa_pkt *pkt,
						const struct nsaccel_translation *to, __u32 diff)
{
	nsa_write_destination(pkt, to->dst);
	if (pkt->family == NSACCEL_FAMILY_INET) {
		pkt->ip4->saddr = *(const __be32 *)to->src;
		pkt->ip4->check = nsa_check_plus(pkt->ip4->check, diff);
	} else {
		__builtin_memcpy(&pkt->ip6->saddr, to->src, sizeof(to->src));
	}
}

#endif
