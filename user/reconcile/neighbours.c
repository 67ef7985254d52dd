// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/netlink.h"
#include "kernel/rtnl_neigh.h"
#include "maps/used.h"
#include "model/device_kind.h"
#include "model/plan_nexthop.h"
#include "model/plan_route.h"
#include "model/snapshot_update.h"
#include "reconcile/neighbours.h"
#include "reconcile/owner.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"
#include "util/prefix.h"
#include "util/sort.h"

#define RESOLVE_WAIT_MS 300
/* Addresses of one endpoint that are asked for. One for each address of the owner on the link
 * would suffice. */
#define MAX_ANNOUNCED 16

static bool is_resolved(const struct nsa_neigh *neighs, size_t count,
			const struct nsa_plan_wanted *w)
{
	for (size_t i = 0; i < count; i++)
		if (neighs[i].ifindex == w->ifindex && neighs[i].family == w->family &&
		    neighs[i].has_mac && !memcmp(neighs[i].addr, w->addr, sizeof(w->addr)))
			return true;
	return false;
}

struct waiting {
	struct nsa_rtnl *rtnl;
	const struct nsa_plan_wanted *wanted;
	size_t count, resolved;
};

static bool are_resolved(void *data)
{
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	struct waiting *w = data;
	size_t neigh_count = 0;

	if (nsa_rtnl_neighs(w->rtnl, &neighs, &neigh_count))
		return true;
	w->resolved = 0;
	for (size_t i = 0; i < w->count; i++)
		w->resolved += is_resolved(neighs, neigh_count, &w->wanted[i]);
	return w->resolved == w->count;
}

bool nsa_neighbours_ask(const struct nsa_snapshot_reader *reader,
			const struct nsa_plan_wanted *wanted, size_t count, bool wait)
{
	struct waiting waiting = { reader->rtnl, wanted, count, 0 };
	int r;

	if (!count)
		return false;
	for (size_t i = 0; i < count; i++) {
		r = nsa_rtnl_neigh_resolve(reader->rtnl, wanted[i].ifindex, wanted[i].family,
					   wanted[i].addr);
		if (r < 0) /* packets by these routes pass to the kernel */
			nsa_debug("resolve a neighbour on device %d: %s", wanted[i].ifindex,
				  strerror(-r));
	}
	if (!wait)
		return false;
	nsa_nl_wait(reader->snapshot->owner, RTNLGRP_NEIGH, RESOLVE_WAIT_MS, are_resolved,
		    &waiting);
	return waiting.resolved;
}

void nsa_neighbours_revive(const struct nsa_snapshot_reader *reader, const struct nsa_ports *ports)
{
	const struct nsa_snapshot *snapshot = reader->snapshot;
	__cleanup(nsa_freep) struct nsa_plan_wanted *lost = NULL;
	__cleanup(nsa_freep) struct nsa_neigh *now = NULL;
	size_t now_count = 0, count = 0;

	lost = calloc(snapshot->neigh_count + 1, sizeof(*lost));
	if (!lost || nsa_rtnl_neighs(reader->rtnl, &now, &now_count))
		return;
	for (size_t i = 0; i < snapshot->neigh_count; i++) {
		const struct nsa_neigh *neigh = &snapshot->neighs[i];
		struct nsa_plan_wanted *w = &lost[count];

		w->ifindex = neigh->ifindex;
		w->family = neigh->family;
		memcpy(w->addr, neigh->addr, sizeof(w->addr));
		if (nsa_ports_find(ports, w->ifindex) &&
		    nsa_snapshot_neigh(snapshot, w->ifindex, w->family, w->addr) == neigh &&
		    !is_resolved(now, now_count, w))
			count++;
	}
	nsa_neighbours_ask(reader, lost, count, true);
}

bool nsa_neighbour_is_learned(const struct nsa_neigh *neigh)
{
	return nsa_snapshot_is_usable(neigh) && !(neigh->state & (NUD_PERMANENT | NUD_NOARP));
}

/* Whether the entry belonged to one of these macvlans, which are gone. */
static bool was_macvlan(const struct nsa_neigh *neigh, const struct nsa_ports *ports,
			const struct nsa_endpoint_entry *gone, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct nsa_port_entry *lower =
			nsa_ports_find(ports, (int)gone[i].key.ifindex);

		if (nsa_kind(gone[i].ep.kind)->shares_port && lower &&
		    lower->port.l3_ifindex == (__u32)neigh->ifindex &&
		    !memcmp(gone[i].key.mac, neigh->mac, sizeof(neigh->mac)))
			return true;
	}
	return false;
}

bool nsa_neighbours_forget(struct nsa_rtnl *rtnl, const struct nsa_ports *ports,
			   const struct nsa_endpoint_entry *gone, size_t count,
			   struct nsa_snapshot *snapshot)
{
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	size_t neigh_count = 0;
	bool any = false;
	int r = count ? nsa_rtnl_neighs(rtnl, &neighs, &neigh_count) : 0;

	for (size_t i = 0; !r && i < neigh_count; i++) {
		const struct nsa_neigh *neigh = &neighs[i];

		if (!nsa_neighbour_is_learned(neigh) || !was_macvlan(neigh, ports, gone, count))
			continue;
		r = nsa_rtnl_neigh_del(rtnl, neigh->ifindex, neigh->family, neigh->addr);
		if (r == -ENOENT) /* the kernel has deleted it already */
			r = 0;
		any |= !r;
		if (!r && snapshot)
			r = nsa_snapshot_set_neigh(snapshot, neigh, true);
	}
	if (r < 0) /* if a macvlan comes back with this MAC, it is closed */
		nsa_debug("forget neighbours that were macvlans: %s", strerror(-r));
	return any;
}

/* Tells the kernel that the fast path used a neighbour. The kernel probes a stale entry when it
 * sends a packet to it, but it does not see packets of the fast path. */
static void mark_used(struct nsa_owner *owner, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh *neigh = nsa_snapshot_find_neigh(owner->snapshot, ifindex, family, addr);

	if (!neigh || neigh->managed || neigh->state != NUD_STALE ||
	    nsa_snapshot_reader_open(&owner->reader))
		return;
	if (!nsa_rtnl_neigh_use(owner->reader.rtnl, ifindex, family, addr))
		neigh->state = NUD_DELAY; /* the kernel sends no message about this change */
}

/* Next hops of an owner that have to be polled. */
struct polled_hops {
	bool confirming, looked_up;
};

static void mark_nexthops_used(struct nsa_state *state, struct nsa_owner *owner,
			       struct polled_hops *found)
{
	const struct nsa_nexthops *hops = state->hops;
	const struct nsa_maps *maps = state->session->maps;

	for (__u32 number = 1; number <= nsa_nexthops_last(hops); number++) {
		const struct nsa_nexthop *hop = nsa_nexthop(hops, number);

		if (hop->id == NSA_NEXTHOP_NO_ID || hop->key.owner_slot != owner->slot)
			continue;
		found->looked_up |= hop->record.action == NSACCEL_ACTION_FIB;
		found->confirming |= hop->record.confirm_neigh;
		if (hop->record.confirm_neigh && nsa_maps_nexthop_used(maps, hop->id))
			mark_used(owner, (int)hop->record.l3_ifindex,
				  nsa_family_os(hop->record.gateway_family), hop->record.gateway);
	}
}

/* Neighbours that were found by the kernel's FIB lookup. */
static void mark_looked_up_used(struct nsa_state *state, struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsaccel_fib_neighbour *used = NULL;
	size_t count = 0;

	if (nsa_maps_fib_used(state->session->maps, owner->slot, &used, &count))
		return;
	for (size_t i = 0; i < count; i++)
		mark_used(owner, (int)used[i].ifindex, nsa_family_os(used[i].family), used[i].addr);
}

bool nsa_neighbours_confirm(struct nsa_state *state, struct nsa_owner *owner)
{
	struct polled_hops found = {};

	mark_nexthops_used(state, owner, &found);
	if (found.looked_up)
		mark_looked_up_used(state, owner);
	nsa_snapshot_reader_close(&owner->reader);
	return found.confirming || found.looked_up;
}

/* Asks for the endpoint's addresses on the link of the device, which makes it learn the device's
 * MAC. */
static void announce_to(struct nsa_owner *owner, const struct nsa_plan *plan, int ifindex,
			const struct nsa_snapshot_endpoint *ep)
{
	struct nsaccel_nexthop link;
	size_t asked = 0;

	for (size_t i = 0; i < ep->addr_count && asked < MAX_ANNOUNCED; i++) {
		const struct nsa_addr *addr = &ep->addrs[i];

		if (nsa_plan_is_on_link(plan, addr->family, addr->addr, &link) &&
		    link.target_ifindex == (__u32)ifindex &&
		    !nsa_rtnl_neigh_ask(owner->reader.rtnl, ifindex, addr->family, addr->addr))
			asked++;
	}
}

static void announce(struct nsa_owner *owner, const struct nsa_plan *plan, int ifindex)
{
	for (size_t i = 0; i < owner->ports.count; i++) {
		const struct nsa_port_entry *port = &owner->ports.entries[i];
		const struct nsa_snapshot_endpoint *eps;
		size_t count = 0;

		if (port->port.l3_ifindex != (__u32)ifindex)
			continue;
		eps = nsa_snapshot_endpoints(owner->snapshot, (int)port->key.ifindex, &count);
		for (size_t j = 0; j < count; j++)
			announce_to(owner, plan, ifindex, &eps[j]);
	}
}

void nsa_neighbours_announce(struct nsa_state *state, struct nsa_owner *owner)
{
	struct nsa_snapshot *snapshot = owner->snapshot;
	struct nsa_plan plan;

	nsa_owner_plan(state, owner, &plan);
	for (size_t i = 0; i < snapshot->link_count; i++) {
		if (!snapshot->devices[i].new_mac)
			continue;
		snapshot->devices[i].new_mac = false;
		if (!state->diff.dry && !nsa_snapshot_reader_open(&owner->reader))
			announce(owner, &plan, snapshot->links[i].ifindex);
	}
}

/* Whether nsaccel made the entry managed. */
static bool is_ours(const struct nsa_neigh *neigh)
{
	return neigh->managed && neigh->protocol == NSA_NEIGH_PROTOCOL;
}

/* A host route that exists only because of its neighbour does not need the neighbour. */
static bool is_host_alone(const struct nsa_owner *owner, __u32 number,
			  const struct nsa_nexthop *hop)
{
	__u8 family = nsa_family_os(hop->record.gateway_family);
	struct nsaccel_prefix prefix = nsa_prefix(family, hop->key.gateway, nsa_addr_bits(family));
	const struct nsa_node *node = nsa_table_find(owner->table, &prefix);

	return hop->routes == 1 && node && node->installed == number &&
	       node->installed_origin != NSACCEL_ORIGIN_KERNEL &&
	       node->installed_origin != NSACCEL_ORIGIN_STATIC;
}

static bool needs_neighbour(const struct nsa_owner *owner, __u32 number,
			    const struct nsa_nexthop *hop)
{
	return hop->routes && hop->record.l3_ifindex &&
	       hop->record.reason != NSACCEL_PASS_NOT_PORT && !is_host_alone(owner, number, hop);
}

static int cmp_wanted(const void *a, const void *b)
{
	const struct nsa_plan_wanted *x = a, *y = b;

	return CMP(x->ifindex, y->ifindex)	 ?:
		       CMP(x->family, y->family) ?:
						   memcmp(x->addr, y->addr, sizeof(x->addr));
}

/* Neighbours that the owner's next hops need, sorted. Resets hop->asked of the others. */
static size_t find_needed(struct nsa_state *state, const struct nsa_owner *owner,
			  struct nsa_plan_wanted *needed)
{
	const struct nsa_nexthops *hops = state->hops;
	size_t count = 0;

	for (__u32 number = 1; number <= nsa_nexthops_last(hops); number++) {
		struct nsa_nexthop *hop = nsa_nexthop(hops, number);
		struct nsa_plan_wanted *w = &needed[count];

		if (hop->key.owner_slot != owner->slot || !nsa_nexthop_has_neighbour(hop))
			continue;
		if (!needs_neighbour(owner, number, hop)) {
			hop->asked = false;
			continue;
		}
		w->ifindex = (int)hop->record.l3_ifindex;
		w->family = nsa_family_os(hop->record.gateway_family);
		memcpy(w->addr, hop->record.gateway, sizeof(w->addr));
		count++;
	}
	SORT(needed, count, cmp_wanted);
	return count;
}

static bool is_needed(const struct nsa_plan_wanted *needed, size_t count,
		      const struct nsa_neigh *neigh)
{
	struct nsa_plan_wanted key = { .ifindex = neigh->ifindex, .family = neigh->family };

	memcpy(key.addr, neigh->addr, sizeof(key.addr));
	return BSEARCH(&key, needed, count, cmp_wanted);
}

static bool release(struct nsa_rtnl *rtnl, struct nsa_neigh *neigh)
{
	/* An entry without an answer is deleted. */
	int r = (nsa_snapshot_is_usable(neigh) ? nsa_rtnl_neigh_release : nsa_rtnl_neigh_del)(
		rtnl, neigh->ifindex, neigh->family, neigh->addr);

	if (r < 0) /* the next route that goes causes another attempt */
		nsa_debug("release a neighbour on device %d: %s", neigh->ifindex, strerror(-r));
	else
		neigh->managed = false;
	return !r;
}

int nsa_neighbours_release(struct nsa_state *state, struct nsa_owner *owner, bool *any)
{
	__cleanup(nsa_freep) struct nsa_plan_wanted *needed = NULL;
	struct nsa_snapshot *snapshot = owner->snapshot;
	size_t count = 0;
	int r = 0;

	owner->losses = nsa_nexthops_losses(state->hops);
	for (size_t i = 0; !r && i < snapshot->neigh_count; i++) {
		if (!is_ours(&snapshot->neighs[i]))
			continue;
		if (!needed) {
			needed = calloc(nsa_nexthops_last(state->hops) + 1, sizeof(*needed));
			r = needed ? nsa_snapshot_reader_open(&owner->reader) : -ENOMEM;
			count = r ? 0 : find_needed(state, owner, needed);
		}
		if (!r && !is_needed(needed, count, &snapshot->neighs[i]))
			*any |= release(owner->reader.rtnl, &snapshot->neighs[i]);
	}
	return r < 0 ? nsa_err(r, "release neighbours of %s: %s", owner->ns->name, strerror(-r)) :
		       0;
}
