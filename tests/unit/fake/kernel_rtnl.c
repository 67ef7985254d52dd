// SPDX-License-Identifier: GPL-2.0-only
/* Dumps, requests and messages of the fake kernel: user/kernel/rtnl*.h. */
#include <errno.h>
#include <linux/fib_rules.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "fake/fail.h"
#include "fake/kernel.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_addr.h"
#include "user/kernel/rtnl_fdb.h"
#include "user/kernel/rtnl_link.h"
#include "user/kernel/rtnl_neigh.h"
#include "user/kernel/rtnl_netconf.h"
#include "user/kernel/rtnl_route.h"
#include "user/kernel/rtnl_rule.h"

struct nsa_rtnl {
	struct fake_netns *ns;
};

int nsa_rtnl_open(struct nsa_rtnl **out, const struct nsa_netns *ns)
{
	struct fake_netns *in;
	struct nsa_rtnl *rtnl;

	FAKE_CALL();
	in = ns ? fake_kernel_netns(ns->cookie) : fake_kernel_here();
	if (!in || in->unreachable)
		return -ENOENT;
	rtnl = calloc(1, sizeof(*rtnl));
	assert_non_null(rtnl);
	rtnl->ns = in;
	*out = rtnl;
	return 0;
}

void nsa_rtnl_limit(struct nsa_rtnl *rtnl)
{
	(void)rtnl;
}

void nsa_rtnl_close(struct nsa_rtnl *rtnl)
{
	free(rtnl);
}

void nsa_rtnl_closep(struct nsa_rtnl **rtnl)
{
	free(*rtnl);
}

int nsa_rtnl_nsid(struct nsa_rtnl *rtnl, const struct nsa_netns *ns, int *nsid)
{
	int n = 0;

	(void)rtnl;
	FAKE_CALL();
	while (fake_kernel_nth((size_t)n) && fake_kernel_nth((size_t)n)->cookie != ns->cookie)
		n++;
	*nsid = fake_kernel_nth((size_t)n) ? n : -1;
	return 0;
}

static void *copy(const void *items, size_t count, size_t size)
{
	void *all = calloc(count + 1, size);

	assert_non_null(all);
	if (count)
		memcpy(all, items, count * size);
	return all;
}

/* Links */

int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count)
{
	FAKE_CALL();
	if (rtnl->ns->crowded)
		return -E2BIG;
	*out = copy(NULL, 0, sizeof(**out) * FAKE_LINKS);
	*count = rtnl->ns->link_count;
	for (size_t i = 0; i < *count; i++)
		(*out)[i] = rtnl->ns->links[i].link;
	return 0;
}

int nsa_rtnl_link(struct nsa_rtnl *rtnl, int ifindex, struct nsa_link *out)
{
	const struct fake_link *found;

	FAKE_CALL();
	found = fake_kernel_link(rtnl->ns->cookie, ifindex);
	if (!found)
		return -ENODEV;
	*out = found->link;
	return 0;
}

int nsa_rtnl_link_by_name(struct nsa_rtnl *rtnl, const char *name, struct nsa_link *out)
{
	const struct fake_link *found;

	FAKE_CALL();
	found = fake_link_named(rtnl->ns, name);
	if (!found)
		return -ENODEV;
	*out = found->link;
	return 0;
}

int nsa_rtnl_stats(struct nsa_rtnl *rtnl, struct nsa_link_stats **out, size_t *count)
{
	FAKE_CALL();
	*out = copy(NULL, 0, sizeof(**out) * FAKE_LINKS);
	*count = rtnl->ns->link_count;
	for (size_t i = 0; i < *count; i++)
		(*out)[i].ifindex = rtnl->ns->links[i].link.ifindex;
	return 0;
}

/* Addresses and routes */

int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count)
{
	FAKE_CALL();
	*count = rtnl->ns->addr_count;
	*out = copy(rtnl->ns->addrs, *count, sizeof(**out));
	return 0;
}

int nsa_rtnl_addrs_of(struct nsa_rtnl *rtnl, int ifindex, size_t most, struct nsa_addr **out,
		      size_t *count)
{
	FAKE_CALL();
	*out = copy(NULL, 0, sizeof(**out) * FAKE_OBJECTS);
	*count = 0;
	for (size_t i = 0; i < rtnl->ns->addr_count && *count < most; i++)
		if (rtnl->ns->addrs[i].ifindex == ifindex)
			(*out)[(*count)++] = rtnl->ns->addrs[i];
	return 0;
}

int nsa_rtnl_each_route(struct nsa_rtnl *rtnl, __u8 family,
			int (*cb)(void *data, const struct nsa_kernel_route *route), void *data)
{
	int r = 0;

	FAKE_CALL();
	for (size_t i = 0; !r && i < rtnl->ns->route_count; i++)
		if (rtnl->ns->routes[i].family == family)
			r = cb(data, &rtnl->ns->routes[i]);
	return r;
}

int nsa_rtnl_exceptions(struct nsa_rtnl *rtnl, struct nsa_kernel_route **out, size_t *count)
{
	(void)rtnl;
	FAKE_CALL();
	*out = copy(NULL, 0, sizeof(**out));
	*count = 0;
	return 0;
}

int nsa_rtnl_source(struct nsa_rtnl *rtnl, __u8 family, int oif, const __u8 *addr, __u8 *out)
{
	(void)addr;
	FAKE_CALL();
	for (size_t i = 0; i < rtnl->ns->addr_count; i++) {
		const struct nsa_addr *a = &rtnl->ns->addrs[i];

		if (a->ifindex != oif || a->family != family)
			continue;
		memcpy(out, a->addr, nsa_address_size(family));
		return 0;
	}
	return -EADDRNOTAVAIL;
}

int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count)
{
	static const struct nsa_rule rules[] = {
		{ AF_INET, 0, RT_TABLE_LOCAL, FR_ACT_TO_TBL, false, false, true },
		{ AF_INET, 32766, RT_TABLE_MAIN, FR_ACT_TO_TBL, false, false, true },
		{ AF_INET, 32767, RT_TABLE_DEFAULT, FR_ACT_TO_TBL, false, false, true },
		{ AF_INET6, 0, RT_TABLE_LOCAL, FR_ACT_TO_TBL, false, false, true },
		{ AF_INET6, 32766, RT_TABLE_MAIN, FR_ACT_TO_TBL, false, false, true },
		{ AF_INET, 100, 100, FR_ACT_TO_TBL, false, false, false },
	};

	FAKE_CALL();
	*count = sizeof(rules) / sizeof(*rules) - !rtnl->ns->ruled;
	*out = copy(rules, *count, sizeof(*rules));
	return 0;
}

/* Neighbours and bridge entries */

int nsa_rtnl_neighs(struct nsa_rtnl *rtnl, struct nsa_neigh **out, size_t *count)
{
	FAKE_CALL();
	*count = rtnl->ns->neigh_count;
	*out = copy(rtnl->ns->neighs, *count, sizeof(**out));
	return 0;
}

static struct nsa_neigh *find_neigh(struct fake_netns *ns, int ifindex, __u8 family,
				    const __u8 *addr)
{
	for (size_t i = 0; i < ns->neigh_count; i++) {
		struct nsa_neigh *neigh = &ns->neighs[i];

		if (neigh->ifindex == ifindex && neigh->family == family &&
		    !memcmp(neigh->addr, addr, nsa_address_size(family)))
			return neigh;
	}
	return NULL;
}

/* The entry, resolved if anybody answers. */
static struct nsa_neigh *ask(struct fake_netns *ns, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh *neigh = find_neigh(ns, ifindex, family, addr);
	const __u8 *mac = fake_kernel_answers(ns, family, addr);

	if (!neigh) {
		neigh = &ns->neighs[ns->neigh_count++];
		assert_true(ns->neigh_count <= FAKE_OBJECTS);
		*neigh = (struct nsa_neigh){ .ifindex = ifindex, .family = family };
		memcpy(neigh->addr, addr, nsa_address_size(family));
	}
	if (neigh->state & NUD_PERMANENT)
		return neigh;
	neigh->state = mac ? NUD_REACHABLE : NUD_FAILED;
	neigh->has_mac = mac;
	if (mac)
		memcpy(neigh->mac, mac, sizeof(neigh->mac));
	return neigh;
}

int nsa_rtnl_neigh_resolve(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh *neigh;

	FAKE_CALL();
	if (!fake_kernel_has(rtnl->ns->cookie, ifindex))
		return -ENODEV;
	neigh = ask(rtnl->ns, ifindex, family, addr);
	neigh->managed = !(neigh->state & NUD_PERMANENT);
	neigh->protocol = neigh->managed ? NSA_NEIGH_PROTOCOL : neigh->protocol;
	return 0;
}

int nsa_rtnl_neigh_release(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh *neigh;

	FAKE_CALL();
	neigh = find_neigh(rtnl->ns, ifindex, family, addr);
	if (!neigh)
		return -ENOENT;
	neigh->managed = false;
	return 0;
}

int nsa_rtnl_neigh_del(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	struct nsa_neigh *neigh;

	FAKE_CALL();
	neigh = find_neigh(rtnl->ns, ifindex, family, addr);
	if (!neigh)
		return -ENOENT;
	*neigh = rtnl->ns->neighs[--rtnl->ns->neigh_count];
	return 0;
}

int nsa_rtnl_neigh_use(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	FAKE_CALL();
	if (!find_neigh(rtnl->ns, ifindex, family, addr))
		return -ENOENT;
	ask(rtnl->ns, ifindex, family, addr);
	return 0;
}

int nsa_rtnl_neigh_ask(struct nsa_rtnl *rtnl, int ifindex, __u8 family, const __u8 *addr)
{
	FAKE_CALL();
	ask(rtnl->ns, ifindex, family, addr);
	return 0;
}

int nsa_rtnl_fdb(struct nsa_rtnl *rtnl, size_t most, struct nsa_fdb **out, size_t *count)
{
	FAKE_CALL();
	*count = most && most < rtnl->ns->fdb_count ? most : rtnl->ns->fdb_count;
	*out = copy(rtnl->ns->fdb, *count, sizeof(**out));
	return 0;
}

static struct nsa_fdb *find_fdb(struct fake_netns *ns, const __u8 *mac)
{
	for (size_t i = 0; i < ns->fdb_count; i++)
		if (!memcmp(ns->fdb[i].mac, mac, 6))
			return &ns->fdb[i];
	return NULL;
}

int nsa_rtnl_fdb_get(struct nsa_rtnl *rtnl, int bridge, const __u8 *mac, struct nsa_fdb *out)
{
	const struct nsa_fdb *found;

	FAKE_CALL();
	found = find_fdb(rtnl->ns, mac);
	if (!found || found->bridge != bridge)
		return -ENOENT;
	*out = *found;
	return 0;
}

int nsa_rtnl_fdb_use(struct nsa_rtnl *rtnl, int port, const __u8 *mac)
{
	const struct nsa_fdb *found;

	FAKE_CALL();
	found = find_fdb(rtnl->ns, mac);
	return found && found->port == port ? 0 : -ENOENT;
}

/* Messages: their payload is the object, which the size tells from others of the same type. */

#define PARSER(name, object)                                                                       \
	bool nsa_rtnl_parse_##name(const struct nlmsghdr *msg, object *out)                        \
	{                                                                                          \
		if (msg->nlmsg_len != NLMSG_LENGTH(sizeof(*out)))                                  \
			return false;                                                              \
		memcpy(out, NLMSG_DATA(msg), sizeof(*out));                                        \
		return true;                                                                       \
	}

PARSER(link, struct nsa_link)
PARSER(addr, struct nsa_addr)
PARSER(route, struct nsa_kernel_route)
PARSER(neigh, struct nsa_neigh)
PARSER(fdb, struct nsa_fdb)
PARSER(netconf, struct nsa_netconf)

bool nsa_rtnl_parse_bridge_port(const struct nlmsghdr *msg, int *ifindex,
				struct nsa_bridge_port *out)
{
	(void)msg;
	(void)ifindex;
	(void)out;
	return false;
}
