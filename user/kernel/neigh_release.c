// SPDX-License-Identifier: GPL-2.0-only
#include <linux/neighbour.h>
#include <stdlib.h>

#include "kernel/neigh_release.h"
#include "kernel/rtnl.h"
#include "kernel/rtnl_neigh.h"
#include "util/cleanup.h"

static bool is_left_by_us(const struct nsa_neigh *neigh)
{
	return neigh->protocol == NSA_NEIGH_PROTOCOL && !(neigh->flags & NTF_EXT_LEARNED) &&
	       !(neigh->state & (NUD_PERMANENT | NUD_NOARP));
}

void nsa_neigh_release(const struct nsa_netns *ns, int ifindex)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	__cleanup(nsa_freep) struct nsa_neigh *neighs = NULL;
	size_t count = 0;

	if (nsa_rtnl_open(&rtnl, ns) || nsa_rtnl_neighs(rtnl, &neighs, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if ((!ifindex || neighs[i].ifindex == ifindex) && is_left_by_us(&neighs[i]))
			nsa_rtnl_neigh_del(rtnl, neighs[i].ifindex, neighs[i].family,
					   neighs[i].addr);
}
