/* SPDX-License-Identifier: GPL-2.0-only */
/* NICs that namespaces use without having them. */
#ifndef NSA_OPS_QUERY_SHARES_H
#define NSA_OPS_QUERY_SHARES_H

#include <stddef.h>

#include "ops/query.h"

struct nsa_share_info {
	struct nsa_netns_ref netns;  /* that uses the NIC */
	struct nsaccel_share share;  /* as recorded */
	char nic[NSACCEL_NAME_LEN];  /* "": not attached any more */
	char port[NSACCEL_NAME_LEN]; /* the host end of the veth that leads there; likewise */
};

/* Of a namespace: those that it uses, and those of its own NICs. The caller frees *out. */
int nsa_query_shares(const struct nsa_query *query, struct nsa_share_info **out, size_t *count);

#endif
