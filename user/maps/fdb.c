// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <string.h>

#include "maps/dump.h"
#include "maps/fdb.h"
#include "util/sort.h"

static int by_key(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct nsaccel_fdb_key));
}

int nsa_maps_fdb(const struct nsa_maps *maps, struct nsa_fdb_entry **out, size_t *count)
{
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_FDB], out, count, key, fdb);

	if (r < 0)
		return r;
	for (size_t i = 0; i < *count; i++)
		NSA_END_NAME((*out)[i].fdb.name);
	SORT(*out, *count, by_key);
	return 0;
}

int nsa_maps_fdb_get(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key,
		     struct nsaccel_fdb *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_FDB], key, out);

	if (!r)
		NSA_END_NAME(out->name);
	return r;
}

int nsa_maps_fdb_put(const struct nsa_maps *maps, const struct nsaccel_fdb *fdb)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_FDB], &fdb->key, fdb, BPF_ANY);
}

int nsa_maps_fdb_del(const struct nsa_maps *maps, const struct nsaccel_fdb_key *key)
{
	return bpf_map_delete_elem(maps->fd[NSA_MAP_FDB], key);
}
