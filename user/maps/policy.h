/* SPDX-License-Identifier: GPL-2.0-only */
/* Maps "policy_*": compiled policies, by number. */
#ifndef NSA_MAPS_POLICY_H
#define NSA_MAPS_POLICY_H

#include <stdbool.h>

#include "maps/maps.h"
#include "maps/records.h"

/* Writes the policy under a free number. -E2BIG: none is free. */
int nsa_maps_policy_add(const struct nsa_maps *maps, const struct nsa_policy *policy,
			__u32 *number);
/* 0 also if there was none. */
int nsa_maps_policy_del(const struct nsa_maps *maps, __u32 number);
/* Which numbers are in use, also by a policy of which a part is left. */
int nsa_maps_policy_numbers(const struct nsa_maps *maps, bool used[NSACCEL_MAX_POLICIES]);
/* Numbers of the rules that the policy was compiled from, and their count; the caller frees
 * *out. */
int nsa_maps_policy_rules(const struct nsa_maps *maps, __u32 number, __u32 **out, size_t *count);

#endif
