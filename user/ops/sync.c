// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "maps/follower.h"
#include "maps/netns_name.h"
#include "ops/sync.h"
#include "reconcile/owners.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Its pinned links say that it lives, but it can't be read. */
static int skip_unreachable(const struct nsa_mirror *mirror, __u64 cookie)
{
	struct nsaccel_netns entry = {};

	nsa_maps_netns_get(mirror->session->maps, cookie, &entry);
	nsa_warn("namespace %s (cookie %llu) can't be reached from here: it is left as it is",
		 entry.name, cookie);
	return 0;
}

static int sync_owner(struct nsa_mirror *mirror, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(mirror->session->list, cookie);
	struct nsa_owner *owner;
	int r;

	if (!ns)
		return skip_unreachable(mirror, cookie);
	r = nsa_mirror_owner(mirror, ns, &owner);
	if (r < 0)
		return r;
	r = nsa_owner_settle(owner);
	return r == -ENODEV ? nsa_owner_remove(mirror, cookie) : r;
}

int nsa_sync_owners(struct nsa_mirror *mirror, __u64 cookie)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	int r, first = cookie ? 0 : nsa_teardown_dead(mirror);
	size_t count = 0;

	r = nsa_owners_list(mirror->session, &cookies, &count);
	first = first ? first : r;
	for (size_t i = 0; i < count; i++) {
		if (cookie && cookies[i] != cookie)
			continue;
		r = sync_owner(mirror, cookies[i]);
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
	__cleanup(nsa_mirror_finishp) struct nsa_mirror *mirror = NULL;
	__u64 cookie;
	int r;

	r = open_session(bpffs, netns, &session, &cookie);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_mirror_change(&session, &mirror);
	if (!r)
		r = nsa_sync_owners(mirror, cookie);
	if (!r && !netns)
		nsa_follower_confirm();
	return r;
}

/* Differences are told with the names of their namespaces. */
struct listener {
	const struct nsa_session *session;
	void (*tell)(void *data, const struct nsa_change *change);
	void *data;
};

static void tell_with_name(void *data, const struct nsa_change *change)
{
	const struct listener *listener = data;
	struct nsa_change named = *change;
	char name[NSACCEL_NETNS_NAME];

	named.netns = nsa_netns_name(listener->session, change->cookie, name) ? name : "";
	listener->tell(listener->data, &named);
}

int nsa_check(const char *bpffs, const char *netns,
	      void (*tell)(void *data, const struct nsa_change *change), void *data, size_t *count)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_mirror_closep) struct nsa_mirror *mirror = NULL;
	struct listener listener = { &session, tell, data };
	__u64 cookie;
	int r;

	*count = 0;
	r = open_session(bpffs, netns, &session, &cookie);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_mirror_open(&session, &mirror);
	if (r < 0)
		return r;
	mirror->changes =
		(struct nsa_changes){ .dry = true, .tell = tell_with_name, .data = &listener };
	r = nsa_sync_owners(mirror, cookie);
	*count = mirror->changes.count;
	return r;
}
