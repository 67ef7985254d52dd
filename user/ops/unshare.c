// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "ops/sharing.h"
#include "ops/unshare.h"
#include "util/cleanup.h"
#include "util/log.h"

static bool is_meant(const struct nsa_sharing *s, const struct nsaccel_share *share)
{
	const struct nsa_share_request *request = s->request;

	if (share->key.nic != (__u32)s->nic->ifindex || share->key.vlan != request->vlan ||
	    (s->ns && share->netns_cookie != s->ns->cookie))
		return false;
	if (!request->netns) /* unbind */
		return !share->key.family;
	return share->key.family && (!request->family || (share->key.family == request->family &&
							  !memcmp(share->key.addr, request->addr,
								  sizeof(request->addr))));
}

/* Shares that aren't ready any more are removed when the owner is reconciled, whoever does that. */
static int set_ready(struct nsa_sharing *s, bool ready, size_t *found)
{
	int r = 0;

	*found = 0;
	for (size_t i = 0; !r && i < s->owner->share_count; i++) {
		if (!is_meant(s, &s->owner->shares[i]))
			continue;
		s->share = s->owner->shares[i];
		s->share.ready = ready;
		r = nsa_sharing_put(s);
		*found += !r;
	}
	return r;
}

static int give_up_all(struct nsa_sharing *s)
{
	size_t found;
	int r = set_ready(s, false, &found);

	if (r < 0 && found)
		set_ready(s, true, &found);
	if (!r && !found)
		return nsa_err(-ENOENT, "%s is not shared so; nsaccel share show lists how it is",
			       s->request->nic);
	return r;
}

/* Reconciles twice: first devices are removed, then the state that named them. */
static int take_away(struct nsa_sharing *s)
{
	int r = 0;

	for (int i = 0; !r && i < 2; i++) {
		s->ns = nsa_netns_find(s->session.list, s->share.netns_cookie);
		r = nsa_sharing_reconcile(s);
	}
	return r;
}

/* A device that is gone can't come back as it was, so what fails is tried once more. */
int nsa_unshare(const struct nsa_share_request *request)
{
	__cleanup(nsa_sharing_close) struct nsa_sharing s = { .request = request,
							      .session = { .lock = -1 } };
	int r = nsa_sharing_open(&s);

	if (!r)
		r = give_up_all(&s);
	if (r < 0)
		return r;
	r = take_away(&s);
	if (!r)
		return 0;
	if (!take_away(&s)) {
		nsa_log_forget();
		return 0;
	}
	return nsa_err(r,
		       "%s is no longer shared so, but not all that was made for it could be "
		       "removed: nsaccel sync, or the daemon, goes on",
		       request->nic);
}
