/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The policies that are in force, and what belongs to them. The rules that a policy was compiled from
 * are the ones that count: others that stand in the map were left by a killed run. Needs the lock. 0
 * or -errno, logged.
 */
#ifndef NSA_RECONCILE_POLICY_H
#define NSA_RECONCILE_POLICY_H

#include <stdbool.h>

#include "maps/policy.h"
#include "maps/session.h"
#include "util/cookies.h"

/* The owner's rules, in their order; what a killed run left of others is removed. */
int nsa_policy_load(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		    size_t *count);
/* From now on these rules, which stand in the map, decide, and no others; sorts them. Atomic for every
 * packet. */
int nsa_policy_swap(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule *rules,
		    size_t count);
/* What was allowed before has to be allowed again: a default has changed. */
int nsa_policy_renew(const struct nsa_maps *maps, __u32 owner_slot);
/* With the owner. */
int nsa_policy_remove(const struct nsa_maps *maps, __u32 owner_slot);

/* All that rules name, sorted; with repetitions. The caller frees it. */
int nsa_policy_names(const struct nsa_maps *maps, struct nsa_cookies *out);
/* Which of the namespaces do rules name? named: one for each. */
int nsa_policy_named(const struct nsa_maps *maps, const struct nsa_netns_entry *all, size_t count,
		     bool *named);
/* Rules that name those of them that are gone go, too. */
int nsa_policy_forget(const struct nsa_maps *maps, const struct nsa_netns_entry *all, size_t count,
		      const bool *gone);
/* Policies that are no owner's, and memories of who needs none. */
int nsa_policy_collect(const struct nsa_maps *maps);

#endif
