// SPDX-License-Identifier: GPL-2.0-only
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "log.h"
#include "mirror.h"
#include "neighbour.h"
#include "nl.h"

#define PATIENCE_MS 300

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

bool nsa_neighbours_ask(const struct nsa_view *view, const struct nsa_plan_wanted *wanted,
			size_t count, bool wait)
{
	struct waiting waiting = { view->rtnl, wanted, count, 0 };
	int r;

	if (!count)
		return false;
	for (size_t i = 0; i < count; i++) {
		r = nsa_rtnl_neigh_resolve(view->rtnl, wanted[i].ifindex, wanted[i].family,
					   wanted[i].addr);
		if (r < 0) /* the routes pass to the kernel, then */
			nsa_debug("resolve a neighbour on device %d: %s", wanted[i].ifindex,
				  strerror(-r));
	}
	if (!wait)
		return false;
	nsa_nl_wait(view->owner, RTNLGRP_NEIGH, PATIENCE_MS, are_resolved, &waiting);
	return waiting.resolved;
}

static bool is_port(const struct nsa_port_entry *ports, size_t count, int ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].key.ifindex == (__u32)ifindex)
			return true;
	return false;
}

void nsa_neighbours_revive(const struct nsa_view *view, const struct nsa_port_entry *ports,
			   size_t port_count)
{
	__cleanup(nsa_freep) struct nsa_plan_wanted *lost = NULL;
	__cleanup(nsa_freep) struct nsa_neigh *now = NULL;
	size_t now_count = 0, count = 0;

	lost = calloc(view->neigh_count + 1, sizeof(*lost));
	if (!lost || nsa_rtnl_neighs(view->rtnl, &now, &now_count))
		return;
	for (size_t i = 0; i < view->neigh_count; i++) {
		const struct nsa_neigh *neigh = &view->neighs[i];
		struct nsa_plan_wanted *w = &lost[count];

		w->ifindex = neigh->ifindex;
		w->family = neigh->family;
		memcpy(w->addr, neigh->addr, sizeof(w->addr));
		if (is_port(ports, port_count, w->ifindex) &&
		    nsa_view_neigh(view, w->ifindex, w->family, w->addr) == neigh &&
		    !is_resolved(now, now_count, w))
			count++;
	}
	nsa_neighbours_ask(view, lost, count, true);
}

/* Its packets don't pass the kernel, for which the entry is one that nobody uses. */
static bool is_used(const struct nsa_maps *maps, const struct nsa_owner *owner,
		    const struct nsa_hop *hop)
{
	bool used = false;

	return hop->id != NSA_HOP_NO_ID && hop->record.watched &&
	       hop->key.owner_slot == owner->slot && !nsa_maps_nexthop_used(maps, hop->id, &used) &&
	       used;
}

void nsa_neighbours_confirm(struct nsa_owner *owner)
{
	const struct nsa_hops *hops = owner->mirror->hops;
	const struct nsa_hop *hop;

	for (__u32 number = 1; number <= nsa_hops_last(hops); number++) {
		hop = nsa_hop(hops, number);
		if (!is_used(owner->mirror->session->maps, owner, hop) ||
		    nsa_view_open(owner->view))
			continue;
		nsa_rtnl_neigh_use(owner->view->rtnl, (int)hop->record.l3_ifindex,
				   hop->record.gateway_family == NSACCEL_FAMILY_INET ? AF_INET :
										       AF_INET6,
				   hop->record.gateway);
	}
	nsa_view_close(owner->view);
}

void nsa_neighbours_release(const struct nsa_netns *owner, int ifindex)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	size_t count = 0;

	if (nsa_rtnl_open(&rtnl, owner) || nsa_rtnl_neighs(rtnl, &neighs, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (neighs[i].ifindex == ifindex && neighs[i].managed &&
		    neighs[i].protocol == NSA_NEIGH_PROTOCOL)
			nsa_rtnl_neigh_release(rtnl, ifindex, neighs[i].family, neighs[i].addr);
}
