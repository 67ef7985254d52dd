/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quotas of what a namespace can make nsaccel keep. Anything beyond the quota is left to the
 * kernel. 0 or -errno, logged.
 */
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

/* Limits the addresses of endpoints to the quotas of their namespaces. known: namespaces sorted
 * by cookie. */
int nsa_quotas_apply(struct nsa_owner *owner, const struct nsa_netns_entry *known, size_t count);
/* Whether flows are refused to a namespace for which that is not recorded, or the reverse. */
bool nsa_quotas_have_changed(const struct nsa_state *state, const struct nsa_owner *owner);
/* Records which quotas are exceeded, and reports changes. */
int nsa_quotas_report(struct nsa_state *state, struct nsa_owner *owner);

#endif
