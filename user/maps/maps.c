// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "maps/flows.h"
#include "maps/maps.h"
#include "maps/pin.h"
#include "maps/table.h"
#include "maps/used.h"
#include "util/cleanup.h"

#define NAME(object, pin)                                                                          \
	{                                                                                          \
		object, pin, "the map " pin " is full"                                             \
	}

const struct nsa_map_name nsa_map_names[NSA_MAP_COUNT] = {
	[NSA_MAP_META] = NAME("nsaccel_meta", "meta"),
	[NSA_MAP_NETNS] = NAME("nsaccel_netns", "netns"),
	[NSA_MAP_OWNERS] = NAME("nsaccel_owners", "owners"),
	[NSA_MAP_PORTS] = NAME("nsaccel_ports", "ports"),
	[NSA_MAP_PORT_CACHE] = NAME("nsaccel_pcache", "port_cache"),
	[NSA_MAP_PORT_STATS] = NAME("nsaccel_pstats", "port_stats"),
	[NSA_MAP_PORT_STATS_MORE] = NAME("nsaccel_pstats2", "port_stats_more"),
	[NSA_MAP_ENDPOINTS] = NAME("nsaccel_endpts", "endpoints"),
	[NSA_MAP_FDB] = NAME("nsaccel_fdb", "fdb"),
	[NSA_MAP_SHARES] = NAME("nsaccel_shares", "shares"),
	[NSA_MAP_FLOWS] = NAME("nsaccel_flows", "flows"),
	[NSA_MAP_FLOW_USE] = NAME("nsaccel_flowuse", "flow_use"),
	[NSA_MAP_ROUTES] = NAME("nsaccel_routes", "routes"),
	[NSA_MAP_TABLES] = NAME("nsaccel_tables", "tables"),
	[NSA_MAP_TABLE_SEQUENCE] = NAME("nsaccel_tabseq", "table_sequence"),
	[NSA_MAP_ROUTE_CACHE] = NAME("nsaccel_rcache", "route_cache"),
	[NSA_MAP_NEXTHOPS] = NAME("nsaccel_nexthop", "nexthops"),
	[NSA_MAP_USED] = NAME("nsaccel_used", "used"),
	[NSA_MAP_FIB_USED] = NAME("nsaccel_fibused", "fib_used"),
	[NSA_MAP_TX] = NAME("nsaccel_tx", "tx"),
	[NSA_MAP_TX_INFO] = NAME("nsaccel_tx_info", "tx_info"),
	[NSA_MAP_STATS] = NAME("nsaccel_stats", "stats"),
	[NSA_MAP_SETTINGS] = NAME("nsaccel_setting", "settings"),
	[NSA_MAP_LAPSED] = NAME("nsaccel_lapsed", "lapsed"),
	[NSA_MAP_ISOLATION] = NAME("nsaccel_isolat", "isolation"),
	[NSA_MAP_SOURCES] = NAME("nsaccel_sources", "sources"),
	[NSA_MAP_LIMITS] = NAME("nsaccel_limits", "limits"),
	[NSA_MAP_RULES] = NAME("nsaccel_rules", "rules"),
	[NSA_MAP_RULE_STATS] = NAME("nsaccel_rstats", "rule_stats"),
	[NSA_MAP_POLICY_HEADS] = NAME("nsaccel_pheads", "policy_heads"),
	[NSA_MAP_POLICY_SETS] = NAME("nsaccel_psets", "policy_sets"),
	[NSA_MAP_POLICY_CLASSES] = NAME("nsaccel_pclasss", "policy_classes"),
	[NSA_MAP_POLICY_PREFIX] = NAME("nsaccel_pprefxs", "policy_prefix"),
	[NSA_MAP_CONNS] = NAME("nsaccel_conns", "conns"),
	[NSA_MAP_TABLE_TEMPLATE] = NAME("nsaccel_table", "templates/table"),
	[NSA_MAP_STATS_TEMPLATE] = NAME("nsaccel_counts", "templates/stats"),
	[NSA_MAP_HEAD_TEMPLATE] = NAME("nsaccel_phead", "templates/policy_head"),
	[NSA_MAP_SETS_TEMPLATE] = NAME("nsaccel_pset", "templates/policy_sets"),
	[NSA_MAP_CLASSES_TEMPLATE] = NAME("nsaccel_pclass", "templates/policy_classes"),
	[NSA_MAP_PREFIX_TEMPLATE] = NAME("nsaccel_pprefix", "templates/policy_prefix"),
	[NSA_MAP_CONNS_TEMPLATE] = NAME("nsaccel_conn", "templates/conns"),
};

#undef NAME

const char *nsa_maps_strerror(int r, enum nsa_map map)
{
	return r == -E2BIG || r == -ENOSPC ? nsa_map_names[map].full : strerror(-r);
}

void nsa_maps_close(struct nsa_maps *maps)
{
	if (!maps)
		return;
	nsa_maps_used_unmap(maps);
	nsa_maps_table_unmap(maps);
	nsa_maps_flow_use_unmap(maps);
	for (int i = 0; i < NSA_MAP_COUNT; i++)
		nsa_closep(&maps->fd[i]);
	free(maps);
}

void nsa_maps_closep(struct nsa_maps **maps)
{
	nsa_maps_close(*maps);
}

static bool is_frozen(int fd)
{
	char path[48], line[64];
	bool frozen = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && !frozen && fgets(line, sizeof(line), file))
		frozen = !strcmp(line, "frozen:\t1\n");
	if (file)
		fclose(file);
	return frozen;
}

const char *nsa_maps_frozen(const struct nsa_maps *maps)
{
	for (int i = 0; i < NSA_MAP_COUNT; i++)
		if (is_frozen(maps->fd[i]))
			return nsa_map_names[i].pin;
	return NULL;
}

static int open_pins(struct nsa_maps *maps)
{
	char path[PATH_MAX];
	int r;

	for (int i = 0; i < NSA_MAP_COUNT; i++) {
		r = nsa_pin_path(path, "%s", nsa_map_names[i].pin);
		if (r < 0)
			return r;
		maps->fd[i] = bpf_obj_get(path);
		if (maps->fd[i] < 0)
			return maps->fd[i];
	}
	return 0;
}

int nsa_maps_open(struct nsa_maps **out)
{
	__cleanup(nsa_maps_closep) struct nsa_maps *maps = calloc(1, sizeof(*maps));
	int r;

	if (!maps)
		return -ENOMEM;
	memset(maps->fd, 0xff, sizeof(maps->fd));
	r = open_pins(maps);
	if (!r)
		r = nsa_maps_used_map(maps);
	if (!r)
		r = nsa_maps_table_map(maps);
	if (!r)
		r = nsa_maps_flow_use_map(maps);
	if (r < 0)
		return r;
	*out = TAKE_PTR(maps);
	return 0;
}

/* The kernel waits for programs after it has changed a map of maps. Slot 0 is nobody's: the map
 * that stands there counts nothing. */
int nsa_maps_wait(const struct nsa_maps *maps)
{
	const __u32 nobody = 0;

	return bpf_map_update_elem(maps->fd[NSA_MAP_STATS], &nobody,
				   &maps->fd[NSA_MAP_STATS_TEMPLATE], BPF_ANY);
}
