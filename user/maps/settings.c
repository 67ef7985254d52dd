// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>

#include "maps/dump.h"
#include "maps/settings.h"

int nsa_maps_settings(const struct nsa_maps *maps, struct nsa_setting_entry **out, size_t *count)
{
	return NSA_MAPS_DUMP(maps->fd[NSA_MAP_SETTINGS], out, count, key, setting);
}

int nsa_maps_setting_get(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 struct nsaccel_setting *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_SETTINGS], key, out);
}

int nsa_maps_setting_put(const struct nsa_maps *maps, const struct nsaccel_setting_key *key,
			 const struct nsaccel_setting *setting)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_SETTINGS], key, setting, BPF_ANY);
}

int nsa_maps_setting_del(const struct nsa_maps *maps, const struct nsaccel_setting_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_SETTINGS], key);
}
