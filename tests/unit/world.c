// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/maps/records.h"
#include "user/model/plan_host.h"
#include "user/model/plan_key.h"
#include "user/model/plan_nexthop.h"
#include "user/model/plan_route.h"
#include "user/model/snapshot_endpoints.h"
#include "user/model/snapshot_update.h"
#include "user/model/sources.h"
#include "user/reconcile/nexthops_commit.h"
#include "user/util/names.h"
#include "user/util/parse.h"
#include "world.h"

/* The world before a test changes it */

static const struct nsa_netns owner = { .held = -1, .cookie = 1, .name = "owner" };
static const char *const namespaces[EP_COUNT] = {
	[EP_MAC] = "mac",
	[EP_BLUE] = "blue",
	[EP_RED] = "red",
	[EP_GREEN] = "green",
};
#define COOKIE(ep) (100U + (ep))

#define WORKS	.flags = IFF_UP, .carrier = true
#define BRIDGED .master = BR0, .master_kind = "bridge", .port = { .state = BR_STATE_FORWARDING }

static const struct nsa_link links[LINK_COUNT] = {
	{ .ifindex = ETH0, .name = "eth0", .mac = NODE_MAC(0x10), .mtu = 1500, WORKS },
	{ .ifindex = ETH1, .name = "eth1", .mac = NODE_MAC(0x11), .mtu = 1400, WORKS },
	{ .ifindex = BLUE,
	  .name = "blue",
	  .kind = "veth",
	  .mac = NODE_MAC(0x12),
	  .mtu = 1500,
	  WORKS },
	{ .ifindex = RED,
	  .name = "red",
	  .kind = "veth",
	  .mac = NODE_MAC(0x13),
	  .mtu = 1500,
	  WORKS },
	{ .ifindex = LONE,
	  .name = "lone",
	  .kind = "veth",
	  .mac = NODE_MAC(0x14),
	  .mtu = 1500,
	  WORKS },
	{ .ifindex = BR0,
	  .name = "br0",
	  .kind = "bridge",
	  .mac = NODE_MAC(0x15),
	  .mtu = 1450,
	  .bridge_hold = 300,
	  WORKS },
	{ .ifindex = GREEN,
	  .name = "green",
	  .kind = "veth",
	  .mac = NODE_MAC(0x16),
	  .mtu = 1500,
	  WORKS,
	  BRIDGED },
	{ .ifindex = ETH2, .name = "eth2", .mac = NODE_MAC(0x17), .mtu = 1480, WORKS, BRIDGED },
};

#define IP4(a, b, c, d)                                                                            \
	{                                                                                          \
		.family = AF_INET, .addr = { a, b, c, d }                                          \
	}
#define IP6(net, last)                                                                             \
	{                                                                                          \
		.family = AF_INET6, .addr = { 0xfd, [3] = (net), [15] = (last) }                   \
	}

static struct nsa_addr addrs[EP_COUNT][2] = {
	[EP_MAC] = { IP4(10, 0, 0, 20), IP6(0, 0x20) },
	[EP_BLUE] = { IP4(10, 1, 0, 2), IP6(1, 2) }, /* fd00:1::2 */
	[EP_RED] = { IP4(10, 2, 0, 2), IP6(2, 2) },
	[EP_GREEN] = { IP4(10, 40, 0, 2), IP6(4, 2) },
};

#define VETH_ENDPOINT(name_of_port, last, its_slot)                                                \
	{                                                                                          \
		.kind = NSACCEL_KIND_VETH,                                                         \
		.link = { .ifindex = 2,                                                            \
			  .mac = NODE_MAC(last),                                                   \
			  .mtu = 1500,                                                             \
			  .flags = IFF_UP,                                                         \
			  .name = "eth0" },                                                        \
		.port = (name_of_port), .slot = (its_slot)                                         \
	}

static const struct nsa_snapshot_endpoint endpoints[EP_COUNT] = {
	[EP_MAC] = { .kind = NSACCEL_KIND_MACVLAN,
		     .link = { .ifindex = 2,
			       .mac = NODE_MAC(0x20),
			       .mtu = 1500,
			       .flags = IFF_UP,
			       .name = "eth0",
			       .kind = "macvlan",
			       .macvlan_mode = MACVLAN_MODE_BRIDGE },
		     .port = ETH0,
		     .slot = 7 },
	[EP_BLUE] = VETH_ENDPOINT(BLUE, 0x22, 5),
	[EP_RED] = VETH_ENDPOINT(RED, 0x23, 6),
	[EP_GREEN] = VETH_ENDPOINT(GREEN, 0x26, 8),
};

static const struct nsa_port_entry ports[PORT_COUNT] = {
	[PORT_ETH0] = { { OWNER_SLOT, ETH0 },
			{ .kind = NSACCEL_KIND_NIC,
			  .requested = 1,
			  .mtu = 1500,
			  .tx_slot = 3,
			  .lower = 1,
			  .l3_ifindex = ETH0,
			  .mac = NODE_MAC(0x10) } },
	[PORT_ETH1] = { { OWNER_SLOT, ETH1 },
			{ .kind = NSACCEL_KIND_NIC,
			  .requested = 1,
			  .mtu = 1400,
			  .l3_ifindex = ETH1,
			  .mac = NODE_MAC(0x11) } },
	[PORT_BLUE] = { { OWNER_SLOT, BLUE },
			{ .kind = NSACCEL_KIND_VETH,
			  .mtu = 1500,
			  .l3_ifindex = BLUE,
			  .mac = NODE_MAC(0x12) } },
	[PORT_RED] = { { OWNER_SLOT, RED },
		       { .kind = NSACCEL_KIND_VETH,
			 .mtu = 1500,
			 .l3_ifindex = RED,
			 .mac = NODE_MAC(0x13) } },
	[PORT_GREEN] = { { OWNER_SLOT, GREEN },
			 { .kind = NSACCEL_KIND_VETH,
			   .mtu = 1450,
			   .bridge = BR0,
			   .l3_ifindex = BR0,
			   .steer = 1,
			   .endpoint_cookie = COOKIE(EP_GREEN),
			   .endpoint_mac = NODE_MAC(0x26),
			   .mac = NODE_MAC(0x15),
			   .name = "green" } },
	[PORT_ETH2] = { { OWNER_SLOT, ETH2 },
			{ .kind = NSACCEL_KIND_NIC,
			  .requested = 1,
			  .mtu = 1450,
			  .tx_slot = 4,
			  .bridge = BR0,
			  .l3_ifindex = BR0,
			  .steer = 1,
			  .mac = NODE_MAC(0x15),
			  .name = "eth2" } },
};

void world_make(struct world *w)
{
	memset(w, 0, sizeof(*w));
	memcpy(w->links, links, sizeof(links));
	memcpy(w->endpoints, endpoints, sizeof(endpoints));
	memcpy(w->ports, ports, sizeof(ports));
	for (size_t i = 0; i < EP_COUNT; i++) {
		w->endpoints[i].cookie = COOKIE(i);
		strcpy(w->endpoints[i].netns, namespaces[i]);
		w->endpoints[i].addrs = addrs[i];
		w->endpoints[i].addr_count = ELEMENTS(addrs[i]);
	}
	w->snapshot = (struct nsa_snapshot){
		.owner = &owner,
		.links = w->links,
		.link_count = LINK_COUNT,
		.devices = w->devices,
		.addrs = w->addrs,
		.neighs = w->neighs,
		.neigh_room = MAX_THINGS,
		.endpoints = w->endpoints,
		.endpoint_count = EP_COUNT,
		.settings = { .l3_hash4 = true, .l3_hash6 = true },
	};
	assert_int_equal(nsa_hops_new(&w->hops), 0);
	assert_int_equal(nsa_table_new(w->hops, owner.cookie, OWNER_SLOT, &w->table), 0);
	w->plan = (struct nsa_plan){
		.snapshot = &w->snapshot,
		.table = w->table,
		.hops = w->hops,
		.owner_slot = OWNER_SLOT,
		.ports = w->ports,
		.port_count = PORT_COUNT,
	};
	w->sources = calloc(1, sizeof(*w->sources));
	assert_non_null(w->sources);
	w->plan.sources = w->sources;
	assert_int_equal(nsa_snapshot_index(&w->snapshot), 0);
}

void world_list(struct world *w, __u32 slot, const char *prefix, enum nsaccel_source source)
{
	struct nsaccel_prefix parsed = read_prefix(prefix);
	struct nsa_source_entry entry = { nsa_source_key(slot, &parsed), source };

	assert_int_equal(nsa_sources_insert(w->sources, &entry), 0);
}

void world_free(struct world *w)
{
	free(w->snapshot.claims);
	free(w->snapshot.inner);
	free(w->snapshot.stirred.hosts);
	nsa_fdb_free(&w->snapshot.fdb);
	w->snapshot.claims = NULL;
	w->snapshot.inner = NULL;
	w->snapshot.claim_count = 0;
	nsa_sources_free(w->sources);
	w->sources = NULL;
	nsa_table_free(w->table);
	for (__u32 hop = 1; hop <= nsa_hops_last(w->hops); hop++)
		assert_int_equal(nsa_hop(w->hops, hop)->refs, 0);
	nsa_hops_free(w->hops);
}

struct nsa_link *world_link(struct world *w, int ifindex)
{
	for (size_t i = 0; i < LINK_COUNT; i++)
		if (w->links[i].ifindex == ifindex)
			return &w->links[i];
	fail_msg("no link %d", ifindex);
	return NULL;
}

/* Text -> snapshot */

static int dev_index(const char *name)
{
	for (size_t i = 0; i < LINK_COUNT; i++)
		if (!strcmp(links[i].name, name))
			return links[i].ifindex;
	fail_msg("no device %s", name);
	return 0;
}

__u8 read_addr(const char *word, __u8 *addr)
{
	enum nsaccel_family family = NSACCEL_FAMILY_NONE;
	const char *why = "";

	if (nsa_parse_addr(word, &family, addr, &why))
		fail_msg("%s %s", word, why);
	return family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
}

struct nsaccel_prefix read_prefix(const char *word)
{
	struct nsaccel_prefix prefix = {};
	const char *why = "";

	if (nsa_parse_prefix(word, &prefix, &why))
		fail_msg("%s %s", word, why);
	return prefix;
}

/* The next word; NULL at the end of the line. */
static char *word_of(char **line)
{
	char *word;

	do
		word = strsep(line, " ");
	while (word && !*word);
	return word;
}

static __u8 route_type(const char *word)
{
	static const char *const names[] = {
		[RTN_UNICAST] = "unicast",
		[RTN_LOCAL] = "local",
		[RTN_BROADCAST] = "broadcast",
		[RTN_ANYCAST] = "anycast",
		[RTN_MULTICAST] = "multicast",
		[RTN_BLACKHOLE] = "blackhole",
		[RTN_UNREACHABLE] = "unreachable",
		[RTN_PROHIBIT] = "prohibit",
		[RTN_THROW] = "throw",
	};

	for (__u8 type = RTN_UNICAST; type < ELEMENTS(names); type++)
		if (!strcmp(names[type], word))
			return type;
	return RTN_UNSPEC;
}

static void read_route_option(struct nsa_krt *k, const char *word, char **line)
{
	if (!strcmp(word, "multipath"))
		k->multipath = true;
	else if (!strcmp(word, "nhid")) /* of which the kernel tells nothing else */
		k->nh_id = 1;
	else if (!strcmp(word, "encap"))
		k->encap = true;
	else if (!strcmp(word, "dead"))
		k->flags |= RTNH_F_DEAD;
	else if (!strcmp(word, "linkdown"))
		k->flags |= RTNH_F_LINKDOWN;
	else if (!strcmp(word, "dev"))
		k->oif = dev_index(word_of(line));
	else if (!strcmp(word, "via"))
		k->gw_family = read_addr(word_of(line), k->gw);
	else if (!strcmp(word, "metric"))
		k->metric = (__u32)atoi(word_of(line));
	else if (!strcmp(word, "table"))
		k->table = (__u32)atoi(word_of(line));
	else if (!strcmp(word, "mtu"))
		k->mtu = (__u32)atoi(word_of(line));
	else if (!strcmp(word, "tos"))
		k->tos = (__u8)atoi(word_of(line));
	else if (!strcmp(word, "expires"))
		k->expires = true;
	else if (!strcmp(word, "from"))
		k->src_len =
			(__u8)(read_prefix(word_of(line)).prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
	else
		fail_msg("what is %s?", word);
}

struct nsa_krt read_krt(const char *text)
{
	char *copy = strdup(text), *line = copy, *word = word_of(&line);
	struct nsaccel_prefix prefix;
	struct nsa_krt k = {};

	k.type = route_type(word);
	if (k.type)
		word = word_of(&line);
	else
		k.type = RTN_UNICAST;
	k.table = k.type == RTN_LOCAL || k.type == RTN_BROADCAST || k.type == RTN_ANYCAST ?
			  RT_TABLE_LOCAL :
			  RT_TABLE_MAIN;
	prefix = read_prefix(word);
	k.family = prefix.family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
	k.dst_len = nsa_prefix_len(&prefix);
	memcpy(k.dst, prefix.addr, sizeof(k.dst));
	while ((word = word_of(&line)))
		read_route_option(&k, word, &line);
	free(copy);
	return k;
}

static void read_route(struct world *w, char *line)
{
	struct nsa_krt k = read_krt(line);
	struct nsaccel_nexthop key;

	assert_int_equal(nsa_rib_note_mtu(w->table, &k), 0);
	nsa_rib_note_any(w->table, &k);
	if (!nsa_rib_is_mirrored(&k))
		return;
	nsa_plan_kernel_key(OWNER_SLOT, &k, &key);
	assert_int_equal(nsa_rib_add(w->table, &k, nsa_hops_get(w->hops, &key), false), 0);
}

static void read_neigh(struct world *w, char *line)
{
	struct nsa_neigh n = {};
	const char *word;

	n.family = read_addr(word_of(&line), n.addr);
	word_of(&line);
	n.ifindex = dev_index(word_of(&line));
	word = word_of(&line);
	n.state = !strcmp(word, "failed")     ? NUD_FAILED :
		  !strcmp(word, "incomplete") ? NUD_INCOMPLETE :
						NUD_STALE;
	n.has_mac = n.state == NUD_STALE;
	if (n.has_mac)
		memcpy(n.mac, (__u8[])NODE_MAC((__u8)strtoul(word, NULL, 16)), sizeof(n.mac));
	assert_true(w->snapshot.neigh_count < MAX_THINGS);
	assert_int_equal(nsa_snapshot_set_neigh(&w->snapshot, &n, false), 0);
}

static void read_fdb(struct world *w, char *line)
{
	struct nsa_fdb *fdb = &w->fdb[w->fdb_count++];

	assert_true(w->fdb_count <= MAX_THINGS);
	memcpy(fdb->mac, (__u8[])NODE_MAC((__u8)strtoul(word_of(&line), NULL, 16)),
	       sizeof(fdb->mac));
	word_of(&line);
	fdb->port = dev_index(word_of(&line));
	fdb->bridge = BR0;
	fdb->local = fdb->port == BR0;
	fdb->usable = !fdb->local;
	assert_true(nsa_fdb_note(&w->snapshot.fdb, fdb, false) >= 0);
}

static __u64 netns_cookie(const char *name)
{
	for (size_t i = 0; i < EP_COUNT; i++)
		if (!strcmp(namespaces[i], name))
			return COOKIE(i);
	return 999; /* a namespace that is behind nothing */
}

static void read_static(struct world *w, char *line)
{
	static const char *const targets[] = {
		[NSACCEL_TARGET_VIA] = "via",
		[NSACCEL_TARGET_DEV] = "dev",
		[NSACCEL_TARGET_NETNS] = "netns",
		[NSACCEL_TARGET_BLACKHOLE] = "blackhole",
		[NSACCEL_TARGET_UNREACHABLE] = "unreachable",
		[NSACCEL_TARGET_PROHIBIT] = "prohibit",
		[NSACCEL_TARGET_PASS] = "pass",
	};
	/* What it was when it was resolved last. */
	struct nsaccel_nexthop nh = { .action = NSACCEL_ACTION_NIC,
				      .ifindex = 99,
				      .tx_slot = 99,
				      .mtu = 99,
				      .dst_slot = 99,
				      .dst_cookie = 99 };
	struct nsaccel_prefix prefix = read_prefix(word_of(&line));
	const char *word = word_of(&line);
	struct nsaccel_nexthop key;
	struct nsa_node *node = nsa_table_node(w->table, &prefix);

	while (!targets[nh.target] || strcmp(targets[nh.target], word) != 0)
		assert_true(++nh.target < ELEMENTS(targets));
	if (nh.target == NSACCEL_TARGET_VIA)
		nh.gateway_family = (enum nsaccel_family)read_addr(word_of(&line), nh.gateway);
	if (nh.target == NSACCEL_TARGET_DEV)
		nh.target_ifindex = (__u32)dev_index(word_of(&line));
	if (nh.target == NSACCEL_TARGET_NETNS)
		nh.dst_cookie = netns_cookie(word_of(&line));
	nsa_plan_static_key(&w->plan, &prefix, &nh, &key);
	nsa_table_fix(w->table, node, nsa_hops_get(w->hops, &key));
	assert_int_equal(nsa_table_touch(w->table, node), 0);
}

static void read_lines(struct world *w, const char *text, void (*read)(struct world *, char *))
{
	char *copy = strdup(text ? text : ""), *rest = copy, *line;

	while ((line = strsep(&rest, "\n")))
		if (*line)
			read(w, line);
	free(copy);
}

void world_routes(struct world *w, const char *text)
{
	read_lines(w, text, read_route);
}

void world_neighs(struct world *w, const char *text)
{
	read_lines(w, text, read_neigh);
}

void world_statics(struct world *w, const char *text)
{
	read_lines(w, text, read_static);
}

void world_fdb(struct world *w, const char *text)
{
	read_lines(w, text, read_fdb);
}

/* Settling */

static int resolve_node(void *data, struct nsa_node *node)
{
	struct world *w = data;
	struct nsaccel_nexthop record, key;
	struct nsa_plan_wanted wanted;
	bool changed;

	if (!node->wanted)
		return 0;
	nsa_plan_resolve(&w->plan, &nsa_hop(w->hops, node->wanted)->key, &record, &wanted);
	nsa_hop_key(&record, &key); /* a daemon started anew finds the same next hop */
	assert_memory_equal(&key, &nsa_hop(w->hops, node->wanted)->key, sizeof(key));
	return nsa_nexthops_resolve(NULL, w->hops, node->wanted, &record, &changed);
}

void world_settle_touched(struct world *w)
{
	for (size_t i = 0; i < w->table->dirty_count; i++) {
		assert_int_equal(nsa_plan_node(&w->plan, w->table->dirty[i]), 0);
		w->table->dirty[i]->dirty = false; /* as a commit does */
	}
	w->table->dirty_count = 0;
	assert_int_equal(nsa_table_each(w->table, resolve_node, w), 0);
}

void world_settle(struct world *w)
{
	static const __u8 any[NSACCEL_ADDR_LEN], families[] = { AF_INET, AF_INET6 };

	for (size_t i = 0; i < ELEMENTS(families); i++) {
		struct nsaccel_prefix prefix = nsa_prefix(families[i], any, 0);

		assert_int_equal(nsa_table_touch(w->table, nsa_table_node(w->table, &prefix)), 0);
	}
	for (size_t i = 0; i < w->snapshot.endpoint_count; i++)
		w->snapshot.endpoints[i].claimed_as = 0; /* scenes have changed them */
	assert_int_equal(nsa_snapshot_index(&w->snapshot), 0);
	for (size_t i = 0; i < w->snapshot.claim_count; i++)
		w->snapshot.claims[i].asks &= w->asks;
	assert_int_equal(nsa_plan_hosts(&w->plan), 0);
	world_settle_touched(w);
}

/* Plan -> text */

static const char *dev_name(__u32 ifindex)
{
	for (size_t i = 0; i < LINK_COUNT; i++)
		if (links[i].ifindex == (int)ifindex)
			return links[i].name;
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
		if (nh->dst_cookie == COOKIE(i))
			fprintf(to, " to %s", namespaces[i]);
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
		const struct nsaccel_nexthop *nh = &nsa_hop(w->hops, node->wanted)->record;

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
		nsa_plan_resolve(&w->plan, &nsa_hop(w->hops, nodes.all[i]->wanted)->key, &record,
				 &wanted);
		if (wanted.ifindex)
			fprintf(to, "%s dev %s\n", addr_name(wanted.family, wanted.addr),
				dev_name((__u32)wanted.ifindex));
	}
	fclose(to);
	free(nodes.all);
	return text;
}
