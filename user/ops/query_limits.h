/* SPDX-License-Identifier: GPL-2.0-only */
/* Limits of namespaces. */
#ifndef NSA_OPS_QUERY_LIMITS_H
#define NSA_OPS_QUERY_LIMITS_H

#include <stddef.h>

#include "ops/query.h"

struct nsa_limits_info {
	struct nsa_netns_ref netns;
	struct nsaccel_limits limits; /* as recorded; a rate of 0 is no limit */
};

/* Namespaces that have any limit. The caller frees *out. */
int nsa_query_limits(const struct nsa_query *query, struct nsa_limits_info **out, size_t *count);

#endif
