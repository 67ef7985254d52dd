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
#include "maps/sequences.h"
#include "maps/used.h"
#include "util/cleanup.h"

#define NAME(object, pin)                                                                          \
	{                                                                                          \
		object, pin, "the map " pin " is full"                                             \
	}

const struct nsa_map_name nsa_map_names[NSA_MAP_COUNT] = {
	[NSA_MAP_META] = NAME("nsa_meta", "meta"),
	[NSA_MAP_NETNS] = NAME("nsa_netns", "netns"),
	[NSA_MAP_OWNERS] = NAME("nsa_owners", "owners"),
	[NSA_MAP_PORTS] = NAME("nsa_ports", "ports"),
	[NSA_MAP_PORT_CACHE] = NAME("nsa_port_cache", "port_cache"),
	[NSA_MAP_PORT_STATS] = NAME("nsa_port_stats", "port_stats"),
	[NSA_MAP_PORT_STATS2] = NAME("nsa_port_stats2", "port_stats2"),
	[NSA_MAP_ENDPOINTS] = NAME("nsa_endpoints", "endpoints"),
	[NSA_MAP_FDB] = NAME("nsa_fdb", "fdb"),
	[NSA_MAP_SHARES] = NAME("nsa_shares", "shares"),
	[NSA_MAP_FLOWS] = NAME("nsa_flows", "flows"),
	[NSA_MAP_FLOW_USE] = NAME("nsa_flow_use", "flow_use"),
	[NSA_MAP_FLOW_SEQ] = NAME("nsa_flow_seq", "flow_seq"),
	[NSA_MAP_ROUTES] = NAME("nsa_routes", "routes"),
	[NSA_MAP_TABLES] = NAME("nsa_tables", "tables"),
	[NSA_MAP_MTRIES] = NAME("nsa_mtries", "mtries"),
	[NSA_MAP_CONFIG_SEQ] = NAME("nsa_config_seq", "config_seq"),
	[NSA_MAP_ROUTE_SEQ] = NAME("nsa_route_seq", "route_seq"),
	[NSA_MAP_ROUTE_CACHE] = NAME("nsa_route_cache", "route_cache"),
	[NSA_MAP_VERDICTS] = NAME("nsa_verdicts", "verdicts"),
	[NSA_MAP_VERDICT_TAGS] = NAME("nsa_verdict_tags", "verdict_tags"),
	[NSA_MAP_NEXTHOPS] = NAME("nsa_nexthops", "nexthops"),
	[NSA_MAP_NH_USED] = NAME("nsa_nh_used", "nh_used"),
	[NSA_MAP_NEIGH_USED] = NAME("nsa_neigh_used", "neigh_used"),
	[NSA_MAP_TX] = NAME("nsa_tx", "tx"),
	[NSA_MAP_TX_INFO] = NAME("nsa_tx_info", "tx_info"),
	[NSA_MAP_STATS] = NAME("nsa_stats", "stats"),
	[NSA_MAP_SETTINGS] = NAME("nsa_settings", "settings"),
	[NSA_MAP_LAPSED] = NAME("nsa_lapsed", "lapsed"),
	[NSA_MAP_ISOLATION] = NAME("nsa_isolation", "isolation"),
	[NSA_MAP_SOURCES] = NAME("nsa_sources", "sources"),
	[NSA_MAP_LIMITS] = NAME("nsa_limits", "limits"),
	[NSA_MAP_RULES] = NAME("nsa_rules", "rules"),
	[NSA_MAP_RULE_STATS] = NAME("nsa_rule_stats", "rule_stats"),
	[NSA_MAP_POLICY_HEAD] = NAME("nsa_policy_head", "policy_head"),
	[NSA_MAP_POLICY_SETS] = NAME("nsa_policy_sets", "policy_sets"),
	[NSA_MAP_POLICY_HASH] = NAME("nsa_policy_hash", "policy_hash"),
	[NSA_MAP_POLICY_LPM] = NAME("nsa_policy_lpm", "policy_lpm"),
	[NSA_MAP_CONNS] = NAME("nsa_conns", "conns"),
	[NSA_MAP_TABLE_TEMPLATE] = NAME("nsa_table", "templates/table"),
	[NSA_MAP_MTRIE_TEMPLATE] = NAME("nsa_mtrie", "templates/mtrie"),
	[NSA_MAP_STATS_TEMPLATE] = NAME("nsa_counters", "templates/stats"),
	[NSA_MAP_HEAD_TEMPLATE] = NAME("nsa_head", "templates/policy_head"),
	[NSA_MAP_SETS_TEMPLATE] = NAME("nsa_sets", "templates/policy_sets"),
	[NSA_MAP_HASH_TEMPLATE] = NAME("nsa_hash", "templates/policy_hash"),
	[NSA_MAP_LPM_TEMPLATE] = NAME("nsa_lpm", "templates/policy_lpm"),
	[NSA_MAP_CONNS_TEMPLATE] = NAME("nsa_conn", "templates/conns"),
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
	nsa_maps_sequences_unmap(maps);
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
		if (maps->fd[i] < 0 && i != NSA_MAP_FLOWS) /* made when it is needed */
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
		r = nsa_maps_sequences_map(maps);
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
