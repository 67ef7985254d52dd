// SPDX-License-Identifier: GPL-2.0-only
/* The plan of a test's world as text. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/plan_nexthop.h"
#include "user/util/names.h"
#include "world.h"

static const char *dev_name(__u32 ifindex)
{
	for (size_t i = 0; i < LINK_COUNT; i++)
		if (world_links[i].ifindex == (int)ifindex)
			return world_links[i].name;
	return "?";
}

static const char *addr_name(__u32 family, const __u8 *addr)
{
	static char text[INET6_ADDRSTRLEN];

	return inet_ntop((int)family, addr, text, sizeof(text));
}

static bool is_itself(const struct nsaccel_prefix *prefix, const struct nsaccel_nexthop *nh)
{
	return nh->gateway_family == prefix->family &&
	       !memcmp(nh->gateway, prefix->addr, sizeof(nh->gateway));
}

static void print_nexthop(FILE *to, const struct nsaccel_prefix *prefix,
			  const struct nsaccel_nexthop *nh)
{
	const char *reason = nsa_reason_field(nh->reason);
	bool gateway = nh->target == NSACCEL_TARGET_NEIGHBOUR || nh->target == NSACCEL_TARGET_VIA;

	fprintf(to, " %s", nsa_action_name(nh->action));
	if (strncmp(reason, "fwd_", 4) != 0)
		fprintf(to, " %s", reason);
	if (nh->ifindex || nh->l3_ifindex)
		fprintf(to, " dev %s", dev_name(nh->ifindex ? nh->ifindex : nh->l3_ifindex));
	if (nh->ifindex && nh->ifindex != nh->l3_ifindex)
		fprintf(to, " on %s", dev_name(nh->l3_ifindex));
	if (gateway && !is_itself(prefix, nh))
		fprintf(to, " via %s", addr_name(nh->gateway_family, nh->gateway));
	for (size_t i = 0; i < EP_COUNT; i++)
		if (nh->dst_cookie == WORLD_COOKIE(i))
			fprintf(to, " to %s", world_namespaces[i]);
	if (nh->mtu)
		fprintf(to, " %02x>%02x mtu %u", nh->src_mac[5], nh->dst_mac[5], nh->mtu);
	if (nh->tx_slot)
		fprintf(to, " tx %u", nh->tx_slot);
}

static int by_prefix(const void *a, const void *b)
{
	const struct nsa_node *const *x = a, *const *y = b;
	const struct nsaccel_prefix *p = &(*x)->prefix, *q = &(*y)->prefix;

	if (p->prefixlen != q->prefixlen)
		return p->prefixlen < q->prefixlen ? -1 : 1;
	if (p->family != q->family)
		return p->family < q->family ? -1 : 1;
	return memcmp(p->addr, q->addr, sizeof(p->addr));
}

struct nodes {
	const struct nsa_node **all;
	size_t count;
};

static int collect(void *data, struct nsa_node *node)
{
	struct nodes *nodes = data;

	if (node->wanted)
		nodes->all[nodes->count++] = node;
	return 0;
}

static struct nodes wanted_nodes(const struct world *w)
{
	struct nodes nodes = { calloc(w->table->node_count + 1, sizeof(*nodes.all)), 0 };

	assert_non_null(nodes.all);
	nsa_table_each(w->table, collect, &nodes);
	assert_int_equal(nodes.count, w->table->wanted_count);
	qsort(nodes.all, nodes.count, sizeof(*nodes.all), by_prefix);
	return nodes;
}

char *world_plan(const struct world *w)
{
	struct nodes nodes = wanted_nodes(w);
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	for (size_t i = 0; i < nodes.count; i++) {
		const struct nsa_node *node = nodes.all[i];
		const struct nsaccel_nexthop *nh = &nsa_nexthop(w->hops, node->wanted)->record;

		assert_int_equal(nh->owner_slot, OWNER_SLOT);
		assert_int_equal(nh->generation, 0);
		fprintf(to, "%s/%u %s", addr_name(node->prefix.family, node->prefix.addr),
			nsa_prefix_len(&node->prefix), nsa_origin_name(node->wanted_origin));
		print_nexthop(to, &node->prefix, nh);
		fputc('\n', to);
	}
	fclose(to);
	free(nodes.all);
	return text;
}

char *world_wanted(const struct world *w)
{
	struct nodes nodes = wanted_nodes(w);
	struct nsaccel_nexthop record;
	struct nsa_plan_wanted wanted;
	char *text = NULL;
	size_t size;
	FILE *to = open_memstream(&text, &size);

	assert_non_null(to);
	for (size_t i = 0; i < nodes.count; i++) {
		nsa_plan_resolve(&w->plan, &nsa_nexthop(w->hops, nodes.all[i]->wanted)->key,
				 &record, &wanted);
		if (wanted.ifindex)
			fprintf(to, "%s dev %s\n", addr_name(wanted.family, wanted.addr),
				dev_name((__u32)wanted.ifindex));
	}
	fclose(to);
	free(nodes.all);
	return text;
}
