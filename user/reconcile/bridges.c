// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/rtnl_fdb.h"
#include "maps/fdb.h"
#include "model/device_kind.h"
#include "model/plan_fdb.h"
#include "reconcile/bridges.h"
#include "reconcile/owner.h"
#include "reconcile/snapshot_read.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

static int refresh(struct nsa_snapshot_reader *reader, const struct nsa_fdb *fdb)
{
	int r = nsa_snapshot_reader_open(reader);

	return r < 0 ? r : nsa_rtnl_fdb_use(reader->rtnl, fdb->port, fdb->mac);
}

/* Longer than the interval between two calls. */
static __u64 recent_ns(bool long_ones)
{
	return long_ones ? 90000000000ULL : 8000000000ULL;
}

static bool is_bridge(const struct nsa_link *link, bool long_ones)
{
	return nsa_device_is_bridge(link) &&
	       (link->bridge_hold >= NSA_BRIDGE_HOLD_LONG) == long_ones;
}

static bool has_bridge(const struct nsa_snapshot *snapshot, bool long_ones)
{
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (is_bridge(&snapshot->links[i], long_ones))
			return true;
	return false;
}

/* Refreshes a MAC that the fast path has seen recently. Other entries age as usual. */
static void refresh_seen(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsaccel_fdb *seen)
{
	const struct nsa_fdb *fdb =
		nsa_snapshot_fdb(owner->snapshot, (int)seen->key.bridge, seen->key.mac);
	struct nsa_plan plan;
	int r;

	nsa_owner_plan(state, owner, &plan);
	if (!fdb || fdb->port != (int)seen->ifindex || !nsa_plan_fdb_ages(&plan, fdb))
		return;
	r = refresh(&owner->reader, fdb);
	if (r < 0 && r != -ENOENT)
		nsa_debug("refresh a bridge's entry: %s", strerror(-r));
}

static bool is_due(const struct nsa_owner *owner, const struct nsa_fdb_entry *entry, bool long_ones,
		   __u64 now)
{
	const struct nsa_link *link = nsa_snapshot_link(owner->snapshot, (int)entry->key.bridge);

	return entry->key.owner_slot == owner->slot && entry->fdb.seen && link &&
	       is_bridge(link, long_ones) &&
	       (__s64)(now - entry->fdb.seen) < (__s64)recent_ns(long_ones);
}

void nsa_bridges_refresh(struct nsa_state *state, struct nsa_owner *owner, bool long_ones)
{
	__cleanup(nsa_freep) struct nsa_fdb_entry *all = NULL;
	size_t count = 0;
	__u64 now;

	if (!owner->snapshot->fdb.count || !has_bridge(owner->snapshot, long_ones) ||
	    nsa_maps_fdb(state->session->maps, &all, &count) < 0)
		return;
	now = nsa_clock();
	for (size_t i = 0; i < count; i++)
		if (is_due(owner, &all[i], long_ones, now))
			refresh_seen(state, owner, &all[i].fdb);
	nsa_snapshot_reader_close(&owner->reader);
}
