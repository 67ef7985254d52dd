// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "dataplane/carrier.h"
#include "dataplane/hook_xdp.h"
#include "dataplane/port.h"
#include "maps/netns_name.h"
#include "maps/records.h"
#include "model/bound_text.h"
#include "model/device_kind.h"
#include "reconcile/neighbours.h"
#include "reconcile/owner.h"
#include "reconcile/ports_hooks.h"
#include "reconcile/programs.h"
#include "reconcile/requests.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Reports */

static void report_port(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_port_entry *old, const struct nsaccel_port *port)
{
	nsa_diff_report(&state->diff, old ? "port-change" : "port-add", owner->cookie, "dev",
			port->name, "%s%s", port->kind == NSACCEL_KIND_VETH ? "veth" : "nic",
			port->bridge ? ", bridged" : "");
}

static void warn_bound(const struct nsa_state *state, const struct nsaccel_port *port)
{
	char now[NSACCEL_NETNS_NAME], first[NSACCEL_NETNS_NAME] = "", text[NSA_BOUND_TEXT];

	nsa_netns_name(state->session, port->endpoint_cookie, now);
	if (port->bound_cookie)
		nsa_netns_name(state->session, port->bound_cookie, first);
	if (nsa_bound_port_text(port, now, first, text))
		nsa_warn("%s", text);
}

/* Nothing is reported for an unread endpoint: when a namespace ends, its device is removed a
 * little later. */
static void report_bound(struct nsa_state *state, const struct nsa_port_entry *old,
			 const struct nsaccel_port *port)
{
	if (state->diff.dry || port->bound == NSACCEL_BOUND_UNSEEN ||
	    (old && old->port.bound == port->bound &&
	     old->port.endpoint_cookie == port->endpoint_cookie))
		return;
	warn_bound(state, port);
}

void nsa_ports_warn_unseen(struct nsa_state *state, const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (owner->ports.entries[i].port.bound == NSACCEL_BOUND_UNSEEN)
			warn_bound(state, &owner->ports.entries[i].port);
}

static void check_hooks(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_port_entry *entry)
{
	const char *names[NSA_PORT_HOOKS];
	size_t count = nsa_port_missing(state->session, owner->snapshot, entry, names);

	for (size_t i = 0; i < count; i++)
		nsa_diff_report(&state->diff, "hook-gone", owner->cookie, "dev", entry->port.name,
				"%s", names[i]);
}

/* Hooks */

/* Whether the hooks of a and b are equal. Programs read the other fields from the record alone. */
static bool same_hooks(const struct nsaccel_port *a, const struct nsaccel_port *b)
{
	struct nsaccel_port x = *a;

	x.rp_filter = b->rp_filter;
	x.forward4 = b->forward4;
	x.forward6 = b->forward6;
	x.policy_routing = b->policy_routing;
	x.keep_priority = b->keep_priority;
	x.bridge_forward = b->bridge_forward;
	x.isolated = b->isolated;
	x.source_slot = b->source_slot;
	x.bound = b->bound;
	x.bound_cookie = b->bound_cookie;
	x.close_unknown = b->close_unknown;
	x.upper_enslaved = b->upper_enslaved;
	x.enslaved = b->enslaved;
	memcpy(x.local4, b->local4, sizeof(x.local4));
	memcpy(x.source4, b->source4, sizeof(x.source4));
	memcpy(x.source6, b->source6, sizeof(x.source6));
	memcpy(x.address4, b->address4, sizeof(x.address4));
	memcpy(x.address6, b->address6, sizeof(x.address6));
	memcpy(x.name, b->name, sizeof(x.name));
	return !memcmp(&x, b, sizeof(x));
}

/* Updates a port's hooks if they have to change. An existing port's record is written already. */
static int reconcile_port(struct nsa_state *state, struct nsa_owner *owner,
			  const struct nsa_port_context *ctx, struct nsa_port_entry *entry,
			  bool hooks)
{
	const struct nsa_port_entry *old = nsa_ports_find(&owner->ports, (int)entry->key.ifindex);
	int r = 0;

	if (state->diff.dry && hooks && old)
		check_hooks(state, owner, old);
	hooks |= !old || !same_hooks(&old->port, &entry->port) || nsa_port_hides_tags(old) ||
		 nsa_port_target_changed(state->session, owner->snapshot, old);
	if (hooks && !state->diff.dry)
		r = nsa_port_up(ctx, entry);
	owner->gc_needed |= old && old->port.tx_slot && old->port.tx_slot != entry->port.tx_slot;
	if (!r && !(old && !memcmp(&old->port, &entry->port, sizeof(entry->port))))
		report_port(state, owner, old, &entry->port);
	if (!r)
		report_bound(state, old, &entry->port);
	return r;
}

/* Whether the port is dropped from the plan: its device is gone, or it is new and cannot be
 * hooked. */
static bool is_left_out(const struct nsa_owner *owner, const struct nsa_port_entry *entry, int r)
{
	return r == -ENODEV || (r < 0 && !entry->port.requested &&
				!nsa_ports_find(&owner->ports, (int)entry->key.ifindex));
}

/* The device is gone since the links were read. A request for it is kept. */
static int leave_out(struct nsa_state *state, struct nsa_owner *owner,
		     const struct nsa_port_entry *entry)
{
	int r = entry->port.requested ? nsa_requests_keep(state, owner, entry) : 0;

	if (r < 0)
		return r;
	owner->gc_needed = true;
	return nsa_port_down(state->session, owner->ns, entry);
}

/* Goes on after a port that cannot be hooked. Returns the first error. */
static int reconcile_all(const struct nsa_run *run, struct nsa_owner *owner,
			 struct nsa_port_context *ctx, struct nsa_ports *want, bool hooks)
{
	int r, first = 0;

	for (size_t i = 0; i < want->count;) {
		struct nsa_port_entry *entry = &want->entries[i];

		r = reconcile_port(run->state, owner, ctx, entry, hooks);
		if (r < 0 && r != -ENODEV) {
			first = first ?: r;
			owner->dirty |= NSA_DIRTY_HOOKS;
			if (nsa_run_stops(run, first))
				return first;
		}
		if (!is_left_out(owner, entry, r)) {
			i++;
			continue;
		}
		r = leave_out(run->state, owner, entry);
		first = first ?: r;
		memmove(entry, entry + 1, (--want->count - i) * sizeof(*entry));
	}
	return first;
}

static bool has_new_xdp(const struct nsa_owner *owner, const struct nsa_ports *want)
{
	for (size_t i = 0; i < want->count; i++) {
		const struct nsa_port_entry *old =
			nsa_ports_find(&owner->ports, (int)want->entries[i].key.ifindex);

		if (want->entries[i].port.xdp != NSACCEL_XDP_NONE &&
		    !(old && old->port.xdp != NSACCEL_XDP_NONE))
			return true;
	}
	return false;
}

/* Drops new ports from the plan, of which nothing exists yet. */
static void leave_out_new(struct nsa_owner *owner, struct nsa_ports *want)
{
	size_t n = 0;

	for (size_t i = 0; i < want->count; i++)
		if (nsa_ports_find(&owner->ports, (int)want->entries[i].key.ifindex))
			want->entries[n++] = want->entries[i];
	want->count = n;
	owner->dirty |= NSA_DIRTY_HOOKS;
}

int nsa_ports_hook(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_ports *want = &owner->planned;
	struct nsa_port_context ctx = { .session = run->state->session,
					.snapshot = owner->snapshot,
					.programs = { -1, -1, -1 },
					.deliver_to = run->deliver_to,
					.warned = &owner->warned_delivery };
	int r, loaded;
	bool fresh;

	if (!want->count) {
		nsa_programs_lack_nothing(owner);
		return 0;
	}
	loaded = nsa_programs_open(run, owner, &ctx, &fresh);
	if (loaded < 0 && ctx.programs.tc_ingress < 0) {
		leave_out_new(owner, want);
		r = loaded;
	} else {
		r = reconcile_all(run, owner, &ctx, want, fresh || owner->dirty & NSA_DIRTY_HOOKS);
		if (loaded < 0)
			r = loaded;
	}
	nsa_programs_closep(&ctx.programs);
	if (r < 0 || !run->synchronous || !has_new_xdp(owner, want))
		return r;
	/* A link reset removes neighbours. */
	nsa_carrier_wait(owner->reader.rtnl, owner->snapshot, want->entries, want->count);
	nsa_neighbours_revive(&owner->reader, want);
	return 0;
}
