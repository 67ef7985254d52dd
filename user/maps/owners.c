// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>

#include "maps/owners.h"
#include "maps/sequences.h"

int nsa_maps_owner_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_owner *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_OWNERS], &slot, out);
}

int nsa_maps_owner_put(const struct nsa_maps *maps, __u32 slot, const struct nsaccel_owner *owner)
{
	return nsa_maps_config_put(maps, NSA_MAP_OWNERS, &slot, owner);
}
