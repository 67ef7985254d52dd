// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/follower.h"
#include "maps/netns_name.h"
#include "ops/sync.h"
#include "reconcile/owner.h"
#include "reconcile/owners.h"
#include "reconcile/reconcile.h"
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
	struct nsa_owner *owner;
	int r;

	if (!ns)
		return skip_unreachable(state, cookie);
	r = nsa_owner_open(state, ns, &owner);
	if (r < 0)
		return r;
	r = nsa_reconcile(&(struct nsa_run){ .state = state }, owner);
	return r == -ENODEV ? nsa_owner_remove(state, cookie) : r;
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

/* The lock. *cookie: of netns; 0: all. */
static int open_session(const char *bpffs, const char *netns, struct nsa_session *session,
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

int nsa_sync(const char *bpffs, const char *netns)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__u64 cookie;
	int r;

	r = open_session(bpffs, netns, &session, &cookie);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_state_change(&session, &state);
	if (!r)
		r = nsa_sync_owners(state, cookie);
	if (!r && !netns)
		nsa_follower_confirm();
	return r;
}

/* Differences are told with the names of their namespaces. */
struct listener {
	const struct nsa_session *session;
	void (*tell)(void *data, const struct nsa_difference *change);
	void *data;
};

static void tell_with_name(void *data, const struct nsa_difference *change)
{
	const struct listener *listener = data;
	struct nsa_difference named = *change;
	char name[NSACCEL_NETNS_NAME];

	named.netns = nsa_netns_name(listener->session, change->cookie, name) ? name : "";
	listener->tell(listener->data, &named);
}

int nsa_check(const char *bpffs, const char *netns,
	      void (*tell)(void *data, const struct nsa_difference *change), void *data,
	      size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_closep) struct nsa_state *state = NULL;
	struct listener listener = { &session, tell, data };
	__u64 cookie;
	int r;

	*count = 0;
	r = open_session(bpffs, netns, &session, &cookie);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_state_open(&session, &state);
	if (r < 0)
		return r;
	state->diff = (struct nsa_diff){ .dry = true, .tell = tell_with_name, .data = &listener };
	r = nsa_sync_owners(state, cookie);
	*count = state->diff.count;
	return r;
}
