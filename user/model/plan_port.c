// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "model/device_kind.h"
#include "model/plan_fdb.h"
#include "model/plan_mtu.h"
#include "model/plan_port.h"
#include "model/plan_source.h"

bool nsa_plan_is_found_port(const struct nsa_snapshot *snapshot, const struct nsa_link *link)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(snapshot, link->ifindex);

	return nsa_device_is_veth(link) && ep && !ep->left_out &&
	       (!link->master || nsa_device_is_bridged(link) || ep->bound_cookie);
}

static const struct nsa_addr *owner_addr(const struct nsa_snapshot *snapshot, int ifindex,
					 __u8 family)
{
	for (size_t i = 0; i < snapshot->addr_count; i++)
		if (snapshot->addrs[i].ifindex == ifindex && snapshot->addrs[i].family == family &&
		    snapshot->addrs[i].scope <= RT_SCOPE_LINK &&
		    (family == AF_INET || snapshot->addrs[i].scope == RT_SCOPE_UNIVERSE))
			return &snapshot->addrs[i];
	return NULL;
}

/* The kernel accepts neither its own addresses as a source nor, if it has local routes that belong
 * to no address (fib_has_custom_local_routes), broadcast addresses. */
static bool is_no_source(const struct nsa_plan *plan, const struct nsa_node *node)
{
	for (const struct nsa_rib_route *route = node->routes; route; route = route->next) {
		enum nsaccel_reason reason = nsa_nexthop(plan->hops, route->hop)->key.reason;

		if (route->local &&
		    (reason == NSACCEL_PASS_LOCAL || reason == NSACCEL_PASS_MULTICAST))
			return true;
	}
	return false;
}

void nsa_plan_local4(const struct nsa_plan *plan, struct nsaccel_port *port)
{
	__u32 addr, bit;

	memset(port->local4, 0, sizeof(port->local4));
	for (size_t i = 0; i < plan->table->local_count; i++) {
		const struct nsa_node *node = plan->table->locals[i];

		if (node->prefix.family != NSACCEL_FAMILY_INET || !is_no_source(plan, node))
			continue;
		if (nsa_prefix_len(&node->prefix) < 32) {
			memset(port->local4, 0xff, sizeof(port->local4));
			return;
		}
		memcpy(&addr, node->prefix.addr, sizeof(addr));
		bit = NSACCEL_LOCAL4_BIT(addr);
		port->local4[bit / 8] |= (__u8)(1 << bit % 8);
	}
}

static void port_addresses(const struct nsa_snapshot *snapshot, int ifindex,
			   struct nsaccel_port *port)
{
	const struct nsa_addr *a4 = owner_addr(snapshot, ifindex, AF_INET);
	const struct nsa_addr *a6 = owner_addr(snapshot, ifindex, AF_INET6);

	memset(port->address4, 0, sizeof(port->address4));
	memset(port->address6, 0, sizeof(port->address6));
	if (a4)
		memcpy(port->address4, a4->addr, sizeof(port->address4));
	if (a6)
		memcpy(port->address6, a6->addr, sizeof(port->address6));
}

/* A passthru macvlan is alone on its lower, and has its MAC: no frame is to be turned round
 * there. */
static bool has_passthru(const struct nsa_snapshot *snapshot, int ifindex)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps = nsa_snapshot_endpoints(snapshot, ifindex, &count);

	for (size_t i = 0; i < count; i++)
		if (nsa_kind(eps[i].kind)->shares_port &&
		    eps[i].link.macvlan_mode == MACVLAN_MODE_PASSTHRU)
			return true;
	return false;
}

/* Can entries of the bridge be refreshed for frames that it does not see? A bridge that limits the
 * number of learnt MACs does not count a refreshed entry any more. */
static bool is_refreshable(const struct nsa_link *bridge)
{
	return !bridge->bridge_counts && bridge->bridge_hold >= NSA_BRIDGE_HOLD_MIN;
}

/* May frames go straight between this port of the bridge and another? */
static bool may_forward(const struct nsa_link *bridge, const struct nsa_link *port)
{
	return !bridge->bridge_vlan_filtering && (bridge->flags & IFF_UP) &&
	       (port->flags & IFF_UP) && port->port.state == BR_STATE_FORWARDING &&
	       !port->port.special;
}

/* Has it a master that is no bridge: a bond, a team, a VRF, Open vSwitch? */
static bool is_enslaved(const struct nsa_link *link)
{
	return link->master && !nsa_device_is_bridged(link);
}

/* Does something receive its frames, or copies, before IP (netdev_rx_handler_register())? Bridges,
 * which do, are handled elsewhere. */
static bool is_taken(const struct nsa_snapshot *snapshot, const struct nsa_link *link)
{
	return is_enslaved(link) || nsa_snapshot_is_taken(snapshot, link->ifindex);
}

/* Frames between the ports of a bridge that is taken are not affected: it passes up only its
 * own. */
static void plan_taken(const struct nsa_snapshot *snapshot, const struct nsa_link *link,
		       const struct nsa_link *l3, struct nsaccel_port *port)
{
	bool taken = is_taken(snapshot, link);

	if (port->macvlan_lower && has_passthru(snapshot, link->ifindex))
		port->macvlan_lower = 0;
	port->enslaved = is_enslaved(link);
	if (taken)
		port->bridge_forward = NSACCEL_BRIDGE_FORWARD_NONE;
	if (taken || is_taken(snapshot, l3))
		port->forward4 = port->forward6 = 0;
}

static enum nsaccel_gate gate(const struct nsa_plan_gates *gates, bool rules, bool filters)
{
	if ((filters || (rules && gates->every_packet)) && !gates->bypass)
		return NSACCEL_GATE_SHUT;
	return rules ? NSACCEL_GATE_FLOW : NSACCEL_GATE_OPEN;
}

static enum nsaccel_bridge_forward bridge_forwarding(const struct nsa_plan_gates *gates)
{
	return gates->validates ? NSACCEL_BRIDGE_FORWARD_VALID : NSACCEL_BRIDGE_FORWARD_ALL;
}

void nsa_plan_tighten(const struct nsa_plan_gates *gates, struct nsaccel_port *port)
{
	enum nsaccel_gate routed = gate(gates, gates->routed, false);
	enum nsaccel_gate bridged = gate(gates, gates->bridged, false);

	if (routed > port->gate)
		port->gate = routed;
	if (bridged > port->bridge_gate)
		port->bridge_gate = bridged;
	if (port->bridge_forward && gates->validates)
		port->bridge_forward = NSACCEL_BRIDGE_FORWARD_VALID;
}

/* Has the bridge of the port any ingress programs? The fast path skips all of them; of a port's own
 * it skips only those after ours. */
static bool is_hooked_above(const struct nsa_link *link, const struct nsa_link *l3,
			    const struct nsa_snapshot_device *device)
{
	return l3 != link && (device->ingress_hooked || l3->xdp_attached);
}

/* A promiscuous bridge gets a copy of every frame. */
static enum nsaccel_gate plan_bridge_gate(const struct nsa_plan *plan, const struct nsa_link *link,
					  const struct nsa_link *l3,
					  const struct nsa_snapshot_device *own)
{
	return l3 != link && l3->promiscuous ?
		       NSACCEL_GATE_SHUT :
		       gate(&plan->gates, plan->gates.bridged, own->ingress_filters);
}

/* Of a bridge's port, frames for the bridge's MAC are routed as if they arrived by the bridge, as
 * long as its forwarding database has that MAC as the bridge's own. */
static void plan_bridge(const struct nsa_plan *plan, const struct nsa_link *link,
			const struct nsa_link *l3, struct nsaccel_port *port)
{
	bool bridged = l3 != link;
	bool open = !bridged || (may_forward(l3, link) && is_refreshable(l3));
	bool taken_up = !bridged || nsa_snapshot_takes_up(plan->snapshot, l3->ifindex, l3->mac);

	port->l3_ifindex = (__u32)l3->ifindex;
	port->bridge = bridged ? (__u32)l3->ifindex : 0;
	port->bridge_forward =
		bridged && open ? bridge_forwarding(&plan->gates) : NSACCEL_BRIDGE_FORWARD_NONE;
	port->isolated = bridged && link->port.isolated;
	if (!open || !taken_up)
		port->forward4 = port->forward6 = 0;
	memcpy(port->mac, l3->mac, NSACCEL_MAC_LEN);
	port_addresses(plan->snapshot, l3->ifindex, port);
}

/* The namespace that the endpoint is confined to; of a lower, whether new macvlans on it are
 * closed. */
static void plan_bound(const struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep,
		       int ifindex, struct nsaccel_port *port)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps = nsa_snapshot_endpoints(snapshot, ifindex, &count);

	port->bound = ep ? (__u8)ep->bound : NSACCEL_BOUND_NONE;
	port->bound_cookie = ep ? ep->bound_cookie : 0;
	if (port->bound == NSACCEL_BOUND_CLOSED)
		port->forward4 = port->forward6 = port->bridge_forward = 0;
	port->close_unknown &= (__u8)~NSACCEL_CLOSE_UNKNOWN_QUOTA;
	for (size_t i = 0; port->macvlan_lower && i < count; i++) {
		if (!nsa_kind(eps[i].kind)->shares_port)
			continue;
		if (eps[i].bound_cookie)
			port->close_unknown |= NSACCEL_CLOSE_UNKNOWN_NEW;
		if (eps[i].left_out && eps[i].bound == NSACCEL_BOUND_CLOSED)
			port->close_unknown |= NSACCEL_CLOSE_UNKNOWN_QUOTA;
	}
}

/* Is it the host end for a share of a NIC, or a NIC that is shared? */
static void plan_shares(const struct nsa_plan *plan, int ifindex, struct nsaccel_port *port)
{
	if (!plan->shares) /* they could not be read: the record decides */
		return;
	port->share_nic = 0;
	port->share_vlan = 0;
	port->share_whole = port->shared = 0;
	for (size_t i = 0; i < plan->share_count; i++) {
		const struct nsaccel_share *share = &plan->shares[i];

		if (share->key.nic == (__u32)ifindex)
			port->shared = 1;
		if (share->port != (__u32)ifindex)
			continue;
		port->share_nic = share->key.nic;
		port->share_vlan = share->key.vlan;
		port->share_whole = share->key.family == NSACCEL_FAMILY_NONE;
	}
}

static enum nsaccel_endpoint_xdp endpoint_xdp(const struct nsa_snapshot_endpoint *ep)
{
	__u8 attached = ep ? ep->link.xdp_attached : XDP_ATTACHED_NONE;

	return attached == XDP_ATTACHED_DRV ? NSACCEL_ENDPOINT_XDP_NATIVE :
	       attached == XDP_ATTACHED_SKB ? NSACCEL_ENDPOINT_XDP_GENERIC :
					      NSACCEL_ENDPOINT_XDP_NONE;
}

/* Sets the endpoint behind the port. Nothing of a former endpoint remains. */
static void plan_endpoint_of(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			     struct nsaccel_port *port)
{
	if (!ep || port->endpoint_cookie != ep->cookie) {
		memset(port->source4, 0, sizeof(port->source4));
		memset(port->source6, 0, sizeof(port->source6));
	}
	memset(port->endpoint_mac, 0, NSACCEL_MAC_LEN);
	port->endpoint_cookie = ep ? ep->cookie : 0;
	port->endpoint_ifindex = ep ? (__u32)ep->link.ifindex : 0;
	port->source_slot = ep ? ep->slot : plan->owner_slot;
	if (!ep)
		return;
	memcpy(port->endpoint_mac, ep->link.mac, NSACCEL_MAC_LEN);
	nsa_plan_source(plan, ep, (int)port->l3_ifindex, port->bridge, AF_INET, port->source4);
	nsa_plan_source(plan, ep, (int)port->l3_ifindex, port->bridge, AF_INET6, port->source6);
}

bool nsa_plan_learns_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			    const struct nsaccel_port *port)
{
	struct nsaccel_port now = *port;

	plan_endpoint_of(plan, ep, &now);
	return memcmp(now.source4, port->source4, sizeof(now.source4)) != 0 ||
	       memcmp(now.source6, port->source6, sizeof(now.source6)) != 0;
}

/* redirect_peer would skip a host end that completes packets. With native XDP in the endpoint it is
 * not used, and the kernel has switched off segmentation at the host end. */
static bool is_egress_hooked(const struct nsaccel_port *port,
			     const struct nsa_snapshot_device *bridge,
			     const struct nsa_snapshot_device *own)
{
	return own->egress_hooked || (bridge != own && nsa_plan_is_shaping(bridge)) ||
	       (own->finishes && nsa_kind(port->kind)->owns_port &&
		port->endpoint_xdp != NSACCEL_ENDPOINT_XDP_NATIVE);
}

static void plan_identity(const struct nsa_plan *plan, const struct nsa_link *link,
			  const struct nsa_snapshot_endpoint *ep, struct nsaccel_port *port)
{
	port->owner_cookie = plan->snapshot->owner->cookie;
	port->kind = ep ? ep->kind : NSACCEL_KIND_NIC;
	memset(port->name, 0, sizeof(port->name));
	memcpy(port->name, link->name, strnlen(link->name, sizeof(port->name) - 1));
}

static void plan_settings(const struct nsa_plan *plan, const struct nsa_snapshot_device *device,
			  struct nsaccel_port *port)
{
	port->rp_filter = device->rp_filter;
	port->policy_routing = plan->snapshot->settings.policy_rules || plan->table->other_locals;
	port->keep_priority = plan->snapshot->settings.keep_priority;
	port->forward4 = device->forward4;
	port->forward6 = device->forward6;
}

static void plan_hooks(const struct nsa_plan *plan, const struct nsa_link *link,
		       const struct nsa_snapshot_device *device,
		       const struct nsa_snapshot_device *own, struct nsaccel_port *port)
{
	port->ingress_hooked = own->ingress_hooked;
	port->endpoint_xdp =
		endpoint_xdp(nsa_snapshot_veth_endpoint(plan->snapshot, link->ifindex));
	port->egress_hooked = is_egress_hooked(port, device, own);
}

static void plan_gates(const struct nsa_plan *plan, const struct nsa_link *link,
		       const struct nsa_link *l3, const struct nsa_snapshot_device *device,
		       const struct nsa_snapshot_device *own, struct nsaccel_port *port)
{
	port->gate = gate(&plan->gates, plan->gates.routed,
			  own->ingress_filters || is_hooked_above(link, l3, device));
	port->bridge_gate = plan_bridge_gate(plan, link, l3, own);
}

static __u32 port_mtu(const struct nsa_snapshot *snapshot, const struct nsa_link *link,
		      const struct nsa_link *l3, const struct nsa_snapshot_device *device)
{
	__u32 mtu = nsa_plan_link_mtu(snapshot, link);

	if (l3->mtu < mtu)
		mtu = l3->mtu;
	return device->mtu6 && device->mtu6 < mtu ? device->mtu6 : mtu;
}

/* Is the port's egress to be policed, too? */
static bool is_policed(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       const struct nsaccel_port *port)
{
	return plan->policed || port->bound == NSACCEL_BOUND_CLOSED ||
	       (ep && (ep->isolation.isolated || ep->isolation.limited));
}

void nsa_plan_port(const struct nsa_plan *plan, const struct nsa_link *link,
		   const struct nsa_snapshot_device *device, const struct nsa_snapshot_device *own,
		   struct nsaccel_port *port)
{
	const struct nsa_link *l3 = nsa_plan_l3_link(plan->snapshot, link);
	const struct nsa_snapshot *snapshot = plan->snapshot;
	const struct nsa_snapshot_endpoint *ep =
		port->requested ? NULL : nsa_snapshot_veth_endpoint(snapshot, link->ifindex);

	plan_identity(plan, link, ep, port);
	plan_settings(plan, device, port);
	plan_hooks(plan, link, device, own, port);
	plan_gates(plan, link, l3, device, own, port);
	port->mtu = port_mtu(snapshot, link, l3, device);
	plan_bridge(plan, link, l3, port);
	port->macvlan_lower =
		!nsa_kind(port->kind)->owns_port && nsa_snapshot_is_lower(snapshot, link->ifindex);
	plan_taken(snapshot, link, l3, port);
	plan_shares(plan, link->ifindex, port);
	plan_bound(snapshot, ep, link->ifindex, port);
	port->police_egress = is_policed(plan, ep, port);
	plan_endpoint_of(plan, ep, port);
}
