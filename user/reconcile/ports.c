// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "dataplane/carrier.h"
#include "dataplane/hook_tc.h"
#include "dataplane/hook_xdp.h"
#include "dataplane/port.h"
#include "dataplane/settings.h"
#include "maps/netns_name.h"
#include "maps/policy.h"
#include "model/bound_text.h"
#include "reconcile/endpoints.h"
#include "reconcile/fdb.h"
#include "reconcile/gc.h"
#include "reconcile/owner.h"
#include "reconcile/state.h"
#include "reconcile/neighbours.h"
#include "reconcile/ports.h"
#include "reconcile/quotas.h"
#include "reconcile/requests.h"
#include "reconcile/shares.h"
#include "reconcile/sources.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Ports whose devices are others */

/* What another device would inherit: to be attached, how, and its place in the devmap. */
static bool has_heritage(const struct nsaccel_port *port)
{
	return port->requested || port->bound || port->mode != NSACCEL_MODE_AUTO ||
	       port->delivery != NSACCEL_DELIVERY_TC || port->tx_slot;
}

static int drop_replaced(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_port_entry *entry)
{
	const struct nsa_session *session = state->session;

	nsa_diff_report(&state->diff, "port-del", owner->cookie, "dev", entry->port.name, "%s",
			"another device has its ifindex");
	if (state->diff.dry)
		return 0;
	owner->gc_needed = true;
	nsa_settings_forget(session->maps, owner->cookie, entry->key.ifindex);
	return nsa_port_down(session, owner->ns, entry);
}

int nsa_owner_drop_replaced(struct nsa_state *state, struct nsa_owner *owner)
{
	struct nsa_ports *ports = &owner->ports;
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsa_port_entry entry = ports->entries[i];

		r = -ENOENT;
		if (has_heritage(&entry.port) && nsa_port_is_replaced(&entry))
			r = entry.port.requested ? nsa_owner_miss_port(state, owner, &entry) : 0;
		if (!r)
			r = drop_replaced(state, owner, &entry);
		if (r < 0)
			ports->entries[n++] = entry;
		if (r < 0 && r != -ENOENT)
			first = first ? first : r;
	}
	ports->count = n;
	return first;
}

/* Policy */

static int read_policy(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_maps *maps = run->state->session->maps;
	struct nsaccel_isolation own;
	struct nsaccel_owner record;
	int r;

	r = nsa_maps_owner_get(maps, owner->slot, &record);
	if (!r)
		r = nsa_maps_isolation_get(maps, owner->slot, owner->cookie, &own);
	if (r)
		return nsa_err(r, "read maps: %s", strerror(-r));
	owner->policed = run->policy_pending || own.policy == NSACCEL_VERDICT_DENY ||
			 (record.cookie == owner->cookie && record.policy);
	for (size_t i = 0; i < owner->snapshot->endpoint_count; i++)
		owner->policed |=
			owner->snapshot->endpoints[i].isolation.policy == NSACCEL_VERDICT_DENY;
	return 0;
}

/* What is denied by default is let in as an answer: who begins is to be remembered. */
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

static int settle_policy(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r = read_policy(run, owner);

	return r < 0 ? r : remember_conns(run->state, owner);
}

/* Which ports there should be */

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
	nsa_plan_port(&plan, link, nsa_snapshot_device(owner->snapshot, l3),
		      nsa_snapshot_device(owner->snapshot, link), &out->port);
}

/* What there is, or was asked for, of the device: its record; or of one of its name that was gone. */
static const struct nsa_port_entry *find_old(const struct nsa_owner *owner,
					     const struct nsa_link *link)
{
	const struct nsa_port_entry *old = nsa_ports_find(&owner->ports, link->ifindex);

	if (!(old && old->port.requested)) {
		const struct nsa_port_entry *missed = nsa_owner_request_of(owner, link);

		old = missed ? missed : old;
	}
	return old;
}

/* What was asked for, but its device isn't among the owner's any more. */
static int miss_ports(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_ports *want)
{
	int r = 0;

	for (size_t i = 0; !r && i < owner->ports.count; i++) {
		const struct nsa_port_entry *entry = &owner->ports.entries[i];

		if (entry->port.requested && !nsa_ports_find(want, (int)entry->key.ifindex))
			r = nsa_owner_miss_port(state, owner, entry);
	}
	return r;
}

/* What comes in by a device on a port is told by that, but where it has a master. */
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
	return miss_ports(state, owner, want);
}

/* XDP sends to other NICs and to veths that asked for it: is there any such target? */
static bool has_xdp_targets(const struct nsa_snapshot *snapshot, const struct nsa_ports *ports)
{
	size_t nics = 0, veths = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsaccel_port *port = &ports->entries[i].port;

		if (port->kind == NSACCEL_KIND_VETH)
			veths += port->delivery == NSACCEL_DELIVERY_XDP;
		else
			nics += nsa_xdp_is_wanted(
				nsa_snapshot_link(snapshot, (int)ports->entries[i].key.ifindex),
				port);
	}
	return nics && nics + veths > 1;
}

/* Bringing them up */

/* Programs read these from the record alone: no hook has to be changed for them. */
static bool same_hooks(const struct nsaccel_port *a, const struct nsaccel_port *b)
{
	struct nsaccel_port x = *a;

	x.rp_filter = b->rp_filter;
	x.forward4 = b->forward4;
	x.forward6 = b->forward6;
	x.ruled = b->ruled;
	x.keeps_priority = b->keeps_priority;
	x.steer = b->steer;
	x.isolated = b->isolated;
	x.source_slot = b->source_slot;
	x.bound = b->bound;
	x.bound_cookie = b->bound_cookie;
	x.confines = b->confines;
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

static int put_record(struct nsa_state *state, const struct nsa_port_entry *entry)
{
	int r = nsa_maps_port_put(state->session->maps, entry->key.owner_slot, entry->key.ifindex,
				  &entry->port);

	return r < 0 ? nsa_err(r, "write port %s: %s", entry->port.name,
			       nsa_maps_strerror(r, NSA_MAP_PORTS)) :
		       0;
}

/* The record is of the past and can't be changed: without programs nobody goes by it. */
static void shut(struct nsa_owner *owner, const struct nsa_port_entry *entry)
{
	int r = nsa_port_unhook(entry);

	if (r < 0 && r != -ENODEV)
		nsa_err(r, "detach from %s: %s", entry->port.name, strerror(-r));
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
}

static int put_or_shut(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsa_port_entry *entry)
{
	int r = put_record(state, entry);

	if (r < 0)
		shut(owner, entry);
	return r;
}

/* Does a port lead to another namespace from now on, where it matters whose packets they are? */
static bool is_anothers(const struct nsa_owner *owner, const struct nsaccel_port *old,
			const struct nsaccel_port *port)
{
	return old->source_slot != port->source_slot &&
	       (owner->policed || old->bound != NSACCEL_BOUND_NONE ||
		port->bound != NSACCEL_BOUND_NONE);
}

static int put_closed(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_port_entry *entry)
{
	struct nsa_port_entry closed = *entry;

	closed.port.bound = NSACCEL_BOUND_CLOSED;
	return put_or_shut(state, owner, &closed);
}

static int wait_for_packets(struct nsa_state *state)
{
	int r = nsa_maps_wait(state->session->maps);

	return r < 0 ? nsa_err(r, "wait for packets that are on their way: %s", strerror(-r)) : 0;
}

/* Those are closed until no packet goes by the record of before, and until the one of after is whole: by some
 * of both it would be taken for another's. Where nobody is confined that costs nobody anything, and no
 * packet is to be lost. */
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

			if (!old || !is_anothers(owner, &old->port, &entry->port))
				continue;
			any = true;
			r = put_closed(state, owner, turn ? entry : old);
		}
		if (!r && any && !turn)
			r = wait_for_packets(state);
	}
	return r;
}

/* What programs read from records alone must not wait for hooks, nor for any other port. The first
 * error. */
static int write_records(const struct nsa_run *run, struct nsa_owner *owner,
			 const struct nsa_ports *want)
{
	int r, first = run->state->diff.dry ? 0 : close_moved(run->state, owner, want);

	for (size_t i = 0; i < want->count && !nsa_run_stops(run, first) && !run->state->diff.dry;
	     i++) {
		const struct nsa_port_entry *entry = &want->entries[i];
		const struct nsa_port_entry *old =
			nsa_ports_find(&owner->ports, (int)entry->key.ifindex);

		if (!old || !memcmp(&old->port, &entry->port, sizeof(entry->port)))
			continue;
		r = put_or_shut(run->state, owner, entry);
		first = first ? first : r;
	}
	return first;
}

void nsa_owner_tighten(struct nsa_state *state, struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsa_port_entry *entry = &owner->ports.entries[i];
		struct nsa_port_entry tight = *entry;

		nsa_plan_tighten(&owner->gates, &tight.port);
		if (!memcmp(&tight.port, &entry->port, sizeof(tight.port)))
			continue;
		if (!put_or_shut(state, owner, &tight))
			*entry = tight;
		/* What admits flows isn't there yet. */
		owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	}
}

static void tell_port(struct nsa_state *state, struct nsa_owner *owner,
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

/* Not each time that nobody is found: a namespace that ends takes its device along a little later. */
static void tell_bound(struct nsa_state *state, const struct nsa_port_entry *old,
		       const struct nsaccel_port *port)
{
	if (state->diff.dry || port->bound == NSACCEL_BOUND_UNSEEN ||
	    (old && old->port.bound == port->bound &&
	     old->port.endpoint_cookie == port->endpoint_cookie))
		return;
	warn_bound(state, port);
}

void nsa_owner_tell_unseen(struct nsa_state *state, const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (owner->ports.entries[i].port.bound == NSACCEL_BOUND_UNSEEN)
			warn_bound(state, &owner->ports.entries[i].port);
}

static void check_hooks(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_port_entry *entry)
{
	const char *names[NSA_PORT_HOOKS];
	size_t count = nsa_port_missing(state->session, entry, names);

	for (size_t i = 0; i < count; i++)
		nsa_diff_report(&state->diff, "hook-gone", owner->cookie, "dev", entry->port.name,
				"%s", names[i]);
}

/* Its hooks, if they are to be changed; its record stands, if it had one. */
static int settle_port(struct nsa_state *state, struct nsa_owner *owner,
		       const struct nsa_port_context *ctx, struct nsa_port_entry *entry, bool hooks)
{
	const struct nsa_port_entry *old = nsa_ports_find(&owner->ports, (int)entry->key.ifindex);
	int r = 0;

	if (state->diff.dry && hooks && old)
		check_hooks(state, owner, old);
	hooks |= !old || !same_hooks(&old->port, &entry->port) || nsa_port_hides_tags(old);
	if (hooks && !state->diff.dry)
		r = nsa_port_up(ctx, entry);
	owner->gc_needed |= old && old->port.tx_slot && old->port.tx_slot != entry->port.tx_slot;
	if (!r && !(old && !memcmp(&old->port, &entry->port, sizeof(entry->port))))
		tell_port(state, owner, old, &entry->port);
	if (!r)
		tell_bound(state, old, &entry->port);
	return r;
}

/* Once for an owner: while its programs are replaced, port by port, the new ones know the marks of the
 * old ones. */
static int choose_marks(struct nsaccel_owner *record)
{
	__u32 marks[2] = { record->mark_sent, record->mark_wire };

	while (!marks[0] || !marks[1] || marks[0] == marks[1])
		if (getrandom(marks, sizeof(marks), 0) != sizeof(marks))
			return nsa_err(-errno, "choose the programs' marks: getrandom: %s",
				       strerror(errno));
	record->mark_sent = marks[0];
	record->mark_wire = marks[1];
	return 0;
}

static int load_programs(struct nsa_state *state, struct nsa_owner *owner,
			 const struct nsa_ports *want, struct nsa_port_context *ctx, bool *fresh)
{
	__u32 digest;
	int r;

	ctx->config.owner_slot = owner->slot;
	ctx->config.owner_cookie = owner->cookie;
	ctx->config.xdp_targets = has_xdp_targets(owner->snapshot, want);
	digest = nsa_dataplane_digest(&ctx->config);
	*fresh = digest != owner->record.programs;
	if (state->diff.dry) {
		if (*fresh)
			nsa_diff_report(&state->diff, "programs", owner->cookie, "netns",
					owner->ns->name,
					"loaded by another version or configuration");
		*fresh = false;
		return 0;
	}
	if (!*fresh && !nsa_dataplane_reuse(&ctx->config, &ctx->programs))
		return 0;
	*fresh = true;
	r = choose_marks(&owner->record);
	if (r < 0)
		return r;
	ctx->config.mark_sent = owner->record.mark_sent;
	ctx->config.mark_wire = owner->record.mark_wire;
	r = nsa_dataplane_load(&ctx->config, owner->record.programs, &ctx->programs);
	if (r < 0)
		return r;
	owner->record.programs = digest;
	return nsa_owner_write_record(state, owner);
}

/* What isn't there any more, or came and can't be hooked, is none of the ports. */
static bool is_left_out(const struct nsa_owner *owner, const struct nsa_port_entry *entry, int r)
{
	return r == -ENODEV || (r < 0 && !entry->port.requested &&
				!nsa_ports_find(&owner->ports, (int)entry->key.ifindex));
}

/* Its device has gone since the links were read: what was asked for it is kept, as if they were read now. */
static int leave_out(struct nsa_state *state, struct nsa_owner *owner,
		     const struct nsa_port_entry *entry)
{
	int r = entry->port.requested ? nsa_owner_miss_port(state, owner, entry) : 0;

	if (r < 0)
		return r;
	owner->gc_needed = true;
	return nsa_port_down(state->session, owner->ns, entry);
}

/* One that can't be hooked keeps none of the others from it. The first error. */
static int settle_all(const struct nsa_run *run, struct nsa_owner *owner,
		      struct nsa_port_context *ctx, struct nsa_ports *want, bool hooks)
{
	int r, first = 0;

	for (size_t i = 0; i < want->count;) {
		struct nsa_port_entry *entry = &want->entries[i];

		r = settle_port(run->state, owner, ctx, entry, hooks);
		if (r < 0 && r != -ENODEV) {
			first = first ? first : r;
			owner->dirty |= NSA_DIRTY_HOOKS;
			if (nsa_run_stops(run, first))
				return first;
		}
		if (!is_left_out(owner, entry, r)) {
			i++;
			continue;
		}
		r = leave_out(run->state, owner, entry);
		first = first ? first : r;
		memmove(entry, entry + 1, (--want->count - i) * sizeof(*entry));
	}
	return first;
}

static bool is_fresh_xdp(const struct nsa_owner *owner, const struct nsa_ports *want)
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

/* Nothing stands of them. */
static void leave_out_new(struct nsa_owner *owner, struct nsa_ports *want)
{
	size_t n = 0;

	for (size_t i = 0; i < want->count; i++)
		if (nsa_ports_find(&owner->ports, (int)want->entries[i].key.ifindex))
			want->entries[n++] = want->entries[i];
	want->count = n;
	owner->dirty |= NSA_DIRTY_HOOKS;
}

static int bring_up(const struct nsa_run *run, struct nsa_owner *owner, struct nsa_ports *want)
{
	struct nsa_port_context ctx = { .session = run->state->session,
					.snapshot = owner->snapshot,
					.programs = { -1, -1, -1 } };
	bool fresh;
	int r;

	r = load_programs(run->state, owner, want, &ctx, &fresh);
	if (r < 0)
		leave_out_new(owner, want);
	else
		r = settle_all(run, owner, &ctx, want, fresh || owner->dirty & NSA_DIRTY_HOOKS);
	nsa_programs_closep(&ctx.programs);
	if (r < 0 || !run->synchronous || !is_fresh_xdp(owner, want))
		return r;
	/* Neighbours go with a link that was reset. */
	nsa_carrier_wait(owner->snapshot, want->entries, want->count);
	nsa_neighbours_revive(owner->snapshot, want->entries, want->count);
	return 0;
}

/* conntrack follows windows that it doesn't see any more, where flows take the fast path. */
static int settle_conntrack(struct nsa_state *state, const struct nsa_owner *owner)
{
	const struct nsa_session *session = state->session;
	struct nsaccel_setting_key key = { owner->cookie, 0, NSACCEL_SETTING_CT_LIBERAL };
	int r;

	if (state->diff.dry)
		return 0;
	if (!owner->gates.routed && !owner->gates.bridged) {
		nsa_settings_restore(session->maps, session->list, &key);
		return 0;
	}
	r = nsa_settings_change(session->maps, owner->cookie, &key, "", 1);
	return r < 0 ? nsa_err(r,
			       "set net.netfilter.nf_conntrack_tcp_be_liberal in namespace %s: %s",
			       owner->ns->name, nsa_maps_strerror(r, NSA_MAP_SETTINGS)) :
		       0;
}

/* All */

/* Those that are to go stay in the list, and in the map, until routes let go of them. */
static int keep_stale(struct nsa_ports *want, const struct nsa_ports *have, struct nsa_ports *stale)
{
	stale->entries = calloc(have->count + 1, sizeof(*stale->entries));
	if (!stale->entries)
		return nsa_err(-ENOMEM, "plan ports: %s", strerror(ENOMEM));
	for (size_t i = 0; i < have->count; i++)
		if (!nsa_ports_find(want, (int)have->entries[i].key.ifindex))
			stale->entries[stale->count++] = have->entries[i];
	return 0;
}

/* What the ports are now, and what is to go. */
static void take_over(struct nsa_owner *owner, struct nsa_ports *want, struct nsa_ports *stale)
{
	nsa_ports_free(&owner->ports);
	nsa_ports_free(&owner->stale);
	owner->ports = *want;
	owner->stale = *stale;
	*want = *stale = (struct nsa_ports){};
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOPS;
}

/* What the ports need before they are planned. */
static int prepare(const struct nsa_run *run, struct nsa_owner *owner)
{
	int first = nsa_owner_place_endpoints(run, owner), r;

	if (nsa_run_stops(run, first))
		return first;
	r = settle_conntrack(run->state, owner);
	if (r < 0) /* it would lose track of flows that take the fast path */
		owner->gates.every_packet = true;
	first = first ? first : r;
	if (nsa_run_stops(run, first))
		return first;
	r = settle_policy(run, owner);
	first = first ? first : r;
	if (nsa_run_stops(run, first))
		return first;
	nsa_owner_close_left_out(owner);
	r = nsa_owner_settle_shares(run, owner);
	first = first ? first : r;
	if (nsa_run_stops(run, first))
		return first;
	r = nsa_owner_settle_sources(run->state, owner); /* before hooks look for them */
	return first ? first : r;
}

/* Ports, and the endpoints behind them. */
static int bring_all(const struct nsa_run *run, struct nsa_owner *owner, struct nsa_ports *want)
{
	int first = write_records(run, owner, want), r = 0;

	if (!nsa_run_stops(run, first) && want->count)
		r = bring_up(run, owner, want);
	first = first ? first : r;
	if (!nsa_run_stops(run, first))
		r = nsa_owner_open_nics(run->state, owner, want);
	first = first ? first : r;
	if (!nsa_run_stops(run, first))
		r = nsa_owner_settle_endpoints(run, owner, want);
	return first ? first : r;
}

int nsa_owner_settle_ports(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(nsa_ports_free) struct nsa_ports want = {}, stale = {};
	int r, first;

	first = prepare(run, owner);
	if (nsa_run_stops(run, first))
		return first;
	r = desired_ports(run->state, owner, &want);
	if (!r)
		r = keep_stale(&want, &owner->ports, &stale);
	if (r < 0)
		return r;
	r = bring_all(run, owner, &want);
	first = first ? first : r;
	if (nsa_run_stops(run, first))
		return first;
	take_over(owner, &want, &stale);
	r = nsa_owner_find_missed(run, owner);
	first = first ? first : r;
	r = nsa_owner_settle_fdb(run, owner);
	return first ? first : r;
}

/* The first error; those that couldn't go stay stale. */
static int drop_stale(struct nsa_state *state, struct nsa_owner *owner)
{
	size_t count = owner->stale.count;
	int r = 0, first = 0;

	owner->stale.count = 0;
	owner->gc_needed |= count;
	for (size_t i = 0; i < count; i++) {
		const struct nsa_port_entry entry = owner->stale.entries[i];

		nsa_diff_report(&state->diff, "port-del", owner->cookie, "dev", entry.port.name,
				"%s", "");
		if (!state->diff.dry)
			r = nsa_port_down(state->session, owner->ns, &entry);
		if (r < 0)
			owner->stale.entries[owner->stale.count++] = entry;
		first = first ? first : r;
	}
	return first;
}

int nsa_owner_drop_ports(const struct nsa_run *run, struct nsa_owner *owner)
{
	struct nsa_state *state = run->state;
	int first = drop_stale(state, owner), r;

	if (state->diff.dry ||
	    (!owner->gc_needed && !(owner->dirty & NSA_DIRTY_HOOKS) && !nsa_collect_is_due(state)))
		return first;
	r = nsa_collect(state);
	if (!r)
		owner->gc_needed = false;
	return first ? first : r;
}
