/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rates of a namespace over all its endpoints (GCRA). Each packet costs time, by its size and by
 * its number; a namespace may send while the time that is paid for lies in the past. That time is
 * one number, which all CPUs advance.
 */
#ifndef NSA_STAGE_LIMIT_H
#define NSA_STAGE_LIMIT_H

#include "core/bpf.h"
#include "core/order.h"
#include "core/probe.h"
#include "map/limits.h"
#include "pkt/gso.h"

/* Size of a packet on the wire: each segment of a GSO packet has headers of its own. */
struct nsa_load {
	__u64 bytes, packets;
};

static __always_inline void nsa_skb_load(struct __sk_buff *skb, struct nsa_load *load)
{
	__u32 headers, size = skb->gso_size, segs = skb->gso_segs;

	load->bytes = skb->len;
	load->packets = 1;
	if (!size)
		return;
	headers = nsa_gso_headers(skb);
	/* The kernel hasn't counted the segments of packets from outside, as from a packet
	 * socket. */
	if (size != NSA_GSO_BY_FRAGS && skb->len > headers &&
	    (skb->len - headers + size - 1) / size > segs)
		segs = (skb->len - headers + size - 1) / size;
	if (segs > 1) {
		load->packets = segs;
		load->bytes += (segs - 1ULL) * headers;
	}
}

static __always_inline __u64 nsa_rate_cost(const struct nsaccel_rate *rate, __u64 amount)
{
	return amount * rate->cost >> NSACCEL_COST_SHIFT;
}

static __always_inline bool nsa_rate_takes(struct nsaccel_rate *rate, __u64 cost, __u64 now)
{
	__u64 spent = READ_ONCE(rate->tat), least = now - rate->depth;

	if (!rate->per_second)
		return true;
	/* All of the burst is left. If another CPU has changed that meanwhile, it counts from
	 * there. */
	if ((__s64)(spent - least) < 0 &&
	    __sync_val_compare_and_swap(&rate->tat, spent, least + cost) == spent)
		return true;
	spent = __sync_fetch_and_add(&rate->tat, cost);
	if ((__s64)(spent - now) <= 0)
		return true;
	__sync_fetch_and_add(&rate->tat, -cost);
	return false;
}

/* now: bpf_ktime_get_ns(). Global: the verifier goes through it once. 1: it may go on. */
__noinline int nsa_limit_takes(struct __sk_buff *skb, __u32 slot, __u32 direction, __u64 now)
{
	struct nsaccel_limits *limits = bpf_map_lookup_elem(&nsa_limits, &slot);
	struct nsaccel_rate *bits, *packets;
	struct nsa_load load;
	__u64 cost;

	if (!limits || direction >= NSACCEL_DIRECTION_COUNT)
		return 1;
	bits = &limits->bits[direction];
	packets = &limits->packets[direction];
	nsa_skb_load(skb, &load);
	cost = nsa_rate_cost(packets, load.packets);
	if (!nsa_rate_takes(packets, cost, now))
		return 0;
	if (nsa_rate_takes(bits, nsa_rate_cost(bits, load.bytes), now))
		return 1;
	if (packets->per_second)
		__sync_fetch_and_add(&packets->tat, -cost); /* it wasn't sent */
	return 0;
}

/* Is there room in the namespace's rates? A probe takes none. 0, or -NSACCEL_DROP_LIMIT. */
static __always_inline int nsa_limit(struct __sk_buff *skb,
				     const struct nsaccel_isolation *isolation, __u32 slot,
				     enum nsaccel_direction direction)
{
	return isolation->limited && !nsa_probing(skb) &&
			       !nsa_limit_takes(skb, slot, direction, bpf_ktime_get_ns()) ?
		       -NSACCEL_DROP_LIMIT :
		       0;
}

#endif
