// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "daemon/namespaces.h"
#include "daemon/owners.h"
#include "daemon/report.h"
#include "kernel/netns_list.h"
#include "reconcile/carriers.h"
#include "reconcile/fdb_map.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/owners.h"
#include "reconcile/reconcile.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

static bool is_dirty(const struct nsa_owner *owner)
{
	return owner->dirty || owner->nexthops_pending || owner->table->dirty_count ||
	       nsa_fdb_map_due(owner) <= nsa_clock_usec(CLOCK_MONOTONIC);
}

bool nsa_owners_are_dirty(const struct nsa_daemon *d)
{
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (is_dirty(d->state->owners[i]))
			return true;
	return false;
}

/* Of what failed, some was done: what stands in the map is looked at, and each hook. */
static int read_ports_again(const struct nsa_state *state, struct nsa_owner *owner)
{
	struct nsa_ports ports = {};
	int r = nsa_owner_ports(state->session, owner->cookie, &ports);

	if (r < 0)
		return r;
	nsa_ports_free(&owner->ports);
	owner->ports = ports;
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	return 0;
}

static int reconcile_owner(struct nsa_daemon *d, struct nsa_owner *owner)
{
	int r;

	if (!is_dirty(owner))
		return 0;
	r = d->work & NSA_WORK_STOCK ? read_ports_again(d->state, owner) : 0;
	return r < 0 ? r : nsa_reconcile(&(struct nsa_run){ .state = d->state }, owner);
}

static int reconcile_or_remove(struct nsa_daemon *d, struct nsa_owner *owner)
{
	__u64 cookie = owner->cookie;
	int r;

	if (nsa_owner_find(d->state, owner) < 0) { /* it can't be reached any more */
		nsa_state_forget(d->state, cookie);
		r = nsa_teardown_dead(d->state);
		d->work |= r < 0 ? NSA_WORK_OWNERS : 0;
		return r;
	}
	r = reconcile_owner(d, owner);
	if (r == -ENODEV) {
		r = nsa_teardown_owner(d->state, cookie);
		d->work |= r < 0 ? NSA_WORK_OWNERS :
				   0; /* it may be out of the state, but not out of the maps */
	} else if (r == -ENOENT || r == -ESTALE) {
		d->work |= NSA_WORK_LOAD; /* where it was it isn't: another path may lead there */
	}
	return r;
}

/* Alone, and after all else, so that what it takes is known, and nobody else's changes wait for it. */
static int reconcile_carriers(struct nsa_state *state, struct nsa_owner *owner)
{
	__u64 start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
	int r;

	if (!nsa_carriers_take(owner))
		return 0;
	r = nsa_reconcile(&(struct nsa_run){ .state = state }, owner);
	nsa_carriers_pay(owner, nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID) - start);
	return r;
}

/* Of a namespace that dies its devices may outlive the news. */
static int remove_dead(struct nsa_daemon *d)
{
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < d->dead.count; i++) {
		r = nsa_teardown_owner(d->state, d->dead.items[i]);
		if (r < 0)
			d->dead.items[n++] = d->dead.items[i];
		first = first ? first : r;
	}
	d->dead.count = n;
	return first;
}

/* What couldn't be read for a moment must not stay away until its next message. */
static int mark_missed(struct nsa_daemon *d, const struct nsa_snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->missed_count; i++) {
		d->work |= NSA_WORK_SCAN; /* it may be found elsewhere */
		r = nsa_namespaces_mark(d, snapshot->missed[i], true);
	}
	return r;
}

static int open_owner(struct nsa_daemon *d, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(d->session.list, cookie);
	struct nsa_owner *owner;
	int r;

	if (!ns) /* out of reach, but alive: its pinned links say so */
		return 0;
	r = nsa_owner_monitor_add(d->owners, ns); /* first, so that nothing is missed */
	if (!r)
		r = nsa_owner_open(d->state, ns, &owner);
	return r ? r : mark_missed(d, owner->snapshot);
}

/* All that have ports; those that are there already are left alone. */
static int open_owners(struct nsa_daemon *d)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	size_t count = 0;
	int r, first;

	d->work &= ~NSA_WORK_OWNERS;
	first = nsa_teardown_dead(d->state);
	r = nsa_owners_list(&d->session, &cookies, &count);
	first = first ? first : r;
	for (size_t i = 0; i < count; i++) {
		r = open_owner(d, cookies[i]);
		first = first ? first : r;
	}
	if (first < 0) /* where one was it may not be any more */
		d->work |= NSA_WORK_OWNERS | NSA_WORK_SCAN;
	return first;
}

int nsa_owners_reconcile(struct nsa_daemon *d)
{
	bool others;
	__u64 start;
	int r, first;

	d->state->diff.tell = nsa_publish_wanted(d->publisher) ? nsa_report_difference : NULL;
	d->state->diff.data = d;
	first = remove_dead(d);
	if (d->work & NSA_WORK_OWNERS && !d->backing_off) {
		r = open_owners(d);
		first = first ? first : r;
	}
	others = nsa_owners_are_dirty(d);
	nsa_namespaces_read_changed(d);
	start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
	/* Backwards: an owner that goes away leaves its place to a later one. */
	for (size_t i = d->state->owner_count; i-- > 0;) {
		if (i >= d->state->owner_count)
			continue;
		r = reconcile_or_remove(d, d->state->owners[i]);
		first = first ? first : r;
	}
	d->work &= ~NSA_WORK_STOCK;
	if (!others)
		nsa_namespaces_charge(d, nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID) - start);
	for (size_t i = 0; i < d->state->owner_count; i++) {
		r = reconcile_carriers(d->state, d->state->owners[i]);
		first = first ? first : r;
	}
	return first;
}
