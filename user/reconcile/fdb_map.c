// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/rtnl_fdb.h"
#include "maps/fdb.h"
#include "model/plan_fdb.h"
#include "reconcile/fdb_map.h"
#include "reconcile/owner.h"
#include "reconcile/quotas.h"
#include "reconcile/routes.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"
#include "util/text.h"

struct fdb_run {
	struct nsa_state *state;
	struct nsa_owner *owner;
	struct nsa_fdb_set *set;
	struct nsa_plan plan;
	bool over_changed; /* whether a namespace exceeds its quota has changed */
};

static void fdb_run_init(struct nsa_state *state, struct fdb_run *s, struct nsa_owner *owner)
{
	*s = (struct fdb_run){ .state = state, .owner = owner, .set = &owner->snapshot->fdb };
	nsa_owner_plan(state, owner, &s->plan);
}

/* Accounting */

/* Whether the MACs behind the port are controlled by a tenant: not those behind a wire that the
 * user attached. A synchronous run defers nothing. */
static bool is_of_tenant(const struct nsa_run *run, const struct nsa_owner *owner, int ifindex)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, ifindex);

	return !run->synchronous && port && !port->port.requested &&
	       nsa_snapshot_veth_endpoint(owner->snapshot, ifindex);
}

static void charge(const struct nsa_run *run, struct nsa_owner *owner, int ifindex)
{
	/* If this fails, the change is not deferred. */
	if (is_of_tenant(run, owner, ifindex))
		(void)nsa_pending_add(&owner->learners, (__u64)ifindex, true,
				      nsa_clock_usec(CLOCK_MONOTONIC));
}

void nsa_fdb_map_record(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_fdb *fdb, bool gone)
{
	int changes = nsa_fdb_note(&owner->snapshot->fdb, fdb, gone);

	if (changes < 0)
		owner->dirty |= NSA_DIRTY_FDB;
	else if (changes & NSA_FDB_OWN)
		owner->dirty |= NSA_DIRTY_PORTS;
	if (changes > 0)
		charge(run, owner, fdb->port);
}

__u64 nsa_fdb_map_due(const struct nsa_owner *owner)
{
	return owner->snapshot->fdb.news ? 0 : nsa_pending_due(&owner->learners);
}

/* Writing */

static int change_fdb(struct nsa_state *state, struct nsa_owner *owner, const char *event,
		      const struct nsa_fdb_entry *entry, bool gone)
{
	const struct nsa_maps *maps = state->session->maps;
	char mac[NSA_TEXT_MAC];
	int r = 0;

	nsa_diff_report(&state->diff, event, owner->cookie, "mac",
			nsa_text_mac(entry->key.mac, mac), "%s", entry->fdb.name);
	if (!state->diff.dry)
		r = gone ? nsa_maps_fdb_del(maps, &entry->key) :
			   nsa_maps_fdb_put(maps, &entry->fdb);
	return r < 0 && !(gone && r == -ENOENT) ?
		       nsa_err(r, "write fdb: %s", nsa_maps_strerror(r, NSA_MAP_FDB)) :
		       0;
}

/* An entry that cannot be changed is removed: frames would leave by another port than the
 * bridge's. */
static int put_fdb(struct nsa_state *state, struct nsa_owner *owner, struct nsa_fdb_entry *entry,
		   const struct nsa_fdb_entry *old)
{
	int r;

	entry->fdb.seen = old ? old->fdb.seen : 0; /* the programs write this field */
	if (old && !memcmp(&old->fdb, &entry->fdb, sizeof(old->fdb)))
		return 0;
	r = change_fdb(state, owner, old ? "fdb-change" : "fdb-add", entry, false);
	if (r < 0 && old)
		nsa_maps_fdb_del(state->session->maps, &old->key);
	return r;
}

static bool plan_one(const struct fdb_run *s, const struct nsa_fdb_node *node,
		     struct nsa_fdb_entry *out)
{
	if (!nsa_plan_fdb(&s->plan, &node->fdb, &out->fdb))
		return false;
	out->key = out->fdb.key;
	return true;
}

/* Whether the quota of the namespace behind the port allows one more entry. */
static bool has_room(const struct fdb_run *s, const struct nsa_fdb_port *port,
		     const struct nsaccel_fdb *fdb)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(s->owner->snapshot, port->ifindex);

	return !ep || !fdb->slot || port->counts[NSA_FDB_FORWARDING] < nsa_quota(ep->quota);
}

static int write_node(struct fdb_run *s, struct nsa_fdb_node *node, struct nsa_fdb_entry *entry,
		      const struct nsa_fdb_entry *old)
{
	int r = put_fdb(s->state, s->owner, entry, old);

	node->written = !r;
	nsa_fdb_move(node, r ? NSA_FDB_OTHER : NSA_FDB_FORWARDING);
	return r;
}

static void set_over(struct fdb_run *s, const struct nsa_fdb_port *port, bool over)
{
	struct nsa_snapshot *snapshot = s->owner->snapshot;
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(snapshot, port->ifindex);

	if (!ep || ep->fdb_over == over)
		return;
	snapshot->endpoints[ep - snapshot->endpoints].fdb_over = over;
	s->over_changed = true;
}

/*
 * When a MAC moves between ports on several CPUs, messages may be out of order: the last one may
 * be about an earlier port, or come after the one that the entry is gone. Before an entry is
 * used, it is read from the kernel again. Any later change causes another message.
 */
static int verify(struct fdb_run *s, struct nsa_fdb_node *node)
{
	struct nsa_owner *owner = s->owner;
	struct nsa_fdb now = node->fdb;
	int changes, r;

	if (node->gone || !node->unsure)
		return 0;
	r = nsa_snapshot_reader_open(&owner->reader);
	if (!r)
		r = nsa_rtnl_fdb_get(owner->reader.rtnl, node->fdb.bridge, node->fdb.mac, &now);
	owner->dirty |= r < 0 && r != -ENOENT ? NSA_DIRTY_FDB : 0;
	if (r < 0 && r != -ENOENT)
		return nsa_err(r, "read a bridge's entry in namespace %s: %s", owner->ns->name,
			       strerror(-r));
	changes = nsa_fdb_note(s->set, &now, r == -ENOENT);
	node->unsure = false;
	return changes < 0 ? nsa_err(changes, "keep a bridge's entry: %s", strerror(-changes)) : 0;
}

/* Entries that turn out to be gone in one run, before other ports have their turn. */
#define MAX_MISSES 256

/* Writes entries in the order in which they were learnt, as far as the quota allows. All entries
 * of a port share the decision whether frames may be forwarded by them. */
static int refill(struct fdb_run *s, struct nsa_fdb_port *port)
{
	struct nsa_fdb_entry entry;
	struct nsa_fdb_node *node;
	int r = 0, misses = 0;
	bool over = false;

	while (!r && !over && misses < MAX_MISSES &&
	       (node = TAILQ_FIRST(&port->lists[NSA_FDB_OTHER])) && plan_one(s, node, &entry)) {
		over = !has_room(s, port, &entry.fdb);
		r = over ? 0 : verify(s, node);
		if (r || over)
			continue;
		if (node->where == NSA_FDB_OTHER)
			r = write_node(s, node, &entry, NULL);
		else
			misses++; /* the entry has changed, so the port is reconciled again */
	}
	if (misses < MAX_MISSES)
		set_over(s, port, over);
	return r;
}

/* All entries */

static void forget_fdb_over(struct nsa_snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		snapshot->endpoints[i].fdb_over = false;
}

/* Entries in the map have precedence over new ones. */
static int reconcile_entry(struct fdb_run *s, const struct nsa_fdb_entry *old)
{
	struct nsa_fdb_node *node = nsa_fdb_find(s->set, (int)old->key.bridge, old->key.mac);
	struct nsa_fdb_entry entry;
	int r = node ? verify(s, node) : 0;

	if (r < 0)
		return r;
	if (node && !node->gone && plan_one(s, node, &entry) && has_room(s, node->port, &entry.fdb))
		return write_node(s, node, &entry, old);
	return change_fdb(s->state, s->owner, "fdb-del", old, true);
}

/* Reads the entries again that next hops go by. */
static int verify_behind(struct fdb_run *s)
{
	const struct nsa_nexthops *hops = s->state->hops;
	struct nsa_fdb_node *node;
	int r = 0;

	for (__u32 number = 1; !r && number <= nsa_nexthops_last(hops); number++) {
		const struct nsa_nexthop *hop = nsa_nexthop(hops, number);

		if (!hop->is_behind || hop->key.owner_slot != s->owner->slot)
			continue;
		node = nsa_fdb_find(s->set, (int)hop->record.l3_ifindex, hop->mac);
		r = node ? verify(s, node) : 0;
	}
	return r;
}

static int refill_all(const struct nsa_run *run, struct fdb_run *s)
{
	struct nsa_fdb_port *port;
	int r, first = 0;

	for (size_t i = 0; i < NSA_FDB_PORTS; i++)
		for (port = s->set->ports[i]; port && !nsa_run_stops(run, first);
		     port = port->next) {
			r = refill(s, port);
			first = first ?: r;
		}
	return first;
}

int nsa_fdb_map_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_fdb_entry *have = NULL;
	struct fdb_run s;
	size_t count = 0;
	int r, first = 0;

	fdb_run_init(run->state, &s, owner);
	forget_fdb_over(owner->snapshot);
	r = nsa_maps_fdb(run->state->session->maps, &have, &count);
	if (r < 0)
		return nsa_err(r, "read map fdb: %s", strerror(-r));
	nsa_fdb_reset(s.set);
	nsa_pending_clear(&owner->learners);
	for (size_t i = 0; i < count && !nsa_run_stops(run, first); i++) {
		r = have[i].key.owner_slot == owner->slot ? reconcile_entry(&s, &have[i]) : 0;
		first = first ?: r;
	}
	if (nsa_run_stops(run, first))
		return first;
	r = refill_all(run, &s);
	first = first ?: r;
	r = verify_behind(&s);
	return first ?: r;
}

/* Changed entries */

/* The entry's key, without planning it: the entry may be gone, or on another bridge. */
static void make_key(const struct fdb_run *s, const struct nsa_fdb_node *node,
		     struct nsa_fdb_entry *out)
{
	memset(out, 0, sizeof(*out));
	out->key.owner_slot = s->owner->slot;
	out->key.bridge = (__u32)node->fdb.bridge;
	memcpy(out->key.mac, node->fdb.mac, sizeof(out->key.mac));
}

static int withdraw(struct fdb_run *s, struct nsa_fdb_node *node)
{
	struct nsa_fdb_entry entry;
	int r;

	if (!node->written)
		return 0;
	make_key(s, node, &entry);
	r = change_fdb(s->state, s->owner, "fdb-del", &entry, true);
	node->written = r < 0;
	return r;
}

static bool is_behind_hops(const struct fdb_run *s, const struct nsa_fdb_node *node)
{
	return nsa_nexthops_first_behind(s->state->hops, node->fdb.mac);
}

/* Writes an entry that moved to this port, if the quota allows it here. */
static int update_node(struct fdb_run *s, struct nsa_fdb_node *node)
{
	struct nsa_fdb_entry entry, old;
	int r;

	if (!plan_one(s, node, &entry) || !has_room(s, node->port, &entry.fdb)) {
		nsa_fdb_move(node, NSA_FDB_OTHER);
		return withdraw(s, node);
	}
	old.key = entry.key;
	r = nsa_maps_fdb_get(s->state->session->maps, &old.key, &old.fdb);
	return write_node(s, node, &entry, r ? NULL : &old);
}

/* Other entries are written only if the quota allows it. */
static bool is_used(const struct fdb_run *s, const struct nsa_fdb_node *node)
{
	return node->written || is_behind_hops(s, node);
}

static int reconcile_node(struct fdb_run *s, struct nsa_fdb_node *node)
{
	const struct nsa_fdb_port *port = node->port;
	__u8 mac[NSACCEL_MAC_LEN];
	int r = is_used(s, node) ? verify(s, node) : 0;

	if (r < 0 || node->port != port) /* its new port is reconciled as well */
		return r;
	memcpy(mac, node->fdb.mac, sizeof(mac));
	if (node->gone) {
		r = withdraw(s, node);
		if (!r)
			nsa_fdb_drop(s->set, node);
	} else if (node->fdb.local) {
		r = withdraw(s, node);
		nsa_fdb_move(node, NSA_FDB_NOWHERE);
	} else if (node->written) {
		r = update_node(s, node);
	} else {
		nsa_fdb_move(node, NSA_FDB_OTHER);
	}
	return r ?: nsa_routes_resolve_behind(s->state, s->owner, mac);
}

static void resume(struct nsa_fdb_port *port)
{
	struct nsa_fdb_node *node;

	while ((node = TAILQ_FIRST(&port->lists[NSA_FDB_WAITING])))
		nsa_fdb_move(node, NSA_FDB_CHANGED);
}

static int reconcile_port(struct fdb_run *s, struct nsa_fdb_port *port)
{
	struct nsa_fdb_node *node;
	int r = 0;

	resume(port);
	while (!r && (node = TAILQ_FIRST(&port->lists[NSA_FDB_CHANGED])))
		r = reconcile_node(s, node);
	return r ?: refill(s, port);
}

static int suspend_node(struct fdb_run *s, struct nsa_fdb_node *node)
{
	__u8 mac[NSACCEL_MAC_LEN];
	int r;

	if (node->gone || node->fdb.local || !is_used(s, node))
		return reconcile_node(s, node);
	memcpy(mac, node->fdb.mac, sizeof(mac));
	r = withdraw(s, node);
	nsa_fdb_move(node, NSA_FDB_WAITING);
	return r ?: nsa_routes_resolve_behind(s->state, s->owner, mac);
}

/* Leaves changed entries to the kernel until the port is due. Their room is not given to other
 * entries. */
static int suspend(struct fdb_run *s, struct nsa_fdb_port *port)
{
	struct nsa_fdb_node *node;
	int r = 0;

	while (!r && (node = TAILQ_FIRST(&port->lists[NSA_FDB_CHANGED])))
		r = suspend_node(s, node);
	return r;
}

static int reconcile_if_due(struct fdb_run *s, struct nsa_fdb_port *port)
{
	struct nsa_pending *learners = &s->owner->learners;
	__u64 key = (__u64)port->ifindex, start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
	int r;

	if (nsa_pending_waits(learners, key) &&
	    !nsa_pending_is_due(learners, key, nsa_clock_usec(CLOCK_MONOTONIC)))
		return suspend(s, port);
	r = reconcile_port(s, port);
	if (r < 0)
		return r;
	nsa_pending_done(learners, key, nsa_clock_usec(CLOCK_MONOTONIC),
			 nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID) - start, true);
	nsa_fdb_clear_dirty(s->set, port);
	return 0;
}

int nsa_fdb_map_reconcile_changed(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_state *state = run->state;
	struct nsa_fdb_port *port, *next;
	struct fdb_run s;
	int r = 0;

	if (nsa_fdb_map_due(owner) > nsa_clock_usec(CLOCK_MONOTONIC))
		return 0;
	fdb_run_init(state, &s, owner);
	s.set->news = false;
	for (port = TAILQ_FIRST(&s.set->dirty); !r && port; port = next) {
		next = TAILQ_NEXT(port, dirty);
		r = reconcile_if_due(&s, port);
	}
	if (r < 0) /* it is not known how much of the work was done */
		owner->dirty |= NSA_DIRTY_STEER | NSA_DIRTY_HOPS;
	else if (s.over_changed)
		r = nsa_quotas_report(state, owner);
	return r;
}
