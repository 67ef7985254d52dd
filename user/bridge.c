// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "bridge.h"
#include "cleanup.h"
#include "clock.h"
#include "log.h"
#include "mirror.h"

static int refresh(struct nsa_view *view, const struct nsa_fdb *fdb)
{
	int r = nsa_view_open(view);

	return r < 0 ? r : nsa_rtnl_fdb_use(view->rtnl, fdb->port, fdb->mac);
}

/* Of a MAC that the fast path has seen lately. Others may be gone, and have to age. */
static void refresh_seen(struct nsa_owner *owner, const struct nsaccel_fdb *seen)
{
	const struct nsa_fdb *fdb = nsa_view_fdb(owner->view, (int)seen->key.bridge, seen->key.mac);
	struct nsa_plan plan;
	int r;

	nsa_owner_plan(owner, &plan);
	if (!fdb || fdb->port != (int)seen->ifindex || !nsa_plan_fdb_ages(&plan, fdb))
		return;
	r = refresh(owner->view, fdb);
	if (r < 0 && r != -ENOENT)
		nsa_debug("refresh a bridge's entry: %s", strerror(-r));
}

void nsa_bridges_refresh(struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_fdb_entry *all = NULL;
	size_t count = 0;
	__u64 now;

	if (!owner->view->fdb.count || nsa_maps_fdb(owner->mirror->session->maps, &all, &count) < 0)
		return;
	now = nsa_clock();
	for (size_t i = 0; i < count; i++)
		if (all[i].key.owner_slot == owner->slot && all[i].fdb.seen &&
		    (__s64)(now - all[i].fdb.seen) < (__s64)NSA_BRIDGE_SEEN_NS)
			refresh_seen(owner, &all[i].fdb);
	nsa_view_close(owner->view);
}
