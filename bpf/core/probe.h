/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `nsaccel route get` runs the loaded program on a packet (BPF_PROG_TEST_RUN) with
 * a mark in skb->cb; the answer comes back in cb, and nothing is counted.
 */
#ifndef NSA_CORE_PROBE_H
#define NSA_CORE_PROBE_H

#include "core/bpf.h"

/* Programs in an endpoint's namespace can write to cb, but not to wire_len: of a packet that isn't
 * GSO both hooks set it to the length of then, at ingress without the Ethernet header. It stays
 * when a packet is cut: see nsa_probe_decide(). */
static __always_inline bool nsa_probing(const struct __sk_buff *skb)
{
	return skb->cb[0] == NSACCEL_PROBE_MAGIC && !skb->gso_size && skb->wire_len > skb->len;
}

/* To be called before the stages, which may cut a packet: one that isn't a probe doesn't become
 * one. */
static __always_inline void nsa_probe_decide(struct __sk_buff *skb)
{
	if (skb->cb[0] == NSACCEL_PROBE_MAGIC && !nsa_probing(skb))
		skb->cb[0] = 0;
}

static __always_inline int nsa_probe_nexthop(struct __sk_buff *skb,
					     const struct nsaccel_nexthop *nh)
{
	skb->cb[NSACCEL_PROBE_IFINDEX] = nh->ifindex;
	skb->cb[NSACCEL_PROBE_GENERATION] = nh->generation;
	switch (nh->action) {
	case NSACCEL_ACTION_DROP:
	case NSACCEL_ACTION_REJECT:
		return TC_ACT_SHOT;
	default:
		return TC_ACT_REDIRECT;
	}
}

static __always_inline int nsa_probe_reason(struct __sk_buff *skb, __u32 reason, int verdict)
{
	skb->cb[NSACCEL_PROBE_REASON] = reason;
	return verdict;
}

#endif
