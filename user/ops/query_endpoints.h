/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices of namespaces that ports lead to. */
#ifndef NSA_OPS_QUERY_ENDPOINTS_H
#define NSA_OPS_QUERY_ENDPOINTS_H

#include <stddef.h>

#include "ops/query.h"

struct nsa_endpoint_info {
	struct nsa_netns_ref netns, owner;
	struct nsaccel_endpoint ep; /* as recorded, key included */
	struct nsaccel_port port;   /* that leads to it */
};

/* Of a namespace: those in it and, if it is an owner, those behind its ports. The caller frees
 * *out. */
int nsa_query_endpoints(const struct nsa_query *query, struct nsa_endpoint_info **out,
			size_t *count);

#endif
