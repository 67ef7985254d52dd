// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/netns_list.h"
#include "maps/netns_name.h"
#include "ops/query.h"
#include "ops/query_session.h"
#include "util/cleanup.h"

int nsa_query_open(const struct nsa_query *query, struct nsa_session *session,
		   const struct nsa_netns **only)
{
	int r;

	*only = NULL;
	r = nsa_session_open(query->bpffs, session);
	if (!r && query->netns)
		r = nsa_session_netns(session, query->netns, only);
	return r;
}

struct nsa_netns_ref nsa_netns_ref(const struct nsa_session *session, __u64 cookie)
{
	struct nsa_netns_ref ref = { .cookie = cookie };

	if (!cookie)
		return ref;
	ref.reachable = nsa_netns_find(session->list, cookie);
	if (!nsa_netns_name(session, cookie, ref.name))
		ref.name[0] = '\0';
	return ref;
}

int nsa_query_cookie(const char *bpffs, const char *netns, __u64 *out)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *ns;
	int r;

	r = nsa_session_open(bpffs, &session);
	if (!r)
		r = nsa_session_netns(&session, netns, &ns);
	if (!r)
		*out = ns->cookie;
	return r;
}
