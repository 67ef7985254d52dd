// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "kernel/netns_list.h"
#include "maps/isolation.h"
#include "maps/owners.h"
#include "ops/netns_apply.h"
#include "reconcile/endpoints_bind.h"
#include "reconcile/owner_open.h"
#include "reconcile/policy.h"
#include "reconcile/reconcile.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Reconciles an owner that the namespace is an endpoint of. */
static int reconcile_owner(const struct nsa_netns_subject *subject, __u32 owner_slot, bool undo)
{
	struct nsa_state *state = subject->state;
	const struct nsa_run run = { .state = state, .synchronous = true };
	struct nsaccel_owner record;
	const struct nsa_netns *ns;
	struct nsa_owner *owner;
	int r;

	r = nsa_maps_owner_get(state->session->maps, owner_slot, &record);
	if (r < 0)
		return nsa_err(r, "read map owners: %s", strerror(-r));
	ns = nsa_netns_find(state->session->list, record.cookie);
	if (!ns)
		return nsa_err(-ENOENT,
			       "the namespace that routes for %s can't be reached any more: no "
			       "process is in it, and no file leads to it",
			       subject->ns->name);
	r = nsa_owner_open(state, ns, &owner);
	if (r < 0)
		return r;
	owner->gc_needed = true; /* remembered connections may go */
	owner->dirty |= NSA_DIRTY_PORTS;
	if (undo)
		nsa_endpoints_rebind(owner, subject->ports, subject->port_count);
	else
		nsa_endpoints_bind(owner, subject->ns->cookie);
	r = nsa_reconcile(&run, owner);
	if (!r && !undo && nsa_endpoints_lift(state, owner, subject->ns->cookie))
		r = nsa_reconcile(&run, owner);
	if (!r && subject->policy_changes)
		r = nsa_policy_renew(state->session->maps, owner->slot);
	return r;
}

/* Is the namespace the owner, an endpoint of it, or are ports of it held to the namespace's
 * settings? */
static bool concerns(const struct nsa_netns_subject *subject, __u32 owner_slot)
{
	__u64 cookie = subject->ns->cookie;

	for (size_t i = 0; i < subject->endpoint_count; i++)
		if (subject->endpoints[i].key.owner_slot == owner_slot &&
		    subject->endpoints[i].ep.netns_cookie == cookie)
			return true;
	for (size_t i = 0; i < subject->port_count; i++)
		if (subject->ports[i].key.owner_slot == owner_slot &&
		    subject->ports[i].port.bound_cookie == cookie)
			return true;
	return subject->is_owner && subject->slot == owner_slot;
}

static int reconcile_owners(const struct nsa_netns_subject *subject, bool undo)
{
	int r = 0;

	for (size_t i = 0; !r && i < subject->port_count; i++) {
		__u32 slot = subject->ports[i].key.owner_slot;

		if ((!i || slot != subject->ports[i - 1].key.owner_slot) && concerns(subject, slot))
			r = reconcile_owner(subject, slot, undo);
	}
	return r;
}

/* A record with nothing but defaults isn't kept. */
static bool is_default(const struct nsaccel_isolation *isolation)
{
	const struct nsaccel_isolation none = { .cookie = isolation->cookie };

	return !memcmp(isolation, &none, sizeof(none));
}

static int write_record(const struct nsa_netns_subject *subject,
			const struct nsaccel_isolation *isolation)
{
	const struct nsa_maps *maps = subject->session.maps;
	const struct nsaccel_isolation none = {};
	struct nsaccel_isolation before;
	int r = nsa_maps_isolation_get(maps, subject->slot, subject->ns->cookie, &before);

	if (!r)
		r = nsa_maps_isolation_change(maps, subject->slot, &before,
					      is_default(isolation) ? &none : isolation);
	return r < 0 ? nsa_err(r, "write map isolation: %s", strerror(-r)) : 0;
}

int nsa_netns_reconcile(const struct nsa_netns_subject *subject)
{
	return reconcile_owners(subject, false);
}

void nsa_netns_undo(const struct nsa_netns_subject *subject)
{
	int r = write_record(subject, &subject->isolation);

	if (!r)
		r = reconcile_owners(subject, true);
	if (r < 0)
		nsa_log_err(
			"what was said of namespace %s couldn't be put back as it was: nsaccel ns "
			"show tells what stands, nsaccel sync what follows from it",
			subject->ns->name);
}

int nsa_netns_apply(const struct nsa_netns_subject *subject, const struct nsaccel_isolation *to)
{
	int r = write_record(subject, to);

	if (!r)
		r = nsa_netns_reconcile(subject);
	if (r < 0)
		nsa_netns_undo(subject);
	return r;
}
