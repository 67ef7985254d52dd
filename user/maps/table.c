// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>

#include "maps/inner.h"
#include "maps/mtrie.h"
#include "maps/pin.h"
#include "maps/sequences.h"
#include "maps/table.h"

int nsa_maps_table_new(const struct nsa_maps *maps)
{
	return nsa_maps_inner_new(maps, NSA_MAP_TABLE_TEMPLATE, "nsa_table", 0);
}

#define TABLE_PIN "by-netns/%llu/routes" /* cookie */

int nsa_maps_table_open(__u64 cookie)
{
	return nsa_pin_open(TABLE_PIN, cookie);
}

int nsa_maps_table_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot, int fd)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, TABLE_PIN, cookie);

	if (r < 0)
		return r;
	r = nsa_pin_replace(fd, path);
	if (!r)
		r = bpf_map_update_elem(maps->fd[NSA_MAP_ROUTES], &cookie, &fd, BPF_ANY);
	return r < 0 ? r : nsa_maps_config_put(maps, NSA_MAP_TABLES, &slot, &fd);
}

bool nsa_maps_table_is_set(const struct nsa_maps *maps, __u32 slot, int fd)
{
	return nsa_maps_inner_is(maps, NSA_MAP_TABLES, &slot, fd);
}

int nsa_maps_table_drop(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	char path[PATH_MAX];
	int r = nsa_maps_mtrie_drop(maps, cookie, slot, false);

	if (r < 0)
		return r;
	nsa_maps_config_begin(maps);
	r = nsa_maps_inner_remove(maps, NSA_MAP_TABLES, &slot);
	nsa_maps_config_end(maps);
	if (!r)
		r = nsa_maps_inner_remove(maps, NSA_MAP_ROUTES, &cookie);
	if (r < 0)
		return r;
	r = nsa_pin_path(path, TABLE_PIN, cookie);
	return r < 0 ? r : nsa_pin_remove(path);
}
