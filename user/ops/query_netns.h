/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces that are known, with their settings. */
#ifndef NSA_OPS_QUERY_NETNS_H
#define NSA_OPS_QUERY_NETNS_H

#include <stddef.h>

#include "ops/query.h"

struct nsa_netns_info {
	struct nsa_netns_ref netns;
	struct nsaccel_netns record;
	struct nsaccel_isolation isolation;
	bool owner;			/* it has ports */
	size_t endpoints, routes;	/* how many */
	struct nsaccel_prefix *sources; /* that its addresses are pinned to */
	size_t source_count;
};

/* By cookie. The caller frees with nsa_netns_infos_free(), also after a failure. */
int nsa_query_netns(const struct nsa_query *query, struct nsa_netns_info **out, size_t *count);
void nsa_netns_infos_free(struct nsa_netns_info *all, size_t count);

#endif
