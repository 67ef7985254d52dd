/* SPDX-License-Identifier: GPL-2.0-only */
/* Looks up the addresses of a packet in the owner's table. */
#ifndef NSA_STAGE_OWNER_ROUTE_H
#define NSA_STAGE_OWNER_ROUTE_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/reason.h"
#include "map/nexthops.h"
#include "map/tables.h"
#include "pkt/addresses.h"
#include "pkt/ctx_skb.h"

/* Looks up the packet's source or destination in the owner's table: 0, or a negative reason. */
static __always_inline int nsa_owner_hop(struct __sk_buff *skb, bool source,
					 struct nsa_hop_brief *hop)
{
	const struct ethhdr *eth = nsa_eth(skb);
	struct nsaccel_prefix key = {};
	bool v4;

	if (!eth || (eth->h_proto != bpf_htons(ETH_P_IP) && eth->h_proto != bpf_htons(ETH_P_IPV6)))
		return -NSACCEL_PASS_NOT_IP;
	v4 = eth->h_proto == bpf_htons(ETH_P_IP);
	if (nsa_load_address(skb, v4, source, key.addr))
		return -NSACCEL_PASS_MALFORMED;
	nsa_key_family(&key, v4 ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6);
	return nsa_table_brief(nsaccel_owner_slot, &key, hop);
}

/* Slot of the namespace to which the owner's table routes the packet's source; 0: none. */
__noinline int nsa_source_slot(struct __sk_buff *skb)
{
	struct nsa_hop_brief hop = {};

	return nsa_owner_hop(skb, true, &hop) ? 0 : (int)hop.dst_slot;
}

/* 1: the packet is for the owner itself, or leaves by a device that isn't a port; or it may, since
 * only the kernel's lookup tells, or the owner's table is missing. */
__noinline int nsa_dst_is_unseen(struct __sk_buff *skb)
{
	struct nsa_hop_brief hop = {};

	if (!nsa_table_of(nsaccel_owner_slot))
		return 1;
	return !nsa_owner_hop(skb, false, &hop) &&
	       (nsa_reason_is(hop.reason, NSA_CLASS_END) || hop.reason == NSACCEL_PASS_FIB);
}

#endif
