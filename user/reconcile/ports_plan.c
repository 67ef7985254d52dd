// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/records.h"
#include "model/plan_port.h"
#include "model/plan_upper.h"
#include "reconcile/owner.h"
#include "reconcile/ports_plan.h"
#include "reconcile/requests.h"
#include "reconcile/snapshot_read_settings.h"
#include "util/cleanup.h"
#include "util/log.h"

static void plan_port(struct nsa_state *state, struct nsa_owner *owner, const struct nsa_link *link,
		      const struct nsa_port_entry *old, struct nsa_port_entry *out)
{
	const struct nsa_link *l3 = nsa_plan_l3_link(owner->snapshot, link);
	struct nsa_plan plan;

	nsa_owner_plan(state, owner, &plan);
	memset(out, 0, sizeof(*out));
	if (old)
		out->port = old->port;
	out->key.owner_slot = owner->slot;
	out->key.ifindex = (__u32)link->ifindex;
	nsa_plan_port(&plan, link, nsa_snapshot_read_device(owner->snapshot, l3),
		      nsa_snapshot_read_device(owner->snapshot, link), &out->port);
}

/* The record to start from: the port's, or a request for an absent device of this name. */
static const struct nsa_port_entry *find_old(const struct nsa_owner *owner,
					     const struct nsa_link *link)
{
	const struct nsa_port_entry *old = nsa_ports_find(&owner->ports, link->ifindex);

	if (!(old && old->port.requested)) {
		const struct nsa_port_entry *missed = nsa_requests_find(owner, link);

		old = missed ? missed : old;
	}
	return old;
}

/* Keeps the requests for ports whose devices are gone. */
static int keep_requests(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_ports *want)
{
	int r = 0;

	for (size_t i = 0; !r && i < owner->ports.count; i++) {
		const struct nsa_port_entry *entry = &owner->ports.entries[i];

		if (entry->port.requested && !nsa_ports_find(want, (int)entry->key.ifindex))
			r = nsa_requests_keep(state, owner, entry);
	}
	return r;
}

/* Marks ports under a device with a master: the kernel handles their packets as received by the
 * master. */
static void mark_enslaved(struct nsa_state *state, const struct nsa_owner *owner,
			  struct nsa_ports *want)
{
	struct nsa_plan plan;

	nsa_owner_plan(state, owner, &plan);
	plan.ports = want->entries;
	plan.port_count = want->count;
	for (size_t i = 0; i < want->count; i++)
		want->entries[i].port.upper_enslaved = 0;
	for (size_t i = 0; i < owner->snapshot->link_count; i++) {
		int ifindex = nsa_plan_enslaved_on(&plan, &owner->snapshot->links[i]);
		struct nsa_port_entry *entry =
			ifindex ? (struct nsa_port_entry *)nsa_ports_find(want, ifindex) : NULL;

		if (entry)
			entry->port.upper_enslaved = 1;
	}
}

static void plan_local4(struct nsa_state *state, const struct nsa_owner *owner,
			struct nsa_ports *want)
{
	struct nsaccel_port own;
	struct nsa_plan plan;

	nsa_owner_plan(state, owner, &plan);
	nsa_plan_local4(&plan, &own);
	for (size_t i = 0; i < want->count; i++)
		memcpy(want->entries[i].port.local4, own.local4, sizeof(own.local4));
}

static int desired_ports(struct nsa_state *state, struct nsa_owner *owner, struct nsa_ports *want)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;

	want->entries = calloc(snapshot->link_count + 1, sizeof(*want->entries));
	if (!want->entries)
		return nsa_err(-ENOMEM, "plan ports: %s", strerror(ENOMEM));
	for (size_t i = 0; i < snapshot->link_count; i++) {
		const struct nsa_port_entry *old = find_old(owner, &snapshot->links[i]);

		if ((old && old->port.requested) ||
		    nsa_plan_is_found_port(snapshot, &snapshot->links[i]))
			plan_port(state, owner, &snapshot->links[i], old,
				  &want->entries[want->count++]);
	}
	plan_local4(state, owner, want);
	mark_enslaved(state, owner, want);
	return keep_requests(state, owner, want);
}

static int keep_unplanned(const struct nsa_ports *want, const struct nsa_ports *have,
			  struct nsa_ports *out)
{
	out->entries = calloc(have->count + 1, sizeof(*out->entries));
	if (!out->entries)
		return nsa_err(-ENOMEM, "plan ports: %s", strerror(ENOMEM));
	for (size_t i = 0; i < have->count; i++)
		if (!nsa_ports_find(want, (int)have->entries[i].key.ifindex))
			out->entries[out->count++] = have->entries[i];
	return 0;
}

void nsa_ports_forget_plan(struct nsa_owner *owner)
{
	nsa_ports_free(&owner->planned);
	nsa_ports_free(&owner->unplanned);
	owner->planned = owner->unplanned = (struct nsa_ports){};
}

int nsa_ports_plan(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r;

	nsa_ports_forget_plan(owner);
	r = desired_ports(run->state, owner, &owner->planned);
	if (!r)
		r = keep_unplanned(&owner->planned, &owner->ports, &owner->unplanned);
	if (r < 0)
		nsa_ports_forget_plan(owner);
	return r;
}
