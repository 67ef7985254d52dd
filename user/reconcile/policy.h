/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies in force. Only rules that the owner's policy was compiled from count; other rules in
 * the map were left by a run that was killed. Needs the lock. 0 or -errno, logged.
 */
#ifndef NSA_RECONCILE_POLICY_H
#define NSA_RECONCILE_POLICY_H

#include <stdbool.h>

#include "maps/policy.h"
#include "maps/session.h"
#include "util/cookies.h"

/* Reads the owner's rules, in order, and removes rules that are not in force. The caller frees
 * *out. */
int nsa_policy_load(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		    size_t *count);
/* Compiles rules, which are in the map already, into the owner's policy, in place of the old
 * one. Sorts them. Each packet sees either the old or the new policy. */
int nsa_policy_swap(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule *rules,
		    size_t count);
/* Invalidates what the old defaults had allowed, after a default was changed. */
int nsa_policy_renew(const struct nsa_maps *maps, __u32 owner_slot);
/* Removes policy, rules and connections of an owner. */
int nsa_policy_remove(const struct nsa_maps *maps, __u32 owner_slot);

/* Cookies of all namespaces that rules name, sorted, with duplicates. The caller frees *out. */
int nsa_policy_names(const struct nsa_maps *maps, struct nsa_cookies *out);
/* Sets named[i] for each namespace all[i] that rules name. */
int nsa_policy_named(const struct nsa_maps *maps, const struct nsa_netns_entry *all, size_t count,
		     bool *named);
/* Removes rules that name a namespace all[i] with gone[i]. */
int nsa_policy_forget(const struct nsa_maps *maps, const struct nsa_netns_entry *all, size_t count,
		      const bool *gone);
/* Removes policies of no owner, and connection maps that no policy needs. */
int nsa_policy_collect(const struct nsa_maps *maps);

#endif
