// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/netns_name.h"
#include "model/bound_text.h"
#include "model/confinement.h"
#include "reconcile/crowd.h"
#include "reconcile/endpoints.h"
#include "reconcile/owner.h"
#include "reconcile/state.h"
#include "reconcile/neighbours.h"
#include "reconcile/quotas.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Their namespaces */

/* Behind a veth that stands for a NIC, or on a lower that isn't attached. */
static bool is_beyond_wire(const struct nsa_owner *owner, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, ep->port);
	bool requested = port && port->port.requested;

	return ep->kind == NSACCEL_KIND_VETH ? requested : !requested;
}

static int by_cookie(const void *a, const void *b)
{
	const struct nsa_netns_entry *x = a, *y = b;

	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/* All that are registered, by cookie. */
static int read_known(struct nsa_state *state, struct nsa_netns_entry **known, size_t *count)
{
	int r = nsa_maps_netns(state->session->maps, known, count);

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

/* Those that aren't, each once; how many. */
static size_t find_fresh(const struct nsa_owner *owner, const struct nsa_netns_entry *known,
			 size_t count, struct nsa_netns_entry *fresh)
{
	size_t n = 0, once = 0;

	for (size_t i = 0; i < owner->snapshot->endpoint_count; i++) {
		const struct nsa_snapshot_endpoint *ep = &owner->snapshot->endpoints[i];

		if (ep->unread || ep->crowded_out || is_beyond_wire(owner, ep) ||
		    find_known(known, count, ep->cookie))
			continue;
		fresh[n].cookie = ep->cookie;
		memcpy(fresh[n++].ns.name, ep->netns, sizeof(fresh->ns.name));
	}
	if (n)
		qsort(fresh, n, sizeof(*fresh), by_cookie);
	for (size_t i = 0; i < n; i++)
		if (!i || fresh[i].cookie != fresh[i - 1].cookie)
			fresh[once++] = fresh[i];
	return once;
}

/* All at once, if there are many; what fails is tried again, and told of, one by one. */
static bool register_many(struct nsa_state *state, const struct nsa_owner *owner,
			  const struct nsa_netns_entry *known, size_t count)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *fresh =
		calloc(owner->snapshot->endpoint_count + 1, sizeof(*fresh));
	size_t n = fresh && !state->diff.dry ? find_fresh(owner, known, count, fresh) : 0;

	return n > 1 && !nsa_maps_netns_register_all(state->session->maps, fresh, n);
}

static int register_endpoint(struct nsa_state *state, const struct nsa_netns_entry *known,
			     struct nsa_snapshot_endpoint *ep)
{
	int r;

	if (known)
		ep->slot = known->ns.slot;
	if (state->diff.dry || (known && !strcmp(known->ns.name, ep->netns)))
		return 0;
	r = nsa_maps_netns_register(state->session->maps, ep->cookie, ep->netns, &ep->slot);
	return r < 0 ? nsa_err(r, "register namespace %s: %s", ep->netns,
			       nsa_maps_strerror(r, NSA_MAP_NETNS)) :
		       0;
}

/* As whom they are treated */

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

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return (x->cookie > y->cookie) - (x->cookie < y->cookie);
}

/* A MAC that the owner has learned for a neighbour of a device. */
struct learned {
	int ifindex;
	__u8 mac[NSACCEL_MAC_LEN];
};

static int by_learned(const void *a, const void *b)
{
	const struct learned *x = a, *y = b;

	if (x->ifindex != y->ifindex)
		return x->ifindex < y->ifindex ? -1 : 1;
	return memcmp(x->mac, y->mac, sizeof(x->mac));
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
	out->ns = cookie ? find_known(places->known, places->known_count, cookie) : NULL;
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

	return places->open_count &&
	       bsearch(&key, places->open, places->open_count, sizeof(key), by_resident);
}

/* One that is confined could have made it, on its own macvlan. */
static bool is_new_among_confined(const struct places *places,
				  const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *lower = nsa_ports_find(&places->owner->ports, ep->port);

	return ep->kind == NSACCEL_KIND_MACVLAN && lower &&
	       lower->port.confines & NSACCEL_CONFINES_NEW && !was_open(places, ep);
}

/* As itself: with a slot of its own. */
static int place(struct nsa_state *state, const struct places *places,
		 struct nsa_snapshot_endpoint *ep, const struct said *own)
{
	int r = register_endpoint(state, own->ns, ep);

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
	__u64 first = ep->kind == NSACCEL_KIND_VETH ? first_behind(port) : 0;
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

	if (ep->kind != NSACCEL_KIND_VETH || !port || !port->port.bound_cookie)
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
	return places->before_count ? bsearch(&wanted, places->before, places->before_count,
					      sizeof(wanted), nsa_maps_by_endpoint) :
				      NULL;
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
	if (places->learned_count)
		qsort(places->learned, places->learned_count, sizeof(*places->learned), by_learned);
	return 0;
}

static bool is_learned(const struct places *places, __u32 ifindex, const __u8 *mac)
{
	struct learned key = { .ifindex = (int)ifindex };

	memcpy(key.mac, mac, sizeof(key.mac));
	return places->learned_count &&
	       bsearch(&key, places->learned, places->learned_count, sizeof(key), by_learned);
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
	if (ep->kind != NSACCEL_KIND_MACVLAN || !lower || !lower->port.l3_ifindex)
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
	return ep->kind == NSACCEL_KIND_VETH && ep->unread &&
	       nsa_snapshot_veth_endpoint(snapshot, ep->port) != ep;
}

static int place_endpoint(struct nsa_state *state, struct places *places,
			  struct nsa_snapshot_endpoint *ep)
{
	int r = find_borrowed(places, ep);

	ep->left_out = r < 0;
	ep->bound = NSACCEL_BOUND_NONE;
	ep->bound_cookie = 0;
	if (r < 0 || is_beyond_wire(places->owner, ep))
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

	if (port->port.kind != NSACCEL_KIND_VETH || !link ||
	    nsa_snapshot_veth_endpoint(snapshot, link->ifindex))
		return 0;
	r = read_said(state, places, first_behind(port), &said);
	if (r < 0 || !said.confined)
		return r;
	ep.cookie = port->port.endpoint_cookie;
	ns = find_known(places->known, places->known_count, ep.cookie);
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
	if (places->open_count)
		qsort(places->open, places->open_count, sizeof(*places->open), by_resident);
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
	r = read_known(state, &out->known, &out->known_count);
	if (r < 0)
		return r;
	r = nsa_owner_crowd(owner->snapshot, owner->slot, out->known, out->known_count, out->before,
			    out->before_count);
	if (r < 0)
		return nsa_err(r, "count macvlans: %s", strerror(-r));
	if (!register_many(state, owner, out->known, out->known_count))
		return 0;
	free(TAKE_PTR(out->known));
	out->known_count = 0;
	return read_known(state, &out->known, &out->known_count);
}

/* Those that can't be are left out. The first error. */
int nsa_owner_place_endpoints(const struct nsa_run *run, struct nsa_owner *owner)
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
	r = nsa_owner_apply_quotas(owner, places.known, places.known_count);
	return first ? first : r;
}

/* By no slot of its own would a policy know it. */
int nsa_owner_close_left_out(const struct nsa_run *run, struct nsa_owner *owner)
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

/* What the user says */

void nsa_owner_bind(struct nsa_owner *owner, __u64 cookie)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsaccel_port *port = &owner->ports.entries[i].port;

		if (port->endpoint_cookie == cookie && port->bound_cookie)
			port->bound_cookie = cookie;
	}
}

void nsa_owner_rebind(struct nsa_owner *owner, const struct nsa_port_entry *before, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct nsa_port_entry *entry = (struct nsa_port_entry *)nsa_ports_find(
			&owner->ports, (int)before[i].key.ifindex);

		if (entry && before[i].key.owner_slot == owner->slot)
			entry->port.bound_cookie = before[i].port.bound_cookie;
	}
}

/* Of a lower that confines: does the namespace have a macvlan there, and nobody one that is confined? */
static bool is_lifted(const struct nsa_owner *owner, const struct nsa_port_entry *lower,
		      __u64 cookie)
{
	bool has = false, any = false;
	size_t count;
	const struct nsa_snapshot_endpoint *eps =
		nsa_snapshot_endpoints(owner->snapshot, (int)lower->key.ifindex, &count);

	for (size_t i = 0; i < count; i++) {
		has |= eps[i].cookie == cookie;
		any |= eps[i].kind == NSACCEL_KIND_MACVLAN && eps[i].bound_cookie;
	}
	return has && !any;
}

bool nsa_owner_lift(struct nsa_state *state, struct nsa_owner *owner, __u64 cookie)
{
	const struct nsa_maps *maps = state->session->maps;
	bool lifted = false;

	for (size_t i = 0; i < owner->ports.count; i++) {
		struct nsa_port_entry *entry = &owner->ports.entries[i];

		if (!(entry->port.confines & NSACCEL_CONFINES_NEW) ||
		    !is_lifted(owner, entry, cookie))
			continue;
		entry->port.confines &= (__u8)~NSACCEL_CONFINES_NEW;
		nsa_maps_port_put(maps, owner->slot, entry->key.ifindex, &entry->port);
		owner->dirty |= NSA_DIRTY_PORTS;
		lifted = true;
	}
	return lifted;
}

/* Their map */

static bool is_accepted(const struct nsa_ports *ports, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *entry = nsa_ports_find(ports, ep->port);

	return entry && nsa_plan_is_endpoint_of(ep, &entry->port);
}

static int change_endpoint(struct nsa_state *state, const char *event,
			   const struct nsa_endpoint_entry *entry, bool gone)
{
	const struct nsa_maps *maps = state->session->maps;
	int r = 0;

	nsa_diff_report(&state->diff, event, entry->ep.netns_cookie, "dev", entry->ep.name, "%s",
			entry->ep.kind == NSACCEL_KIND_VETH ? "veth" : "macvlan");
	if (!state->diff.dry)
		r = gone ? nsa_maps_endpoint_del(maps, &entry->key) :
			   nsa_maps_endpoint_put(maps, entry);
	return r < 0 ? nsa_err(r, "write endpoints: %s", nsa_maps_strerror(r, NSA_MAP_ENDPOINTS)) :
		       0;
}

static const struct nsa_endpoint_entry *find_endpoint(const struct nsa_endpoint_entry *all,
						      size_t count,
						      const struct nsaccel_endpoint_key *key)
{
	struct nsa_endpoint_entry wanted = { .key = *key };

	return count ? bsearch(&wanted, all, count, sizeof(*all), nsa_maps_by_endpoint) : NULL;
}

static void tell_bound(struct nsa_state *state, const struct nsa_owner *owner,
		       const struct nsa_endpoint_entry *entry)
{
	const struct nsa_link *port = nsa_snapshot_link(owner->snapshot, (int)entry->key.ifindex);

	char name[NSACCEL_NETNS_NAME], text[NSA_BOUND_TEXT];

	nsa_netns_name(state->session, entry->ep.netns_cookie, name);
	if (nsa_bound_endpoint_text(&entry->ep, name, port ? port->name : "?", text))
		nsa_warn("%s", text);
}

/* Of the namespaces that have any. */
static int cookies_of(const struct nsa_endpoint_entry *all, size_t count, struct nsa_cookies *out)
{
	if (nsa_cookies_reserve(out, count))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		out->items[out->count++] = all[i].ep.netns_cookie;
	nsa_cookies_sort(out);
	return 0;
}

/* Has it come under the name of one that was confined, without a word about itself? */
static void tell_lapsed(struct nsa_state *state, const struct nsaccel_endpoint *ep)
{
	const struct nsa_maps *maps = state->session->maps;
	struct nsaccel_isolation isolation;
	struct nsaccel_lapsed lapsed;
	__u64 cookie = ep->netns_cookie;
	struct nsaccel_netns ns;

	if (ep->bound == NSACCEL_BOUND_MOVED || nsa_cookies_have(&state->named, cookie) ||
	    nsa_maps_netns_get(maps, cookie, &ns) || nsa_maps_lapsed_get(maps, ns.name, &lapsed) ||
	    nsa_maps_isolation_get(maps, ns.slot, cookie, &isolation) || isolation.cookie)
		return;
	nsa_warn("namespace %s is another than the one of that name that was confined, which is "
		 "gone: nothing that was said holds for it; nsaccel ns set %s says it anew",
		 ns.name, ns.name);
}

/* What has left the map. After it: only then nothing is learned of it any more. */
static void forget(struct nsa_state *state, struct nsa_owner *owner,
		   const struct nsa_endpoint_entry *gone, size_t count)
{
	if (!count || state->diff.dry || nsa_snapshot_open(owner->snapshot))
		return;
	if (nsa_neighbours_forget(owner->snapshot->rtnl, &owner->ports, gone, count,
				  owner->snapshot))
		owner->dirty |= NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS;
}

/* An entry that can't be changed goes: it is of another namespace, or device. */
static int put_endpoint(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_endpoint_entry *entry,
			const struct nsa_endpoint_entry *old)
{
	int r;

	if (old && !memcmp(&old->ep, &entry->ep, sizeof(old->ep)))
		return 0;
	owner->gc_needed |= !!old;
	r = change_endpoint(state, old ? "endpoint-change" : "endpoint-add", entry, false);
	if (!r && !state->diff.dry && !(old && old->ep.bound == entry->ep.bound))
		tell_bound(state, owner, entry);
	if (r < 0 && old && !nsa_maps_endpoint_del(state->session->maps, &old->key))
		forget(state, owner, old, 1);
	return r;
}

/* Those of the owner's that aren't planned any more; they are put first. The first error. */
static int drop_endpoints(const struct nsa_run *run, struct nsa_owner *owner,
			  struct nsa_endpoint_entry *have, size_t count,
			  const struct nsa_endpoint_entry *planned, size_t planned_count)
{
	size_t gone = 0;
	int first = 0, r;

	for (size_t i = 0; i < count && !nsa_run_stops(run, first); i++) {
		if (have[i].key.owner_slot != owner->slot ||
		    find_endpoint(planned, planned_count, &have[i].key))
			continue;
		owner->gc_needed = true;
		r = change_endpoint(run->state, "endpoint-del", &have[i], true);
		first = first ? first : r;
		if (!r && have[i].ep.kind == NSACCEL_KIND_MACVLAN)
			have[gone++] = have[i];
	}
	forget(run->state, owner, have, gone);
	return first;
}

/* Endpoints of these ports as they should be; out has room for all there can be. How many they are. */
static size_t plan_endpoints(struct nsa_state *state, const struct nsa_owner *owner,
			     const struct nsa_ports *want, struct nsa_endpoint_entry *out)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;
	struct nsa_plan plan;
	size_t n = 0;

	nsa_owner_plan(state, owner, &plan);
	plan.ports = want->entries;
	plan.port_count = want->count;
	for (size_t i = 0; i < snapshot->endpoint_count; i++)
		if (is_accepted(want, &snapshot->endpoints[i]))
			nsa_plan_endpoint(&plan, &snapshot->endpoints[i], &out[n++]);
		else if (snapshot->endpoints[i].borrowed && !snapshot->endpoints[i].crowded_out)
			nsa_plan_borrowed(&plan, &snapshot->endpoints[i], &out[n++]);
	for (size_t i = 0; i < snapshot->link_count; i++)
		n += nsa_plan_upper(&plan, &snapshot->links[i], &out[n]);
	return n;
}

/* In order, each once. How many there are. */
static size_t sort_endpoints(struct nsa_endpoint_entry *planned, size_t count)
{
	size_t n = 0;

	if (count)
		qsort(planned, count, sizeof(*planned), nsa_maps_by_endpoint);
	for (size_t i = 0; i < count; i++)
		if (!i || nsa_maps_by_endpoint(&planned[i], &planned[n - 1]) != 0)
			planned[n++] = planned[i];
	return n;
}

/* Endpoints in the map of namespaces that had none. */
struct newcomers {
	const struct nsa_endpoint_entry **entries;
	size_t count;
	struct nsa_cookies others; /* those that had */
};

static void newcomers_free(struct newcomers *new)
{
	free(new->entries);
	nsa_cookies_free(&new->others);
}

static int newcomers_init(struct newcomers *new, const struct nsa_endpoint_entry *have,
			  size_t count, size_t planned)
{
	new->entries = calloc(planned + 1, sizeof(*new->entries));
	return new->entries ? cookies_of(have, count, &new->others) : -ENOMEM;
}

static int by_newcomer(const void *a, const void *b)
{
	const struct nsa_endpoint_entry *x = *(const struct nsa_endpoint_entry *const *)a;
	const struct nsa_endpoint_entry *y = *(const struct nsa_endpoint_entry *const *)b;

	if (x->ep.netns_cookie != y->ep.netns_cookie)
		return x->ep.netns_cookie < y->ep.netns_cookie ? -1 : 1;
	return (x > y) - (x < y);
}

/* Each namespace once: with its first endpoint. */
static void tell_newcomers(struct nsa_state *state, struct newcomers *new)
{
	if (new->count)
		qsort(new->entries, new->count, sizeof(*new->entries), by_newcomer);
	for (size_t i = 0; i < new->count; i++)
		if (!i || new->entries[i]->ep.netns_cookie != new->entries[i - 1]->ep.netns_cookie)
			tell_lapsed(state, &new->entries[i]->ep);
}

int nsa_owner_settle_endpoints(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_ports *want = &owner->planned;
	const struct nsa_snapshot *snapshot = owner->snapshot;
	__cleanup(nsa_freep) struct nsa_endpoint_entry *have = NULL;
	__cleanup(nsa_freep) struct nsa_endpoint_entry *planned = NULL;
	__cleanup(newcomers_free) struct newcomers new = {};
	size_t count = 0, planned_count;
	int r, first = 0;

	r = nsa_maps_endpoints(run->state->session->maps, &have, &count);
	planned = calloc(snapshot->endpoint_count + NSA_PLAN_UPPER * snapshot->link_count + 1,
			 sizeof(*planned));
	if (r < 0 || !planned)
		return nsa_err(r ? r : -ENOMEM, "read endpoints: %s", strerror(r ? -r : ENOMEM));
	planned_count = sort_endpoints(planned, plan_endpoints(run->state, owner, want, planned));
	r = newcomers_init(&new, have, count, planned_count);
	if (r < 0)
		return nsa_err(r, "compare endpoints: %s", strerror(-r));
	for (size_t i = 0; i < planned_count && !nsa_run_stops(run, first); i++) {
		r = put_endpoint(run->state, owner, &planned[i],
				 find_endpoint(have, count, &planned[i].key));
		first = first ? first : r;
		if (!r && !nsa_cookies_have(&new.others, planned[i].ep.netns_cookie))
			new.entries[new.count++] = &planned[i];
	}
	if (!run->state->diff.dry)
		tell_newcomers(run->state, &new);
	if (!nsa_run_stops(run, first)) {
		r = drop_endpoints(run, owner, have, count, planned, planned_count);
		first = first ? first : r;
	}
	return first;
}
