// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "maps/dump.h"
#include "maps/tx.h"
#include "maps/sequences.h"
#include "util/cleanup.h"

int nsa_maps_targets(const struct nsa_maps *maps, struct nsaccel_tx_info **out)
{
	return nsa_maps_elements(maps->fd[NSA_MAP_TX_INFO], NSACCEL_MAX_TX, sizeof(**out),
				 (void **)out);
}

static int find_tx(const struct nsa_maps *maps, __u64 cookie, __u32 ifindex, __u32 *slot,
		   __u32 *free_slot)
{
	__cleanup(nsa_freep) struct nsaccel_tx_info *all = NULL;
	int r = nsa_maps_targets(maps, &all);

	if (r < 0)
		return r;
	for (__u32 i = 1; i < NSACCEL_MAX_TX; i++) {
		if (all[i].netns_cookie == cookie && all[i].ifindex == ifindex) {
			*slot = i;
			return 0;
		}
		if (!all[i].netns_cookie && !*free_slot)
			*free_slot = i;
	}
	return -ENOENT;
}

int nsa_maps_tx_set(const struct nsa_maps *maps, const struct nsaccel_tx_info *info, __u32 *slot)
{
	struct bpf_devmap_val value = { .ifindex = info->ifindex, .bpf_prog.fd = -1 };
	__u32 at = 0, free_slot = 0;
	int r;

	r = find_tx(maps, info->netns_cookie, info->ifindex, &at, &free_slot);
	if (r == -ENOENT) {
		at = free_slot;
		if (!at)
			return -E2BIG;
		r = 0;
	}
	if (r < 0)
		return r;
	r = bpf_map_update_elem(maps->fd[NSA_MAP_TX_INFO], &at, info, BPF_ANY);
	if (r < 0)
		return r;
	r = nsa_maps_config_put(maps, NSA_MAP_TX, &at, &value);
	if (r < 0)
		return r;
	*slot = at;
	return 0;
}

bool nsa_maps_tx_is_set(const struct nsa_maps *maps, __u32 slot, __u64 cookie, __u32 ifindex)
{
	struct nsaccel_tx_info info;
	struct bpf_devmap_val value;

	return !bpf_map_lookup_elem(maps->fd[NSA_MAP_TX_INFO], &slot, &info) &&
	       info.netns_cookie == cookie && info.ifindex == ifindex &&
	       !bpf_map_lookup_elem(maps->fd[NSA_MAP_TX], &slot, &value) &&
	       value.ifindex == ifindex;
}

int nsa_maps_tx_del(const struct nsa_maps *maps, __u32 slot)
{
	const struct nsaccel_tx_info none = {};

	nsa_maps_config_del(maps, NSA_MAP_TX, &slot);
	return bpf_map_update_elem(maps->fd[NSA_MAP_TX_INFO], &slot, &none, BPF_ANY);
}
