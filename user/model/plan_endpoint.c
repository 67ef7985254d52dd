// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

#include "model/device_kind.h"
#include "model/plan_endpoint.h"
#include "model/plan_source.h"

void nsa_plan_endpoint(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out)
{
	bool shared = nsa_kind(ep->kind)->shares_port;

	memset(out, 0, sizeof(*out));
	out->key.owner_slot = plan->owner_slot;
	out->key.ifindex = (__u32)ep->port;
	memcpy(out->key.mac, ep->link.mac, NSACCEL_MAC_LEN);
	out->ep.key = out->key;
	out->ep.netns_cookie = ep->cookie;
	out->ep.slot = ep->slot;
	out->ep.ifindex = (__u32)ep->link.ifindex;
	out->ep.kind = ep->kind;
	out->ep.mtu = ep->link.mtu;
	/* A frame that a macvlan does not take, since it is down, would be routed by the lower's
	 * namespace, again and again. */
	out->ep.hairpin = shared && (ep->link.flags & IFF_UP) && nsa_plan_is_deliverable(ep);
	out->ep.bound = (__u8)ep->bound;
	nsa_plan_source(plan, ep, ep->port, shared, AF_INET, out->ep.source4);
	nsa_plan_source(plan, ep, ep->port, shared, AF_INET6, out->ep.source6);
	memcpy(out->ep.name, ep->link.name, strnlen(ep->link.name, sizeof(out->ep.name) - 1));
}

/* May a policy or configuration concern the macvlan, or another one there, which it may be? */
static bool is_minded(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsaccel_port *lower = nsa_plan_find_port(plan, ep->port);

	return plan->policed || !lower || lower->close_unknown || ep->isolation.cookie ||
	       ep->bound != NSACCEL_BOUND_NONE;
}

void nsa_plan_borrowed(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out)
{
	nsa_plan_endpoint(plan, ep, out);
	out->ep.netns_cookie = plan->snapshot->owner->cookie;
	out->ep.slot = plan->owner_slot;
	out->ep.kind = NSACCEL_KIND_NONE;
	out->ep.bound = is_minded(plan, ep) ? NSACCEL_BOUND_CLOSED : NSACCEL_BOUND_WIRE;
	out->ep.hairpin = 0;
	memset(out->ep.source4, 0, sizeof(out->ep.source4));
	memset(out->ep.source6, 0, sizeof(out->ep.source6));
}

bool nsa_plan_is_endpoint_of(const struct nsa_snapshot_endpoint *ep,
			     const struct nsaccel_port *port)
{
	return port && !ep->left_out && !ep->has_neigh_mac &&
	       (nsa_kind(ep->kind)->owns_port ? nsa_kind(port->kind)->owns_port :
						port->macvlan_lower);
}

bool nsa_plan_is_itself(const struct nsa_snapshot_endpoint *ep)
{
	return !ep->unread && ep->bound <= NSACCEL_BOUND_ITSELF;
}

bool nsa_plan_is_deliverable(const struct nsa_snapshot_endpoint *ep)
{
	return ep->bound != NSACCEL_BOUND_CLOSED &&
	       (!nsa_kind(ep->kind)->shares_port || ep->link.macvlan_mode == MACVLAN_MODE_BRIDGE);
}

/* An endpoint that is down would lose the frames; the lower of such a macvlan would take them as
 * its own. */
static bool takes_frames(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep)
{
	return (ep->link.flags & IFF_UP) && nsa_plan_is_deliverable(ep) &&
	       nsa_plan_is_endpoint_of(ep, nsa_plan_find_port(plan, ep->port));
}

static bool is_listed(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		      __u8 family, const __u8 *addr)
{
	return ep->isolation.pinned && nsa_plan_is_itself(ep) && plan->sources &&
	       nsa_sources_cover(plan->sources, ep->slot, family, addr);
}

/* Is nobody but its endpoint on the port's link? */
static bool is_alone(const struct nsaccel_port *port)
{
	return port && nsa_kind(port->kind)->owns_port && !port->bridge;
}

/* Of the endpoints on the link that claim the address, the only one that the user listed for it, or
 * that is alone there. */
static const struct nsa_snapshot_endpoint *find_claimant(const struct nsa_plan *plan, int ifindex,
							 __u8 family, const __u8 *addr, bool listed)
{
	const struct nsa_snapshot_endpoint *found = NULL;
	size_t count;
	const struct nsa_snapshot_claim *claims =
		nsa_snapshot_claims(plan->snapshot, family, addr, &count);

	for (size_t i = 0; i < count; i++) {
		const struct nsa_snapshot_endpoint *ep =
			&plan->snapshot->endpoints[claims[i].endpoint];
		const struct nsaccel_port *port = nsa_plan_find_port(plan, ep->port);

		if (!port || port->l3_ifindex != (__u32)ifindex || !takes_frames(plan, ep) ||
		    !(listed ? is_listed(plan, ep, family, addr) : is_alone(port)))
			continue;
		if (found && found != ep)
			return NULL;
		found = ep;
	}
	return found;
}

const struct nsa_snapshot_endpoint *nsa_plan_endpoint_by_mac(const struct nsa_plan *plan, int port,
							     const __u8 *mac)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps =
		nsa_snapshot_endpoints_by_mac(plan->snapshot, port, mac, &count);

	for (size_t i = 0; i < count; i++)
		if (takes_frames(plan, &eps[i]))
			return &eps[i];
	return NULL;
}

/* Would the kernel learn its address? A device without ARP does not answer for it, and what another
 * device takes from the port, as a macvlan in mode passthru does, doesn't reach the owner. */
static bool answers(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep)
{
	return !(ep->link.flags & IFF_NOARP) && !nsa_snapshot_is_taken(plan->snapshot, ep->port);
}

const struct nsa_snapshot_endpoint *nsa_plan_holder(const struct nsa_plan *plan, int ifindex,
						    __u8 family, const __u8 *addr,
						    const struct nsa_neigh *neigh)
{
	const struct nsa_snapshot_endpoint *ep = find_claimant(plan, ifindex, family, addr, true);

	if (!ep && neigh)
		return nsa_plan_endpoint_by_mac(plan, ifindex, neigh->mac);
	if (!ep)
		ep = find_claimant(plan, ifindex, family, addr, false);
	return ep && (neigh || answers(plan, ep)) ? ep : NULL;
}

enum nsaccel_action nsa_plan_veth_action(const struct nsaccel_port *port, bool own)
{
	if (own && !port->egress_hooked && port->endpoint_xdp != NSACCEL_ENDPOINT_XDP_NATIVE)
		return NSACCEL_ACTION_VETH;
	return port->endpoint_xdp == NSACCEL_ENDPOINT_XDP_GENERIC ? NSACCEL_ACTION_PASS :
								    NSACCEL_ACTION_NIC;
}
