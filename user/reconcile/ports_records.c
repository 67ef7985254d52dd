// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "dataplane/port.h"
#include "model/plan_port.h"
#include "reconcile/owner.h"
#include "reconcile/ports_records.h"
#include "util/cleanup.h"
#include "util/log.h"

/* The record is outdated and cannot be changed. Without programs it is not used. */
static void unhook(struct nsa_owner *owner, const struct nsa_port_entry *entry)
{
	int r = nsa_port_unhook(entry);

	if (r < 0 && r != -ENODEV)
		nsa_err(r, "detach from %s: %s", entry->port.name, strerror(-r));
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
}

static int write_or_unhook(struct nsa_state *state, struct nsa_owner *owner,
			   const struct nsa_port_entry *entry)
{
	int r = nsa_port_write_record(state->session->maps, entry);

	if (r < 0)
		unhook(owner, entry);
	return r;
}

/* Whether the port confines somebody, to a NIC or by his settings, or has a policy to apply.
 * Without programs the kernel forwards regardless, so an outdated record is better than none. */
static bool confines(const struct nsaccel_port *port)
{
	return port->bound_cookie || port->bound != NSACCEL_BOUND_NONE || port->close_unknown ||
	       port->police_egress || port->share_nic;
}

static int write_or_keep(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_port_entry *old, const struct nsa_port_entry *entry)
{
	int r;

	if (!confines(&old->port) && !confines(&entry->port))
		return write_or_unhook(state, owner, entry);
	r = nsa_port_write_record(state->session->maps, entry);
	if (r < 0)
		owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	return r;
}

/* Whether the port leads to another namespace than before, and the source of packets matters. */
static bool changes_namespace(const struct nsa_owner *owner, const struct nsaccel_port *old,
			      const struct nsaccel_port *port)
{
	return old->source_slot != port->source_slot &&
	       (owner->policed || old->bound != NSACCEL_BOUND_NONE ||
		port->bound != NSACCEL_BOUND_NONE);
}

static int put_closed(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_port_entry *old, const struct nsa_port_entry *entry)
{
	struct nsa_port_entry closed = *entry;

	closed.port.bound = NSACCEL_BOUND_CLOSED;
	return write_or_keep(state, owner, old, &closed);
}

static int wait_for_packets(struct nsa_state *state)
{
	int r = nsa_maps_wait(state->session->maps);

	return r < 0 ? nsa_err(r, "wait for packets that are on their way: %s", strerror(-r)) : 0;
}

/* Closes ports that lead to another namespace, until no packet is handled by the old record, and
 * until the new one is complete: with a mixture of both, packets would be attributed to the
 * wrong namespace. Ports without isolation and policies stay open, so that no packet is lost. */
static int close_moved(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsa_ports *want)
{
	bool any = false;
	int r = 0;

	for (int turn = 0; turn < 2 && !r; turn++) {
		for (size_t i = 0; !r && i < want->count; i++) {
			const struct nsa_port_entry *entry = &want->entries[i];
			const struct nsa_port_entry *old =
				nsa_ports_find(&owner->ports, (int)entry->key.ifindex);

			if (!old || !changes_namespace(owner, &old->port, &entry->port))
				continue;
			any = true;
			r = put_closed(state, owner, old, turn ? entry : old);
		}
		if (!r && any && !turn)
			r = wait_for_packets(state);
	}
	return r;
}

int nsa_ports_write_records(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_ports *want = &owner->planned;
	int r, first = run->state->diff.dry ? 0 : close_moved(run->state, owner, want);

	for (size_t i = 0; i < want->count && !nsa_run_stops(run, first) && !run->state->diff.dry;
	     i++) {
		const struct nsa_port_entry *entry = &want->entries[i];
		const struct nsa_port_entry *old =
			nsa_ports_find(&owner->ports, (int)entry->key.ifindex);

		if (!old || !memcmp(&old->port, &entry->port, sizeof(entry->port)))
			continue;
		r = write_or_keep(run->state, owner, old, entry);
		first = first ?: r;
	}
	return first;
}

int nsa_ports_tighten(struct nsa_state *state, struct nsa_owner *owner)
{
	int r, first = 0;

	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsa_port_entry *entry = &owner->ports.entries[i];
		struct nsa_port_entry tight = *entry;

		nsa_plan_tighten(&owner->gates, &tight.port);
		if (!memcmp(&tight.port, &entry->port, sizeof(tight.port)))
			continue;
		r = write_or_keep(state, owner, entry, &tight);
		first = first ?: r;
		if (!r)
			*entry = tight;
		/* The programs that admit flows may not be attached yet. */
		owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	}
	return first;
}
