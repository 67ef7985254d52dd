// SPDX-License-Identifier: GPL-2.0-only
/* Counters of what was put into a port's endpoints past the port. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>

#include "maps/maps.h"
#include "util/cleanup.h"

/* An element's value: one for each CPU. */
static struct nsaccel_port_stats *new_value(const struct nsaccel_port_key *key, int *cpus)
{
	struct nsaccel_port_stats *value;

	*cpus = libbpf_num_possible_cpus();
	value = *cpus > 0 ? calloc((size_t)*cpus, sizeof(*value)) : NULL;
	for (int i = 0; value && i < *cpus; i++) {
		value[i].owner_slot = key->owner_slot;
		value[i].ifindex = key->ifindex;
	}
	return value;
}

static bool is_of(const struct nsaccel_port_stats *value, const struct nsaccel_port_key *key)
{
	return value->owner_slot == key->owner_slot && value->ifindex == key->ifindex;
}

static bool is_cached(const struct nsa_maps *maps, const struct nsaccel_port_key *key, __u32 index)
{
	struct nsaccel_cached_port cached;

	return !bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached) &&
	       cached.ifindex == key->ifindex && cached.owner_slot == key->owner_slot;
}

int nsa_maps_delivered_begin(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	__cleanup(nsa_freep) struct nsaccel_port_stats *value = NULL;
	int cpus, r;

	value = new_value(key, &cpus);
	if (!value)
		return -ENOMEM;
	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_STATS], &index, value);
	if (r < 0 || is_of(value, key))
		return r;
	for (int i = 0; i < cpus; i++)
		value[i] = (struct nsaccel_port_stats){ .owner_slot = key->owner_slot,
							.ifindex = key->ifindex };
	if (is_cached(maps, key, index))
		return bpf_map_update_elem(maps->fd[NSA_MAP_PORT_STATS], &index, value, BPF_ANY);
	r = bpf_map_update_elem(maps->fd[NSA_MAP_PORT_STATS_MORE], key, value, BPF_NOEXIST);
	return r == -EEXIST ? 0 : r;
}

/* A device that gets the same ifindex begins at 0. */
int nsa_maps_delivered_end(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	__cleanup(nsa_freep) struct nsaccel_port_stats *value = NULL;
	const struct nsaccel_port_key none = {};
	int cpus, r;

	value = new_value(key, &cpus);
	if (!value)
		return -ENOMEM;
	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_STATS], &index, value);
	if (!r && is_of(value, key)) {
		free(TAKE_PTR(value));
		value = new_value(&none, &cpus);
		r = value ? bpf_map_update_elem(maps->fd[NSA_MAP_PORT_STATS], &index, value,
						BPF_ANY) :
			    -ENOMEM;
	}
	if (!r)
		r = bpf_map_delete_elem(maps->fd[NSA_MAP_PORT_STATS_MORE], key);
	return r == -ENOENT ? 0 : r;
}

static int add(int map, const void *at, const struct nsaccel_port_key *key,
	       struct nsaccel_port_stats *value, int cpus, struct nsaccel_counter *sum)
{
	int r = bpf_map_lookup_elem(map, at, value);

	for (int i = 0; !r && i < cpus; i++) {
		if (!is_of(&value[i], key))
			continue;
		sum->packets += value[i].delivered.packets;
		sum->bytes += value[i].delivered.bytes;
	}
	return r == -ENOENT ? 0 : r;
}

int nsa_maps_delivered(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		       struct nsaccel_counter *out)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	__cleanup(nsa_freep) struct nsaccel_port_stats *value = NULL;
	struct nsaccel_counter sum = {};
	int cpus, r;

	value = new_value(key, &cpus);
	if (!value)
		return -ENOMEM;
	r = add(maps->fd[NSA_MAP_PORT_STATS], &index, key, value, cpus, &sum);
	if (!r)
		r = add(maps->fd[NSA_MAP_PORT_STATS_MORE], key, key, value, cpus, &sum);
	if (!r)
		*out = sum;
	return r;
}
