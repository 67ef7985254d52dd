// SPDX-License-Identifier: GPL-2.0-only
/* Answers of rtnetlink, and of generic netlink, to everything that the program asks for. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "targets.h"
#include "user/kernel/netdev.h"
#include "user/kernel/qdisc.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_addr.h"
#include "user/kernel/rtnl_fdb.h"
#include "user/kernel/rtnl_link.h"
#include "user/kernel/rtnl_neigh.h"
#include "user/kernel/rtnl_netconf.h"
#include "user/kernel/rtnl_route.h"
#include "user/kernel/rtnl_rule.h"

#define IFINDEX 2 /* of the device that is asked for; record.sh makes it */

static const __u8 addr4[16] = { 10, 9, 0, 2 };
static const __u8 addr6[16] = { 0xfd, [15] = 2 };

static struct nsa_rtnl *open_rtnl(void)
{
	struct nsa_rtnl *rtnl;

	if (nsa_rtnl_open(&rtnl, NULL))
		abort();
	return rtnl;
}

/* DUMP(NAME, ITEM): nsa_rtnl_NAME() of struct ITEM; all of what it returns is there to be read. */
#define DUMP(NAME, ITEM)                                                                           \
	static void run_##NAME(void)                                                               \
	{                                                                                          \
		struct nsa_rtnl *rtnl = open_rtnl();                                               \
		struct ITEM *items = NULL, copy;                                                   \
		size_t count = 0;                                                                  \
                                                                                                   \
		nsa_rtnl_limit(rtnl);                                                              \
		if (!nsa_rtnl_##NAME(rtnl, &items, &count))                                        \
			for (size_t i = 0; i < count; i++)                                         \
				copy = items[i];                                                   \
		(void)copy;                                                                        \
		free(items);                                                                       \
		nsa_rtnl_close(rtnl);                                                              \
	}

DUMP(links, nsa_link)
DUMP(addrs, nsa_addr)
DUMP(routes, nsa_kernel_route)
DUMP(exceptions, nsa_kernel_route)
DUMP(neighs, nsa_neigh)
DUMP(rules, nsa_rule)
DUMP(netconf, nsa_netconf)
DUMP(stats, nsa_link_stats)

static void run_addrs_of(void)
{
	struct nsa_rtnl *rtnl = open_rtnl();
	struct nsa_addr *addrs = NULL;
	size_t count = 0, most = 3;

	if (!nsa_rtnl_addrs_of(rtnl, IFINDEX, most, &addrs, &count) && count > most)
		abort();
	free(addrs);
	nsa_rtnl_close(rtnl);
}

static void run_fdb(void)
{
	struct nsa_rtnl *rtnl = open_rtnl();
	struct nsa_fdb *fdb = NULL;
	size_t count = 0, most = 3;

	if (!nsa_rtnl_fdb(rtnl, most, &fdb, &count) && count > most)
		abort();
	free(fdb);
	nsa_rtnl_close(rtnl);
}

static int on_route(void *data, const struct nsa_kernel_route *route)
{
	(void)data;
	if (route->dst_len > 8 * nsa_address_size(route->family))
		abort();
	return route->table == 77 ? -ENOMEM : 0;
}

static void run_each_route(void)
{
	struct nsa_rtnl *rtnl = open_rtnl();

	nsa_rtnl_each_route(rtnl, AF_INET, on_route, NULL);
	nsa_rtnl_each_route(rtnl, AF_INET6, on_route, NULL);
	nsa_rtnl_close(rtnl);
}

static void run_link(void)
{
	struct nsa_rtnl *rtnl = open_rtnl();
	struct nsa_link link;

	nsa_rtnl_link(rtnl, IFINDEX, &link);
	nsa_rtnl_link_by_name(rtnl, "fuzz0", &link);
	nsa_rtnl_close(rtnl);
}

static void run_lookups(void)
{
	struct nsa_rtnl *rtnl = open_rtnl();
	struct nsa_kernel_route route;
	__u8 source[16];
	int nsid;

	nsa_rtnl_route_get(rtnl, AF_INET, addr4, &route);
	nsa_rtnl_route_get(rtnl, AF_INET6, addr6, &route);
	nsa_rtnl_source(rtnl, AF_INET, IFINDEX, addr4, source);
	nsa_rtnl_source(rtnl, AF_INET6, IFINDEX, addr6, source);
	nsa_rtnl_nsid(rtnl, targets_netns(), &nsid);
	nsa_rtnl_close(rtnl);
}

static void run_neigh(void)
{
	struct nsa_rtnl *rtnl = open_rtnl();

	nsa_rtnl_neigh_resolve(rtnl, IFINDEX, AF_INET, addr4);
	nsa_rtnl_neigh_use(rtnl, IFINDEX, AF_INET6, addr6);
	nsa_rtnl_neigh_ask(rtnl, IFINDEX, AF_INET, addr4);
	nsa_rtnl_close(rtnl);
}

static void run_qdisc(void)
{
	bool found;

	nsa_qdisc_has_clsact(IFINDEX, &found);
	nsa_qdisc_has_filters(IFINDEX, true, 1, &found);
	nsa_qdisc_has_filters(IFINDEX, false, 1, &found);
}

static void run_netdev(void)
{
	__u64 features;

	nsa_netdev_xdp_features(NULL, IFINDEX, &features);
}

const struct target targets[] = {
	{ "links", run_links },
	{ "addrs", run_addrs },
	{ "addrs_of", run_addrs_of },
	{ "routes", run_routes },
	{ "each_route", run_each_route },
	{ "exceptions", run_exceptions },
	{ "neighs", run_neighs },
	{ "fdb", run_fdb },
	{ "rules", run_rules },
	{ "netconf", run_netconf },
	{ "stats", run_stats },
	{ "link", run_link },
	{ "lookups", run_lookups },
	{ "neigh", run_neigh },
	{ "qdisc", run_qdisc },
	{ "netdev", run_netdev },
	{ NULL, NULL },
};
