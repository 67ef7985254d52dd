/* SPDX-License-Identifier: GPL-2.0-only */
/* The part of queries that sees the maps. */
#ifndef NSA_OPS_QUERY_SESSION_H
#define NSA_OPS_QUERY_SESSION_H

#include "maps/records.h"
#include "maps/session.h"
#include "ops/nexthop_info.h"
#include "ops/port_info.h"

/* Opens the maps, if there are any, and finds the query's namespace in the session; *only is NULL
 * for everything. The caller closes *session, which is { .lock = -1 } before. 0 or -errno,
 * logged. */
int nsa_query_open(const struct nsa_query *query, struct nsa_session *session,
		   const struct nsa_netns **only);

/* cookie 0: an empty one. */
struct nsa_netns_ref nsa_netns_ref(const struct nsa_session *session, __u64 cookie);

struct nsa_nexthop_info nsa_nexthop_info_read(const struct nsa_session *session,
					      const struct nsaccel_nexthop *nh);
/* Of an owner that can't be reached only the record is known. */
struct nsa_port_info nsa_port_info_read(const struct nsa_session *session,
					const struct nsa_port_entry *entry);

/* Does the query ask for the namespace? */
static inline bool nsa_query_wants(const struct nsa_netns *only, __u64 cookie)
{
	return !only || only->cookie == cookie;
}

#endif
