// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what nsaccel's maps hold, byte for byte and in order, so that two moments can be compared:
 * without what programs write, and with next hops in place of their numbers, which may be others.
 * usage: state [BPFFS]
 */
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/maps.h"
#include "user/pin.h"

static void hex(const void *data, size_t size)
{
	const __u8 *bytes = data;

	for (size_t i = 0; i < size; i++)
		printf("%02x", bytes[i]);
}

static void print(const char *map, const void *key, size_t key_size, const void *value, size_t size)
{
	printf("%s ", map);
	hex(key, key_size);
	putchar(' ');
	hex(value, size);
	putchar('\n');
}

static void print_table(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsa_route_entry *routes = NULL;
	struct nsaccel_nexthop nh;
	size_t count = 0;

	nsa_maps_routes(maps, cookie, &routes, &count);
	for (size_t i = 0; i < count; i++) {
		if (nsa_maps_nexthop_get(maps, routes[i].route.nexthop, &nh) ||
		    nh.generation != routes[i].route.generation)
			memset(&nh, 0xff, sizeof(nh));
		nh.generation = nh.sequence = 0;
		printf("%llu %d ", cookie, routes[i].route.origin);
		print("route", &routes[i].prefix, sizeof(routes[i].prefix), &nh, sizeof(nh));
	}
	free(routes);
}

static void print_netns(const struct nsa_maps *maps, const struct nsa_netns_entry *ns)
{
	struct nsaccel_isolation isolation = {};
	struct nsaccel_limits limits = {};
	struct nsaccel_owner owner = {};

	print("netns", &ns->cookie, sizeof(ns->cookie), &ns->ns, sizeof(ns->ns));
	nsa_maps_isolation_get(maps, ns->ns.slot, ns->cookie, &isolation);
	print("isolation", &ns->cookie, sizeof(ns->cookie), &isolation, sizeof(isolation));
	nsa_maps_limits_get(maps, ns->ns.slot, &limits);
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++)
		limits.bits[i].spent = limits.packets[i].spent = 0;
	print("limits", &ns->cookie, sizeof(ns->cookie), &limits, sizeof(limits));
	nsa_maps_owner_get(maps, ns->ns.slot, &owner);
	printf("owner %llu %d %d\n", owner.cookie, owner.firewall, !!owner.policy);
	print_table(maps, ns->cookie);
}

#define PRINT_ALL(get, type, key, value)                                                           \
	do {                                                                                       \
		struct type *entries = NULL;                                                       \
		size_t n = 0;                                                                      \
                                                                                                   \
		if (get(maps, &entries, &n))                                                       \
			errx(1, #get);                                                             \
		for (size_t i = 0; i < n; i++)                                                     \
			print(#type, &entries[i].key, sizeof(entries[i].key), &entries[i].value,   \
			      sizeof(entries[i].value));                                           \
		free(entries);                                                                     \
	} while (0)

int main(int argc, char **argv)
{
	struct nsa_netns_entry *all = NULL;
	struct nsa_maps *maps;
	size_t count = 0;

	if (nsa_pin_init(argc > 1 ? argv[1] : NSA_BPFFS_DEFAULT) || nsa_maps_open(&maps))
		return 0; /* nothing is attached */
	if (nsa_maps_netns(maps, &all, &count))
		errx(1, "netns");
	for (size_t i = 0; i < count; i++)
		print_netns(maps, &all[i]);
	free(all);
	PRINT_ALL(nsa_maps_ports, nsa_port_entry, key, port);
	PRINT_ALL(nsa_maps_endpoints, nsa_endpoint_entry, key, ep);
	PRINT_ALL(nsa_maps_settings, nsa_setting_entry, key, setting);
	PRINT_ALL(nsa_maps_shares, nsaccel_share, key, netns_cookie);
	PRINT_ALL(nsa_maps_sources, nsa_source_entry, key, source);
	nsa_maps_close(maps);
	return 0;
}
