// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/isolation.h"
#include "maps/netns.h"
#include "ops/query_limits.h"
#include "ops/query_session.h"
#include "util/cleanup.h"
#include "util/log.h"

static int collect(const struct nsa_session *session, const struct nsa_netns *only,
		   struct nsa_limits_info **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	struct nsaccel_isolation isolation;
	size_t netns_count = 0;
	int r = nsa_maps_netns(session->maps, &all, &netns_count);

	if (r < 0)
		return r;
	*out = calloc(netns_count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; !r && i < netns_count; i++) {
		struct nsa_limits_info *info = &(*out)[*count];

		if (!nsa_query_wants(only, all[i].cookie))
			continue;
		r = nsa_maps_isolation_get(session->maps, all[i].ns.slot, all[i].cookie,
					   &isolation);
		if (r < 0 || !isolation.limited)
			continue;
		info->netns = nsa_netns_ref(session, all[i].cookie);
		r = nsa_maps_limits_get(session->maps, all[i].ns.slot, &info->limits);
		(*count)++;
	}
	return r;
}

int nsa_query_limits(const struct nsa_query *query, struct nsa_limits_info **out, size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *only;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_query_open(query, &session, &only);
	if (r < 0 || !session.maps)
		return r;
	r = collect(&session, only, out, count);
	return r < 0 ? nsa_err(r, "read limits: %s", strerror(-r)) : 0;
}
