// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>

#include "maps/mapped.h"
#include "maps/nexthops.h"

#define SIZE (NSACCEL_MAX_NEXTHOPS * sizeof(struct nsaccel_nexthop))

int nsa_maps_nexthops(const struct nsa_maps *maps, const struct nsaccel_nexthop **out)
{
	_Static_assert(sizeof(**out) % 8 == 0, "in the map they follow each other without padding");
	return nsa_maps_view(maps, NSA_MAP_NEXTHOPS, SIZE, (const void **)out);
}

void nsa_maps_nexthops_closep(const struct nsaccel_nexthop **all)
{
	nsa_maps_unview(*all, SIZE);
}

int nsa_maps_nexthop_get(const struct nsa_maps *maps, __u32 id, struct nsaccel_nexthop *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_NEXTHOPS], &id, out);
}

int nsa_maps_nexthop_put(const struct nsa_maps *maps, __u32 id, const struct nsaccel_nexthop *nh)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_NEXTHOPS], &id, nh, BPF_ANY);
}
