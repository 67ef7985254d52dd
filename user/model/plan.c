// SPDX-License-Identifier: GPL-2.0-only
#include "model/device_kind.h"
#include "model/plan.h"

const struct nsaccel_port *nsa_plan_find_port(const struct nsa_plan *plan, int ifindex)
{
	const struct nsa_port_entry *entry =
		nsa_port_entry_of_device(plan->ports, plan->port_count, (__u32)ifindex);

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
