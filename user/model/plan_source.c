// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model/plan_endpoint.h"
#include "model/plan_route.h"
#include "model/plan_source.h"

/* On a link with others, the owner's neighbour table decides whose the address is. An endpoint that
 * was known by the address keeps it: others cannot take it by changing that table. */
static bool is_resolved_to(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			   int l3_ifindex, const struct nsa_addr *addr, const __u8 *known)
{
	const struct nsa_neigh *neigh =
		nsa_snapshot_neigh(plan->snapshot, l3_ifindex, addr->family, addr->addr);

	return (neigh && !memcmp(neigh->mac, ep->link.mac, NSACCEL_MAC_LEN)) ||
	       !memcmp(known, addr->addr, nsa_address_size(addr->family));
}

/* May nobody send from the address, or only another one, as the user listed? */
static bool is_reserved(const struct nsa_plan *plan, const struct nsa_addr *addr)
{
	return plan->sources &&
	       nsa_sources_cover(plan->sources, nsa_source_of_owner(plan->owner_slot), addr->family,
				 addr->addr);
}

static bool is_known_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			    int l3_ifindex, bool shared, const struct nsa_addr *addr,
			    const __u8 *known)
{
	struct nsaccel_nexthop link;

	return nsa_plan_is_on_link(plan, addr->family, addr->addr, &link) &&
	       link.target_ifindex == (__u32)l3_ifindex && !is_reserved(plan, addr) &&
	       !nsa_plan_is_static(plan, addr->family, addr->addr) &&
	       (!shared || is_resolved_to(plan, ep, l3_ifindex, addr, known));
}

void nsa_plan_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		     int l3_ifindex, bool shared, __u8 family, __u8 *known)
{
	/* With policy rules only the kernel's lookup knows the way back. The user may have listed
	 * none of the endpoint's addresses. An endpoint that is not itself has no address that
	 * counts. */
	bool none = plan->snapshot->settings.policy_rules || ep->isolation.pinned ||
		    !nsa_plan_is_itself(ep);
	size_t size = nsa_address_size(family);

	for (size_t i = 0; !none && i < ep->addr_count; i++)
		if (ep->addrs[i].family == family &&
		    is_known_source(plan, ep, l3_ifindex, shared, &ep->addrs[i], known)) {
			memcpy(known, ep->addrs[i].addr, size);
			return;
		}
	memset(known, 0, size);
}
