// SPDX-License-Identifier: GPL-2.0-only
#include "model/device_kind.h"
#include "model/plan.h"
#include "util/sort.h"

static int cmp_ifindex(const void *key, const void *entry)
{
	const struct nsa_port_entry *port = entry;
	__u32 ifindex = *(const __u32 *)key;

	return CMP(ifindex, port->key.ifindex);
}

const struct nsa_port_entry *nsa_port_entry_find(const struct nsa_port_entry *ports, size_t count,
						 int ifindex)
{
	__u32 key = (__u32)ifindex;

	return BSEARCH(&key, ports, count, cmp_ifindex);
}

const struct nsaccel_port *nsa_plan_find_port(const struct nsa_plan *plan, int ifindex)
{
	const struct nsa_port_entry *entry =
		nsa_port_entry_find(plan->ports, plan->port_count, ifindex);

	return entry ? &entry->port : NULL;
}

const struct nsa_link *nsa_plan_l3_link(const struct nsa_snapshot *snapshot,
					const struct nsa_link *link)
{
	const struct nsa_link *bridge =
		nsa_device_is_bridged(link) ? nsa_snapshot_link(snapshot, link->master) : NULL;

	return bridge ? bridge : link;
}

bool nsa_plan_is_egress(const struct nsa_plan *plan, int ifindex)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, ifindex);

	return nsa_plan_find_port(plan, ifindex) || (link && nsa_device_is_bridge(link));
}
