// SPDX-License-Identifier: GPL-2.0-only
#include "kernel/netns.h"
#include "reconcile/poll.h"
#include "reconcile/quotas.h"
#include "reconcile/snapshot_read_settings.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* What nobody tells of is looked at after so many times as long as it took. */
#define LOOK_COST 2000

/* A dump of many links takes a while: then they are looked at less often, so that looking takes half a
 * thousandth of the time. */
static unsigned int look_at_devices(struct nsa_owner *owner)
{
	__u64 spent = nsa_clock_spent();
	bool changed;

	if (nsa_clock() < owner->next_look)
		return 0;
	changed = nsa_snapshot_devices_changed(&owner->reader);
	nsa_snapshot_reader_close(&owner->reader);
	spent = nsa_clock_spent() - spent;
	owner->next_look = nsa_clock() + spent * LOOK_COST;
	return changed ? NSA_DIRTY_LINKS | NSA_DIRTY_PORTS : 0;
}

static unsigned int look_at_exceptions(const struct nsa_owner *owner)
{
	return nsa_clock() >= owner->next_exceptions &&
			       nsa_snapshot_exceptions_changed(owner->snapshot) ?
		       NSA_DIRTY_EXCEPTIONS :
		       0;
}

unsigned int nsa_poll(const struct nsa_state *state, struct nsa_owner *owner)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner->ns);

	if (token < 0)
		return 0;
	return look_at_devices(owner) | look_at_exceptions(owner) |
	       (nsa_snapshot_sysctls_changed(owner->snapshot) ? NSA_DIRTY_SETTINGS : 0) |
	       (nsa_quotas_have_changed(state, owner) ? NSA_DIRTY_QUOTAS : 0);
}
