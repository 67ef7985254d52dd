/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes in the tables of namespaces. */
#ifndef NSA_OPS_QUERY_ROUTES_H
#define NSA_OPS_QUERY_ROUTES_H

#include <stddef.h>

#include "ops/nexthop_info.h"

struct nsa_route_info {
	struct nsaccel_prefix prefix;
	enum nsaccel_origin origin;
	struct nsa_nexthop_info nexthop;
};

/* The table of one namespace. */
struct nsa_table_info {
	struct nsa_netns_ref netns;
	struct nsa_route_info *routes; /* by prefix */
	size_t count;
};

/* By cookie. The caller frees with nsa_table_infos_free(), also after a failure. */
int nsa_query_routes(const struct nsa_query *query, struct nsa_table_info **out, size_t *count);
void nsa_table_infos_free(struct nsa_table_info *all, size_t count);

#endif
