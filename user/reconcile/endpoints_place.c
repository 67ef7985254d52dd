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

/* What was said of a namespace. */
struct said {
	const struct nsa_netns_entry *ns; /* NULL: it isn't even registered */
	struct nsaccel_isolation isolation;
	bool spoken, confined;
};

/* A namespace that had a macvlan on a lower of the owner's. */
struct resident {
	__u32 ifindex;
	__u64 cookie;
};

static int by_resident(const void *a, const void *b)
{
	const struct resident *x = a, *y = b;

	return CMP(x->ifindex, y->ifindex) ?: CMP(x->cookie, y->cookie);
}

/* A MAC that the owner has learned for a neighbour of a device. */
struct learned {
	int ifindex;
	__u8 mac[NSACCEL_MAC_LEN];
};

static int by_learned(const void *a, const void *b)
{
	const struct learned *x = a, *y = b;

	return CMP(x->ifindex, y->ifindex) ?: memcmp(x->mac, y->mac, sizeof(x->mac));
}

/* What placing endpoints goes by. */
struct places {
	const struct nsa_owner *owner;
	struct nsa_netns_entry *known; /* namespaces, by cookie */
	size_t known_count;
	struct nsa_endpoint_entry *before; /* by key */
	size_t before_count;
	struct resident *open; /* who was open on which lower, sorted */
	size_t open_count;
	struct learned *learned; /* sorted; NULL: nobody has asked yet */
	size_t learned_count;
};

static void places_free(struct places *places)
{
	free(places->known);
	free(places->before);
	free(places->open);
	free(places->learned);
}

static int read_said(const struct nsa_state *state, const struct places *places, __u64 cookie,
		     struct said *out)
{
	bool named = nsa_cookies_have(&state->named, cookie);
	int r = 0;

	memset(out, 0, sizeof(*out));
	out->ns = cookie ? nsa_netns_entry_find(places->known, places->known_count, cookie) : NULL;
	if (!out->ns)
		return 0;
	r = nsa_maps_isolation_get(state->session->maps, out->ns->ns.slot, cookie, &out->isolation);
	out->spoken = named || out->isolation.cookie;
	out->confined = named || nsa_confinement_is(&out->isolation);
	return r < 0 ? nsa_err(r, "read map isolation: %s", strerror(-r)) : 0;
}

/* Whose port it was; what the user said of that namespace meanwhile counts, too. */
static __u64 first_behind(const struct nsa_port_entry *port)
{
	if (!port || port->port.requested)
		return 0;
	return port->port.bound_cookie ? port->port.bound_cookie : port->port.endpoint_cookie;
}

static void hold(struct nsa_snapshot_endpoint *ep, enum nsaccel_bound bound, const struct said *as)
{
	ep->bound = bound;
	ep->bound_cookie = as->ns->cookie;
	ep->slot = as->ns->ns.slot;
	ep->isolation = as->isolation;
}

/* Did the namespace have a macvlan there before, which was open? */
static bool was_open(const struct places *places, const struct nsa_snapshot_endpoint *ep)
{
	const struct resident key = { (__u32)ep->port, ep->cookie };

	return BSEARCH(&key, places->open, places->open_count, by_resident);
}

/* One that is confined could have made it, on its own macvlan. */
static bool is_new_among_confined(const struct places *places,
				  const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *lower = nsa_ports_find(&places->owner->ports, ep->port);

	return nsa_kind(ep->kind)->shares_port && lower &&
	       lower->port.confines & NSACCEL_CONFINES_NEW && !was_open(places, ep);
}

/* As itself: with a slot of its own. */
static int place(struct nsa_state *state, const struct places *places,
		 struct nsa_snapshot_endpoint *ep, const struct said *own)
{
	int r = nsa_endpoints_register(state, own->ns, ep);

	if (r < 0)
		return r;
	ep->isolation = own->isolation;
	if (own->confined) {
		ep->bound = ep->unread ? NSACCEL_BOUND_UNSEEN : NSACCEL_BOUND_ITSELF;
		ep->bound_cookie = ep->cookie;
	} else if (!own->spoken && is_new_among_confined(places, ep)) {
		ep->bound = NSACCEL_BOUND_CLOSED;
	}
	return 0;
}

/* As the namespace that was confined at its port, if another is there now; else as itself. */
static int place_or_hold(struct nsa_state *state, const struct places *places,
			 struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&places->owner->ports, ep->port);
	__u64 first = nsa_kind(ep->kind)->owns_port ? first_behind(port) : 0;
	struct said own, before = {};
	int r;

	r = read_said(state, places, ep->cookie, &own);
	if (!r && first != ep->cookie)
		r = read_said(state, places, first, &before);
	if (r < 0)
		return r;
	if (!before.confined)
		return place(state, places, ep, &own);
	hold(ep, own.confined ? NSACCEL_BOUND_CLOSED : NSACCEL_BOUND_MOVED, &before);
	return 0;
}

/* What was said of it, or of who was there first, can't be read: whatever it was, it holds. */
static void close_bound(const struct nsa_owner *owner, struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, ep->port);

	if (!nsa_kind(ep->kind)->owns_port || !port || !port->port.bound_cookie)
		return;
	ep->left_out = false;
	ep->bound = NSACCEL_BOUND_CLOSED;
	ep->bound_cookie = port->port.bound_cookie;
	ep->slot = port->port.source_slot;
}

/* What the map has of the MAC there; NULL: nothing. */
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
	SORT(places->learned, places->learned_count, by_learned);
	return 0;
}

static bool is_learned(const struct places *places, __u32 ifindex, const __u8 *mac)
{
	struct learned key = { .ifindex = (int)ifindex };

	memcpy(key.mac, mac, sizeof(key.mac));
	return BSEARCH(&key, places->learned, places->learned_count, by_learned);
}

/* Has a macvlan come to a lower that is attached, with a MAC that the owner has for a neighbour there
 * already? The kernel sends what is for that out by the wire; and by the MAC nothing could be told to be
 * the macvlan's, rather than the neighbour's. It stays so while it has that MAC, known or not. The owner
 * learns of a macvlan only while that is in the map, and forgets it then: what it has learned is of the
 * wire. What somebody has fixed may be meant for the macvlan. */
static int find_borrowed(struct places *places, struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *lower = nsa_ports_find(&places->owner->ports, ep->port);
	const struct nsa_endpoint_entry *before;
	int r;

	ep->borrowed = false;
	if (!nsa_kind(ep->kind)->shares_port || !lower || !lower->port.l3_ifindex)
		return 0;
	before = find_before(places, ep);
	if (before &&
	    (before->ep.kind != NSACCEL_KIND_NONE || before->ep.bound >= NSACCEL_BOUND_CLOSED)) {
		ep->borrowed = before->ep.kind == NSACCEL_KIND_NONE;
		return 0;
	}
	r = read_learned(places);
	ep->borrowed = r < 0 || is_learned(places, lower->port.l3_ifindex, ep->link.mac);
	return r;
}

/* Who was there before who is there now. */
static bool is_outdated(const struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep)
{
	return nsa_kind(ep->kind)->owns_port && ep->unread &&
	       nsa_snapshot_veth_endpoint(snapshot, ep->port) != ep;
}

static int place_endpoint(struct nsa_state *state, struct places *places,
			  struct nsa_snapshot_endpoint *ep)
{
	int r = find_borrowed(places, ep);

	ep->left_out = r < 0;
	ep->bound = NSACCEL_BOUND_NONE;
	ep->bound_cookie = 0;
	if (r < 0 || nsa_endpoints_is_beyond_wire(places->owner, ep))
		return r;
	if (is_outdated(places->owner->snapshot, ep)) {
		ep->left_out = true;
		return 0;
	}
	if (ep->crowded_out) {
		ep->left_out = true;
		return 0;
	}
	r = place_or_hold(state, places, ep);
	ep->left_out = r < 0;
	if (r < 0)
		close_bound(places->owner, ep);
	return r;
}

static bool is_treated_alike(const struct nsa_snapshot_endpoint *a,
			     const struct nsa_snapshot_endpoint *b)
{
	return a->left_out == b->left_out && a->borrowed == b->borrowed && a->bound == b->bound &&
	       a->bound_cookie == b->bound_cookie && a->slot == b->slot &&
	       a->isolation.pinned == b->isolation.pinned;
}

/* Who has a place now, or none any more, for what another namespace did: to its addresses leads another
 * way. */
static int place_or_stir(struct nsa_state *state, struct places *places,
			 struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_snapshot_endpoint before = *ep;
	int r = place_endpoint(state, places, ep);

	if (!is_treated_alike(&before, ep))
		nsa_snapshot_stir(places->owner->snapshot, ep, ep->addr_count);
	return r;
}

/* Of a port of somebody who is confined, and where nobody is found now. */
static int add_unseen(struct nsa_state *state, const struct places *places,
		      const struct nsa_port_entry *port)
{
	struct nsa_snapshot *snapshot = places->owner->snapshot;
	const struct nsa_link *link = nsa_snapshot_link(snapshot, (int)port->key.ifindex);
	struct nsa_snapshot_endpoint ep = { .kind = NSACCEL_KIND_VETH };
	const struct nsa_netns_entry *ns;
	struct said said;
	int r;

	if (!nsa_kind(port->port.kind)->owns_port || !link ||
	    nsa_snapshot_veth_endpoint(snapshot, link->ifindex))
		return 0;
	r = read_said(state, places, first_behind(port), &said);
	if (r < 0 || !said.confined)
		return r;
	ep.cookie = port->port.endpoint_cookie;
	ns = nsa_netns_entry_find(places->known, places->known_count, ep.cookie);
	if (ns)
		memcpy(ep.netns, ns->ns.name, sizeof(ep.netns));
	ep.port = link->ifindex;
	ep.link.ifindex = (int)port->port.endpoint_ifindex;
	ep.link.mtu = link->mtu;
	memcpy(ep.link.mac, port->port.endpoint_mac, NSACCEL_MAC_LEN);
	r = nsa_snapshot_add_unseen(snapshot, &ep);
	return r < 0 ? nsa_err(r, "keep who was behind %s: %s", link->name, strerror(-r)) : 0;
}

static int note_open(struct places *places)
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
	SORT(places->open, places->open_count, by_resident);
	return 0;
}

/* Namespaces and endpoints as the maps have them; who has a place among them is registered. */
static int read_places(struct nsa_state *state, const struct nsa_owner *owner, struct places *out)
{
	int r;

	out->owner = owner;
	r = nsa_maps_endpoints(state->session->maps, &out->before, &out->before_count);
	if (!r)
		r = note_open(out);
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

/* Those that can't be are left out. The first error. */
int nsa_endpoints_place(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(places_free) struct places places = {};
	int first = read_places(run->state, owner, &places), r;

	for (size_t i = 0; i < owner->ports.count && !nsa_run_stops(run, first); i++) {
		r = add_unseen(run->state, &places, &owner->ports.entries[i]);
		first = first ? first : r;
	}
	for (size_t i = 0; i < owner->snapshot->endpoint_count && !nsa_run_stops(run, first); i++) {
		r = place_or_stir(run->state, &places, &owner->snapshot->endpoints[i]);
		first = first ? first : r;
	}
	r = nsa_quotas_apply(owner, places.known, places.known_count);
	return first ? first : r;
}

/* By no slot of its own would a policy know it. */
int nsa_endpoints_close_left_out(const struct nsa_run *run, struct nsa_owner *owner)
{
	(void)run;
	for (size_t i = 0; owner->policed && i < owner->snapshot->endpoint_count; i++) {
		struct nsa_snapshot_endpoint *ep = &owner->snapshot->endpoints[i];

		if (!ep->left_out || is_outdated(owner->snapshot, ep))
			continue;
		ep->bound = NSACCEL_BOUND_CLOSED;
		ep->slot = owner->slot;
		ep->left_out = ep->crowded_out; /* then its lower's port knows: plan_bound() */
	}
	return 0;
}
