// SPDX-License-Identifier: GPL-2.0-only
#include "dataplane/hook_tc.h"
#include "reconcile/mirror.h"
#include "reconcile/owners.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"

/* A namespace that can't be reached lives if a pinned link still holds one of its devices. */
static bool is_alive(const struct nsa_session *session, __u64 cookie)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};

	if (nsa_netns_find(session->list, cookie))
		return true;
	if (nsa_owner_ports(session, cookie, &ports))
		return true;
	for (size_t i = 0; i < ports.count; i++)
		if (nsa_tc_query(cookie, (int)ports.entries[i].key.ifindex,
				 NSACCEL_HOOK_TC_INGRESS) == NSA_TC_TCX)
			return true;
	return false;
}

int nsa_teardown_dead(struct nsa_mirror *mirror)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	size_t count = 0;
	int r, first;

	first = nsa_owners_list(mirror->session, &cookies, &count);
	for (size_t i = 0; i < count; i++) {
		if (is_alive(mirror->session, cookies[i]))
			continue;
		r = nsa_owner_remove(mirror, cookies[i]);
		first = first ? first : r;
	}
	return first;
}
