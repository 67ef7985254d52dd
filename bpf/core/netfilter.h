/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a program can see of its namespace's netfilter, so that the fast path stops when rules
 * change before user space has followed: each list of hooks is at another address after a change,
 * and nf_tables counts its changes. Legacy tables change within one hook, which can't be seen.
 */
#ifndef NSA_CORE_NETFILTER_H
#define NSA_CORE_NETFILTER_H

#include "core/bpf.h"

/* Of NF_INET_* and NF_BR_* alike. */
#define NSA_PRE_ROUTING	 0
#define NSA_FORWARD	 2
#define NSA_POST_ROUTING 4

/* Distance of list from net: the difference is all that the verifier lets be computed of two
 * pointers. */
static __always_inline __u64 nsa_list_offset(const struct nf_hook_entries *list,
					     const struct net *net)
{
	__u64 place = (__u64)list;

	asm volatile("%0 -= %1" : "+r"(place) : "r"(net));
	return place;
}

static __always_inline __u64 nsa_rotate(__u64 word, const __u32 bits)
{
	return word << bits | word >> (64 - bits);
}

static __always_inline __u64 nsa_list_offsets(const struct net *net,
					      const struct nf_hook_entries *pre,
					      const struct nf_hook_entries *forward,
					      const struct nf_hook_entries *post)
{
	return nsa_list_offset(pre, net) ^ nsa_rotate(nsa_list_offset(forward, net), 21) ^
	       nsa_rotate(nsa_list_offset(post, net), 42);
}

#define NSA_LIST_OFFSETS(net, field)                                                               \
	(bpf_core_field_exists((net)->nf.field) ?                                                  \
		 nsa_list_offsets(net, (net)->nf.field[NSA_PRE_ROUTING],                           \
				  (net)->nf.field[NSA_FORWARD],                                    \
				  (net)->nf.field[NSA_POST_ROUTING]) :                             \
		 0)

static __always_inline __u64 nsa_hooks(const struct net *net, enum nsaccel_hooks which)
{
	switch (which) {
	case NSACCEL_HOOKS_IP4:
		return NSA_LIST_OFFSETS(net, hooks_ipv4);
	case NSACCEL_HOOKS_IP6:
		return NSA_LIST_OFFSETS(net, hooks_ipv6);
	default:
		return NSA_LIST_OFFSETS(net, hooks_bridge);
	}
}

static __always_inline __u32 nsa_nft_sequence(const struct net *net)
{
	if (bpf_core_field_exists(net->nft.base_seq))
		return net->nft.base_seq;
	return bpf_core_field_exists(net->nft.gencursor) ? net->nft.gencursor : 0;
}

#endif
