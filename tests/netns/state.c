// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints what nsaccel's maps hold, byte for byte and in order, so that two moments can be compared:
 * without what programs write, and with next hops in place of their numbers, which may be others.
 * usage: state [-n LAST]
 * -n: without numbers that may be others when the same comes to be on another way: cookies in place
 *     of slots, no indexes of endpoints' devices, nor any above LAST, which are of devices made
 *     later.
 */
#include <bpf/bpf.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/maps/endpoints.h"
#include "user/maps/fdb.h"
#include "user/maps/isolation.h"
#include "user/maps/netns.h"
#include "user/maps/nexthops.h"
#include "user/maps/owners.h"
#include "user/maps/pin.h"
#include "user/maps/policy.h"
#include "user/maps/ports.h"
#include "user/maps/routes.h"
#include "user/maps/rules.h"
#include "user/maps/settings.h"
#include "user/maps/shares.h"
#include "user/maps/sources.h"

/* Registered namespaces; none: numbers are printed as they are. */
static const struct nsa_netns_entry *known;
static size_t known_count;

static unsigned long last_index = ~0UL;

static __u32 device(__u32 ifindex)
{
	return ifindex > last_index ? ~0U : ifindex;
}

static __u32 number(__u32 slot)
{
	for (size_t i = 0; i < known_count; i++)
		if (known[i].ns.slot == slot)
			return (__u32)known[i].cookie;
	return slot;
}

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

	nsa_maps_routes(cookie, &routes, &count);
	for (size_t i = 0; i < count; i++) {
		if (nsa_maps_nexthop_get(maps, routes[i].route.nexthop, &nh) ||
		    nh.generation != routes[i].route.generation)
			memset(&nh, 0xff, sizeof(nh));
		nh.generation = nh.sequence = 0;
		nh.dst_slot = number(nh.dst_slot);
		nh.ifindex = device(nh.ifindex);
		nh.l3_ifindex = device(nh.l3_ifindex);
		nh.target_ifindex = device(nh.target_ifindex);
		printf("%llu %d ", cookie, routes[i].route.origin);
		print("route", &routes[i].prefix, sizeof(routes[i].prefix), &nh, sizeof(nh));
	}
	free(routes);
}

static void print_rules(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	struct nsa_policy_rule *rules = NULL;
	size_t count = 0;

	nsa_maps_rules(maps, slot, &rules, &count);
	for (size_t i = 0; i < count; i++)
		print("rule", &cookie, sizeof(cookie), &rules[i].rule, sizeof(rules[i].rule));
	free(rules);
}

static void print_netns(const struct nsa_maps *maps, const struct nsa_netns_entry *ns)
{
	struct nsaccel_isolation isolation = {};
	struct nsaccel_limits limits = {};
	struct nsaccel_owner owner = {};
	struct nsaccel_netns entry = ns->ns;

	entry.slot = number(entry.slot);
	print("netns", &ns->cookie, sizeof(ns->cookie), &entry, sizeof(entry));
	nsa_maps_isolation_get(maps, ns->ns.slot, ns->cookie, &isolation);
	print("isolation", &ns->cookie, sizeof(ns->cookie), &isolation, sizeof(isolation));
	nsa_maps_limits_get(maps, ns->ns.slot, &limits);
	for (int i = 0; i < NSACCEL_DIRECTION_COUNT; i++)
		limits.bits[i].tat = limits.packets[i].tat = 0;
	print("limits", &ns->cookie, sizeof(ns->cookie), &limits, sizeof(limits));
	nsa_maps_owner_get(maps, ns->ns.slot, &owner);
	printf("owner %llu %d %d %d\n", owner.cookie, owner.firewall, owner.static_mode,
	       !!owner.policy);
	print_table(maps, ns->cookie);
	print_rules(maps, ns->cookie, ns->ns.slot);
}

static void number_port(struct nsa_port_entry *entry)
{
	entry->key.ifindex = device(entry->key.ifindex);
	entry->port.l3_ifindex = device(entry->port.l3_ifindex);
	entry->port.source_slot = number(entry->port.source_slot);
	if (known)
		entry->port.endpoint_ifindex = 0;
}

static void number_endpoint(struct nsa_endpoint_entry *entry)
{
	entry->key.ifindex = device(entry->key.ifindex);
	entry->ep.slot = number(entry->ep.slot);
	if (known)
		entry->ep.ifindex = 0;
}

static void number_fdb(struct nsa_fdb_entry *entry)
{
	entry->fdb.ifindex = device(entry->fdb.ifindex);
	entry->fdb.slot = number(entry->fdb.slot);
}

static void number_source(struct nsa_source_entry *entry)
{
	entry->key.slot = number(entry->key.slot);
}

#define AS_IT_IS(entry) (void)(entry)

#define PRINT_ALL(get, type, key, value, number_it)                                                \
	do {                                                                                       \
		struct type *entries = NULL;                                                       \
		size_t n = 0;                                                                      \
                                                                                                   \
		if (get(maps, &entries, &n))                                                       \
			errx(1, #get);                                                             \
		for (size_t i = 0; i < n; i++) {                                                   \
			number_it(&entries[i]);                                                    \
			print(#type, &entries[i].key, sizeof(entries[i].key), &entries[i].value,   \
			      sizeof(entries[i].value));                                           \
		}                                                                                  \
		free(entries);                                                                     \
	} while (0)

int main(int argc, char **argv)
{
	struct nsa_netns_entry *all = NULL;
	struct nsa_maps *maps;
	size_t count = 0;

	if (nsa_pin_init(NSA_BPFFS_DEFAULT) || nsa_maps_open(&maps))
		return 0; /* nothing is attached */
	if (nsa_maps_netns(maps, &all, &count))
		errx(1, "netns");
	if (argc > 2 && !strcmp(argv[1], "-n")) {
		last_index = strtoul(argv[2], NULL, 10);
		known = all;
		known_count = count;
	}
	for (size_t i = 0; i < count; i++)
		print_netns(maps, &all[i]);
	PRINT_ALL(nsa_maps_ports, nsa_port_entry, key, port, number_port);
	PRINT_ALL(nsa_maps_endpoints, nsa_endpoint_entry, key, ep, number_endpoint);
	PRINT_ALL(nsa_maps_fdb, nsa_fdb_entry, key, fdb, number_fdb);
	PRINT_ALL(nsa_maps_settings, nsa_setting_entry, key, setting, AS_IT_IS);
	PRINT_ALL(nsa_maps_shares, nsaccel_share, key, netns_cookie, AS_IT_IS);
	PRINT_ALL(nsa_maps_sources, nsa_source_entry, key, source, number_source);
	free(all);
	nsa_maps_close(maps);
	return 0;
}
