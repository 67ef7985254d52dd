// SPDX-License-Identifier: GPL-2.0-only
#include <linux/neighbour.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cleanup.h"
#include "log.h"
#include "neighbour.h"

#define TRIES	 6
#define PAUSE_NS 50000000L

static bool is_resolved(const struct nsa_neigh *neighs, size_t count,
			const struct nsa_plan_wanted *w)
{
	for (size_t i = 0; i < count; i++)
		if (neighs[i].ifindex == w->ifindex && neighs[i].family == w->family &&
		    neighs[i].has_mac && !memcmp(neighs[i].addr, w->addr, sizeof(w->addr)))
			return true;
	return false;
}

static size_t count_resolved(struct nsa_rtnl *rtnl, const struct nsa_plan_wanted *wanted,
			     size_t count)
{
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	size_t neigh_count = 0, resolved = 0;

	if (nsa_rtnl_neighs(rtnl, &neighs, &neigh_count))
		return 0;
	for (size_t i = 0; i < count; i++)
		resolved += is_resolved(neighs, neigh_count, &wanted[i]);
	return resolved;
}

bool nsa_neighbours_resolve(const struct nsa_view *view, const struct nsa_plan_wanted *wanted,
			    size_t count)
{
	const struct timespec pause = { .tv_nsec = PAUSE_NS };
	size_t resolved = 0;
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
	for (int try = 0; try < TRIES && resolved < count; try++) {
		nanosleep(&pause, NULL);
		resolved = count_resolved(view->rtnl, wanted, count);
	}
	return resolved;
}

void nsa_neighbours_release(const struct nsa_maps *maps, int owner_fd,
			    const struct nsa_port_entry *port)
{
	__cleanup(nsa_freep) struct nsaccel_nexthop *all = NULL;
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;

	if (nsa_rtnl_open(&rtnl, owner_fd) || nsa_maps_nexthops(maps, &all))
		return;
	for (__u32 id = 0; id < NSACCEL_MAX_NEXTHOPS; id++)
		if (all[id].generation && all[id].gateway_family &&
		    all[id].owner_slot == port->key.owner_slot &&
		    all[id].ifindex == port->key.ifindex)
			nsa_rtnl_neigh_release(rtnl, (int)all[id].ifindex,
					       (__u8)all[id].gateway_family, all[id].gateway);
}
