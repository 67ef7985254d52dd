/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own view of one owner namespace, read once: links, addresses,
 * routes, neighbours, forwarding settings, and the endpoints behind its devices
 * in every other namespace that can be reached.
 */
#ifndef NSA_VIEW_H
#define NSA_VIEW_H

#include <stdbool.h>

#include "netns.h"
#include "nsaccel/abi.h"
#include "rtnl.h"

struct nsa_view_endpoint {
	const struct nsa_netns *ns; /* in the list that the view was made from */
	enum nsaccel_kind kind;	    /* VETH or MACVLAN */
	struct nsa_link link;	    /* in ns */
	int port;		    /* ifindex in the owner: veth host end or lower */
	__u32 slot;		    /* of ns; the core fills it in */
	struct nsa_addr *addrs;	    /* global ones of link, usable; owned */
	size_t addr_count;
};

/* Of one device of the owner: what isn't in rtnetlink's dumps. */
struct nsa_view_device {
	bool forward4, forward6;
	__u32 mtu6; /* of IPv6, by sysctl or router advertisement; 0 unknown */
	enum nsaccel_rp_filter rp_filter;
	bool ingress_filters; /* others' clsact filters, which run after tcx programs */
	bool ingress_hooked, egress_hooked;
};

struct nsa_view {
	const struct nsa_netns *owner;
	struct nsa_rtnl *rtnl;
	struct nsa_link *links;
	struct nsa_addr *addrs;
	struct nsa_krt *routes;
	struct nsa_neigh *neighs;
	struct nsa_view_endpoint *endpoints;
	size_t link_count, addr_count, route_count, neigh_count, endpoint_count;
	bool policy_rules; /* rules beyond the kernel's three: its routes can't be mirrored */
};

/* 0 or -errno, logged. list must outlive the view. */
int nsa_view_get(const struct nsa_netns *owner, const struct nsa_netns_list *list,
		 struct nsa_view **out);
void nsa_view_freep(struct nsa_view **view);

const struct nsa_link *nsa_view_link(const struct nsa_view *view, int ifindex);
const struct nsa_link *nsa_view_link_by_name(const struct nsa_view *view, const char *name);
/* The only endpoint behind a veth host end; NULL if there is none. */
const struct nsa_view_endpoint *nsa_view_veth_endpoint(const struct nsa_view *view, int ifindex);
bool nsa_view_is_lower(const struct nsa_view *view, int ifindex);
/* A usable entry with a link-layer address, or NULL. */
const struct nsa_neigh *nsa_view_neigh(const struct nsa_view *view, int ifindex, __u8 family,
				       const __u8 *addr);
/* In the owner's namespace, which the calling thread must have entered. */
void nsa_view_device(const struct nsa_view *view, const struct nsa_link *link,
		     struct nsa_view_device *out);

#endif
