/* SPDX-License-Identifier: GPL-2.0-only */
/* How much of what namespaces can make nsaccel keep is kept of each: what is over its quota is left to
 * the kernel. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_QUOTAS_H
#define NSA_RECONCILE_QUOTAS_H

#include <stdbool.h>

#include "maps/maps.h"
#include "maps/records.h"

struct nsa_owner;
struct nsa_state;

static inline __u32 nsa_quota(__u16 recorded)
{
	return recorded ? recorded : NSACCEL_QUOTA;
}

/* Of the namespaces of the owner's endpoints, which are known by cookie: as many addresses as they may
 * have. */
int nsa_quotas_apply(struct nsa_owner *owner, const struct nsa_netns_entry *known, size_t count);
/* Has it been told of all whose flows are refused, or no longer? */
bool nsa_quotas_have_changed(const struct nsa_state *state, const struct nsa_owner *owner);
/* Records who is over its quota, and of what, and tells of what is news. */
int nsa_quotas_report(struct nsa_state *state, struct nsa_owner *owner);

#endif
