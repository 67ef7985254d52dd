// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "maps/isolation.h"
#include "maps/netns.h"
#include "reconcile/lapsed.h"
#include "reconcile/policy.h"
#include "util/cleanup.h"

static bool is_named(const struct nsa_maps *maps, __u64 cookie)
{
	__cleanup(nsa_cookies_free) struct nsa_cookies named = {};

	return nsa_policy_names(maps, &named) < 0 || nsa_cookies_have(&named, cookie);
}

bool nsa_lapsed_text(const struct nsa_maps *maps, const struct nsaccel_endpoint *ep,
		     const struct nsa_cookies *named, char text[NSA_LAPSED_TEXT])
{
	struct nsaccel_isolation isolation;
	struct nsaccel_lapsed lapsed;
	__u64 cookie = ep->netns_cookie;
	struct nsaccel_netns ns;

	if (ep->bound == NSACCEL_BOUND_MOVED || nsa_maps_netns_get(maps, cookie, &ns) ||
	    nsa_maps_lapsed_get(maps, ns.name, &lapsed) ||
	    nsa_maps_isolation_get(maps, ns.slot, cookie, &isolation) || isolation.cookie)
		return false;
	/* All rules are read for a namespace with such a name only. */
	if (named ? nsa_cookies_have(named, cookie) : is_named(maps, cookie))
		return false;
	snprintf(text, NSA_LAPSED_TEXT,
		 "namespace %s is new: the one of that name that was confined is gone, and its "
		 "settings don't apply to this one; nsaccel ns set %s sets them",
		 ns.name, ns.name);
	return true;
}
