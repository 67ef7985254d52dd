// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "maps/flows.h"
#include "maps/netns.h"
#include "model/device_kind.h"
#include "model/snapshot_claims.h"
#include "model/snapshot_endpoints.h"
#include "reconcile/quotas.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/names.h"
#include "util/sort.h"

/* The namespace that the endpoint's usage counts for: the one that it is bound to, or its own. */
static __u64 account_of(const struct nsa_snapshot_endpoint *ep)
{
	return ep->bound_cookie ? ep->bound_cookie : ep->cookie;
}

/* Keeps the first addresses, in the kernel's order. */
static bool limit_addresses(struct nsa_snapshot *snapshot, struct nsa_snapshot_endpoint *ep,
			    size_t *used)
{
	size_t left = nsa_quota(ep->quota) - *used, before = ep->addr_count;
	size_t have = ep->read_count > NSACCEL_QUOTA_MAX ? ep->addr_count : ep->read_count;

	ep->addr_count = have < left ? have : left;
	*used += ep->addr_count;
	if (ep->addr_count == before)
		return false;
	nsa_snapshot_mark_dirty(snapshot, ep, ep->addr_count > before ? ep->addr_count : before);
	ep->claimed_as = 0;
	return true;
}

int nsa_quotas_apply(struct nsa_owner *owner, const struct nsa_netns_entry *known, size_t count)
{
	__cleanup(nsa_freep) size_t *used = calloc(count + 1, sizeof(*used));
	struct nsa_snapshot *snapshot = owner->snapshot;
	bool changed = false;
	int r = 0;

	if (!used)
		return nsa_err(-ENOMEM, "count addresses: %s", strerror(ENOMEM));
	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];
		const struct nsa_netns_entry *ns =
			nsa_netns_entry_find(known, count, account_of(ep));
		size_t alone = 0;

		ep->quota = ns ? ns->ns.quota : 0;
		ep->reported = ns ? ns->ns.over_quota : 0;
		changed |= limit_addresses(snapshot, ep, ns ? &used[ns - known] : &alone);
	}
	if (changed)
		r = nsa_snapshot_index(snapshot);
	return r < 0 ? nsa_err(r, "count addresses: %s", strerror(-r)) : 0;
}

/* Usage of one namespace, over all of its endpoints of this owner. */
struct usage {
	__u64 cookie;
	const struct nsa_snapshot_endpoint *ep;
	__u16 over, reported;
};

static bool has_refused_flows(const struct nsa_state *state, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_maps *maps = state->session->maps;

	return maps && ep->slot && nsa_maps_flow_over(maps, ep->slot);
}

/* Programs refuse flows without a notification. */
bool nsa_quotas_have_changed(const struct nsa_state *state, const struct nsa_owner *owner)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;

	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		if (snapshot->endpoints[i].slot &&
		    has_refused_flows(state, &snapshot->endpoints[i]) !=
			    !!(snapshot->endpoints[i].reported & NSACCEL_OVER_FLOWS))
			return true;
	return false;
}

static __u16 exceeded_by(const struct nsa_state *state, const struct nsa_owner *owner,
			 const struct nsa_snapshot_endpoint *ep)
{
	bool hops = nsa_kind(ep->kind)->owns_port &&
		    nsa_nexthops_refused(state->hops, owner->slot, ep->port);

	return (__u16)((ep->read_count > ep->addr_count ? NSACCEL_OVER_ADDRESSES : 0) |
		       (hops ? NSACCEL_OVER_NEXTHOPS : 0) | (ep->fdb_over ? NSACCEL_OVER_FDB : 0) |
		       (has_refused_flows(state, ep) ? NSACCEL_OVER_FLOWS : 0) |
		       (ep->tenant_over_quota ? NSACCEL_OVER_ENDPOINTS : 0));
}

static int cmp_usage(const void *a, const void *b)
{
	const struct usage *x = a, *y = b;

	return CMP(x->cookie, y->cookie);
}

/* Returns the number of usages, several for a namespace with several endpoints. */
static size_t collect_usages(const struct nsa_state *state, const struct nsa_owner *owner,
			     struct usage *usages)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;
	size_t n = 0;

	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];
		__u16 over = exceeded_by(state, owner, ep);

		if (ep->slot && (over || ep->reported))
			usages[n++] = (struct usage){ account_of(ep), ep, over, ep->reported };
	}
	return n;
}

static size_t merge_usages(struct usage *usages, size_t count)
{
	size_t n = 0;

	SORT(usages, count, cmp_usage);
	for (size_t i = 0; i < count; i++) {
		if (n && usages[n - 1].cookie == usages[i].cookie)
			usages[n - 1].over |= usages[i].over;
		else
			usages[n++] = usages[i];
	}
	return n;
}

static int record_usage(const struct nsa_state *state, const struct usage *usage)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(maps, usage->cookie, &ns);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	ns.over_quota = usage->over;
	return nsa_maps_netns_put(maps, usage->cookie, &ns);
}

static int report_usage(struct nsa_state *state, const struct usage *usage)
{
	char text[NSA_OVER_TEXT];
	const char *what = nsa_over_text(usage->over, text), *name = usage->ep->netns;
	__u32 quota = nsa_quota(usage->ep->quota);
	int r;

	nsa_diff_report(&state->diff, "quota", usage->cookie, "over", what, "%u", quota);
	if (state->diff.dry)
		return 0;
	if (usage->over)
		nsa_warn(
			"namespace %s has more than its quota of %u: %s; the excess is left to the "
			"kernel; nsaccel ns set %s --quota N raises the quota",
			name, quota, what, name);
	else
		nsa_info("namespace %s is within its quota of %u again", name, quota);
	r = record_usage(state, usage);
	return r < 0 ? nsa_err(r, "write map netns: %s", strerror(-r)) : 0;
}

/* Marks refused next hops that the quota may allow now. */
static int retry_refused(struct nsa_state *state, struct nsa_owner *owner)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;
	bool any = false;
	int r;

	for (size_t i = 0; i < snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &snapshot->endpoints[i];

		if (nsa_kind(ep->kind)->owns_port)
			any |= nsa_nexthops_retry(state->hops, owner->slot, ep->port,
						  nsa_quota(ep->quota));
	}
	if (!any)
		return 0;
	r = nsa_table_touch_all(owner->table);
	return r < 0 ? nsa_err(r, "plan routes: %s", strerror(-r)) : 0;
}

static void mark_reported(struct nsa_owner *owner, const struct usage *usage)
{
	struct nsa_snapshot *snapshot = owner->snapshot;

	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		if (account_of(&snapshot->endpoints[i]) == usage->cookie)
			snapshot->endpoints[i].reported = usage->over;
}

int nsa_quotas_report(struct nsa_state *state, struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct usage *usages = NULL;
	size_t count;
	int r = retry_refused(state, owner);

	owner->refusals = nsa_nexthops_refusals(state->hops);
	usages = calloc(owner->snapshot->endpoint_count + 1, sizeof(*usages));
	if (r < 0 || !usages)
		return r < 0 ? r : nsa_err(-ENOMEM, "count: %s", strerror(ENOMEM));
	count = merge_usages(usages, collect_usages(state, owner, usages));
	for (size_t i = 0; !r && i < count; i++) {
		if (usages[i].over == usages[i].reported)
			continue;
		r = report_usage(state, &usages[i]);
		if (!r)
			mark_reported(owner, &usages[i]);
	}
	return r;
}
