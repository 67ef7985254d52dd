// SPDX-License-Identifier: GPL-2.0-only
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>

#include "carrier.h"
#include "cleanup.h"
#include "nl.h"

#define PATIENCE_MS 10000 /* copper negotiates for some three seconds */

static bool is_back(void *data)
{
	__cleanup(nsa_freep) struct nsa_link *now = NULL;
	const struct nsa_view *view = data;
	size_t count = 0;

	if (nsa_rtnl_links(view->rtnl, &now, &count))
		return true;
	for (size_t i = 0; i < count; i++) {
		const struct nsa_link *before = nsa_view_link(view, now[i].ifindex);

		if (before && before->carrier && !now[i].carrier && (now[i].flags & IFF_UP))
			return false;
	}
	return true;
}

void nsa_carrier_wait(struct nsa_view *view)
{
	nsa_nl_wait(view->owner->fd, RTNLGRP_LINK, PATIENCE_MS, is_back, view);
}
