// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/endpoints.h"
#include "maps/isolation.h"
#include "model/confinement.h"
#include "model/device_kind.h"
#include "model/snapshot_claims.h"
#include "model/snapshot_endpoints.h"
#include "reconcile/endpoints_place.h"
#include "reconcile/endpoints_slots.h"
#include "reconcile/macvlan_quota.h"
#include "reconcile/neighbours.h"
#include "reconcile/quotas.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/sort.h"

/* The user's configuration of a namespace. */
struct user_config {
	const struct nsa_netns_entry *ns; /* NULL: the namespace is not registered */
	struct nsaccel_isolation isolation;
	bool configured, confined;
};

/* A namespace with a macvlan on a lower device. */
struct resident {
	__u32 ifindex;
	__u64 cookie;
};

static int cmp_resident(const void *a, const void *b)
{
	const struct resident *x = a, *y = b;

	return CMP(x->ifindex, y->ifindex) ?: CMP(x->cookie, y->cookie);
}

/* A MAC of a neighbour that the owner has learned on a device. */
struct learned {
	int ifindex;
	__u8 mac[NSACCEL_MAC_LEN];
};

static int cmp_learned(const void *a, const void *b)
{
	const struct learned *x = a, *y = b;

	return CMP(x->ifindex, y->ifindex) ?: memcmp(x->mac, y->mac, sizeof(x->mac));
}

/* Input of placing endpoints. */
struct places {
	const struct nsa_owner *owner;
	struct nsa_netns_entry *known; /* sorted by cookie */
	size_t known_count;
	struct nsa_endpoint_entry *before; /* sorted by key */
	size_t before_count;
	struct resident *open; /* namespaces that were not closed, by lower device; sorted */
	size_t open_count;
	struct learned *learned; /* sorted; NULL: not read yet */
	size_t learned_count;
};

static void places_free(struct places *places)
{
	free(places->known);
	free(places->before);
	free(places->open);
	free(places->learned);
}

static int read_config(const struct nsa_state *state, const struct places *places, __u64 cookie,
		       struct user_config *out)
{
	bool named = nsa_cookies_have(&state->named, cookie);
	int r = 0;

	memset(out, 0, sizeof(*out));
	out->ns = cookie ? nsa_netns_entry_find(places->known, places->known_count, cookie) : NULL;
	if (!out->ns)
		return 0;
	r = nsa_maps_isolation_get(state->session->maps, out->ns->ns.slot, cookie, &out->isolation);
	out->configured = named || out->isolation.cookie;
	out->confined = named || nsa_confinement_is(&out->isolation);
	return r < 0 ? nsa_err(r, "read map isolation: %s", strerror(-r)) : 0;
}

/* The namespace that the port is bound to. Configuration that the user has changed since then
 * counts. */
static __u64 bound_namespace(const struct nsa_port_entry *port)
{
	if (!port || port->port.requested)
		return 0;
	return port->port.bound_cookie ? port->port.bound_cookie : port->port.endpoint_cookie;
}

static void place_as(struct nsa_snapshot_endpoint *ep, enum nsaccel_bound bound,
		     const struct user_config *as)
{
	ep->bound = bound;
	ep->bound_cookie = as->ns->cookie;
	ep->slot = as->ns->ns.slot;
	ep->isolation = as->isolation;
}

/* Whether the namespace had an open macvlan on this lower device before. */
static bool was_open(const struct places *places, const struct nsa_snapshot_endpoint *ep)
{
	const struct resident key = { (__u32)ep->port, ep->cookie };

	return BSEARCH(&key, places->open, places->open_count, cmp_resident);
}

/* A confined namespace may have created this macvlan on top of its own. */
static bool is_new_among_confined(const struct places *places,
				  const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *lower = nsa_ports_find(&places->owner->ports, ep->port);

	return nsa_kind(ep->kind)->shares_port && lower &&
	       lower->port.close_unknown & NSACCEL_CLOSE_UNKNOWN_NEW && !was_open(places, ep);
}

/* Places the endpoint as its own namespace, with that one's slot. */
static int place_as_itself(struct nsa_state *state, const struct places *places,
			   struct nsa_snapshot_endpoint *ep, const struct user_config *own)
{
	int r = nsa_endpoints_register(state, own->ns, ep);

	if (r < 0)
		return r;
	ep->isolation = own->isolation;
	if (own->confined) {
		ep->bound = ep->unread ? NSACCEL_BOUND_UNSEEN : NSACCEL_BOUND_ITSELF;
		ep->bound_cookie = ep->cookie;
	} else if (!own->configured && is_new_among_confined(places, ep)) {
		ep->bound = NSACCEL_BOUND_CLOSED;
	}
	return 0;
}

/* Places the endpoint as the confined namespace that its port is bound to, if that is another
 * one. */
static int place_as_bound(struct nsa_state *state, const struct places *places,
			  struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&places->owner->ports, ep->port);
	__u64 first = nsa_kind(ep->kind)->owns_port ? bound_namespace(port) : 0;
	struct user_config own, before = {};
	int r;

	r = read_config(state, places, ep->cookie, &own);
	if (!r && first != ep->cookie)
		r = read_config(state, places, first, &before);
	if (r < 0)
		return r;
	if (!before.confined)
		return place_as_itself(state, places, ep, &own);
	place_as(ep, own.confined ? NSACCEL_BOUND_CLOSED : NSACCEL_BOUND_MOVED, &before);
	return 0;
}

/* The configuration cannot be read: the endpoint stays bound to the same namespace, and closed. One
 * that shares a NIC stays as it is: without programs it would reach the owner. */
static void keep_recorded(const struct nsa_owner *owner, struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, ep->port);

	if (!nsa_kind(ep->kind)->owns_port || !port)
		return;
	if (!port->port.bound_cookie && !port->port.share_nic)
		return;
	ep->left_out = false;
	ep->slot = port->port.source_slot;
	if (!port->port.bound_cookie && port->port.endpoint_cookie == ep->cookie)
		return;
	ep->bound = NSACCEL_BOUND_CLOSED;
	ep->bound_cookie = port->port.bound_cookie;
}

/* The map's entry for this MAC; NULL: none. */
static const struct nsa_endpoint_entry *find_before(const struct places *places,
						    const struct nsa_snapshot_endpoint *ep)
{
	struct nsa_endpoint_entry wanted = {
		.key = { .owner_slot = places->owner->slot, .ifindex = (__u32)ep->port },
	};

	memcpy(wanted.key.mac, ep->link.mac, NSACCEL_MAC_LEN);
	return BSEARCH(&wanted, places->before, places->before_count, nsa_maps_by_endpoint);
}

static int read_learned(struct places *places)
{
	const struct nsa_snapshot *snapshot = places->owner->snapshot;

	if (places->learned)
		return 0;
	places->learned = calloc(snapshot->neigh_count + 1, sizeof(*places->learned));
	if (!places->learned)
		return nsa_err(-ENOMEM, "compare neighbours: %s", strerror(ENOMEM));
	for (size_t i = 0; i < snapshot->neigh_count; i++) {
		const struct nsa_neigh *neigh = &snapshot->neighs[i];
		struct learned *one = &places->learned[places->learned_count];

		if (!nsa_neighbour_is_learned(neigh))
			continue;
		one->ifindex = neigh->ifindex;
		memcpy(one->mac, neigh->mac, sizeof(one->mac));
		places->learned_count++;
	}
	SORT(places->learned, places->learned_count, cmp_learned);
	return 0;
}

static bool is_learned(const struct places *places, __u32 ifindex, const __u8 *mac)
{
	struct learned key = { .ifindex = (int)ifindex };

	memcpy(key.mac, mac, sizeof(key.mac));
	return BSEARCH(&key, places->learned, places->learned_count, cmp_learned);
}

/* Sets ep->has_neigh_mac if a macvlan has the MAC of a neighbour that the owner learned on the
 * lower device's wire. The kernel sends packets for that neighbour to the wire, and by the MAC
 * alone, frames of the macvlan cannot be told from those of the neighbour. The mark stays as long
 * as the macvlan has the MAC. The owner learns neighbours of a macvlan only while that is in the
 * map, and forgets them when it leaves, so a learned entry belongs to the wire. Static entries may
 * be meant for the macvlan. */
static int check_borrowed(struct places *places, struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *lower = nsa_ports_find(&places->owner->ports, ep->port);
	const struct nsa_endpoint_entry *before;
	int r;

	ep->has_neigh_mac = false;
	if (!nsa_kind(ep->kind)->shares_port || !lower || !lower->port.l3_ifindex)
		return 0;
	before = find_before(places, ep);
	if (before &&
	    (before->ep.kind != NSACCEL_KIND_NONE || before->ep.bound >= NSACCEL_BOUND_CLOSED)) {
		ep->has_neigh_mac = before->ep.kind == NSACCEL_KIND_NONE;
		return 0;
	}
	r = read_learned(places);
	ep->has_neigh_mac = r < 0 || is_learned(places, lower->port.l3_ifindex, ep->link.mac);
	return r;
}

/* An unread endpoint that another one has replaced. */
static bool is_outdated(const struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep)
{
	return nsa_kind(ep->kind)->owns_port && ep->unread &&
	       nsa_snapshot_veth_endpoint(snapshot, ep->port) != ep;
}

static int place_endpoint(struct nsa_state *state, struct places *places,
			  struct nsa_snapshot_endpoint *ep)
{
	int r = check_borrowed(places, ep);

	ep->left_out = r < 0;
	ep->bound = NSACCEL_BOUND_NONE;
	ep->bound_cookie = 0;
	if (r < 0 || nsa_endpoints_is_beyond_wire(places->owner, ep))
		return r;
	if (is_outdated(places->owner->snapshot, ep)) {
		ep->left_out = true;
		return 0;
	}
	if (ep->beyond_quota) {
		ep->left_out = true;
		return 0;
	}
	r = place_as_bound(state, places, ep);
	ep->left_out = r < 0;
	if (r < 0)
		keep_recorded(places->owner, ep);
	return r;
}

static bool is_placed_alike(const struct nsa_snapshot_endpoint *a,
			    const struct nsa_snapshot_endpoint *b)
{
	return a->left_out == b->left_out && a->has_neigh_mac == b->has_neigh_mac &&
	       a->bound == b->bound && a->bound_cookie == b->bound_cookie && a->slot == b->slot &&
	       a->isolation.pinned == b->isolation.pinned;
}

/* Marks the endpoint's routes to be planned again if its place changed because of another
 * namespace. */
static int place_and_mark(struct nsa_state *state, struct places *places,
			  struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_snapshot_endpoint before = *ep;
	int r = place_endpoint(state, places, ep);

	if (!is_placed_alike(&before, ep))
		nsa_snapshot_mark_dirty(places->owner->snapshot, ep, ep->addr_count);
	return r;
}

/* Whether nobody is seen behind the veth's host end. */
static bool is_deserted(const struct nsa_owner *owner, const struct nsa_port_entry *port)
{
	const struct nsa_link *link = nsa_snapshot_link(owner->snapshot, (int)port->key.ifindex);

	return nsa_kind(port->port.kind)->owns_port && link &&
	       !nsa_snapshot_veth_endpoint(owner->snapshot, link->ifindex);
}

/* Adds an unread endpoint, as the port's record has it. ns: its namespace; NULL: not registered. */
static int add_recorded(const struct nsa_owner *owner, const struct nsa_port_entry *port,
			const struct nsa_netns_entry *ns)
{
	const struct nsa_link *link = nsa_snapshot_link(owner->snapshot, (int)port->key.ifindex);
	struct nsa_snapshot_endpoint ep = {
		.kind = NSACCEL_KIND_VETH,
		.cookie = port->port.endpoint_cookie,
		.port = link->ifindex,
		.link = { .ifindex = (int)port->port.endpoint_ifindex, .mtu = link->mtu },
	};
	int r;

	if (ns)
		memcpy(ep.netns, ns->ns.name, sizeof(ep.netns));
	memcpy(ep.link.mac, port->port.endpoint_mac, NSACCEL_MAC_LEN);
	r = nsa_snapshot_add_unseen(owner->snapshot, &ep);
	return r < 0 ? nsa_err(r, "keep who was behind %s: %s", link->name, strerror(-r)) : 0;
}

/* Whether the port leads to a namespace that uses a shared NIC, and could not be read: its share
 * stays. */
static bool is_share_missed(const struct nsa_owner *owner, const struct nsa_port_entry *port)
{
	return port->port.share_nic &&
	       nsa_snapshot_is_missed(owner->snapshot, port->port.endpoint_cookie);
}

/* Adds an unread endpoint for a port that is bound to a confined namespace, or to one that shares a
 * NIC, and has no endpoint. If the configuration cannot be read, the port's record decides. */
static int add_unseen(struct nsa_state *state, const struct places *places,
		      const struct nsa_port_entry *port)
{
	struct user_config config = {};
	bool missed = is_share_missed(places->owner, port);
	int r = 0, added;

	if (!is_deserted(places->owner, port))
		return 0;
	if (!missed)
		r = read_config(state, places, bound_namespace(port), &config);
	if (!missed && (r < 0 ? !port->port.bound_cookie : !config.confined))
		return r;
	added = add_recorded(places->owner, port,
			     nsa_netns_entry_find(places->known, places->known_count,
						  port->port.endpoint_cookie));
	return r ?: added;
}

static int record_open(struct places *places)
{
	places->open = calloc(places->before_count + 1, sizeof(*places->open));
	if (!places->open)
		return -ENOMEM;
	for (size_t i = 0; i < places->before_count; i++) {
		const struct nsa_endpoint_entry *entry = &places->before[i];

		if (entry->key.owner_slot == places->owner->slot &&
		    entry->ep.bound != NSACCEL_BOUND_CLOSED)
			places->open[places->open_count++] =
				(struct resident){ entry->key.ifindex, entry->ep.netns_cookie };
	}
	SORT(places->open, places->open_count, cmp_resident);
	return 0;
}

/* Reads namespaces and endpoints from the maps, and registers new namespaces. */
static int read_places(struct nsa_state *state, const struct nsa_owner *owner, struct places *out)
{
	int r;

	out->owner = owner;
	r = nsa_maps_endpoints(state->session->maps, &out->before, &out->before_count);
	if (!r)
		r = record_open(out);
	if (r < 0)
		return nsa_err(r, "read map endpoints: %s", strerror(-r));
	r = nsa_endpoints_read_known(state, &out->known, &out->known_count);
	if (r < 0)
		return r;
	r = nsa_macvlan_quota_apply(owner->snapshot, owner->slot, out->known, out->known_count,
				    out->before, out->before_count);
	if (r < 0)
		return nsa_err(r, "count macvlans: %s", strerror(-r));
	if (!nsa_endpoints_register_all(state, owner, out->known, out->known_count))
		return 0;
	free(TAKE_PTR(out->known));
	out->known_count = 0;
	return nsa_endpoints_read_known(state, &out->known, &out->known_count);
}

/* The maps cannot be read: an endpoint that has not been placed yet is what its port's record
 * says. */
static void place_as_recorded(const struct nsa_owner *owner, struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, ep->port);

	if (ep->slot || nsa_endpoints_is_beyond_wire(owner, ep))
		return;
	ep->left_out = true;
	if (port && nsa_kind(ep->kind)->owns_port && port->port.endpoint_cookie == ep->cookie) {
		ep->left_out = false;
		ep->slot = port->port.source_slot;
	} else if (port && nsa_kind(ep->kind)->shares_port && port->port.close_unknown) {
		ep->bound = NSACCEL_BOUND_CLOSED;
	}
	keep_recorded(owner, ep);
}

static void place_all_as_recorded(const struct nsa_owner *owner)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		const struct nsa_port_entry *port = &owner->ports.entries[i];

		if (port->port.bound_cookie && is_deserted(owner, port))
			add_recorded(owner, port, NULL);
	}
	for (size_t i = 0; i < owner->snapshot->endpoint_count; i++)
		place_as_recorded(owner, &owner->snapshot->endpoints[i]);
}

static int place_all(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(places_free) struct places places = {};
	int first = read_places(run->state, owner, &places), r;

	if (first < 0) {
		place_all_as_recorded(owner);
		return first;
	}
	for (size_t i = 0; i < owner->ports.count && !nsa_run_stops(run, first); i++) {
		r = add_unseen(run->state, &places, &owner->ports.entries[i]);
		first = first ?: r;
	}
	for (size_t i = 0; i < owner->snapshot->endpoint_count && !nsa_run_stops(run, first); i++) {
		r = place_and_mark(run->state, &places, &owner->snapshot->endpoints[i]);
		first = first ?: r;
	}
	r = nsa_quotas_apply(owner, places.known, places.known_count);
	return first ?: r;
}

int nsa_endpoints_place(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r = place_all(run, owner);

	owner->settings_unknown = r < 0;
	return r;
}

/* Policies know an endpoint by its slot; one without a slot of its own is closed. */
int nsa_endpoints_close_left_out(const struct nsa_run *run, struct nsa_owner *owner)
{
	(void)run;
	for (size_t i = 0; owner->policed && i < owner->snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &owner->snapshot->endpoints[i];

		if (!ep->left_out || is_outdated(owner->snapshot, ep))
			continue;
		ep->bound = NSACCEL_BOUND_CLOSED;
		ep->slot = owner->slot;
		/* The lower device's port closes it: plan_bound(). */
		ep->left_out = ep->beyond_quota;
	}
	return 0;
}
