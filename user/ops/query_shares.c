// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/owners.h"
#include "maps/ports.h"
#include "maps/shares.h"
#include "ops/query_session.h"
#include "ops/query_shares.h"
#include "util/cleanup.h"
#include "util/log.h"

static bool concerns(const struct nsa_session *session, const struct nsaccel_share *share,
		     const struct nsa_netns *only)
{
	struct nsaccel_owner owner = {};

	return nsa_query_wants(only, share->netns_cookie) ||
	       (!nsa_maps_owner_get(session->maps, share->key.owner_slot, &owner) &&
		owner.cookie == only->cookie);
}

static void find_names(const struct nsa_maps *maps, struct nsa_share_info *out)
{
	struct nsaccel_port nic = {}, port = {};

	nsa_maps_port_get(maps, out->share.key.owner_slot, out->share.key.nic, &nic);
	nsa_maps_port_get(maps, out->share.key.owner_slot, out->share.port, &port);
	memcpy(out->nic, nic.name, sizeof(out->nic));
	memcpy(out->port, port.name, sizeof(out->port));
}

static int collect(const struct nsa_session *session, const struct nsa_netns *only,
		   struct nsa_share_info **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsaccel_share *all = NULL;
	size_t share_count = 0;
	int r = nsa_maps_shares(session->maps, &all, &share_count);

	if (r < 0)
		return r;
	*out = calloc(share_count + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t i = 0; i < share_count; i++) {
		struct nsa_share_info *info = &(*out)[*count];

		if (!concerns(session, &all[i], only))
			continue;
		info->netns = nsa_netns_ref(session, all[i].netns_cookie);
		info->share = all[i];
		find_names(session->maps, info);
		(*count)++;
	}
	return 0;
}

int nsa_query_shares(const struct nsa_query *query, struct nsa_share_info **out, size_t *count)
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
	return r < 0 ? nsa_err(r, "read map shares: %s", strerror(-r)) : 0;
}
