// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "model/rib.h"
#include "util/array.h"
#include "util/sort.h"

bool nsa_rib_is_mirrored(const struct nsa_kernel_route *k)
{
	static const __u8 loopback[NSACCEL_ADDR_LEN] = { [15] = 1 };

	if (k->table != RT_TABLE_LOCAL && k->table != RT_TABLE_MAIN)
		return false;
	if (k->family == AF_INET)
		return k->dst_len < 8 || k->dst[0] != 127;
	if (k->dst_len < 8)
		return true;
	return k->dst[0] != 0xff &&
	       !(k->dst_len >= 10 && k->dst[0] == 0xfe && (k->dst[1] & 0xc0) == 0x80) &&
	       !(k->dst_len == 128 && !memcmp(k->dst, loopback, sizeof(loopback)));
}

static struct nsaccel_prefix prefix_of(const struct nsa_kernel_route *k)
{
	return nsa_prefix(k->family, k->dst, k->dst_len);
}

static bool is_full(const struct nsa_node *node)
{
	return nsa_prefix_len(&node->prefix) == nsa_addr_bits((__u8)node->prefix.family);
}

static size_t *length(struct nsa_table *table, const struct nsa_node *node)
{
	return &table->lengths[node->prefix.family == NSACCEL_FAMILY_INET6]
			      [nsa_prefix_len(&node->prefix)];
}

/* Hosts, sorted by address, so that those below a prefix stand together. */

static int by_address(const void *a, const void *b)
{
	const struct nsaccel_prefix *x = &(*(struct nsa_node *const *)a)->prefix;
	const struct nsaccel_prefix *y = &(*(struct nsa_node *const *)b)->prefix;

	return CMP(x->family, y->family) ?: memcmp(x->addr, y->addr, NSACCEL_ADDR_LEN);
}

/* Index of the host with the prefix's address, or of the first behind it. */
static size_t first_host(const struct nsa_table *table, const struct nsaccel_prefix *prefix)
{
	struct nsa_node node = { .prefix = *prefix }, *key = &node;

	return LOWER_BOUND(&key, table->hosts, table->host_count, by_address);
}

int nsa_rib_host_add(struct nsa_table *table, struct nsa_node *node)
{
	struct nsa_node **item;

	if (node->host)
		return nsa_table_touch(table, node);
	item = ARRAY_INSERT(table->hosts, table->host_count, table->host_room,
			    first_host(table, &node->prefix));
	if (!item)
		return -ENOMEM;
	*item = node;
	node->host = true;
	return nsa_table_touch(table, node);
}

int nsa_rib_host_del(struct nsa_table *table, struct nsa_node *node)
{
	if (!node->host)
		return 0;
	ARRAY_REMOVE(table->hosts, table->host_count, first_host(table, &node->prefix));
	node->host = false;
	return nsa_table_touch(table, node);
}

static bool is_host_below(const struct nsa_table *table, size_t at, __u32 family, const __u8 *addr,
			  __u8 len)
{
	return at < table->host_count && table->hosts[at]->prefix.family == family &&
	       nsa_prefix_covers(addr, len, table->hosts[at]->prefix.addr);
}

bool nsa_rib_covers_host(const struct nsa_table *table, const struct nsa_kernel_route *k)
{
	struct nsaccel_prefix prefix = prefix_of(k);

	return is_host_below(table, first_host(table, &prefix), prefix.family, prefix.addr,
			     k->dst_len);
}

/* What depends on a route of the node: itself, and the hosts below it. */
static int touch_below(struct nsa_table *table, struct nsa_node *node)
{
	__u8 len = nsa_prefix_len(&node->prefix);
	int r = nsa_table_touch(table, node);

	for (size_t i = first_host(table, &node->prefix);
	     !r && is_host_below(table, i, node->prefix.family, node->prefix.addr, len); i++)
		r = nsa_table_touch(table, table->hosts[i]);
	return r;
}

struct below {
	struct nsa_table *table;
	const struct nsaccel_prefix *prefix;
};

static int touch_asking(void *data, struct nsa_node *node)
{
	const struct below *below = data;

	if (!node->asks || node->prefix.family != below->prefix->family ||
	    node->prefix.prefixlen <= below->prefix->prefixlen ||
	    !nsa_prefix_covers(below->prefix->addr, nsa_prefix_len(below->prefix),
			       node->prefix.addr))
		return 0;
	return nsa_table_touch(below->table, node);
}

/* A route with this MTU came to the node, or went: the kernel's lookup may end at it for those
 * below it. */
static int changed_mtu(struct nsa_table *table, const struct nsa_node *node, __u32 mtu)
{
	const size_t *asking = table->asking[node->prefix.family == NSACCEL_FAMILY_INET6];
	struct below below = { table, &node->prefix };
	size_t count = 0;

	for (int len = nsa_prefix_len(&node->prefix) + 1; mtu && len <= 128; len++)
		count += asking[len];
	return count ? nsa_table_each(table, touch_asking, &below) : 0;
}

static int touch_node(void *table, struct nsa_node *node)
{
	return nsa_table_touch(table, node);
}

/* mtu: that of the route that came or went, or 0. A local prefix hides what main has below it: rare
 * enough to look at everything anew. */
static int changed(struct nsa_table *table, struct nsa_node *node, bool local, __u32 mtu)
{
	int r;

	if (local && !is_full(node))
		return nsa_table_each(table, touch_node, table);
	r = touch_below(table, node);
	return r < 0 ? r : changed_mtu(table, node, mtu);
}

/* Local prefixes */

static bool has_local(const struct nsa_node *node)
{
	const struct nsa_rib_route *route = node->routes;

	while (route && !route->local)
		route = route->next;
	return route;
}

static void find_wide_locals(struct nsa_table *table)
{
	table->wide_locals = false;
	for (size_t i = 0; i < table->local_count; i++)
		table->wide_locals |= !is_full(table->locals[i]);
}

static int add_local(struct nsa_table *table, struct nsa_node *node)
{
	struct nsa_node **item = ARRAY_ADD(table->locals, table->local_count, table->local_room);

	if (!item)
		return -ENOMEM;
	*item = node;
	table->wide_locals |= !is_full(node);
	return 0;
}

static void del_local(struct nsa_table *table, const struct nsa_node *node)
{
	size_t at = 0;

	while (table->locals[at] != node)
		at++;
	table->locals[at] = table->locals[--table->local_count];
	find_wide_locals(table);
}

bool nsa_rib_is_hidden(const struct nsa_table *table, const struct nsa_node *node)
{
	for (size_t i = 0; table->wide_locals && i < table->local_count; i++) {
		const struct nsaccel_prefix *local = &table->locals[i]->prefix;

		if (table->locals[i] != node && local->family == node->prefix.family &&
		    local->prefixlen < node->prefix.prefixlen &&
		    nsa_prefix_covers(local->addr, nsa_prefix_len(local), node->prefix.addr))
			return true;
	}
	return false;
}

/* Routes */

static bool same_place(const struct nsa_rib_route *route, const struct nsa_kernel_route *k)
{
	return route->local == (k->table == RT_TABLE_LOCAL) && route->metric == k->metric &&
	       route->tos == k->tos && route->src_len == k->src_len;
}

/* The route like k with this hop; else the first in its place. *count: those in its place. */
static struct nsa_rib_route **find_route(struct nsa_node *node, const struct nsa_kernel_route *k,
					 __u32 hop, size_t *count)
{
	struct nsa_rib_route **link, **found = NULL;

	*count = 0;
	for (link = &node->routes; *link; link = &(*link)->next) {
		if (!same_place(*link, k))
			continue;
		++*count;
		if (!found || (*link)->hop == hop)
			found = link;
	}
	return found;
}

/* Takes the reference to the hop over. */
static int insert(struct nsa_table *table, struct nsa_node *node, const struct nsa_kernel_route *k,
		  __u32 hop)
{
	bool local = k->table == RT_TABLE_LOCAL;
	struct nsa_rib_route *route = malloc(sizeof(*route));

	if (!route || (local && !has_local(node) && add_local(table, node))) {
		free(route);
		nsa_nexthops_put(table->hops, hop);
		return -ENOMEM;
	}
	*length(table, node) += !node->routes;
	*route = (struct nsa_rib_route){ .next = node->routes,
					 .hop = hop,
					 .metric = k->metric,
					 .local = local,
					 .tos = k->tos,
					 .src_len = k->src_len,
					 .mark = table->mark };
	node->routes = route;
	return changed(table, node, local, k->mtu);
}

/* Seen again in one reading, it may be another: of source prefixes only the length is known here,
 * and of next hops what matters for packets. */
static void see_again(const struct nsa_table *table, struct nsa_rib_route *route, bool replace)
{
	route->ambiguous = route->mark == table->mark && (route->ambiguous || !replace);
	route->mark = table->mark;
}

static __u32 mtu_of(const struct nsa_table *table, __u32 hop)
{
	return nsa_nexthop(table->hops, hop)->key.route_mtu;
}

static int replace_hop(struct nsa_table *table, struct nsa_node *node, struct nsa_rib_route *route,
		       __u32 hop)
{
	__u32 mtu = mtu_of(table, route->hop) | mtu_of(table, hop);

	nsa_nexthops_put(table->hops, route->hop);
	route->hop = hop;
	route->mark = table->mark;
	return changed(table, node, route->local, mtu);
}

int nsa_rib_add(struct nsa_table *table, const struct nsa_kernel_route *k, __u32 hop, bool replace)
{
	struct nsaccel_prefix prefix = prefix_of(k);
	struct nsa_node *node = nsa_table_node(table, &prefix);
	size_t count = 0;
	struct nsa_rib_route **link = node ? find_route(node, k, hop, &count) : NULL;
	int r = node ? 0 : -ENOMEM;

	if (link && replace && (count > 1 || ((*link)->ambiguous && (*link)->hop != hop)))
		r = -EAGAIN; /* the kernel's first is gone; here they have no order */
	else if (link && (*link)->hop == hop)
		see_again(table, *link, replace);
	else if (node && !(link && replace))
		return insert(table, node, k, hop);
	else if (link)
		return replace_hop(table, node, *link, hop);
	nsa_nexthops_put(table->hops, hop);
	return r;
}

static int remove_route(struct nsa_table *table, struct nsa_node *node, struct nsa_rib_route **link)
{
	struct nsa_rib_route *route = *link;
	__u32 mtu = mtu_of(table, route->hop);
	bool local = route->local;

	*link = route->next;
	nsa_nexthops_put(table->hops, route->hop);
	free(route);
	*length(table, node) -= !node->routes;
	if (local && !has_local(node))
		del_local(table, node);
	return changed(table, node, local, mtu);
}

int nsa_rib_del(struct nsa_table *table, const struct nsa_kernel_route *k, __u32 hop)
{
	struct nsaccel_prefix prefix = prefix_of(k);
	struct nsa_node *node = nsa_table_find(table, &prefix);
	size_t count = 0;
	struct nsa_rib_route **link = node ? find_route(node, k, hop, &count) : NULL;
	int r = 0;

	if (link && ((*link)->ambiguous || (count > 1 && (*link)->hop != hop)))
		r = -EAGAIN;
	else if (link)
		r = remove_route(table, node, link);
	nsa_nexthops_put(table->hops, hop);
	return r;
}

/* With policy rules, which the default route of the family stands for, any may be the one. */
int nsa_rib_note_mtu(struct nsa_table *table, const struct nsa_kernel_route *k)
{
	static const __u8 any[NSACCEL_ADDR_LEN];
	struct nsaccel_prefix prefix = nsa_prefix(k->family, any, 0);
	__u32 *least = &table->least_mtu[k->family == AF_INET6];
	struct nsa_node *node;

	if (!k->mtu || (*least && *least <= k->mtu))
		return 0;
	node = nsa_table_node(table, &prefix);
	if (!node)
		return -ENOMEM;
	*least = k->mtu;
	return nsa_table_touch(table, node);
}

/* The kernel takes no packet whose source is such a one, and looks for it in all tables. */
static bool is_other_local(const struct nsa_kernel_route *k)
{
	return k->family == AF_INET && k->table != RT_TABLE_LOCAL &&
	       (k->type == RTN_LOCAL || k->type == RTN_BROADCAST || k->type == RTN_ANYCAST ||
		k->type == RTN_MULTICAST);
}

/* There goes what no route in main takes. */
static bool is_default(const struct nsa_kernel_route *k)
{
	return k->family == AF_INET && k->table == RT_TABLE_DEFAULT;
}

bool nsa_rib_is_noted(const struct nsa_kernel_route *k)
{
	return is_other_local(k) || is_default(k);
}

void nsa_rib_note_any(struct nsa_table *table, const struct nsa_kernel_route *k)
{
	table->other_locals |= is_other_local(k);
	if (is_default(k) && k->mtu && (!table->default_mtu || k->mtu < table->default_mtu))
		table->default_mtu = k->mtu;
}

void nsa_rib_begin(struct nsa_table *table)
{
	table->mark++;
}

struct sweep {
	struct nsa_table *table;
	__u8 family;
};

static int sweep_node(void *data, struct nsa_node *node)
{
	enum nsaccel_family families[] = { NSACCEL_FAMILY_INET, NSACCEL_FAMILY_INET6 };
	struct sweep *sweep = data;
	struct nsa_rib_route **link = &node->routes;
	int r = 0;

	if (sweep->family && node->prefix.family != families[sweep->family == AF_INET6])
		return 0;
	while (!r && *link) {
		if ((*link)->mark == sweep->table->mark)
			link = &(*link)->next;
		else
			r = remove_route(sweep->table, node, link);
	}
	return r;
}

int nsa_rib_end(struct nsa_table *table, __u8 family)
{
	struct sweep sweep = { table, family };

	return nsa_table_each(table, sweep_node, &sweep);
}

/* Asking */

static const struct nsa_rib_route *best_of(const struct nsa_node *node, bool local, bool *contested)
{
	const struct nsa_rib_route *best = NULL;
	size_t equal = 0;

	*contested = false;
	for (const struct nsa_rib_route *route = node->routes; route; route = route->next) {
		if (route->local != local)
			continue;
		*contested |= route->tos || route->src_len;
		if (!best || route->metric < best->metric) {
			best = route;
			equal = 0;
		}
		equal += route->metric == best->metric;
	}
	*contested |= equal > 1;
	return best;
}

const struct nsa_rib_route *nsa_rib_best(const struct nsa_node *node, bool *contested)
{
	const struct nsa_rib_route *best = best_of(node, true, contested);

	return best ? best : best_of(node, false, contested);
}

static const struct nsa_rib_route *lookup(const struct nsa_table *table, __u8 family,
					  const __u8 *addr, bool local, bool *contested)
{
	const size_t *lengths = table->lengths[family == AF_INET6];
	const struct nsa_rib_route *best;
	struct nsaccel_prefix prefix;
	const struct nsa_node *node;

	for (int len = nsa_addr_bits(family); len >= 0; len--) {
		if (!lengths[len])
			continue;
		prefix = nsa_prefix(family, addr, (__u8)len);
		node = nsa_table_find(table, &prefix);
		best = node ? best_of(node, local, contested) : NULL;
		if (best)
			return best;
	}
	return NULL;
}

const struct nsa_rib_route *nsa_rib_lookup(const struct nsa_table *table, __u8 family,
					   const __u8 *addr, bool *contested)
{
	const struct nsa_rib_route *best = lookup(table, family, addr, true, contested);

	return best ? best : lookup(table, family, addr, false, contested);
}
