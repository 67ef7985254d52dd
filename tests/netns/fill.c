// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills one of nsaccel's pinned maps with junk until nothing more goes in, or takes the junk out.
 * usage: fill MAP [clear] The junk pretends to be of the namespace that this runs in: as long as
 * that lives, nsaccel doesn't take it for rubbish.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/maps/netns.h"
#include "user/maps/nexthops.h"
#include "user/util/cleanup.h"
#include "user/maps/pin.h"
#include "user/maps/routes.h"
#include "user/maps/table.h"
#include "user/util/cleanup.h"

#define JUNK_SLOT	16000 /* no test has as many namespaces */
#define JUNK_COOKIE	(1ULL << 63)
#define JUNK_GENERATION ~0U

union key {
	__u32 index;
	__u64 cookie;
	struct nsaccel_port_key port;
	struct nsaccel_endpoint_key endpoint;
	struct nsaccel_fdb_key fdb;
	struct nsaccel_setting_key setting;
	struct nsaccel_share_key share;
};

union value {
	struct nsaccel_netns netns;
	struct nsaccel_port port;
	struct nsaccel_endpoint endpoint;
	struct nsaccel_fdb fdb;
	struct nsaccel_nexthop nexthop;
	struct nsaccel_tx_info tx_info;
	struct nsaccel_setting setting;
	struct nsaccel_share share;
};

static void make_netns(__u32 i, __u64 cookie, union key *key, union value *value)
{
	(void)cookie;
	key->cookie = JUNK_COOKIE | i;
	value->netns.slot = i;
	strcpy(value->netns.name, "junk");
}

static void make_port(__u32 i, __u64 cookie, union key *key, union value *value)
{
	key->port.owner_slot = JUNK_SLOT;
	key->port.ifindex = i;
	value->port.owner_cookie = cookie;
	value->port.requested = 1;
}

static void make_endpoint(__u32 i, __u64 cookie, union key *key, union value *value)
{
	key->endpoint.owner_slot = JUNK_SLOT;
	key->endpoint.ifindex = i;
	value->endpoint.netns_cookie = cookie;
	value->endpoint.key = key->endpoint;
}

static void make_fdb(__u32 i, __u64 cookie, union key *key, union value *value)
{
	(void)cookie;
	key->fdb.owner_slot = JUNK_SLOT;
	key->fdb.bridge = i;
	value->fdb.key = key->fdb;
}

static void make_nexthop(__u32 i, __u64 cookie, union key *key, union value *value)
{
	(void)cookie;
	key->index = i;
	value->nexthop.generation = JUNK_GENERATION;
	value->nexthop.owner_slot = JUNK_SLOT;
	value->nexthop.action = NSACCEL_ACTION_PASS;
	value->nexthop.reason = NSACCEL_PASS_ROUTE;
	value->nexthop.target = NSACCEL_TARGET_PASS;
	value->nexthop.target_ifindex = i; /* makes it differ from all others */
}

static bool is_free_nexthop(const union value *value)
{
	return !value->nexthop.generation;
}

static void make_tx_info(__u32 i, __u64 cookie, union key *key, union value *value)
{
	(void)cookie;
	key->index = i;
	value->tx_info.netns_cookie = JUNK_COOKIE;
}

static bool is_free_tx_info(const union value *value)
{
	return !value->tx_info.netns_cookie;
}

static void make_setting(__u32 i, __u64 cookie, union key *key, union value *value)
{
	key->setting.netns_cookie = JUNK_COOKIE;
	key->setting.ifindex = i;
	key->setting.kind = NSACCEL_SETTING_GRO;
	value->setting.owner_cookie = cookie;
}

static void make_share(__u32 i, __u64 cookie, union key *key, union value *value)
{
	key->share.owner_slot = JUNK_SLOT;
	key->share.nic = i;
	value->share.key = key->share;
	value->share.netns_cookie = cookie;
	value->share.ready = 1;
}

static const struct filler {
	const char *name;
	enum nsa_map map;
	__u32 size;
	void (*make)(__u32 i, __u64 cookie, union key *key, union value *value);
	bool (*is_free)(const union value *value); /* of an array's element */
} fillers[] = {
	{ "netns", NSA_MAP_NETNS, NSACCEL_MAX_NETNS, make_netns, NULL },
	{ "ports", NSA_MAP_PORTS, NSACCEL_MAX_PORTS, make_port, NULL },
	{ "endpoints", NSA_MAP_ENDPOINTS, NSACCEL_MAX_ENDPOINTS, make_endpoint, NULL },
	{ "fdb", NSA_MAP_FDB, NSACCEL_MAX_FDB, make_fdb, NULL },
	{ "nexthops", NSA_MAP_NEXTHOPS, NSACCEL_MAX_NEXTHOPS, make_nexthop, is_free_nexthop },
	{ "tx_info", NSA_MAP_TX_INFO, NSACCEL_MAX_TX, make_tx_info, is_free_tx_info },
	{ "settings", NSA_MAP_SETTINGS, NSACCEL_MAX_SETTINGS, make_setting, NULL },
	{ "shares", NSA_MAP_SHARES, NSACCEL_MAX_SHARES, make_share, NULL },
};

/* Slots of real namespaces: the junk gets the others. */
static bool *taken_slots(const struct nsa_maps *maps)
{
	bool *taken = calloc(NSACCEL_MAX_NETNS, sizeof(*taken));
	struct nsa_netns_entry *all = NULL;
	size_t count = 0;

	if (!taken || nsa_maps_netns(maps, &all, &count))
		err(1, "read namespaces");
	taken[0] = true;
	for (size_t i = 0; i < count; i++)
		taken[all[i].ns.slot] = true;
	free(all);
	return taken;
}

static void put(const struct filler *filler, int fd, __u32 i, __u64 cookie)
{
	union value value = {}, now = {};
	union key key = {};

	filler->make(i, cookie, &key, &value);
	if (filler->is_free && (bpf_map_lookup_elem(fd, &key, &now) || !filler->is_free(&now)))
		return;
	if (bpf_map_update_elem(fd, &key, &value, BPF_ANY) && errno != E2BIG)
		err(1, "%s: write element %u", filler->name, i);
}

static void take(const struct filler *filler, int fd, __u32 i)
{
	union value value = {}, now = {};
	union key key = {};

	filler->make(i, 0, &key, &value);
	if (!filler->is_free) {
		bpf_map_delete_elem(fd, &key);
		return;
	}
	if (bpf_map_lookup_elem(fd, &key, &now) || memcmp(&now, &value, sizeof(now)))
		return;
	memset(&value, 0, sizeof(value));
	bpf_map_update_elem(fd, &key, &value, BPF_ANY);
}

/* A next hop that no route names is free for all: a table of the junk's namespace names them. */
static void make_routes(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsaccel_prefix *prefixes = calloc(NSACCEL_MAX_NEXTHOPS, sizeof(*prefixes));
	struct nsaccel_route *routes = calloc(NSACCEL_MAX_NEXTHOPS, sizeof(*routes));
	struct nsaccel_nexthop nh;
	__u32 slot, count = 0;
	int table;

	if (!prefixes || !routes || nsa_maps_netns_register(maps, cookie, "junk", &slot))
		errx(1, "make room for routes");
	for (__u32 id = 0; id < NSACCEL_MAX_NEXTHOPS; id++) {
		if (nsa_maps_nexthop_get(maps, id, &nh) || nh.generation != JUNK_GENERATION)
			continue;
		routes[count] = (struct nsaccel_route){ id, nh.generation, NSACCEL_ORIGIN_STATIC };
		prefixes[count].prefixlen = NSACCEL_PREFIX_FAMILY_BITS + 32;
		prefixes[count].family = NSACCEL_FAMILY_INET;
		memcpy(prefixes[count++].addr, &id, sizeof(id));
	}
	table = nsa_maps_table_new(maps);
	if (table < 0 || nsa_maps_routes_put(table, prefixes, routes, count) ||
	    nsa_maps_table_set(maps, cookie, slot, table))
		errx(1, "write routes");
	close(table);
	free(prefixes);
	free(routes);
}

static void take_routes(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsaccel_netns ns;

	if (nsa_maps_netns_get(maps, cookie, &ns) || nsa_maps_table_drop(maps, cookie, ns.slot) ||
	    nsa_maps_netns_forget(maps, cookie))
		errx(1, "remove routes");
}

/* Shares are of an owner that has a port. */
static void set_port(const struct nsa_maps *maps, __u64 cookie, bool clear)
{
	const struct filler port = { "ports", NSA_MAP_PORTS, 1, make_port, NULL };

	if (clear)
		take(&port, maps->fd[NSA_MAP_PORTS], 1);
	else
		put(&port, maps->fd[NSA_MAP_PORTS], 1, cookie);
}

static const struct filler *find_filler(const char *name)
{
	for (size_t i = 0; i < sizeof(fillers) / sizeof(*fillers); i++)
		if (!strcmp(fillers[i].name, name))
			return &fillers[i];
	errx(1, "no map \"%s\" to fill", name);
}

int main(int argc, char **argv)
{
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .held = -1 };
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = NULL;
	__cleanup(nsa_freep) bool *taken = NULL;
	bool clear = argc == 3 && !strcmp(argv[2], "clear");
	const struct filler *filler;
	int r;

	if (argc != 2 && !clear)
		errx(1, "usage: fill MAP [clear]");
	filler = find_filler(argv[1]);
	r = nsa_netns_open(NULL, &ns);
	if (!r)
		r = nsa_pin_init(NSA_BPFFS_DEFAULT);
	if (!r)
		r = nsa_maps_open(&maps);
	if (r < 0)
		errx(1, "open maps: %s", strerror(-r));
	if (filler->map == NSA_MAP_NETNS)
		taken = taken_slots(maps);
	if (filler->map == NSA_MAP_SHARES)
		set_port(maps, ns.cookie, clear);
	if (filler->map == NSA_MAP_NEXTHOPS && clear)
		take_routes(maps, ns.cookie);
	for (__u32 i = 0; i < filler->size; i++)
		if (clear)
			take(filler, maps->fd[filler->map], i);
		else if (!taken || !taken[i])
			put(filler, maps->fd[filler->map], i, ns.cookie);
	if (filler->map == NSA_MAP_NEXTHOPS && !clear)
		make_routes(maps, ns.cookie);
	return 0;
}
