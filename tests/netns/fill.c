// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills one of nsaccel's pinned maps with junk until nothing more goes in, or takes the junk out.
 * usage: fill MAP [clear]
 * The junk pretends to be of the namespace that this runs in: as long as that lives, nsaccel doesn't
 * take it for rubbish.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/cleanup.h"
#include "user/maps.h"
#include "user/netns.h"
#include "user/pin.h"

#define JUNK_SLOT   16000 /* no test has as many namespaces */
#define JUNK_COOKIE (1ULL << 63)

union key {
	__u32 index;
	__u64 cookie;
	struct nsaccel_port_key port;
	struct nsaccel_endpoint_key endpoint;
	struct nsaccel_setting_key setting;
};

union value {
	struct nsaccel_netns netns;
	struct nsaccel_port port;
	struct nsaccel_endpoint endpoint;
	struct nsaccel_nexthop nexthop;
	struct nsaccel_tx_info tx_info;
	struct nsaccel_setting setting;
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
}

static void make_nexthop(__u32 i, __u64 cookie, union key *key, union value *value)
{
	(void)cookie;
	key->index = i;
	value->nexthop.generation = ~0U;
	value->nexthop.owner_slot = JUNK_SLOT;
}

static void make_tx_info(__u32 i, __u64 cookie, union key *key, union value *value)
{
	(void)cookie;
	key->index = i;
	value->tx_info.netns_cookie = JUNK_COOKIE;
}

static void make_setting(__u32 i, __u64 cookie, union key *key, union value *value)
{
	key->setting.netns_cookie = JUNK_COOKIE;
	key->setting.ifindex = i;
	key->setting.kind = NSACCEL_SETTING_GRO;
	value->setting.owner_cookie = cookie;
}

static const struct filler {
	const char *name;
	enum nsa_map map;
	__u32 size;
	bool array; /* an element of zeros is a free one */
	void (*make)(__u32 i, __u64 cookie, union key *key, union value *value);
} fillers[] = {
	{ "netns", NSA_MAP_NETNS, NSACCEL_MAX_NETNS, false, make_netns },
	{ "ports", NSA_MAP_PORTS, NSACCEL_MAX_PORTS, false, make_port },
	{ "endpoints", NSA_MAP_ENDPOINTS, NSACCEL_MAX_ENDPOINTS, false, make_endpoint },
	{ "nexthops", NSA_MAP_NEXTHOPS, NSACCEL_MAX_NEXTHOPS, true, make_nexthop },
	{ "tx_info", NSA_MAP_TX_INFO, NSACCEL_MAX_TX, true, make_tx_info },
	{ "settings", NSA_MAP_SETTINGS, NSACCEL_MAX_SETTINGS, false, make_setting },
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
	static const union value zero;
	union value value = {}, now = {};
	union key key = {};

	filler->make(i, cookie, &key, &value);
	if (filler->array &&
	    (bpf_map_lookup_elem(fd, &key, &now) || memcmp(&now, &zero, sizeof(now))))
		return;
	if (bpf_map_update_elem(fd, &key, &value, BPF_ANY) && errno != E2BIG)
		err(1, "%s: write element %u", filler->name, i);
}

static void take(const struct filler *filler, int fd, __u32 i)
{
	union value value = {}, now = {};
	union key key = {};

	filler->make(i, 0, &key, &value);
	if (!filler->array) {
		bpf_map_delete_elem(fd, &key);
		return;
	}
	if (bpf_map_lookup_elem(fd, &key, &now) || memcmp(&now, &value, sizeof(now)))
		return;
	memset(&value, 0, sizeof(value));
	bpf_map_update_elem(fd, &key, &value, BPF_ANY);
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
	__cleanup(nsa_netns_close) struct nsa_netns ns = { .fd = -1 };
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
	for (__u32 i = 0; i < filler->size; i++)
		if (clear)
			take(filler, maps->fd[filler->map], i);
		else if (!taken || !taken[i])
			put(filler, maps->fd[filler->map], i, ns.cookie);
	return 0;
}
