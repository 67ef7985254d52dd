/* SPDX-License-Identifier: GPL-2.0-only */
/* Owners, and settings of namespaces. */
#ifndef NSA_MAP_OWNERS_H
#define NSA_MAP_OWNERS_H

#include "core/bpf.h"
#include "core/config.h"
#include "core/context.h"
#include "core/order.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* slot */
	__type(value, struct nsaccel_owner);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsa_owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32); /* slot */
	__type(value, struct nsaccel_isolation);
	__uint(max_entries, NSACCEL_MAX_NETNS);
} nsa_isolation SEC(".maps");

/* The record of the owner that the program was loaded for, or NULL. */
static __always_inline const struct nsaccel_owner *nsa_owner(void)
{
	__u32 slot = nsaccel_owner_slot;

	return bpf_map_lookup_elem(&nsa_owners, &slot);
}

/* The settings of a namespace; all zero: the defaults. */
static __always_inline void nsa_isolation_read(__u32 slot, struct nsaccel_isolation *out)
{
	const struct nsaccel_isolation *found = bpf_map_lookup_elem(&nsa_isolation, &slot);

	if (found)
		*out = *found;
}

static __always_inline bool nsa_denies(__u32 slot)
{
	const struct nsaccel_isolation *isolation = bpf_map_lookup_elem(&nsa_isolation, &slot);

	return isolation && isolation->policy == NSACCEL_VERDICT_DENY;
}

/* Does the owner have a policy? */
static __always_inline bool nsa_owner_polices(void)
{
	const struct nsaccel_owner *owner = nsa_owner();

	return owner && READ_ONCE(owner->policy);
}

/* A number that no tenant knows. */
static __always_inline __u32 nsa_owner_secret(void)
{
	const struct nsaccel_owner *owner = nsa_owner();

	return owner ? owner->mark_sent : 0;
}

/* Is there a policy, or a default, for packets between the two namespaces? */
static __always_inline bool nsa_is_policed(__u32 from, __u32 to)
{
	return nsa_owner_polices() || nsa_denies(from) || nsa_denies(to);
}

static __always_inline bool nsa_is_limited(__u32 slot)
{
	const struct nsaccel_isolation *isolation = bpf_map_lookup_elem(&nsa_isolation, &slot);

	return isolation && isolation->limited;
}

/* Is there any policy, isolation or limit between src and the namespace in that slot (0: out of the
 * machine)? If so, nsa_dst_check() of TC has to be asked. */
static __always_inline bool nsa_dst_is_checked(const struct nsa_source *src, __u32 slot)
{
	const struct nsaccel_owner *owner = nsa_owner();
	const struct nsaccel_isolation *to;

	if (!slot)
		slot = nsaccel_owner_slot;
	to = bpf_map_lookup_elem(&nsa_isolation, &slot);
	return src->isolation.policy || !to || to->isolated || to->limited || to->policy ||
	       !owner || READ_ONCE(owner->policy);
}

#endif
