/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets by reason. */
#ifndef NSA_OPS_QUERY_STATS_H
#define NSA_OPS_QUERY_STATS_H

#include <stddef.h>

#include "ops/query.h"

/* Packets of one namespace at one hook, by reason. */
struct nsa_stats_info {
	struct nsa_netns_ref netns; /* that they come from */
	enum nsaccel_hook hook;
	struct nsaccel_counter counters[NSACCEL_REASON_COUNT];
};

/* The caller frees *out. */
int nsa_query_stats(const struct nsa_query *query, struct nsa_stats_info **out, size_t *count);

#endif
