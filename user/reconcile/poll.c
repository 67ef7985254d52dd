// SPDX-License-Identifier: GPL-2.0-only
#include "dataplane/port.h"
#include "kernel/netns.h"
#include "reconcile/poll.h"
#include "reconcile/quotas.h"
#include "reconcile/snapshot_read_settings.h"
#include "util/cleanup.h"
#include "util/clock.h"

/* Polling is paused for this many times the CPU time that it took. */
#define POLL_COST 2000

/* Compares devices with the snapshot. Dumps of many links take long: the pause limits the load
 * to 0.05 % of one CPU. */
static unsigned int poll_devices(struct nsa_owner *owner)
{
	__u64 spent = nsa_clock_spent();
	bool changed;

	if (nsa_clock() < owner->next_device_poll)
		return 0;
	changed = nsa_snapshot_devices_changed(&owner->reader);
	nsa_snapshot_reader_close(&owner->reader);
	spent = nsa_clock_spent() - spent;
	owner->next_device_poll = nsa_clock() + spent * POLL_COST;
	return changed ? NSA_DIRTY_LINKS | NSA_DIRTY_PORTS : 0;
}

static bool targets_changed(const struct nsa_state *state, const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (nsa_port_target_changed(state->session, owner->snapshot,
					    &owner->ports.entries[i]))
			return true;
	return false;
}

/* Whether XDP can send to a device hangs on its peer, too, of which the owner hears nothing. */
static unsigned int poll_targets(const struct nsa_state *state, struct nsa_owner *owner)
{
	__u64 spent = nsa_clock_spent();
	bool changed;

	if (nsa_clock() < owner->next_target_poll)
		return 0;
	changed = targets_changed(state, owner);
	spent = nsa_clock_spent() - spent;
	owner->next_target_poll = nsa_clock() + spent * POLL_COST;
	return changed ? NSA_DIRTY_PORTS : 0;
}

static unsigned int poll_exceptions(const struct nsa_owner *owner)
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
	return poll_devices(owner) | poll_targets(state, owner) | poll_exceptions(owner) |
	       (nsa_snapshot_sysctls_changed(owner->snapshot) ? NSA_DIRTY_SETTINGS : 0) |
	       (nsa_quotas_have_changed(state, owner) ? NSA_DIRTY_QUOTAS : 0);
}
