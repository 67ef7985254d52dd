// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/netns.h"
#include "maps/netns_name.h"

bool nsa_netns_name(const struct nsa_session *session, __u64 cookie, char name[NSACCEL_NETNS_NAME])
{
	const struct nsa_netns *ns = session->list ? nsa_netns_find(session->list, cookie) : NULL;
	struct nsaccel_netns record;

	if (ns) {
		memcpy(name, ns->name, NSACCEL_NETNS_NAME);
		return true;
	}
	if (session->maps && !nsa_maps_netns_get(session->maps, cookie, &record)) {
		memcpy(name, record.name, NSACCEL_NETNS_NAME);
		name[NSACCEL_NETNS_NAME - 1] = '\0';
		return true;
	}
	snprintf(name, NSACCEL_NETNS_NAME, "cookie %llu", cookie);
	return false;
}
