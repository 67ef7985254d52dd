// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>

#include "maps/meta.h"

static int get_meta(const struct nsa_maps *maps, struct nsaccel_meta *meta)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(maps->fd[NSA_MAP_META], &zero, meta);
}

static int put_meta(const struct nsa_maps *maps, struct nsaccel_meta *meta)
{
	__u32 zero = 0;

	meta->abi_version = NSACCEL_ABI_VERSION;
	return bpf_map_update_elem(maps->fd[NSA_MAP_META], &zero, meta, BPF_ANY);
}

int nsa_maps_abi(const struct nsa_maps *maps, __u32 *version)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (!r)
		*version = meta.abi_version;
	return r;
}

int nsa_maps_generation(const struct nsa_maps *maps, __u32 *generation)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (r < 0)
		return r;
	if (!++meta.generation)
		meta.generation = 1;
	r = put_meta(maps, &meta);
	if (r < 0)
		return r;
	*generation = meta.generation;
	return 0;
}

int nsa_maps_changes(const struct nsa_maps *maps, __u32 *changes)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (!r)
		*changes = meta.changes;
	return r;
}

int nsa_maps_changed(const struct nsa_maps *maps)
{
	struct nsaccel_meta meta;
	int r = get_meta(maps, &meta);

	if (r < 0)
		return r;
	meta.changes++;
	return put_meta(maps, &meta);
}
