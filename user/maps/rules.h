/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "rules" and "rule_stats": the rules of all owners, by number. */
#ifndef NSA_MAPS_RULES_H
#define NSA_MAPS_RULES_H

#include "maps/maps.h"
#include "maps/records.h"

/* Those of one owner, or of all (0), by number; the slots that they name are not filled in. The
 * caller frees *out. */
int nsa_maps_rules(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		   size_t *count);
/* Frees the number. */
int nsa_maps_rule_del(const struct nsa_maps *maps, __u32 number);
/* Writes new rules under the lowest free numbers, ascending, which are put into them; their
 * counters begin at 0. All, or none. -E2BIG: not so many numbers are free. */
int nsa_maps_rules_add(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count);
/* Packets that the rule has decided on: sum over CPUs. */
int nsa_maps_rule_stats(const struct nsa_maps *maps, __u32 number, struct nsaccel_counter *out);

#endif
