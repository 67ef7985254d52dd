// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "kernel/netns_list.h"
#include "maps/netns.h"
#include "ops/sync_owners.h"
#include "reconcile/owner_open.h"
#include "reconcile/owners.h"
#include "reconcile/programs.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Its pinned links say that it lives, but it can't be read. */
static int skip_unreachable(const struct nsa_state *state, __u64 cookie)
{
	struct nsaccel_netns entry = {};

	nsa_maps_netns_get(state->session->maps, cookie, &entry);
	nsa_warn("namespace %s (cookie %llu) can't be reached from here: it is left as it is",
		 entry.name, cookie);
	return 0;
}

static int sync_owner(struct nsa_state *state, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(state->session->list, cookie);
	struct nsa_run run = { .state = state };
	struct nsa_owner *owner;
	int r;

	if (!ns)
		return skip_unreachable(state, cookie);
	r = nsa_owner_open(state, ns, &owner);
	if (r < 0)
		return r;
	r = nsa_reconcile(&run, owner);
	if (!r && nsa_programs_due(owner) != ~0ULL) {
		run.load_features = true;
		r = nsa_reconcile(&run, owner);
	}
	return r == -ENODEV ? nsa_teardown_owner(state, cookie) : r;
}

int nsa_sync_owners(struct nsa_state *state, __u64 cookie)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	int r, first = cookie ? 0 : nsa_teardown_dead(state);
	size_t count = 0;

	r = nsa_owners_list(state->session, &cookies, &count);
	first = first ? first : r;
	for (size_t i = 0; i < count; i++) {
		if (cookie && cookies[i] != cookie)
			continue;
		r = sync_owner(state, cookies[i]);
		first = first ? first : r;
	}
	return first;
}

int nsa_sync_owners_open(const char *bpffs, const char *netns, struct nsa_session *session,
			 __u64 *cookie)
{
	const struct nsa_netns *ns = NULL;
	int r;

	*cookie = 0;
	r = nsa_session_lock(bpffs, false, session);
	if (!r && netns)
		r = nsa_session_netns(session, netns, &ns);
	if (!r && ns)
		*cookie = ns->cookie;
	return r;
}
