/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Desired state: from a view of the kernel and what the user asked for, the
 * ports, endpoints and routes that the maps should hold. Pure: no system calls.
 */
#ifndef NSA_PLAN_H
#define NSA_PLAN_H

#include "maps.h"
#include "view.h"

struct nsa_plan_route {
	struct nsaccel_prefix prefix;
	enum nsaccel_origin origin;
	struct nsaccel_nexthop nh; /* generation 0 */
};

/* A neighbour that a next hop needs and the kernel hasn't resolved. */
struct nsa_plan_wanted {
	int ifindex;
	__u8 family;
	__u8 addr[NSACCEL_ADDR_LEN];
};

struct nsa_plan {
	const struct nsa_view *view;
	__u32 owner_slot;
	const struct nsa_port_entry *ports; /* the owner's, as applied: with slots and XDP state */
	size_t port_count;
	struct nsa_plan_route *routes;
	size_t route_count, route_room;
	struct nsa_plan_wanted *wanted;
	size_t wanted_count;
};

/* Should this device of the owner be a port although the user didn't name it? */
bool nsa_plan_is_found_port(const struct nsa_view *view, const struct nsa_link *link);
/* Fills all of port that comes from the view; keeps what is the user's (mode, delivery, requested)
 * and what hooks report (xdp, xdp_why, tx_slot). */
void nsa_plan_port(const struct nsa_view *view, const struct nsa_link *link,
		   const struct nsa_view_device *device, __u32 owner_slot,
		   struct nsaccel_port *port);
void nsa_plan_endpoint(const struct nsa_view_endpoint *ep, __u32 owner_slot,
		       struct nsa_endpoint_entry *out);

/* Is this endpoint behind the port? A veth that the user named as a NIC has the wire behind it. */
bool nsa_plan_is_endpoint_of(const struct nsa_view_endpoint *ep, const struct nsaccel_port *port);

/* The owner's own table: its FIB, neighbours, endpoints, then the given static routes, whose next
 * hops are resolved anew. Sorted, one route per prefix. 0 or -ENOMEM. */
int nsa_plan_routes(struct nsa_plan *plan, const struct nsa_plan_route *statics, size_t count);
/* Resolves a static route's target (nh.target, target_ifindex, gateway, dst_cookie). */
int nsa_plan_static(struct nsa_plan *plan, struct nsa_plan_route *route);
void nsa_plan_free(struct nsa_plan *plan);

#endif
