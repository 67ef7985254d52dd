// SPDX-License-Identifier: GPL-2.0-only
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdlib.h>

#include "dataplane/carrier.h"
#include "kernel/netlink.h"
#include "kernel/rtnl_link.h"
#include "model/device_kind.h"
#include "maps/records.h"
#include "util/cleanup.h"

#define CARRIER_WAIT_MS 10000 /* copper links take about 3 s to negotiate */

struct waiting {
	struct nsa_rtnl *rtnl;
	const struct nsa_snapshot *snapshot;
	const struct nsa_port_entry *ports;
	size_t count;
};

static const struct nsa_link *find_link(const struct nsa_link *links, size_t count, __u32 ifindex)
{
	for (size_t i = 0; i < count; i++)
		if ((__u32)links[i].ifindex == ifindex)
			return &links[i];
	return NULL;
}

static bool have_carriers(void *data)
{
	__cleanup(nsa_freep) struct nsa_link *links = NULL;
	const struct waiting *w = data;
	size_t count = 0;

	if (nsa_rtnl_links(w->rtnl, &links, &count))
		return true;
	for (size_t i = 0; i < w->count; i++) {
		__u32 ifindex = w->ports[i].key.ifindex;
		const struct nsa_link *before = nsa_snapshot_link(w->snapshot, (int)ifindex);
		const struct nsa_link *now = find_link(links, count, ifindex);

		if (!nsa_kind(w->ports[i].port.kind)->owns_port && before && before->carrier &&
		    now && !now->carrier && (now->flags & IFF_UP))
			return false;
	}
	return true;
}

void nsa_carrier_wait(struct nsa_rtnl *rtnl, const struct nsa_snapshot *snapshot,
		      const struct nsa_port_entry *ports, size_t count)
{
	struct waiting waiting = { rtnl, snapshot, ports, count };

	nsa_nl_wait(snapshot->owner, RTNLGRP_LINK, CARRIER_WAIT_MS, have_carriers, &waiting);
}
