// SPDX-License-Identifier: GPL-2.0-only
#include <linux/neighbour.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "model/device_kind.h"
#include "model/plan_endpoint.h"
#include "model/plan_fdb.h"
#include "model/plan_nexthop.h"
#include "model/plan_route.h"
#include "util/family.h"

/* l3_ifindex stays also if the next hop passes: the check of strict rp_filter compares it. */
static void to_kernel(struct nsaccel_nexthop *nh, enum nsaccel_reason reason)
{
	nh->action = NSACCEL_ACTION_PASS;
	nh->reason = reason;
}

static __u32 smaller(__u32 route_mtu, __u32 mtu)
{
	return route_mtu && route_mtu < mtu ? route_mtu : mtu;
}

static void to_endpoint(struct nsaccel_nexthop *nh, const struct nsaccel_port *port,
			const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_kind *kind = nsa_kind(ep->kind);

	nh->action = kind->owns_port ? nsa_plan_veth_action(port, true) : kind->action;
	nh->reason = nh->action == NSACCEL_ACTION_PASS ? NSACCEL_PASS_XDP : kind->forwarded;
	nh->ifindex = (__u32)ep->port;
	nh->mtu = smaller(nh->route_mtu, port->mtu);
	/* Packets that the inner end would drop are left to the kernel. */
	if (kind->owns_port && ep->link.mtu < nh->mtu)
		nh->mtu = ep->link.mtu;
	nh->dst_cookie = ep->cookie;
	nh->dst_slot = ep->slot;
	if (kind->owns_port)
		nh->tx_slot = port->tx_slot;
	memcpy(nh->dst_mac, ep->link.mac, NSACCEL_MAC_LEN);
	memcpy(nh->src_mac, port->mac, NSACCEL_MAC_LEN);
}

/* To a MAC on the port's link that is no endpoint's. On the port of an endpoint, that endpoint
 * answers for it, or a device behind it does: in its namespace all the same. */
static void to_wire(struct nsaccel_nexthop *nh, const struct nsaccel_port *port, int ifindex,
		    const __u8 *mac)
{
	const struct nsa_kind *kind = nsa_kind(port->kind);

	if (nsa_plan_veth_action(port, false) == NSACCEL_ACTION_PASS) {
		to_kernel(nh, NSACCEL_PASS_XDP);
		return;
	}
	nh->action = NSACCEL_ACTION_NIC;
	nh->reason = kind->forwarded;
	if (kind->owns_port) { /* whatever MAC its namespace answers with */
		nh->dst_cookie = port->endpoint_cookie;
		nh->dst_slot = port->source_slot;
	}
	nh->ifindex = (__u32)ifindex;
	nh->mtu = smaller(nh->route_mtu, port->mtu);
	nh->tx_slot = port->tx_slot;
	memcpy(nh->dst_mac, mac, NSACCEL_MAC_LEN);
	memcpy(nh->src_mac, port->mac, NSACCEL_MAC_LEN);
}

/* Packets sent to a link that is down are lost, and the kernel may know another route by now. The
 * same goes while the carrier is not known. */
static bool is_up(const struct nsa_plan *plan, int ifindex)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, ifindex);

	return link && (link->flags & IFF_UP) && link->carrier &&
	       !(plan->carriers && nsa_pending_waits(plan->carriers, (__u64)ifindex));
}

/* Does the neighbour need confirmation? The kernel confirms neighbours that it uses itself, but
 * does not see their use by the fast path. */
static bool needs_confirmation(const struct nsa_neigh *neigh)
{
	return neigh && !neigh->managed && !(neigh->state & (NUD_PERMANENT | NUD_NOARP));
}

static void want(struct nsa_plan_wanted *wanted, const struct nsaccel_nexthop *nh)
{
	wanted->ifindex = (int)nh->l3_ifindex;
	wanted->family = nsa_family_os(nh->gateway_family);
	memcpy(wanted->addr, nh->gateway, sizeof(wanted->addr));
}

/* By a bridge: its forwarding database has the port of the MAC. */
static void to_bridge(const struct nsa_plan *plan, struct nsaccel_nexthop *nh,
		      const struct nsa_neigh *neigh)
{
	const struct nsaccel_port *port;
	const struct nsa_snapshot_endpoint *ep;
	const struct nsa_fdb *fdb;

	fdb = nsa_snapshot_fdb(plan->snapshot, (int)nh->l3_ifindex, neigh->mac);
	port = fdb ? nsa_plan_find_port(plan, fdb->port) : NULL;
	if (!port || !port->bridge_forward || port->bridge != nh->l3_ifindex ||
	    !is_up(plan, fdb->port) || nsa_plan_is_shaped(plan, (int)nh->l3_ifindex)) {
		to_kernel(nh, NSACCEL_PASS_BRIDGE);
		return;
	}
	ep = nsa_plan_endpoint_by_mac(plan, fdb->port, neigh->mac);
	if (ep)
		to_endpoint(nh, port, ep);
	else
		to_wire(nh, port, fdb->port, neigh->mac);
}

static bool is_closed(const struct nsaccel_port *port)
{
	return port && port->bound == NSACCEL_BOUND_CLOSED;
}

/* To the endpoint that has the address; on a bridge, also one that is known without a neighbour. */
static void to_holder(const struct nsa_plan *plan, struct nsaccel_nexthop *nh,
		      const struct nsa_snapshot_endpoint *ep)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, ep->port);

	if (port->bridge && (!port->bridge_forward || !is_up(plan, ep->port) ||
			     nsa_plan_is_shaped(plan, (int)nh->l3_ifindex)))
		to_kernel(nh, NSACCEL_PASS_BRIDGE);
	else
		to_endpoint(nh, port, ep);
}

/* A device without ARP sends to its own MAC unless an entry was set. */
static bool asks(const struct nsa_link *link)
{
	return link && !(link->flags & IFF_NOARP);
}

/* The user's list has precedence over the kernel's neighbours, and those over the claims of
 * endpoints. */
static void to_neighbour(const struct nsa_plan *plan, struct nsaccel_nexthop *nh,
			 struct nsa_plan_wanted *wanted)
{
	__u8 family = nsa_family_os(nh->gateway_family);
	int ifindex = (int)nh->l3_ifindex;
	const struct nsaccel_port *port = nsa_plan_find_port(plan, ifindex);
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, ifindex);
	const struct nsa_snapshot_endpoint *ep = NULL;
	const struct nsa_neigh *neigh;

	if (!port && !(link && nsa_device_is_bridge(link))) {
		to_kernel(nh, NSACCEL_PASS_NOT_PORT);
		return;
	}
	/* A next-hop object survives the end of IPv6 on its device. The kernel does not send by it
	 * then. */
	if (!is_up(plan, ifindex) || (family == AF_INET6 && link && link->disable_ipv6)) {
		to_kernel(nh, NSACCEL_PASS_LINK_DOWN);
		return;
	}
	if (is_closed(port)) {
		to_kernel(nh, NSACCEL_PASS_NO_DEVICE);
		return;
	}
	neigh = nsa_snapshot_neigh(plan->snapshot, ifindex, family, nh->gateway);
	if (!asks(link)) {
		if (!neigh || !(neigh->state & NUD_PERMANENT)) {
			to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
			return;
		}
	} else if (!nsa_snapshot_is_unresolved(plan->snapshot, ifindex, family, nh->gateway))
		ep = nsa_plan_holder(plan, ifindex, family, nh->gateway, neigh);
	if (ep)
		to_holder(plan, nh, ep);
	else if (neigh && port)
		to_wire(nh, port, ifindex, neigh->mac);
	else if (neigh)
		to_bridge(plan, nh, neigh);
	else
		to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
	if (nh->reason == NSACCEL_PASS_NO_NEIGH)
		want(wanted, nh);
	nh->confirm_neigh = nh->action >= NSACCEL_ACTION_NIC && needs_confirmation(neigh);
}

static void to_link(const struct nsa_plan *plan, struct nsaccel_nexthop *nh)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, (int)nh->l3_ifindex);
	bool bridge = link && nsa_device_is_bridge(link);

	to_kernel(nh, bridge || nsa_plan_find_port(plan, (int)nh->l3_ifindex) ?
			      NSACCEL_PASS_NO_NEIGH :
			      NSACCEL_PASS_NOT_PORT);
}

/* Static routes */

static void to_gateway(const struct nsa_plan *plan, struct nsaccel_nexthop *nh,
		       struct nsa_plan_wanted *wanted)
{
	__u8 family = nsa_family_os(nh->gateway_family);
	struct nsaccel_nexthop link;

	if (!nsa_plan_is_on_link(plan, family, nh->gateway, &link)) {
		to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
		return;
	}
	nh->l3_ifindex = link.target_ifindex;
	nh->route_mtu = link.route_mtu;
	to_neighbour(plan, nh, wanted);
}

/* May packets be sent by the port? If not, the next hop says why. */
static bool is_usable(const struct nsa_plan *plan, int ifindex, struct nsaccel_nexthop *nh)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, ifindex);

	if (!port || is_closed(port))
		to_kernel(nh, NSACCEL_PASS_NO_DEVICE);
	else if (!is_up(plan, ifindex))
		to_kernel(nh, NSACCEL_PASS_LINK_DOWN);
	else if (port->bridge && !port->bridge_forward)
		to_kernel(nh, NSACCEL_PASS_BRIDGE);
	else
		return true;
	return false;
}

static void to_device(const struct nsa_plan *plan, struct nsaccel_nexthop *nh,
		      struct nsa_plan_wanted *wanted)
{
	int ifindex = (int)nh->target_ifindex;
	const struct nsaccel_port *port = nsa_plan_find_port(plan, ifindex);
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(plan->snapshot, ifindex);

	if (!is_usable(plan, ifindex, nh))
		return;
	nh->l3_ifindex = port->l3_ifindex;
	if (nsa_kind(port->kind)->owns_port && ep)
		to_endpoint(nh, port, ep); /* for any address, since nobody else is there */
	else if (nh->gateway_family)
		to_neighbour(plan, nh, wanted);
	else
		to_kernel(nh, NSACCEL_PASS_NO_NEIGH);
}

static const struct nsa_snapshot_endpoint *endpoint_of(const struct nsa_plan *plan, int port,
						       __u64 cookie)
{
	size_t count;
	const struct nsa_snapshot_endpoint *eps =
		nsa_snapshot_endpoints(plan->snapshot, port, &count);

	for (size_t i = 0; i < count; i++)
		if (eps[i].cookie == cookie && nsa_plan_is_itself(&eps[i]) &&
		    nsa_plan_is_deliverable(&eps[i]) &&
		    nsa_plan_is_endpoint_of(&eps[i], nsa_plan_find_port(plan, port)))
			return &eps[i];
	return NULL;
}

static void to_netns(const struct nsa_plan *plan, struct nsaccel_nexthop *nh)
{
	int port = (int)nh->target_ifindex;
	const struct nsa_snapshot_endpoint *ep = endpoint_of(plan, port, nh->dst_cookie);

	if (!ep) {
		to_kernel(nh, NSACCEL_PASS_NO_DEVICE);
	} else if (is_usable(plan, port, nh)) {
		nh->l3_ifindex = nsa_plan_find_port(plan, port)->l3_ifindex;
		to_endpoint(nh, nsa_plan_find_port(plan, port), ep);
	}
}

static void to_drop(struct nsaccel_nexthop *nh, enum nsaccel_action action,
		    enum nsaccel_reason reason)
{
	nh->action = action;
	nh->reason = reason;
}

static bool is_any_redirected(const struct nsa_plan *plan, enum nsaccel_family family)
{
	for (size_t i = 0; i < plan->snapshot->link_count; i++)
		if (nsa_snapshot_takes_redirects(plan->snapshot, plan->snapshot->links[i].ifindex,
						 nsa_family_os(family)))
			return true;
	return false;
}

/* bpf_fib_lookup() is not given a packet's tunnel. It calls fib6_lookup(), for which
 * fib6_rule_suppress() rejects no route (Linux 6.18: it looks at res->rt6, which only the kernel's
 * own input path sets). */
static bool is_every_rule_applied(const struct nsa_snapshot_settings *settings,
				  enum nsaccel_family family)
{
	return !settings->tunnel_rules &&
	       !(family == NSACCEL_FAMILY_INET6 && settings->suppress_rules6);
}

/* bpf_fib_lookup() does not know the kernel's other gateways after redirects, nor apply every rule.
 * A route's MTU hides the path MTU from it, but not from the kernel. */
static void to_fib(const struct nsa_plan *plan, struct nsaccel_nexthop *nh, bool same_hash)
{
	bool hidden = plan->snapshot->settings.use_pmtu && nh->route_mtu &&
		      nh->gateway_family == NSACCEL_FAMILY_INET;

	if (same_hash && !hidden &&
	    is_every_rule_applied(&plan->snapshot->settings, nh->gateway_family) &&
	    !is_any_redirected(plan, nh->gateway_family))
		nh->action = NSACCEL_ACTION_FIB;
	else
		nh->action = NSACCEL_ACTION_PASS;
	nh->reason = NSACCEL_PASS_FIB;
	nh->mtu = nh->route_mtu;
}

void nsa_plan_resolve(const struct nsa_plan *plan, const struct nsaccel_nexthop *key,
		      struct nsaccel_nexthop *record, struct nsa_plan_wanted *wanted)
{
	const struct nsa_snapshot_settings *settings = &plan->snapshot->settings;
	struct nsaccel_nexthop *nh = record;

	*nh = *key;
	nh->l3_ifindex = nh->target_ifindex;
	memset(wanted, 0, sizeof(*wanted));
	switch (key->target) {
	case NSACCEL_TARGET_NEIGHBOUR:
		return to_neighbour(plan, nh, wanted);
	case NSACCEL_TARGET_LINK:
		return to_link(plan, nh);
	case NSACCEL_TARGET_FIB:
		return to_fib(plan, nh, true);
	case NSACCEL_TARGET_MULTIPATH:
		return to_fib(plan, nh,
			      nh->gateway_family == NSACCEL_FAMILY_INET ? settings->l3_hash4 :
									  settings->l3_hash6);
	case NSACCEL_TARGET_VIA:
		return to_gateway(plan, nh, wanted);
	case NSACCEL_TARGET_DEV:
		return to_device(plan, nh, wanted);
	case NSACCEL_TARGET_NETNS:
		return to_netns(plan, nh);
	case NSACCEL_TARGET_BLACKHOLE:
		return to_drop(nh, NSACCEL_ACTION_DROP, NSACCEL_DROP_BLACKHOLE);
	case NSACCEL_TARGET_UNREACHABLE:
		return to_drop(nh, NSACCEL_ACTION_REJECT, NSACCEL_DROP_UNREACHABLE);
	case NSACCEL_TARGET_PROHIBIT:
		return to_drop(nh, NSACCEL_ACTION_REJECT, NSACCEL_DROP_PROHIBIT);
	default:
		if (key->reason == NSACCEL_DROP_BLACKHOLE)
			return to_drop(nh, NSACCEL_ACTION_DROP, NSACCEL_DROP_BLACKHOLE);
		return to_kernel(nh, key->reason);
	}
}
