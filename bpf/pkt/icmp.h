/* SPDX-License-Identifier: GPL-2.0-only */
/* Is a packet an ICMP or ICMPv6 error? */
#ifndef NSA_PKT_ICMP_H
#define NSA_PKT_ICMP_H

#include "core/bpf.h"
#include "pkt/parse.h"

/* An ICMP error, or a message that is too short to tell. */
static __always_inline bool nsa_icmp_error(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	bool v4 = pkt->family == NSACCEL_FAMILY_INET;
	__u8 type;

	if (pkt->proto != (v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return false;
	if (bpf_skb_load_bytes(skb, nsa_l4_offset(pkt), &type, sizeof(type)))
		return true;
	return v4 ? type != ICMP_ECHOREPLY && type != ICMP_ECHO && type < 13 : type < 128;
}

#endif
