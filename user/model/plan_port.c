// SPDX-License-Identifier: GPL-2.0-only
/* Ports, endpoints and bridge entries. */
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "model/plan.h"
#include "model/rib.h"

static bool is_bridged(const struct nsa_link *link)
{
	return link->master && !strcmp(link->master_kind, "bridge");
}

bool nsa_plan_is_found_port(const struct nsa_snapshot *snapshot, const struct nsa_link *link)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(snapshot, link->ifindex);

	return !strcmp(link->kind, "veth") && ep && !ep->left_out &&
	       (!link->master || is_bridged(link) || ep->bound_cookie);
}

const struct nsa_link *nsa_plan_l3_link(const struct nsa_snapshot *snapshot,
					const struct nsa_link *link)
{
	const struct nsa_link *bridge =
		is_bridged(link) ? nsa_snapshot_link(snapshot, link->master) : NULL;

	return bridge ? bridge : link;
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

/* On a link with others an address is whose MAC the kernel has for it. Who was known by it keeps it while
 * he has it, whatever others make of the neighbour table. */
static bool is_resolved_to(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			   int l3_ifindex, const struct nsa_addr *addr, const __u8 *known)
{
	const struct nsa_neigh *neigh =
		nsa_snapshot_neigh(plan->snapshot, l3_ifindex, addr->family, addr->addr);

	return (neigh && !memcmp(neigh->mac, ep->link.mac, NSACCEL_MAC_LEN)) ||
	       !memcmp(known, addr->addr, nsa_address_size(addr->family));
}

/* Nobody's to send from, or listed for another. */
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
	       !nsa_plan_is_told(plan, addr->family, addr->addr) &&
	       (!shared || is_resolved_to(plan, ep, l3_ifindex, addr, known));
}

/* The first source address of the endpoint of the family that the guard and the owner's source checks
 * let through. known: that of before, which is replaced. */
static void known_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			 int l3_ifindex, bool shared, __u8 family, __u8 *known)
{
	/* With policy rules, only the kernel's lookup tells which way back it takes; and what the user
	 * has listed may be none of its addresses; nor are those of who isn't the one that it is held to. */
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

/* The kernel takes neither its own addresses for a source nor, where it has local routes that no
 * address made (fib_has_custom_local_routes), broadcast ones. */
static bool is_no_source(const struct nsa_plan *plan, const struct nsa_node *node)
{
	for (const struct nsa_kroute *route = node->routes; route; route = route->next) {
		enum nsaccel_reason reason = nsa_hop(plan->hops, route->hop)->key.reason;

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

/* A passthru macvlan is alone on its lower, and has its MAC: nothing is to be turned round there. */
static bool has_passthru(const struct nsa_snapshot *snapshot, int ifindex)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps = nsa_snapshot_endpoints(snapshot, ifindex, &count);

	for (size_t i = 0; i < count; i++)
		if (eps[i].kind == NSACCEL_KIND_MACVLAN &&
		    eps[i].link.macvlan_mode == MACVLAN_MODE_PASSTHRU)
			return true;
	return false;
}

/* Does the bridge know whose frames it hasn't seen for as long as it would if it saw them? An entry that it is
 * told to keep isn't counted any more among those that it may learn. */
static bool is_refreshable(const struct nsa_link *bridge)
{
	return !bridge->bridge_counts && bridge->bridge_hold >= NSA_BRIDGE_HOLD_MIN;
}

/* May frames that this port of the bridge takes or gives go straight to, or from, another? */
static bool may_steer(const struct nsa_link *bridge, const struct nsa_link *port)
{
	return !bridge->bridge_vlan_filtering && (bridge->flags & IFF_UP) &&
	       (port->flags & IFF_UP) && port->port.state == BR_STATE_FORWARDING &&
	       !port->port.special;
}

/* By a bond, a team, a VRF, or a switch of Open vSwitch. */
static bool is_enslaved(const struct nsa_link *link)
{
	return link->master && !is_bridged(link);
}

/* Does something take frames that come in by it before IP, or besides (netdev_rx_handler_register())? A
 * bridge, too, but that is known in other ways. */
static bool is_taken(const struct nsa_snapshot *snapshot, const struct nsa_link *link)
{
	return is_enslaved(link) || nsa_snapshot_is_taken(snapshot, link->ifindex);
}

/* Past a bridge that is taken frames go from port to port as ever: it hands only those up that are for it. */
static void plan_taken(const struct nsa_snapshot *snapshot, const struct nsa_link *link,
		       const struct nsa_link *l3, struct nsaccel_port *port)
{
	bool taken = is_taken(snapshot, link);

	if (port->lower && has_passthru(snapshot, link->ifindex))
		port->lower = 0;
	port->enslaved = is_enslaved(link);
	if (taken)
		port->steer = NSACCEL_STEER_NONE;
	if (taken || is_taken(snapshot, l3))
		port->forward4 = port->forward6 = 0;
}

static enum nsaccel_gate gate(const struct nsa_plan_gates *gates, bool rules, bool filters)
{
	if ((filters || (rules && gates->every_packet)) && !gates->bypass)
		return NSACCEL_GATE_SHUT;
	return rules ? NSACCEL_GATE_FLOW : NSACCEL_GATE_OPEN;
}

static enum nsaccel_steer steering(const struct nsa_plan_gates *gates)
{
	return gates->validates ? NSACCEL_STEER_VALID : NSACCEL_STEER_ALL;
}

void nsa_plan_tighten(const struct nsa_plan_gates *gates, struct nsaccel_port *port)
{
	enum nsaccel_gate routed = gate(gates, gates->routed, false);
	enum nsaccel_gate bridged = gate(gates, gates->bridged, false);

	if (routed > port->gate)
		port->gate = routed;
	if (bridged > port->steer_gate)
		port->steer_gate = bridged;
	if (port->steer && gates->validates)
		port->steer = NSACCEL_STEER_VALID;
}

/* Past the ingress of a bridge go all programs there, of its port only those after ours. */
static bool is_hooked_above(const struct nsa_link *link, const struct nsa_link *l3,
			    const struct nsa_snapshot_device *device)
{
	return l3 != link && (device->ingress_hooked || l3->xdp_attached);
}

/* Of what goes by a promiscuous bridge the kernel hands it a copy. */
static enum nsaccel_gate plan_steer_gate(const struct nsa_plan *plan, const struct nsa_link *link,
					 const struct nsa_link *l3,
					 const struct nsa_snapshot_device *own)
{
	return l3 != link && l3->promiscuous ?
		       NSACCEL_GATE_SHUT :
		       gate(&plan->gates, plan->gates.bridged, own->ingress_filters);
}

/* As a bridge's port: what is sent to the bridge's MAC is routed as if it came in by the bridge, as long as
 * its database says that it is the bridge's. */
static void plan_bridge(const struct nsa_plan *plan, const struct nsa_link *link,
			const struct nsa_link *l3, struct nsaccel_port *port)
{
	bool bridged = l3 != link;
	bool open = !bridged || (may_steer(l3, link) && is_refreshable(l3));
	bool taken_up = !bridged || nsa_snapshot_takes_up(plan->snapshot, l3->ifindex, l3->mac);

	port->l3_ifindex = (__u32)l3->ifindex;
	port->bridge = bridged ? (__u32)l3->ifindex : 0;
	port->steer = bridged && open ? steering(&plan->gates) : NSACCEL_STEER_NONE;
	port->isolated = bridged && link->port.isolated;
	if (!open || !taken_up)
		port->forward4 = port->forward6 = 0;
	memcpy(port->mac, l3->mac, NSACCEL_MAC_LEN);
	port_addresses(plan->snapshot, l3->ifindex, port);
}

/* As whom what is behind it is treated; of a lower, whether what is new there is open. */
static void plan_bound(const struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep,
		       int ifindex, struct nsaccel_port *port)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps = nsa_snapshot_endpoints(snapshot, ifindex, &count);

	port->bound = ep ? (__u8)ep->bound : NSACCEL_BOUND_NONE;
	port->bound_cookie = ep ? ep->bound_cookie : 0;
	if (port->bound == NSACCEL_BOUND_CLOSED)
		port->forward4 = port->forward6 = port->steer = 0;
	port->confines &= (__u8)~NSACCEL_CONFINES_CROWD;
	for (size_t i = 0; port->lower && i < count; i++) {
		if (eps[i].kind != NSACCEL_KIND_MACVLAN)
			continue;
		if (eps[i].bound_cookie)
			port->confines |= NSACCEL_CONFINES_NEW;
		if (eps[i].left_out && eps[i].bound == NSACCEL_BOUND_CLOSED)
			port->confines |= NSACCEL_CONFINES_CROWD;
	}
}

/* Does a NIC's traffic go by it, or is it shared itself? */
static void plan_shares(const struct nsa_plan *plan, int ifindex, struct nsaccel_port *port)
{
	port->share_nic = 0;
	port->share_vlan = 0;
	port->share_whole = port->shares = 0;
	for (size_t i = 0; i < plan->share_count; i++) {
		const struct nsaccel_share *share = &plan->shares[i];

		if (share->key.nic == (__u32)ifindex)
			port->shares = 1;
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

enum nsaccel_action nsa_plan_veth_action(const struct nsaccel_port *port, bool own)
{
	if (own && !port->egress_hooked && port->endpoint_xdp != NSACCEL_ENDPOINT_XDP_NATIVE)
		return NSACCEL_ACTION_VETH;
	return port->endpoint_xdp == NSACCEL_ENDPOINT_XDP_GENERIC ? NSACCEL_ACTION_PASS :
								    NSACCEL_ACTION_NIC;
}

/* Who is behind it; of who was before nothing is left. */
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
	known_source(plan, ep, (int)port->l3_ifindex, port->bridge, AF_INET, port->source4);
	known_source(plan, ep, (int)port->l3_ifindex, port->bridge, AF_INET6, port->source6);
}

bool nsa_plan_learns_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			    const struct nsaccel_port *port)
{
	struct nsaccel_port now = *port;

	plan_endpoint_of(plan, ep, &now);
	return memcmp(now.source4, port->source4, sizeof(now.source4)) != 0 ||
	       memcmp(now.source6, port->source6, sizeof(now.source6)) != 0;
}

/* Could a tunnel's packets leave by it? Other tunnels of its kind are as large as this one. */
static bool may_carry(const struct nsa_link *link)
{
	return (link->flags & IFF_UP) && !(link->flags & IFF_LOOPBACK) && !link->vxlan_head &&
	       !is_bridged(link);
}

/* What packets of the VXLAN device may be as long as, whatever its routes are; in another namespace, whose
 * devices aren't known, as on any link with IPv6. */
static __u32 underlay_mtu(const struct nsa_snapshot *snapshot, const struct nsa_link *vxlan)
{
	const struct nsa_link *lower = nsa_snapshot_link(snapshot, vxlan->vxlan_lower);
	__u32 least = vxlan->mtu + vxlan->vxlan_head;

	if (vxlan->link_nsid >= 0)
		return 1280;
	if (lower)
		return lower->mtu;
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (may_carry(&snapshot->links[i]) && snapshot->links[i].mtu < least)
			least = snapshot->links[i].mtu;
	return least;
}

/* From a tunnel's packet that doesn't fit the device that it leaves by, the kernel learns the path's MTU, and
 * tells who sends more. */
static __u32 link_mtu(const struct nsa_snapshot *snapshot, const struct nsa_link *link)
{
	__u32 under;

	if (!link->vxlan_head)
		return link->mtu;
	under = underlay_mtu(snapshot, link);
	if (under >= link->mtu + link->vxlan_head)
		return link->mtu;
	return under > link->vxlan_head ? under - link->vxlan_head : 0;
}

/* Does the device do more with what is sent by it than to send it? */
static bool is_shaping(const struct nsa_snapshot_device *device)
{
	return device->egress_hooked || device->finishes;
}

/* Past a host end that finishes packets redirect_peer mustn't go. Where XDP is inside, for which the kernel
 * takes segmentation from the host end, nothing does. */
static bool is_egress_hooked(const struct nsaccel_port *port,
			     const struct nsa_snapshot_device *bridge,
			     const struct nsa_snapshot_device *own)
{
	return own->egress_hooked || (bridge != own && is_shaping(bridge)) ||
	       (own->finishes && port->kind == NSACCEL_KIND_VETH &&
		port->endpoint_xdp != NSACCEL_ENDPOINT_XDP_NATIVE);
}

void nsa_plan_port(const struct nsa_plan *plan, const struct nsa_link *link,
		   const struct nsa_snapshot_device *device, const struct nsa_snapshot_device *own,
		   struct nsaccel_port *port)
{
	const struct nsa_link *l3 = nsa_plan_l3_link(plan->snapshot, link);
	const struct nsa_snapshot *snapshot = plan->snapshot;
	const struct nsa_snapshot_endpoint *ep = NULL;

	if (!port->requested)
		ep = nsa_snapshot_veth_endpoint(snapshot, link->ifindex);
	port->owner_cookie = snapshot->owner->cookie;
	port->kind = ep ? NSACCEL_KIND_VETH : NSACCEL_KIND_NIC;
	port->rp_filter = device->rp_filter;
	port->ruled = snapshot->settings.policy_rules || plan->table->other_locals;
	port->keeps_priority = snapshot->settings.keeps_priority;
	port->forward4 = device->forward4;
	port->forward6 = device->forward6;
	port->ingress_hooked = own->ingress_hooked;
	port->endpoint_xdp = endpoint_xdp(nsa_snapshot_veth_endpoint(snapshot, link->ifindex));
	port->egress_hooked = is_egress_hooked(port, device, own);
	port->gate = gate(&plan->gates, plan->gates.routed,
			  own->ingress_filters || is_hooked_above(link, l3, device));
	port->steer_gate = plan_steer_gate(plan, link, l3, own);
	port->mtu = link_mtu(snapshot, link);
	if (l3->mtu < port->mtu)
		port->mtu = l3->mtu;
	if (device->mtu6 && device->mtu6 < port->mtu)
		port->mtu = device->mtu6;
	plan_bridge(plan, link, l3, port);
	port->lower =
		port->kind == NSACCEL_KIND_NIC && nsa_snapshot_is_lower(snapshot, link->ifindex);
	plan_taken(snapshot, link, l3, port);
	plan_shares(plan, link->ifindex, port);
	plan_bound(snapshot, ep, link->ifindex, port);
	port->watched = plan->policed || port->bound == NSACCEL_BOUND_CLOSED ||
			(ep && (ep->isolation.isolated || ep->isolation.limited));
	plan_endpoint_of(plan, ep, port);
	memset(port->name, 0, sizeof(port->name));
	memcpy(port->name, link->name, strnlen(link->name, sizeof(port->name) - 1));
}

void nsa_plan_endpoint(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out)
{
	bool macvlan = ep->kind == NSACCEL_KIND_MACVLAN;

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
	/* What one that is down doesn't take, the lower's own namespace would route, again and again. */
	out->ep.hairpin = macvlan && (ep->link.flags & IFF_UP) && nsa_plan_is_deliverable(ep);
	out->ep.bound = (__u8)ep->bound;
	known_source(plan, ep, ep->port, macvlan, AF_INET, out->ep.source4);
	known_source(plan, ep, ep->port, macvlan, AF_INET6, out->ep.source6);
	memcpy(out->ep.name, ep->link.name, strnlen(ep->link.name, sizeof(out->ep.name) - 1));
}

/* Does a policy hold, or was anything said of the macvlan, or of another one there, which it may be? */
static bool is_minded(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsaccel_port *lower = nsa_plan_find_port(plan, ep->port);

	return plan->policed || !lower || lower->confines || ep->isolation.cookie ||
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
	return port && !ep->left_out && !ep->borrowed &&
	       (ep->kind == NSACCEL_KIND_VETH ? port->kind == NSACCEL_KIND_VETH : port->lower);
}

bool nsa_plan_is_itself(const struct nsa_snapshot_endpoint *ep)
{
	return !ep->unread && ep->bound <= NSACCEL_BOUND_ITSELF;
}

bool nsa_plan_is_deliverable(const struct nsa_snapshot_endpoint *ep)
{
	return ep->bound != NSACCEL_BOUND_CLOSED &&
	       (ep->kind != NSACCEL_KIND_MACVLAN || ep->link.macvlan_mode == MACVLAN_MODE_BRIDGE);
}

/* One that is down would swallow what it is sent; a macvlan's lower would take it for its own. */
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
	return port && port->kind == NSACCEL_KIND_VETH && !port->bridge;
}

/* Of those on the link who say that they have the address, the only one that the user listed for it, or
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

/* Would the kernel learn of it? Who answers no ARP has an address only by somebody else's word. */
static bool answers(const struct nsa_snapshot_endpoint *ep)
{
	return !(ep->link.flags & IFF_NOARP);
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
	return ep && (neigh || answers(ep)) ? ep : NULL;
}

bool nsa_plan_fdb_ages(const struct nsa_plan *plan, const struct nsa_fdb *fdb)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, fdb->port);
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, fdb->port);

	return port && port->steer && link && link->port.learning &&
	       !(fdb->state & (NUD_PERMANENT | NUD_NOARP));
}

bool nsa_plan_is_shaped(const struct nsa_plan *plan, int bridge)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, bridge);

	return !link || is_shaping(&plan->snapshot->devices[link - plan->snapshot->links]);
}

bool nsa_plan_fdb(const struct nsa_plan *plan, const struct nsa_fdb *fdb, struct nsaccel_fdb *out)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, fdb->port);
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, fdb->port);
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(plan->snapshot, fdb->port);
	bool own;

	if (fdb->local || !port || !link || !port->steer || port->bridge != (__u32)fdb->bridge)
		return false;
	/* redirect_peer would hand other MACs' frames to the endpoint as its own. */
	own = port->kind == NSACCEL_KIND_VETH &&
	      !memcmp(port->endpoint_mac, fdb->mac, NSACCEL_MAC_LEN);
	memset(out, 0, sizeof(*out));
	out->key.owner_slot = plan->owner_slot;
	out->key.bridge = (__u32)fdb->bridge;
	memcpy(out->key.mac, fdb->mac, NSACCEL_MAC_LEN);
	out->ifindex = (__u32)fdb->port;
	out->action = nsa_plan_veth_action(port, own);
	out->mtu = ep && ep->link.mtu < link->mtu ? ep->link.mtu : link->mtu;
	out->isolated = port->isolated;
	out->shaped = nsa_plan_is_shaped(plan, fdb->bridge);
	out->netns_cookie = port->endpoint_cookie;
	if (port->kind == NSACCEL_KIND_VETH)
		out->slot = port->source_slot;
	memcpy(out->name, port->name, sizeof(out->name));
	return true;
}
