// SPDX-License-Identifier: GPL-2.0-only
#include "maps/follower.h"
#include "maps/netns.h"
#include "maps/netns_name.h"
#include "ops/sync.h"
#include "ops/sync_owners.h"
#include "util/cleanup.h"

int nsa_sync(const char *bpffs, const char *netns)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__u64 cookie;
	int r;

	r = nsa_sync_owners_open(bpffs, netns, &session, &cookie);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_state_change(&session, &state);
	if (!r)
		r = nsa_sync_owners(state, cookie);
	if (!r && !netns)
		nsa_follower_confirm();
	return r;
}
