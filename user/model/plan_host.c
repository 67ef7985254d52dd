// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "model/plan_host.h"
#include "model/rib.h"
#include "util/family.h"
#include "util/prefix.h"

static int except(const struct nsa_plan *plan, const struct nsa_kernel_route *exception, int oif)
{
	struct nsaccel_prefix prefix =
		nsa_prefix(exception->family, exception->dst, nsa_addr_bits(exception->family));
	struct nsa_node *node;

	node = oif ? nsa_table_node(plan->table, &prefix) : nsa_table_find(plan->table, &prefix);
	if (!node)
		return oif ? -ENOMEM : 0;
	node->excepted = oif;
	return nsa_table_touch(plan->table, node);
}

int nsa_plan_exceptions(const struct nsa_plan *plan, const struct nsa_kernel_route *before,
			size_t before_count)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	int r = 0;

	for (size_t i = 0; !r && i < before_count; i++)
		r = except(plan, &before[i], 0);
	for (size_t i = 0; !r && i < snapshot->exception_count; i++)
		r = except(plan, &snapshot->exceptions[i], snapshot->exceptions[i].oif);
	return r;
}

/* Hosts */

static bool is_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	size_t count;
	const struct nsa_neigh *neighs = nsa_snapshot_neighs(snapshot, family, addr, &count);

	for (size_t i = 0; i < count; i++)
		if (nsa_snapshot_is_usable(&neighs[i]) &&
		    nsa_plan_is_egress(plan, neighs[i].ifindex))
			return true;
	nsa_snapshot_claims(snapshot, family, addr, &count);
	return count;
}

static int set_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr, bool is)
{
	struct nsaccel_prefix prefix = nsa_prefix(family, addr, nsa_addr_bits(family));
	struct nsa_node *node;

	node = is ? nsa_table_node(plan->table, &prefix) : nsa_table_find(plan->table, &prefix);
	if (!node)
		return is ? -ENOMEM : 0;
	return is ? nsa_rib_host_add(plan->table, node) : nsa_rib_host_del(plan->table, node);
}

int nsa_plan_host(const struct nsa_plan *plan, __u8 family, const __u8 *addr)
{
	return set_host(plan, family, addr, is_host(plan, family, addr));
}

int nsa_plan_hosts(const struct nsa_plan *plan)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	int r = 0;

	/* Backwards, since the removal of a host moves those behind it. */
	for (size_t i = plan->table->host_count; !r && i-- > 0;) {
		struct nsa_node *node = plan->table->hosts[i];

		r = nsa_plan_host(plan, nsa_family_os(node->prefix.family), node->prefix.addr);
	}
	for (size_t i = 0; !r && i < snapshot->neigh_count; i++)
		if (nsa_snapshot_is_usable(&snapshot->neighs[i]) &&
		    nsa_plan_is_egress(plan, snapshot->neighs[i].ifindex))
			r = set_host(plan, snapshot->neighs[i].family, snapshot->neighs[i].addr,
				     true);
	for (size_t i = 0; !r && i < snapshot->claim_count; i++)
		r = set_host(plan, snapshot->claims[i].family, snapshot->claims[i].addr, true);
	return r;
}

int nsa_plan_dirty_hosts(const struct nsa_plan *plan)
{
	const struct nsa_snapshot *snapshot = plan->snapshot;
	int r = 0;

	if (snapshot->dirty.all)
		return nsa_plan_hosts(plan);
	for (size_t i = 0; !r && i < snapshot->dirty.count; i++)
		r = nsa_plan_host(plan, snapshot->dirty.hosts[i].family,
				  snapshot->dirty.hosts[i].addr);
	return r;
}
