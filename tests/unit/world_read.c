// SPDX-License-Identifier: GPL-2.0-only
/* Routes, neighbours, static routes and bridge entries of a test's world, read from text. */
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/plan_key.h"
#include "user/model/snapshot_update.h"
#include "user/util/parse.h"
#include "world.h"

static int dev_index(const char *name)
{
	for (size_t i = 0; i < LINK_COUNT; i++)
		if (!strcmp(world_links[i].name, name))
			return world_links[i].ifindex;
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

static void read_route_option(struct nsa_kernel_route *k, const char *word, char **line)
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

struct nsa_kernel_route read_krt(const char *text)
{
	char *copy = strdup(text), *line = copy, *word = word_of(&line);
	struct nsaccel_prefix prefix;
	struct nsa_kernel_route k = {};

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
	struct nsa_kernel_route k = read_krt(line);
	struct nsaccel_nexthop key;

	assert_int_equal(nsa_rib_note_mtu(w->table, &k), 0);
	nsa_rib_note_any(w->table, &k);
	if (!nsa_rib_is_mirrored(&k))
		return;
	nsa_plan_kernel_key(OWNER_SLOT, &k, &key);
	assert_int_equal(nsa_rib_add(w->table, &k, nsa_nexthops_get(w->hops, &key), false), 0);
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
		if (!strcmp(world_namespaces[i], name))
			return WORLD_COOKIE(i);
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
	nsa_table_set_static(w->table, node, nsa_nexthops_get(w->hops, &key));
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
