/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows begin and end. Each counts for one namespace, up to its quota, so that one namespace can't
 * evict others' flows. A timer in the element removes an idle flow, so that the count is exact
 * without a daemon. See docs/adr/0001-flow-quotas.md.
 */
#ifndef NSA_STAGE_FLOW_USE_H
#define NSA_STAGE_FLOW_USE_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/order.h"
#include "map/flows.h"
#include "stage/flow.h"

#define NSA_CLOCK_MONOTONIC 1

/* An empty flow, as bytes: the kernel refuses a constant that contains a timer. */
static const __u8 nsa_new_flow[sizeof(struct nsaccel_flow)] __attribute__((aligned(8)));

/* A flow counts for the sender's namespace; if it comes from a wire, for the recipient's. */
static __always_inline void nsa_flow_parties(struct nsa_flow *flow, __u32 from, __u32 to)
{
	bool sends = from != nsaccel_owner_slot;
	bool gets = to && to != nsaccel_owner_slot;

	flow->slot = (__u16)(sends || !gets ? from : to);
	flow->peer = (__u16)(sends && gets ? to : 0);
}

static __always_inline struct nsaccel_flow_use *nsa_flow_use_of(__u32 slot)
{
	return bpf_map_lookup_elem(&nsa_flow_use, &slot);
}

static __always_inline __u32 nsa_flow_quota(const struct nsaccel_flow_use *use, __u32 slot)
{
	__u32 quota = READ_ONCE(use->quota);

	if (slot == nsaccel_owner_slot)
		return NSACCEL_OWN_FLOWS;
	return quota ? quota : NSACCEL_QUOTA * NSACCEL_QUOTA_FLOWS;
}

/* Was a flow of the namespace refused recently? Then flows of those who answer it are
 * refused, too. */
static __always_inline bool nsa_flow_is_over(__u32 slot, __u64 now)
{
	const struct nsaccel_flow_use *use = slot ? nsa_flow_use_of(slot) : NULL;
	__u64 refused = use ? READ_ONCE(use->refused) : 0;

	return refused && (__s64)(now - refused) < (__s64)NSACCEL_FLOW_IDLE_NS;
}

static __always_inline bool nsa_flow_charge(__u32 slot, __u64 now)
{
	struct nsaccel_flow_use *use = nsa_flow_use_of(slot);
	__u32 quota;

	if (!use)
		return false;
	quota = nsa_flow_quota(use, slot);
	if (READ_ONCE(use->count) < quota) {
		if (__sync_fetch_and_add(&use->count, 1) < quota)
			return true;
		__sync_fetch_and_add(&use->count, -1);
	}
	WRITE_ONCE(use->refused, now);
	return false;
}

static __always_inline void nsa_flow_discharge(__u32 slot)
{
	struct nsaccel_flow_use *use = nsa_flow_use_of(slot);

	if (use)
		__sync_fetch_and_add(&use->count, -1);
}

/* Flows are removed here only, so that each is discharged once. */
static int nsa_flow_expire(void *map, const struct nsaccel_flow_key *key,
			   struct nsaccel_flow *record)
{
	__s64 idle = (__s64)(bpf_ktime_get_coarse_ns() - READ_ONCE(record->touched));
	__u32 slot = record->slot;

	if (idle < (__s64)NSACCEL_FLOW_IDLE_NS) {
		bpf_timer_start(&record->timer, NSACCEL_FLOW_IDLE_NS - (__u64)(idle < 0 ? 0 : idle),
				0);
		return 0;
	}
	if (!bpf_map_delete_elem(map, key))
		nsa_flow_discharge(slot);
	return 0;
}

static __always_inline bool nsa_flow_begin(const struct nsaccel_flow_key *key, __u32 slot,
					   __u64 now)
{
	struct nsaccel_flow *record;

	if (bpf_map_update_elem(&nsa_flows, key, &nsa_new_flow, BPF_NOEXIST))
		return false;
	record = bpf_map_lookup_elem(&nsa_flows, key);
	if (!record)
		return false;
	record->slot = slot;
	record->touched = now;
	if (!bpf_timer_init(&record->timer, &nsa_flows, NSA_CLOCK_MONOTONIC) &&
	    !bpf_timer_set_callback(&record->timer, nsa_flow_expire) &&
	    !bpf_timer_start(&record->timer, NSACCEL_FLOW_IDLE_NS, 0)) {
		record->key = *key; /* from now on others find it */
		return true;
	}
	bpf_map_delete_elem(&nsa_flows, key);
	return false;
}

/* Creates a flow, unless its namespace has reached its quota. Returns whether it did. */
static __always_inline bool nsa_flow_create(const struct nsaccel_flow_key *key, __u32 slot,
					    __u32 peer)
{
	__u64 now = bpf_ktime_get_coarse_ns();

	if (nsa_flow_is_over(peer, now) || !nsa_flow_charge(slot, now))
		return false;
	if (nsa_flow_begin(key, slot, now))
		return true;
	nsa_flow_discharge(slot);
	return false;
}

#endif
