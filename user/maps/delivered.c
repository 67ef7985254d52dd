// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "maps/delivered.h"
#include "maps/percpu.h"
#include "util/cleanup.h"

/* An element of the port, with counters of 0; the caller frees *out. */
static int new_element(const struct nsaccel_port_key *key, struct nsaccel_port_stats **out,
		       int *cpus)
{
	int r = nsa_percpu_new(sizeof(**out), (void **)out, cpus);

	for (int i = 0; !r && i < *cpus; i++)
		(*out)[i] = (struct nsaccel_port_stats){ .owner_slot = key->owner_slot,
							 .ifindex = key->ifindex };
	return r;
}

static bool is_of(const struct nsaccel_port_stats *value, const struct nsaccel_port_key *key)
{
	return value->owner_slot == key->owner_slot && value->ifindex == key->ifindex;
}

/* 1, 0 or -errno. */
static int is_cached(const struct nsa_maps *maps, const struct nsaccel_port_key *key, __u32 index)
{
	struct nsaccel_cached_port cached;
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached);

	return r < 0 ? r : cached.ifindex == key->ifindex && cached.owner_slot == key->owner_slot;
}

int nsa_maps_delivered_begin(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	__cleanup(nsa_freep) struct nsaccel_port_stats *old = NULL, *new = NULL;
	int cpus, r;

	r = new_element(key, &old, &cpus) ?: new_element(key, &new, &cpus);
	if (r < 0)
		return r;
	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_STATS], &index, old);
	if (r < 0 || is_of(old, key))
		return r;
	r = is_cached(maps, key, index);
	if (r < 0)
		return r;
	if (r)
		return bpf_map_update_elem(maps->fd[NSA_MAP_PORT_STATS], &index, new, BPF_ANY);
	r = bpf_map_update_elem(maps->fd[NSA_MAP_PORT_STATS2], key, new, BPF_NOEXIST);
	return r == -EEXIST ? 0 : r;
}

static int clear_cached(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	__cleanup(nsa_freep) struct nsaccel_port_stats *old = NULL, *none = NULL;
	int cpus, r;

	r = new_element(key, &old, &cpus) ?:
					    new_element(&(struct nsaccel_port_key){}, &none, &cpus);
	if (r < 0)
		return r;
	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_STATS], &index, old);
	if (r < 0 || !is_of(old, key))
		return r;
	return bpf_map_update_elem(maps->fd[NSA_MAP_PORT_STATS], &index, none, BPF_ANY);
}

/* A device that gets the same ifindex later begins at 0. */
int nsa_maps_delivered_end(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	int r = clear_cached(maps, key);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	r = bpf_map_delete_elem(maps->fd[NSA_MAP_PORT_STATS2], key);
	return r == -ENOENT ? 0 : r;
}

static int add(int map, const void *at, const struct nsaccel_port_key *key,
	       struct nsaccel_counter *sum)
{
	__cleanup(nsa_freep) struct nsaccel_port_stats *value = NULL;
	int cpus, r;

	r = new_element(key, &value, &cpus);
	if (r < 0)
		return r;
	r = bpf_map_lookup_elem(map, at, value);
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
	struct nsaccel_counter sum = {};
	int r;

	r = add(maps->fd[NSA_MAP_PORT_STATS], &index, key, &sum) ?:
		    add(maps->fd[NSA_MAP_PORT_STATS2], key, key, &sum);
	if (!r)
		*out = sum;
	return r;
}
