// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <string.h>

#include "maps/dump.h"
#include "maps/endpoints.h"
#include "maps/sequences.h"
#include "util/sort.h"

int nsa_maps_by_endpoint(const void *a, const void *b)
{
	const struct nsa_endpoint_entry *x = a, *y = b;

	return CMP(x->key.owner_slot, y->key.owner_slot)   ?:
		       CMP(x->key.ifindex, y->key.ifindex) ?:
		       memcmp(x->key.mac, y->key.mac, sizeof(x->key.mac));
}

int nsa_maps_endpoints(const struct nsa_maps *maps, struct nsa_endpoint_entry **out, size_t *count)
{
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_ENDPOINTS], out, count, key, ep);

	if (r < 0)
		return r;
	for (size_t i = 0; i < *count; i++)
		NSA_END_NAME((*out)[i].ep.name);
	SORT(*out, *count, nsa_maps_by_endpoint);
	return 0;
}

int nsa_maps_endpoint_get(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key,
			  struct nsaccel_endpoint *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_ENDPOINTS], key, out);

	if (!r)
		NSA_END_NAME(out->name);
	return r;
}

int nsa_maps_endpoint_put(const struct nsa_maps *maps, const struct nsa_endpoint_entry *entry)
{
	return nsa_maps_config_put(maps, NSA_MAP_ENDPOINTS, &entry->key, &entry->ep);
}

int nsa_maps_endpoint_del(const struct nsa_maps *maps, const struct nsaccel_endpoint_key *key)
{
	return nsa_maps_config_del(maps, NSA_MAP_ENDPOINTS, key);
}
