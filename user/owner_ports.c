// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "carrier.h"
#include "cleanup.h"
#include "collect.h"
#include "hook_tc.h"
#include "hook_xdp.h"
#include "log.h"
#include "mirror.h"
#include "neighbour.h"
#include "owner_ports.h"
#include "owner_shares.h"
#include "owner_sources.h"
#include "maps_policy.h"
#include "port.h"
#include "settings.h"

static const struct nsa_port_entry *find(const struct nsa_ports *ports, int ifindex)
{
	for (size_t i = 0; i < ports->count; i++)
		if (ports->entries[i].key.ifindex == (__u32)ifindex)
			return &ports->entries[i];
	return NULL;
}

/* A command fails as a whole, and is undone: with the first error it leaves the rest as it is. For
 * what follows the kernel one thing that fails is no reason to let all others be of the past. */
static bool stops(const struct nsa_owner *owner, int r)
{
	return r < 0 && owner->waits;
}

/* Namespaces of endpoints */

/* Behind a veth that stands for a NIC, or on a lower that isn't attached. */
static bool is_beyond_wire(const struct nsa_owner *owner, const struct nsa_view_endpoint *ep)
{
	const struct nsa_port_entry *port = find(&owner->ports, ep->port);
	bool requested = port && port->port.requested;

	return ep->kind == NSACCEL_KIND_VETH ? requested : !requested;
}

static int by_cookie(const void *a, const void *b)
{
	const struct nsa_netns_entry *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/* All that are registered, by cookie. */
static int read_known(const struct nsa_owner *owner, struct nsa_netns_entry **known, size_t *count)
{
	int r = nsa_maps_netns(owner->mirror->session->maps, known, count);

	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	if (*count)
		qsort(*known, *count, sizeof(**known), by_cookie);
	return 0;
}

static const struct nsa_netns_entry *find_known(const struct nsa_netns_entry *known, size_t count,
						__u64 cookie)
{
	const struct nsa_netns_entry key = { .cookie = cookie };

	return count ? bsearch(&key, known, count, sizeof(key), by_cookie) : NULL;
}

static bool is_among(const struct nsa_netns_entry *fresh, size_t count, __u64 cookie)
{
	for (size_t i = 0; i < count; i++)
		if (fresh[i].cookie == cookie)
			return true;
	return false;
}

/* Those that aren't, each once, in order; how many. */
static size_t find_fresh(const struct nsa_owner *owner, const struct nsa_netns_entry *known,
			 size_t count, struct nsa_netns_entry *fresh)
{
	size_t n = 0;

	for (size_t i = 0; i < owner->view->endpoint_count; i++) {
		const struct nsa_view_endpoint *ep = &owner->view->endpoints[i];

		if (is_beyond_wire(owner, ep) || find_known(known, count, ep->cookie) ||
		    is_among(fresh, n, ep->cookie))
			continue;
		fresh[n].cookie = ep->cookie;
		memcpy(fresh[n++].ns.name, ep->netns, sizeof(fresh->ns.name));
	}
	return n;
}

/* All at once, if there are many; what fails is tried again, and told of, one by one. */
static bool register_many(const struct nsa_owner *owner, const struct nsa_netns_entry *known,
			  size_t count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *fresh =
		calloc(owner->view->endpoint_count + 1, sizeof(*fresh));
	size_t n =
		fresh && !owner->mirror->changes.dry ? find_fresh(owner, known, count, fresh) : 0;

	return n > 1 && !nsa_maps_netns_register_all(owner->mirror->session->maps, fresh, n);
}

static int register_endpoint(const struct nsa_owner *owner, const struct nsa_netns_entry *known,
			     size_t count, struct nsa_view_endpoint *ep)
{
	int r;

	known = find_known(known, count, ep->cookie);
	if (known)
		ep->slot = known->ns.slot;
	if (owner->mirror->changes.dry || (known && !strcmp(known->ns.name, ep->netns)))
		return 0;
	r = nsa_maps_netns_register(owner->mirror->session->maps, ep->cookie, ep->netns, &ep->slot);
	return r < 0 ? nsa_err(r, "register namespace %s: %s", ep->netns,
			       nsa_maps_strerror(r, NSA_MAP_NETNS)) :
		       0;
}

static int read_isolation(const struct nsa_owner *owner, struct nsa_view_endpoint *ep)
{
	int r = nsa_maps_isolation_get(owner->mirror->session->maps, ep->slot, ep->cookie,
				       &ep->isolation);

	return r < 0 ? nsa_err(r, "read map isolation: %s", strerror(-r)) : 0;
}

/* Those that can't be are left out. The first error. */
static int register_endpoints(struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *known = NULL;
	size_t count = 0;
	int r, first;

	first = read_known(owner, &known, &count);
	if (!first && register_many(owner, known, count)) {
		free(TAKE_PTR(known));
		count = 0;
		first = read_known(owner, &known, &count);
	}
	for (size_t i = 0; i < owner->view->endpoint_count && !stops(owner, first); i++) {
		struct nsa_view_endpoint *ep = &owner->view->endpoints[i];

		ep->left_out = false;
		if (is_beyond_wire(owner, ep))
			continue;
		r = register_endpoint(owner, known, count, ep);
		if (!r)
			r = read_isolation(owner, ep);
		ep->left_out = r < 0;
		first = first ? first : r;
	}
	return first;
}

/* Ports whose devices are others */

/* What another device would inherit: to be attached, how, and its place in the devmap. */
static bool has_heritage(const struct nsaccel_port *port)
{
	return port->requested || port->mode != NSACCEL_MODE_AUTO ||
	       port->delivery != NSACCEL_DELIVERY_TC || port->tx_slot;
}

static int drop_replaced(struct nsa_owner *owner, const struct nsa_port_entry *entry)
{
	const struct nsa_session *session = owner->mirror->session;

	nsa_change(&owner->mirror->changes, "port-del", owner->cookie, "dev", entry->port.name,
		   "%s", "another device has its ifindex");
	if (owner->mirror->changes.dry)
		return 0;
	owner->sheds = true;
	nsa_settings_forget(session->maps, owner->cookie, entry->key.ifindex);
	return nsa_port_down(session, owner->ns, entry);
}

int nsa_owner_drop_replaced(struct nsa_owner *owner)
{
	struct nsa_ports *ports = &owner->ports;
	size_t n = 0;
	int r, first = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsa_port_entry entry = ports->entries[i];

		r = -ENOENT;
		if (has_heritage(&entry.port) && nsa_port_is_replaced(&entry))
			r = drop_replaced(owner, &entry);
		if (r < 0)
			ports->entries[n++] = entry;
		if (r < 0 && r != -ENOENT)
			first = first ? first : r;
	}
	ports->count = n;
	return first;
}

/* Policy */

static int read_policy(struct nsa_owner *owner)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	struct nsaccel_isolation own;
	struct nsaccel_owner record;
	int r;

	r = nsa_maps_owner_get(maps, owner->slot, &record);
	if (!r)
		r = nsa_maps_isolation_get(maps, owner->slot, owner->cookie, &own);
	if (r)
		return nsa_err(r, "read maps: %s", strerror(-r));
	owner->policed = owner->polices || own.policy == NSACCEL_VERDICT_DENY ||
			 (record.cookie == owner->cookie && record.policy);
	for (size_t i = 0; i < owner->view->endpoint_count; i++)
		owner->policed |=
			owner->view->endpoints[i].isolation.policy == NSACCEL_VERDICT_DENY;
	return 0;
}

/* What is denied by default is let in as an answer: who begins is to be remembered. */
static int remember_conns(const struct nsa_owner *owner)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	int r;

	if (!owner->policed || owner->mirror->changes.dry)
		return 0;
	r = nsa_maps_conns_add(maps, owner->slot, owner->slot);
	for (size_t i = 0; !r && i < owner->view->endpoint_count; i++)
		if (owner->view->endpoints[i].isolation.policy == NSACCEL_VERDICT_DENY)
			r = nsa_maps_conns_add(maps, owner->view->endpoints[i].slot, owner->slot);
	return r < 0 ? nsa_err(r, "make a map of connections: %s", strerror(-r)) : 0;
}

static int settle_policy(struct nsa_owner *owner)
{
	int r = read_policy(owner);

	return r < 0 ? r : remember_conns(owner);
}

/* Which ports there should be */

static void plan_port(struct nsa_owner *owner, const struct nsa_link *link,
		      const struct nsa_port_entry *old, struct nsa_port_entry *out)
{
	const struct nsa_link *l3 = nsa_plan_l3_link(owner->view, link);
	struct nsa_plan plan;

	nsa_owner_plan(owner, &plan);
	memset(out, 0, sizeof(*out));
	if (old)
		out->port = old->port;
	out->key.owner_slot = owner->slot;
	out->key.ifindex = (__u32)link->ifindex;
	nsa_plan_port(&plan, link, nsa_view_device(owner->view, l3),
		      nsa_view_device(owner->view, link), &out->port);
}

static int desired_ports(struct nsa_owner *owner, struct nsa_ports *want)
{
	const struct nsa_view *view = owner->view;

	want->entries = calloc(view->link_count + 1, sizeof(*want->entries));
	if (!want->entries)
		return nsa_err(-ENOMEM, "plan ports: %s", strerror(ENOMEM));
	for (size_t i = 0; i < view->link_count; i++) {
		const struct nsa_port_entry *old = find(&owner->ports, view->links[i].ifindex);

		if ((old && old->port.requested) || nsa_plan_is_found_port(view, &view->links[i]))
			plan_port(owner, &view->links[i], old, &want->entries[want->count++]);
	}
	return 0;
}

/* XDP sends to other NICs and to veths that asked for it: is there any such target? */
static bool has_xdp_targets(const struct nsa_view *view, const struct nsa_ports *ports)
{
	size_t nics = 0, veths = 0;

	for (size_t i = 0; i < ports->count; i++) {
		const struct nsaccel_port *port = &ports->entries[i].port;

		if (port->kind == NSACCEL_KIND_VETH)
			veths += port->delivery == NSACCEL_DELIVERY_XDP;
		else
			nics += nsa_xdp_is_wanted(
				nsa_view_link(view, (int)ports->entries[i].key.ifindex), port);
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
	memcpy(x.local4, b->local4, sizeof(x.local4));
	memcpy(x.source4, b->source4, sizeof(x.source4));
	memcpy(x.source6, b->source6, sizeof(x.source6));
	memcpy(x.address4, b->address4, sizeof(x.address4));
	memcpy(x.address6, b->address6, sizeof(x.address6));
	memcpy(x.name, b->name, sizeof(x.name));
	return !memcmp(&x, b, sizeof(x));
}

static int put_record(struct nsa_owner *owner, const struct nsa_port_entry *entry)
{
	int r = nsa_maps_port_put(owner->mirror->session->maps, entry->key.owner_slot,
				  entry->key.ifindex, &entry->port);

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

static int put_or_shut(struct nsa_owner *owner, const struct nsa_port_entry *entry)
{
	int r = put_record(owner, entry);

	if (r < 0)
		shut(owner, entry);
	return r;
}

/* What programs read from records alone must not wait for hooks, nor for any other port. The first
 * error. */
static int write_records(struct nsa_owner *owner, const struct nsa_ports *want)
{
	int r, first = 0;

	for (size_t i = 0; i < want->count && !stops(owner, first) && !owner->mirror->changes.dry;
	     i++) {
		const struct nsa_port_entry *entry = &want->entries[i];
		const struct nsa_port_entry *old = find(&owner->ports, (int)entry->key.ifindex);

		if (!old || !memcmp(&old->port, &entry->port, sizeof(entry->port)))
			continue;
		r = put_or_shut(owner, entry);
		first = first ? first : r;
	}
	return first;
}

void nsa_owner_tighten(struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsa_port_entry *entry = &owner->ports.entries[i];
		struct nsa_port_entry tight = *entry;

		nsa_plan_tighten(&owner->gates, &tight.port);
		if (!memcmp(&tight.port, &entry->port, sizeof(tight.port)))
			continue;
		if (!put_or_shut(owner, &tight))
			*entry = tight;
		/* What admits flows isn't there yet. */
		owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	}
}

static void tell_port(struct nsa_owner *owner, const struct nsa_port_entry *old,
		      const struct nsaccel_port *port)
{
	nsa_change(&owner->mirror->changes, old ? "port-change" : "port-add", owner->cookie, "dev",
		   port->name, "%s%s", port->kind == NSACCEL_KIND_VETH ? "veth" : "nic",
		   port->bridge ? ", bridged" : "");
}

static void check_hooks(struct nsa_owner *owner, const struct nsa_port_entry *entry)
{
	const char *names[NSA_PORT_HOOKS];
	size_t count = nsa_port_missing(owner->mirror->session, entry, names);

	for (size_t i = 0; i < count; i++)
		nsa_change(&owner->mirror->changes, "hook-gone", owner->cookie, "dev",
			   entry->port.name, "%s", names[i]);
}

/* Its hooks, if they are to be changed; its record stands, if it had one. */
static int settle_port(struct nsa_owner *owner, const struct nsa_port_context *ctx,
		       struct nsa_port_entry *entry, bool hooks)
{
	const struct nsa_port_entry *old = find(&owner->ports, (int)entry->key.ifindex);
	int r = 0;

	if (owner->mirror->changes.dry && hooks && old)
		check_hooks(owner, old);
	hooks |= !old || !same_hooks(&old->port, &entry->port);
	if (hooks && !owner->mirror->changes.dry)
		r = nsa_port_up(ctx, entry);
	owner->sheds |= old && old->port.tx_slot && old->port.tx_slot != entry->port.tx_slot;
	if (!r && !(old && !memcmp(&old->port, &entry->port, sizeof(entry->port))))
		tell_port(owner, old, &entry->port);
	return r;
}

static int load_programs(struct nsa_owner *owner, const struct nsa_ports *want,
			 struct nsa_port_context *ctx, bool *fresh)
{
	__u32 digest;
	int r;

	ctx->config.owner_slot = owner->slot;
	ctx->config.owner_cookie = owner->cookie;
	ctx->config.xdp_targets = has_xdp_targets(owner->view, want);
	digest = nsa_dataplane_digest(&ctx->config);
	*fresh = digest != owner->record.programs;
	if (owner->mirror->changes.dry) {
		if (*fresh)
			nsa_change(&owner->mirror->changes, "programs", owner->cookie, "netns",
				   owner->ns->name, "loaded by another version or configuration");
		*fresh = false;
		return 0;
	}
	if (!*fresh && !nsa_dataplane_reuse(&ctx->config, &ctx->programs))
		return 0;
	*fresh = true;
	r = nsa_dataplane_load(&ctx->config, &ctx->programs);
	if (r < 0)
		return r;
	owner->record.programs = digest;
	return nsa_owner_write_record(owner);
}

/* What isn't there any more, or came and can't be hooked, is none of the ports. */
static bool is_left_out(const struct nsa_owner *owner, const struct nsa_port_entry *entry, int r)
{
	return r == -ENODEV ||
	       (r < 0 && !entry->port.requested && !find(&owner->ports, (int)entry->key.ifindex));
}

/* One that can't be hooked keeps none of the others from it. The first error. */
static int settle_all(struct nsa_owner *owner, struct nsa_port_context *ctx, struct nsa_ports *want,
		      bool hooks)
{
	int r, first = 0;

	for (size_t i = 0; i < want->count;) {
		struct nsa_port_entry *entry = &want->entries[i];

		r = settle_port(owner, ctx, entry, hooks);
		if (r < 0 && r != -ENODEV) {
			first = first ? first : r;
			owner->dirty |= NSA_DIRTY_HOOKS;
			if (stops(owner, first))
				return first;
		}
		if (!is_left_out(owner, entry, r)) {
			i++;
			continue;
		}
		owner->sheds = true;
		r = nsa_port_down(owner->mirror->session, owner->ns, entry);
		first = first ? first : r;
		memmove(entry, entry + 1, (--want->count - i) * sizeof(*entry));
	}
	return first;
}

static bool is_fresh_xdp(const struct nsa_owner *owner, const struct nsa_ports *want)
{
	for (size_t i = 0; i < want->count; i++) {
		const struct nsa_port_entry *old =
			find(&owner->ports, (int)want->entries[i].key.ifindex);

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
		if (find(&owner->ports, (int)want->entries[i].key.ifindex))
			want->entries[n++] = want->entries[i];
	want->count = n;
	owner->dirty |= NSA_DIRTY_HOOKS;
}

static int bring_up(struct nsa_owner *owner, struct nsa_ports *want)
{
	struct nsa_port_context ctx = { .session = owner->mirror->session,
					.view = owner->view,
					.programs = { -1, -1, -1 } };
	bool fresh;
	int r;

	r = load_programs(owner, want, &ctx, &fresh);
	if (r < 0)
		leave_out_new(owner, want);
	else
		r = settle_all(owner, &ctx, want, fresh || owner->dirty & NSA_DIRTY_HOOKS);
	nsa_programs_closep(&ctx.programs);
	if (r < 0 || !owner->waits || !is_fresh_xdp(owner, want))
		return r;
	/* Neighbours go with a link that was reset. */
	nsa_carrier_wait(owner->view, want->entries, want->count);
	nsa_neighbours_revive(owner->view, want->entries, want->count);
	return 0;
}

/* Endpoints */

static bool is_accepted(const struct nsa_ports *ports, const struct nsa_view_endpoint *ep)
{
	const struct nsa_port_entry *entry = find(ports, ep->port);

	return entry && nsa_plan_is_endpoint_of(ep, &entry->port);
}

static int change_endpoint(struct nsa_owner *owner, const char *event,
			   const struct nsa_endpoint_entry *entry, bool gone)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	int r = 0;

	nsa_change(&owner->mirror->changes, event, entry->ep.netns_cookie, "dev", entry->ep.name,
		   "%s", entry->ep.kind == NSACCEL_KIND_VETH ? "veth" : "macvlan");
	if (!owner->mirror->changes.dry)
		r = gone ? nsa_maps_endpoint_del(maps, &entry->key) :
			   nsa_maps_endpoint_put(maps, entry);
	return r < 0 ? nsa_err(r, "write endpoints: %s", nsa_maps_strerror(r, NSA_MAP_ENDPOINTS)) :
		       0;
}

static const struct nsa_endpoint_entry *find_endpoint(const struct nsa_endpoint_entry *all,
						      size_t count,
						      const struct nsaccel_endpoint_key *key)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(&all[i].key, key, sizeof(*key)))
			return &all[i];
	return NULL;
}

/* An entry that can't be changed goes: it is of another namespace, or device. */
static int put_endpoint(struct nsa_owner *owner, const struct nsa_endpoint_entry *entry,
			const struct nsa_endpoint_entry *old)
{
	int r;

	if (old && !memcmp(&old->ep, &entry->ep, sizeof(old->ep)))
		return 0;
	owner->sheds |= !!old;
	r = change_endpoint(owner, old ? "endpoint-change" : "endpoint-add", entry, false);
	if (r < 0 && old)
		nsa_maps_endpoint_del(owner->mirror->session->maps, &old->key);
	return r;
}

/* The first error. */
static int settle_endpoints(struct nsa_owner *owner, const struct nsa_ports *want)
{
	const struct nsa_view *view = owner->view;
	__cleanup(nsa_freep) struct nsa_endpoint_entry *have = NULL;
	__cleanup(nsa_freep) struct nsa_endpoint_entry *planned = NULL;
	size_t count = 0, planned_count = 0;
	struct nsa_plan plan;
	int r, first = 0;

	r = nsa_maps_endpoints(owner->mirror->session->maps, &have, &count);
	planned = calloc(view->endpoint_count + 1, sizeof(*planned));
	if (r < 0 || !planned)
		return nsa_err(r ? r : -ENOMEM, "read endpoints: %s", strerror(r ? -r : ENOMEM));
	nsa_owner_plan(owner, &plan);
	for (size_t i = 0; i < view->endpoint_count && !stops(owner, first); i++) {
		struct nsa_endpoint_entry *entry = &planned[planned_count];

		if (!is_accepted(want, &view->endpoints[i]))
			continue;
		nsa_plan_endpoint(&plan, &view->endpoints[i], entry);
		planned_count++;
		r = put_endpoint(owner, entry, find_endpoint(have, count, &entry->key));
		first = first ? first : r;
	}
	for (size_t i = 0; i < count && !stops(owner, first); i++) {
		if (have[i].key.owner_slot != owner->slot ||
		    find_endpoint(planned, planned_count, &have[i].key))
			continue;
		owner->sheds = true;
		r = change_endpoint(owner, "endpoint-del", &have[i], true);
		first = first ? first : r;
	}
	return first;
}

/* Bridges */

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nsaccel_fdb_key));
}

static const struct nsa_fdb_entry *find_fdb(const struct nsa_fdb_entry *all, size_t count,
					    const struct nsaccel_fdb_key *key)
{
	return count ? bsearch(key, all, count, sizeof(*all), by_key) : NULL;
}

static size_t plan_fdb(const struct nsa_owner *owner, struct nsa_fdb_entry *out)
{
	struct nsa_plan plan;
	size_t n = 0;

	nsa_owner_plan(owner, &plan);
	for (size_t i = 0; i < owner->view->fdb_count; i++)
		if (nsa_plan_fdb(&plan, &owner->view->fdb[i], &out[n].fdb)) {
			out[n].key = out[n].fdb.key;
			n++;
		}
	if (n)
		qsort(out, n, sizeof(*out), by_key);
	return n;
}

static int change_fdb(struct nsa_owner *owner, const char *event, const struct nsa_fdb_entry *entry,
		      bool gone)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	const __u8 *m = entry->key.mac;
	char mac[18];
	int r = 0;

	snprintf(mac, sizeof(mac), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4],
		 m[5]);
	nsa_change(&owner->mirror->changes, event, owner->cookie, "mac", mac, "%s",
		   entry->fdb.name);
	if (!owner->mirror->changes.dry)
		r = gone ? nsa_maps_fdb_del(maps, &entry->key) :
			   nsa_maps_fdb_put(maps, &entry->fdb);
	return r < 0 ? nsa_err(r, "write fdb: %s", nsa_maps_strerror(r, NSA_MAP_FDB)) : 0;
}

/* An entry that can't be changed goes: frames would leave by another port than the bridge's. */
static int put_fdb(struct nsa_owner *owner, struct nsa_fdb_entry *entry,
		   const struct nsa_fdb_entry *old)
{
	int r;

	entry->fdb.seen = old ? old->fdb.seen : 0; /* the programs' own */
	if (old && !memcmp(&old->fdb, &entry->fdb, sizeof(old->fdb)))
		return 0;
	r = change_fdb(owner, old ? "fdb-change" : "fdb-add", entry, false);
	if (r < 0 && old)
		nsa_maps_fdb_del(owner->mirror->session->maps, &old->key);
	return r;
}

int nsa_owner_settle_fdb(struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_fdb_entry *want = NULL;
	__cleanup(nsa_freep) struct nsa_fdb_entry *have = NULL;
	size_t count = 0, planned;
	int r, first = 0;

	want = calloc(owner->view->fdb_count + 1, sizeof(*want));
	r = want ? nsa_maps_fdb(owner->mirror->session->maps, &have, &count) : -ENOMEM;
	if (r < 0)
		return nsa_err(r, "read map fdb: %s", strerror(-r));
	planned = plan_fdb(owner, want);
	for (size_t i = 0; i < planned && !stops(owner, first); i++) {
		r = put_fdb(owner, &want[i], find_fdb(have, count, &want[i].key));
		first = first ? first : r;
	}
	for (size_t i = 0; i < count && !stops(owner, first); i++) {
		if (have[i].key.owner_slot != owner->slot || find_fdb(want, planned, &have[i].key))
			continue;
		r = change_fdb(owner, "fdb-del", &have[i], true);
		first = first ? first : r;
	}
	return first;
}

/* conntrack follows windows that it doesn't see any more, where flows take the fast path. */
static int settle_conntrack(const struct nsa_owner *owner)
{
	const struct nsa_session *session = owner->mirror->session;
	struct nsaccel_setting_key key = { owner->cookie, 0, NSACCEL_SETTING_CT_LIBERAL };
	int r;

	if (owner->mirror->changes.dry)
		return 0;
	if (!owner->gates.routed && !owner->gates.bridged) {
		nsa_settings_restore(session->maps, session->list, &key);
		return 0;
	}
	r = nsa_settings_change(session->maps, owner->cookie, &key, "", 1);
	return r < 0 ? nsa_err(r, "make conntrack of %s liberal: %s", owner->ns->name,
			       nsa_maps_strerror(r, NSA_MAP_SETTINGS)) :
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
		if (!find(want, (int)have->entries[i].key.ifindex))
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
static int prepare(struct nsa_owner *owner)
{
	int first = register_endpoints(owner), r;

	if (stops(owner, first))
		return first;
	r = settle_conntrack(owner);
	if (r < 0) /* it would lose track of flows that take the fast path */
		owner->gates.every_packet = true;
	first = first ? first : r;
	if (stops(owner, first))
		return first;
	r = settle_policy(owner);
	first = first ? first : r;
	if (stops(owner, first))
		return first;
	r = nsa_owner_settle_shares(owner);
	first = first ? first : r;
	if (stops(owner, first))
		return first;
	r = nsa_owner_settle_sources(owner); /* before hooks look for them */
	return first ? first : r;
}

/* Ports, and the endpoints behind them. */
static int bring_all(struct nsa_owner *owner, struct nsa_ports *want)
{
	int first = write_records(owner, want), r = 0;

	if (!stops(owner, first) && want->count)
		r = bring_up(owner, want);
	first = first ? first : r;
	if (!stops(owner, first))
		r = nsa_owner_open_nics(owner, want);
	first = first ? first : r;
	if (!stops(owner, first))
		r = settle_endpoints(owner, want);
	return first ? first : r;
}

int nsa_owner_settle_ports(struct nsa_owner *owner)
{
	__cleanup(nsa_ports_free) struct nsa_ports want = {}, stale = {};
	int r, first;

	first = prepare(owner);
	if (stops(owner, first))
		return first;
	r = desired_ports(owner, &want);
	if (!r)
		r = keep_stale(&want, &owner->ports, &stale);
	if (r < 0)
		return r;
	r = bring_all(owner, &want);
	first = first ? first : r;
	if (stops(owner, first))
		return first;
	take_over(owner, &want, &stale);
	r = nsa_owner_settle_fdb(owner);
	return first ? first : r;
}

/* The first error; those that couldn't go stay stale. */
static int drop_stale(struct nsa_owner *owner)
{
	size_t count = owner->stale.count;
	int r = 0, first = 0;

	owner->stale.count = 0;
	owner->sheds |= count;
	for (size_t i = 0; i < count; i++) {
		const struct nsa_port_entry entry = owner->stale.entries[i];

		nsa_change(&owner->mirror->changes, "port-del", owner->cookie, "dev",
			   entry.port.name, "%s", "");
		if (!owner->mirror->changes.dry)
			r = nsa_port_down(owner->mirror->session, owner->ns, &entry);
		if (r < 0)
			owner->stale.entries[owner->stale.count++] = entry;
		first = first ? first : r;
	}
	return first;
}

int nsa_owner_drop_ports(struct nsa_owner *owner)
{
	int first = drop_stale(owner), r;

	if (owner->mirror->changes.dry || (!owner->sheds && !(owner->dirty & NSA_DIRTY_HOOKS) &&
					   !nsa_collect_is_due(owner->mirror)))
		return first;
	r = nsa_collect(owner->mirror);
	if (!r)
		owner->sheds = false;
	return first ? first : r;
}
