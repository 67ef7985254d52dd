// SPDX-License-Identifier: GPL-2.0-only
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/rtnl_addr.h"
#include "kernel/rtnl_fdb.h"
#include "kernel/rtnl_link.h"
#include "kernel/rtnl_neigh.h"
#include "kernel/rtnl_netconf.h"
#include "kernel/rtnl_route.h"
#include "model/device_kind.h"
#include "model/rib.h"
#include "model/snapshot_update.h"
#include "reconcile/carriers.h"
#include "reconcile/fdb_map.h"
#include "reconcile/notify.h"
#include "reconcile/owner.h"
#include "reconcile/record.h"

/* With a link, the kernel removes IPv4 routes, and next hops of IPv6 routes, without a message. */
static unsigned int routes_lost(const struct nsa_owner *owner, const struct nlmsghdr *msg,
				const struct nsa_link *now)
{
	const struct nsa_link *before = nsa_snapshot_link(owner->snapshot, now->ifindex);

	if (!before || (msg->nlmsg_type == RTM_NEWLINK && !nsa_snapshot_moves_routes(before, now)))
		return 0;
	return NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
}

/* Routes become valid after their link comes up, without a message. */
static unsigned int routes_down(struct nsa_state *state, const struct nsa_owner *owner,
				const struct nsa_link *now)
{
	const struct nsaccel_nexthop down = {
		.owner_slot = owner->slot,
		.target = NSACCEL_TARGET_PASS,
		.reason = NSACCEL_PASS_LINK_DOWN,
		.target_ifindex = (__u32)now->ifindex,
	};

	return nsa_nexthops_find(state->hops, &down) ? NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6 : 0;
}

/* Messages of bridge ports contain no other attributes of the link. */
static bool parse_port(const struct nsa_owner *owner, const struct nlmsghdr *msg,
		       struct nsa_link *now)
{
	const struct nsa_link *before;
	struct nsa_bridge_port port;
	int ifindex;

	if (!nsa_rtnl_parse_bridge_port(msg, &ifindex, &port))
		return false;
	before = nsa_snapshot_link(owner->snapshot, ifindex);
	if (!before)
		return false;
	memcpy(now, before, sizeof(*now));
	now->port = port;
	return true;
}

static bool is_deferred(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_link *now)
{
	const struct nsa_link *before = nsa_snapshot_link(owner->snapshot, now->ifindex);

	return before && nsa_carriers_defer(run, owner, before, now);
}

static void on_link(const struct nsa_run *run, struct nsa_owner *owner, const struct nlmsghdr *msg)
{
	bool gone = msg->nlmsg_type == RTM_DELLINK;
	struct nsa_link link;
	bool whole = nsa_rtnl_parse_link(msg, &link);

	if (!gone && (whole || parse_port(owner, msg, &link)) && is_deferred(run, owner, &link))
		return;
	owner->dirty |= NSA_DIRTY_LINKS;
	if (!whole)
		return;
	/* The message does not contain offloads. */
	nsa_snapshot_forget_device(owner->snapshot, link.ifindex);
	if (gone) {
		nsa_pending_forget(&owner->carriers, (__u64)link.ifindex);
		nsa_pending_forget(&owner->learners, (__u64)link.ifindex);
	}
	owner->dirty |= routes_lost(owner, msg, &link) | routes_down(run->state, owner, &link);
}

static void on_addr(struct nsa_owner *owner, const struct nlmsghdr *msg)
{
	owner->dirty |= NSA_DIRTY_ADDRS;
	/* Routes with this preferred source are removed without a message. */
	if (msg->nlmsg_type == RTM_DELADDR)
		owner->dirty |= NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
}

/* Records of ports contain the owner's addresses, and depend on routes to hosts behind them. */
static bool affects_ports(const struct nsa_owner *owner, const struct nsa_kernel_route *k)
{
	return nsa_rib_is_mirrored(k) &&
	       (k->table == RT_TABLE_LOCAL || nsa_rib_covers_host(owner->table, k));
}

static void on_route(struct nsa_state *state, struct nsa_owner *owner, const struct nlmsghdr *msg)
{
	bool gone = msg->nlmsg_type == RTM_DELROUTE, replaces;
	struct nsa_kernel_route k;

	if (!nsa_rtnl_parse_route(msg, &k))
		return;
	/* A next hop that is added to a multipath route is reported with all others, whether by
	 * replace or append. A message with a single next hop is a route of its own. */
	replaces = (msg->nlmsg_flags & NLM_F_REPLACE) || (k.family == AF_INET6 && k.multipath);
	nsa_record_route(state, owner, &k, gone, !gone && replaces);
	if (affects_ports(owner, &k))
		owner->dirty |= NSA_DIRTY_PORTS;
}

static void on_neigh(const struct nsa_run *run, struct nsa_owner *owner, const struct nlmsghdr *msg)
{
	bool gone = msg->nlmsg_type == RTM_DELNEIGH;
	struct nsa_neigh neigh;
	struct nsa_fdb fdb;

	if (nsa_rtnl_parse_fdb(msg, &fdb))
		nsa_fdb_map_record(run, owner, &fdb, gone);
	else if (nsa_rtnl_parse_neigh(msg, &neigh))
		nsa_record_neigh(run->state, owner, &neigh, gone);
}

static void forget_device(struct nsa_owner *owner, int ifindex)
{
	nsa_snapshot_forget_device(owner->snapshot, ifindex > 0 ? ifindex : 0);
	owner->dirty |= NSA_DIRTY_PORTS;
}

static void on_netconf(struct nsa_owner *owner, const struct nlmsghdr *msg)
{
	struct nsa_netconf conf;

	if (!nsa_rtnl_parse_netconf(msg, &conf))
		return;
	forget_device(owner, conf.ifindex);
	owner->dirty |= NSA_DIRTY_LINKS; /* force_forwarding is read with the links */
}

static void on_tc(struct nsa_owner *owner, const struct nlmsghdr *msg)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(msg);

	if (mnl_nlmsg_get_payload_len(msg) >= sizeof(*tc))
		forget_device(owner, tc->tcm_ifindex);
	owner->dirty |= NSA_DIRTY_LINKS; /* a changed qdisc causes no message of the link */
}

/* It is not known which requested neighbours are gone. */
static void reset_asked(struct nsa_state *state, const struct nsa_owner *owner)
{
	const struct nsa_nexthops *hops = state->hops;

	for (__u32 number = 1; number <= nsa_nexthops_last(hops); number++)
		if (nsa_nexthop(hops, number)->key.owner_slot == owner->slot)
			nsa_nexthop(hops, number)->asked = false;
}

void nsa_notify_owner(const struct nsa_run *run, struct nsa_owner *owner,
		      const struct nlmsghdr *msg)
{
	switch (msg->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return on_link(run, owner, msg);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return on_addr(owner, msg);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return on_route(run->state, owner, msg);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		return on_neigh(run, owner, msg);
	case RTM_NEWRULE:
	case RTM_DELRULE:
		owner->dirty |= NSA_DIRTY_SETTINGS;
		return;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		return on_netconf(owner, msg);
	case RTM_NEWQDISC:
	case RTM_DELQDISC:
	case RTM_NEWTFILTER:
	case RTM_DELTFILTER:
		return on_tc(owner, msg);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP: /* the kernel removes routes that use it without a message */
		owner->dirty |= NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
		return;
	default:
		return;
	}
}

static bool may_be_endpoint(const struct nsa_state *state, __u64 cookie, int ifindex)
{
	for (size_t i = 0; i < state->owner_count; i++)
		if (nsa_snapshot_may_be_endpoint(state->owners[i]->snapshot, cookie, ifindex))
			return true;
	return false;
}

/* Other devices and addresses are ignored: a namespace may have any number of them. A device
 * that has not been read yet will be read later as a whole. */
static enum nsa_netns_event classify_link(const struct nsa_state *state, __u64 cookie,
					  const struct nlmsghdr *msg)
{
	struct nsa_link link;

	return nsa_rtnl_parse_link(msg, &link) && (nsa_device_kind_matters(link.kind) ||
						   may_be_endpoint(state, cookie, link.ifindex)) ?
		       NSA_NETNS_EVENT_ENDPOINTS :
		       NSA_NETNS_EVENT_NONE;
}

static enum nsa_netns_event classify_addr(const struct nsa_state *state, __u64 cookie,
					  const struct nlmsghdr *msg)
{
	struct nsa_addr addr;

	return nsa_rtnl_parse_addr(msg, &addr) && may_be_endpoint(state, cookie, addr.ifindex) ?
		       NSA_NETNS_EVENT_ADDRS :
		       NSA_NETNS_EVENT_NONE;
}

enum nsa_netns_event nsa_notify_namespace(const struct nsa_state *state, __u64 cookie,
					  const struct nlmsghdr *msg)
{
	if (msg->nlmsg_type == RTM_DELNSID)
		return NSA_NETNS_EVENT_DEAD;
	if (!cookie)
		return NSA_NETNS_EVENT_UNKNOWN;
	switch (msg->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		return classify_link(state, cookie, msg);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		return classify_addr(state, cookie, msg);
	default:
		return NSA_NETNS_EVENT_NONE;
	}
}

void nsa_notify_lost(struct nsa_state *state, struct nsa_owner *owner)
{
	nsa_snapshot_forget_device(owner->snapshot, 0);
	owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_NEIGHS | NSA_DIRTY_FDB |
			NSA_DIRTY_SETTINGS | NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	reset_asked(state, owner);
}

void nsa_notify_lost_fdb(struct nsa_state *state, struct nsa_owner *owner)
{
	(void)state;
	owner->dirty |= NSA_DIRTY_FDB;
}
