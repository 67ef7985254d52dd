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
#include "reconcile/programs.h"
#include "reconcile/reconcile.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

static bool is_dirty(const struct nsa_owner *owner)
{
	__u64 now = nsa_clock_usec(CLOCK_MONOTONIC);

	return owner->dirty || owner->nexthops_pending || owner->table->dirty_count ||
	       nsa_fdb_map_due(owner) <= now || nsa_programs_due(owner) <= now;
}

bool nsa_owners_are_dirty(const struct nsa_daemon *d)
{
	for (size_t i = 0; d->state && i < d->state->owner_count; i++)
		if (is_dirty(d->state->owners[i]))
			return true;
	return false;
}

static int reconcile_owner(struct nsa_daemon *d, struct nsa_owner *owner)
{
	bool load = nsa_programs_due(owner) <= nsa_clock_usec(CLOCK_MONOTONIC);
	int r;

	if (!is_dirty(owner))
		return 0;
	r = d->work & NSA_WORK_STOCK ? nsa_owner_reread_ports(d->state, owner) : 0;
	return r < 0 ? r :
		       nsa_reconcile(&(struct nsa_run){ .state = d->state, .load_features = load },
				     owner);
}

static int reconcile_or_remove(struct nsa_daemon *d, struct nsa_owner *owner)
{
	__u64 cookie = owner->cookie;
	int r;

	if (nsa_owner_find(d->state, owner) < 0) { /* the namespace cannot be reached any more */
		nsa_state_forget(d->state, cookie);
		r = nsa_teardown_dead(d->state);
		d->work |= r < 0 ? NSA_WORK_OWNERS : 0;
		return r;
	}
	r = reconcile_owner(d, owner);
	if (r == -ENODEV) {
		r = nsa_teardown_owner(d->state, cookie);
		/* The owner may be gone from the state, but not from the maps. */
		d->work |= r < 0 ? NSA_WORK_OWNERS : 0;
	} else if (r == -ENOENT || r == -ESTALE) {
		/* The path of the namespace leads elsewhere; another path may lead there. */
		d->work |= NSA_WORK_LOAD;
	}
	return r;
}

/* Run alone and last, so that its cost is measured, and other changes do not wait for it. */
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

/* The devices of a dying namespace may outlive the message. */
static int remove_dead(struct nsa_daemon *d)
{
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < d->dead.count; i++) {
		r = nsa_teardown_owner(d->state, d->dead.items[i]);
		if (r < 0)
			d->dead.items[n++] = d->dead.items[i];
		first = first ?: r;
	}
	d->dead.count = n;
	return first;
}

/* A namespace that could not be read must not stay missing until its next message. */
static int mark_missed(struct nsa_daemon *d, const struct nsa_snapshot *snapshot)
{
	int r = 0;

	for (size_t i = 0; !r && i < snapshot->missed_count; i++) {
		d->work |= NSA_WORK_SCAN; /* the namespace may be found under another path */
		r = nsa_namespaces_mark(d, snapshot->missed[i], true);
	}
	return r;
}

static int open_owner(struct nsa_daemon *d, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(d->session.list, cookie);
	struct nsa_owner *owner;
	int r;

	if (!ns) /* unreachable, but alive by its pinned links */
		return 0;
	/* Before the owner is read, so that no change is missed. */
	r = nsa_owner_monitor_add(d->owners, ns);
	if (!r)
		r = nsa_owner_open(d->state, ns, &owner);
	return r ?: mark_missed(d, owner->snapshot);
}

/* Opens all owners that have ports, except those that are open already. */
static int open_owners(struct nsa_daemon *d)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	size_t count = 0;
	int r, first;

	d->work &= ~NSA_WORK_OWNERS;
	first = nsa_teardown_dead(d->state);
	r = nsa_owners_list(&d->session, &cookies, &count);
	first = first ?: r;
	for (size_t i = 0; i < count; i++) {
		r = open_owner(d, cookies[i]);
		first = first ?: r;
	}
	if (first < 0) /* an owner may be found under another path */
		d->work |= NSA_WORK_OWNERS | NSA_WORK_SCAN;
	else if (!count) /* removes the maps, if the last owner left them */
		d->work |= NSA_WORK_LOAD;
	return first;
}

int nsa_owners_reconcile(struct nsa_daemon *d)
{
	bool others;
	__u64 start;
	int r, first;

	d->state->diff.report = nsa_publish_wanted(d->publisher) ? nsa_report_difference : NULL;
	d->state->diff.data = d;
	first = remove_dead(d);
	if (d->work & NSA_WORK_OWNERS && !d->backing_off) {
		r = open_owners(d);
		first = first ?: r;
	}
	others = nsa_owners_are_dirty(d);
	nsa_namespaces_read_changed(d);
	start = nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID);
	/* Backwards: an owner that is removed leaves its index to the next one. */
	for (size_t i = d->state->owner_count; i-- > 0;) {
		if (i >= d->state->owner_count)
			continue;
		r = reconcile_or_remove(d, d->state->owners[i]);
		first = first ?: r;
	}
	d->work &= ~NSA_WORK_STOCK;
	if (!others)
		nsa_namespaces_charge(d, nsa_clock_usec(CLOCK_THREAD_CPUTIME_ID) - start);
	for (size_t i = 0; i < d->state->owner_count; i++) {
		r = reconcile_carriers(d->state, d->state->owners[i]);
		first = first ?: r;
	}
	return first;
}
