// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "model/device_kind.h"
#include "model/plan_host.h"
#include "model/plan_key.h"
#include "model/plan_port.h"
#include "model/rib.h"
#include "model/snapshot_update.h"
#include "reconcile/owner.h"
#include "reconcile/record.h"
#include "util/family.h"

/* Routes */

static unsigned int routes_of(__u8 family)
{
	return family == AF_INET ? NSA_DIRTY_ROUTES4 : NSA_DIRTY_ROUTES6;
}

/* Whether the message is about one next hop of an IPv6 multipath route: when that is removed,
 * the message looks like one for the whole route. */
static bool is_one_of_many(struct nsa_state *state, const struct nsa_owner *owner,
			   const struct nsa_kernel_route *k)
{
	struct nsaccel_prefix prefix = nsa_prefix(k->family, k->dst, k->dst_len);
	const struct nsa_node *node = nsa_table_find(owner->table, &prefix);

	if (k->family != AF_INET6 || k->multipath || !node)
		return false;
	for (const struct nsa_rib_route *route = node->routes; route; route = route->next)
		if (nsa_nexthop(state->hops, route->hop)->key.target == NSACCEL_TARGET_MULTIPATH)
			return true;
	return false;
}

static int record_route(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsa_kernel_route *k, bool gone, bool replace)
{
	struct nsaccel_nexthop key;
	__u32 hop;
	int r = gone ? 0 : nsa_rib_note_mtu(owner->table, k);

	if (!gone)
		nsa_rib_note_any(owner->table, k);
	if (r < 0 || !nsa_rib_is_mirrored(k))
		return r;
	nsa_plan_kernel_key(owner->slot, k, &key);
	hop = nsa_nexthops_get(state->hops, &key);
	if (!hop)
		return -ENOMEM;
	return gone ? nsa_rib_del(owner->table, k, hop) :
		      nsa_rib_add(owner->table, k, hop, replace);
}

int nsa_record_dumped_route(struct nsa_state *state, struct nsa_owner *owner,
			    const struct nsa_kernel_route *k)
{
	return record_route(state, owner, k, false, false);
}

/* Whether the least MTU has to be read again. It is used only with policy rules. */
static bool was_least_mtu(const struct nsa_owner *owner, const struct nsa_kernel_route *k,
			  bool gone, bool replace)
{
	__u32 least = owner->table->least_mtu[k->family == AF_INET6];

	return owner->snapshot->settings.policy_rules && least &&
	       (gone ? k->mtu == least : replace && k->mtu != least);
}

/* Whether facts that were recorded about such routes may have become wrong. They are used only
 * without policy rules. */
static bool is_noted(const struct nsa_owner *owner, const struct nsa_kernel_route *k, bool replace)
{
	return !owner->snapshot->settings.policy_rules &&
	       (nsa_rib_is_noted(k) || (replace && owner->table->other_locals));
}

/* Gateways of static routes may be on another link now. */
static void mark_vias(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_kernel_route *k)
{
	struct nsa_nexthops *hops = state->hops;
	__u32 number = nsa_rib_is_mirrored(k) ? nsa_nexthops_first_via(hops) : 0;

	for (; number; number = nsa_nexthops_next_via(hops, number)) {
		const struct nsaccel_nexthop *key = &nsa_nexthop(hops, number)->key;

		if (key->owner_slot != owner->slot ||
		    (key->gateway_family == NSACCEL_FAMILY_INET) != (k->family == AF_INET) ||
		    !nsa_prefix_covers(k->dst, k->dst_len, key->gateway))
			continue;
		nsa_nexthops_mark_dirty(hops, number);
		owner->nexthops_pending = true;
	}
}

void nsa_record_route(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_kernel_route *k, bool gone, bool replace)
{
	mark_vias(state, owner, k);
	if (is_noted(owner, k, replace) || was_least_mtu(owner, k, gone, replace) ||
	    (gone && is_one_of_many(state, owner, k)) ||
	    record_route(state, owner, k, gone, replace) < 0)
		owner->dirty |= routes_of(k->family);
}
/* Neighbours */

static struct nsa_nexthops_neigh hops_by(const struct nsa_owner *owner,
					 const struct nsa_neigh *neigh)
{
	struct nsa_nexthops_neigh by = { .owner_slot = owner->slot,
					 .ifindex = (__u32)neigh->ifindex,
					 .family = nsa_family_abi(neigh->family) };

	memcpy(by.addr, neigh->addr, sizeof(by.addr));
	return by;
}

/* The entry of a requested neighbour is gone: request it again when needed. Returns whether
 * there was one. */
static bool ask_again(struct nsa_state *state, const struct nsa_owner *owner,
		      const struct nsa_neigh *neigh)
{
	const struct nsa_nexthops_neigh by = hops_by(owner, neigh);
	const struct nsa_nexthops *hops = state->hops;
	bool found = false;

	for (__u32 number = nsa_nexthops_first_by(hops, &by); number;
	     number = nsa_nexthops_next_by(hops, number, &by)) {
		struct nsa_nexthop *hop = nsa_nexthop(hops, number);

		if (hop->asked && hop->record.l3_ifindex == (__u32)neigh->ifindex) {
			hop->asked = false;
			found = true;
		}
	}
	return found;
}

/* Marks next hops by this neighbour alone, since hosts on a link can change neighbours at any
 * rate. */
static void mark_hops(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_neigh *neigh)
{
	const struct nsa_nexthops_neigh by = hops_by(owner, neigh);
	struct nsa_nexthops *hops = state->hops;

	for (__u32 number = nsa_nexthops_first_by(hops, &by); number;
	     number = nsa_nexthops_next_by(hops, number, &by)) {
		nsa_nexthops_mark_dirty(hops, number);
		owner->nexthops_pending = true;
	}
}

static bool is_fixed(const struct nsa_neigh *neigh)
{
	return neigh->state & (NUD_PERMANENT | NUD_NOARP);
}

/* An endpoint's claim of the address does not count then. */
static bool is_unresolved(const struct nsa_neigh *neigh)
{
	return neigh->state && !nsa_snapshot_is_usable(neigh);
}

/* Whether the change affects next hops. Most messages are about ageing. */
static bool is_relevant(const struct nsa_neigh *before, const struct nsa_neigh *now)
{
	bool was = nsa_snapshot_is_usable(before), is = nsa_snapshot_is_usable(now);

	return was != is || is_unresolved(before) != is_unresolved(now) ||
	       (is && (memcmp(before->mac, now->mac, sizeof(now->mac)) != 0 ||
		       before->managed != now->managed || is_fixed(before) != is_fixed(now)));
}

static bool has_mac_of(const struct nsa_neigh *neigh, const struct nsa_snapshot_endpoint *ep)
{
	return nsa_snapshot_is_usable(neigh) &&
	       !memcmp(neigh->mac, ep->link.mac, sizeof(neigh->mac));
}

/* The record of a veth's port keeps its source address, whatever happens to the neighbour. */
static bool depends_on(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       const struct nsa_neigh *before, const struct nsa_neigh *now)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, ep->port);

	if (!nsa_kind(ep->kind)->owns_port)
		return has_mac_of(before, ep) != has_mac_of(now, ep);
	return port && nsa_kind(port->kind)->owns_port && nsa_plan_learns_source(plan, ep, port);
}

/* Whether the neighbour, on a link with several hosts, decides who holds a claimed address,
 * which ports record. A missing entry has only the device and the address set. */
static bool changes_holder(const struct nsa_plan *plan, const struct nsa_neigh *before,
			   const struct nsa_neigh *now)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, now->ifindex);
	const struct nsa_snapshot_claim *claims;
	size_t count;

	if (port && nsa_kind(port->kind)->owns_port)
		return false;
	claims = nsa_snapshot_claims(plan->snapshot, now->family, now->addr, &count);
	for (size_t i = 0; i < count; i++)
		if (depends_on(plan, &plan->snapshot->endpoints[claims[i].endpoint], before, now))
			return true;
	return false;
}

static struct nsa_neigh absent_like(const struct nsa_neigh *neigh)
{
	struct nsa_neigh none = { .ifindex = neigh->ifindex, .family = neigh->family };

	memcpy(none.addr, neigh->addr, sizeof(none.addr));
	return none;
}

void nsa_record_neigh(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_neigh *neigh, bool gone)
{
	const struct nsa_neigh *known = nsa_snapshot_find_neigh(owner->snapshot, neigh->ifindex,
								neigh->family, neigh->addr);
	const struct nsa_neigh none = absent_like(neigh), before = known ? *known : none,
			       now = gone ? none : *neigh;
	bool relevant = is_relevant(&before, &now);
	struct nsa_plan plan;

	if (gone)
		relevant |= ask_again(state, owner, neigh);
	else if (now.managed && !before.managed) /* its routes may be gone already */
		owner->dirty |= NSA_DIRTY_MANAGED;
	if (nsa_snapshot_set_neigh(owner->snapshot, neigh, gone))
		owner->dirty |= NSA_DIRTY_NEIGHS;
	if (!relevant)
		return;
	mark_hops(state, owner, neigh);
	if (nsa_snapshot_is_usable(&before) && !nsa_snapshot_is_usable(&now) &&
	    nsa_nexthops_refused(state->hops, owner->slot, neigh->ifindex))
		owner->dirty |= NSA_DIRTY_QUOTAS; /* there may be room now */
	nsa_owner_plan(state, owner, &plan);
	if (changes_holder(&plan, &before, &now))
		owner->dirty |= NSA_DIRTY_PORTS;
	if (nsa_plan_host(&plan, neigh->family, neigh->addr))
		owner->dirty |= NSA_DIRTY_NEIGHS;
}
