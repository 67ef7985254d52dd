// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/netns.h"
#include "maps/stats.h"
#include "ops/query_session.h"
#include "ops/query_stats.h"
#include "util/cleanup.h"
#include "util/log.h"

/* *count: those that were read. */
static int read_hooks(const struct nsa_session *session, __u64 cookie, struct nsa_stats_info *out,
		      size_t *count)
{
	struct nsaccel_stats stats;

	for (int hook = 0; hook < NSACCEL_HOOK_COUNT; hook++) {
		int r = nsa_maps_stats(session->maps, cookie, hook, &stats);

		if (r < 0)
			return r == -ENOENT ? 0 : r; /* forgotten meanwhile */
		out[hook].netns = nsa_netns_ref(session, cookie);
		out[hook].hook = hook;
		memcpy(out[hook].counters, &stats, sizeof(out[hook].counters));
		(*count)++;
	}
	return 0;
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only,
		   struct nsa_stats_info **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t netns_count = 0;
	int r = nsa_maps_netns(session->maps, &all, &netns_count);

	if (r < 0)
		return r;
	*out = calloc(netns_count * NSACCEL_HOOK_COUNT + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; !r && i < netns_count; i++)
		if (nsa_query_wants(only, all[i].cookie))
			r = read_hooks(session, all[i].cookie, &(*out)[*count], count);
	return r;
}

int nsa_query_stats(const struct nsa_query *query, struct nsa_stats_info **out, size_t *count)
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
	return r < 0 ? nsa_err(r, "read statistics: %s", strerror(-r)) : 0;
}
