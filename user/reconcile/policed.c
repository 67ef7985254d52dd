// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "maps/conns.h"
#include "maps/isolation.h"
#include "maps/owners.h"
#include "maps/policy.h"
#include "reconcile/policed.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Whether a policy applied when the ports were written: only a policy has a requested port check
 * what the kernel sends. */
static bool was_policed(const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (owner->ports.entries[i].port.requested &&
		    owner->ports.entries[i].port.police_egress)
			return true;
	return false;
}

static int read_policy(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_maps *maps = run->state->session->maps;
	struct nsaccel_isolation own;
	struct nsaccel_owner record;
	int r;

	r = nsa_maps_owner_get(maps, owner->slot, &record);
	if (!r)
		r = nsa_maps_isolation_get(maps, owner->slot, owner->cookie, &own);
	if (r) {
		owner->policed |= was_policed(owner);
		return nsa_err(r, "read maps: %s", strerror(-r));
	}
	owner->policed = run->policy_pending || (owner->settings_unknown && was_policed(owner)) ||
			 own.policy == NSACCEL_VERDICT_DENY ||
			 (record.cookie == owner->cookie && record.policy);
	for (size_t i = 0; i < owner->snapshot->endpoint_count; i++)
		owner->policed |=
			owner->snapshot->endpoints[i].isolation.policy == NSACCEL_VERDICT_DENY;
	return 0;
}

/* Where a default denies, replies are admitted: connections have to be recorded. */
static int remember_conns(struct nsa_state *state, const struct nsa_owner *owner)
{
	const struct nsa_maps *maps = state->session->maps;
	int r;

	if (!owner->policed || state->diff.dry)
		return 0;
	r = nsa_maps_conns_add(maps, owner->slot, owner->slot);
	for (size_t i = 0; !r && i < owner->snapshot->endpoint_count; i++)
		if (owner->snapshot->endpoints[i].isolation.policy == NSACCEL_VERDICT_DENY)
			r = nsa_maps_conns_add(maps, owner->snapshot->endpoints[i].slot,
					       owner->slot);
	return r < 0 ? nsa_err(r, "make a map of connections: %s", strerror(-r)) : 0;
}

int nsa_policed_update(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r = read_policy(run, owner);

	return r < 0 ? r : remember_conns(run->state, owner);
}
