/* SPDX-License-Identifier: GPL-2.0-only */
/* Typed access to the maps of policies, as maps/maps.h has it for the others. 0 or -errno; nothing is
 * logged. */
#ifndef NSA_MAPS_POLICY_H
#define NSA_MAPS_POLICY_H

#include "maps/maps.h"
#include "maps/records.h"

/* Of one owner, or of all (0), by number. The slots that they name are looked up. */
int nsa_maps_rules(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		   size_t *count);
int nsa_maps_rule_get(const struct nsa_maps *maps, __u32 number, struct nsaccel_rule *out);
/* Frees the number. */
int nsa_maps_rule_del(const struct nsa_maps *maps, __u32 number);
/* Writes new rules under the lowest free numbers, ascending, which are put into them; their counters
 * begin at 0. All, or none. */
int nsa_maps_rules_add(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count);
/* What the rule has decided on: sum over CPUs. */
int nsa_maps_rule_stats(const struct nsa_maps *maps, __u32 number, struct nsaccel_counter *out);

/* Compiled policies. */
int nsa_maps_policy_add(const struct nsa_maps *maps, const struct nsa_policy *policy,
			__u32 *number);
int nsa_maps_policy_del(const struct nsa_maps *maps, __u32 number);
bool nsa_maps_policy_is(const struct nsa_maps *maps, __u32 number);
/* Numbers of the rules that it was compiled from, and how many they are. */
int nsa_maps_policy_rules(const struct nsa_maps *maps, __u32 number, __u32 **out, size_t *count);

/* A map of what the namespace begins, with what it has begun so far; none is made if there is one.
 * owner_slot: where that is. */
int nsa_maps_conns_add(const struct nsa_maps *maps, __u32 slot, __u32 owner_slot);
int nsa_maps_conns_del(const struct nsa_maps *maps, __u32 slot);

#endif
