// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>

#include "maps/delivered.h"
#include "maps/dump.h"
#include "maps/ports.h"
#include "maps/sequences.h"
#include "util/clock.h"
#include "util/sort.h"

/* An element of "port_cache" is given to another port so long after it became free, at the
 * earliest. */
#define REUSE_NS 1000000000

static int by_port(const void *a, const void *b)
{
	const struct nsa_port_entry *x = a, *y = b;

	return CMP(x->key.owner_slot, y->key.owner_slot) ?: CMP(x->key.ifindex, y->key.ifindex);
}

int nsa_maps_ports(const struct nsa_maps *maps, struct nsa_port_entry **out, size_t *count)
{
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_PORTS], out, count, key, port);

	if (r < 0)
		return r;
	for (size_t i = 0; i < *count; i++)
		NSA_END_NAME((*out)[i].port.name);
	SORT(*out, *count, by_port);
	return 0;
}

int nsa_maps_port_get(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      struct nsaccel_port *out)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORTS], &key, out);

	if (!r)
		NSA_END_NAME(out->name);
	return r;
}

/* Puts the port into its element of "port_cache". 1: another port has that, or had it within a
 * second, and programs find this one in "ports". */
static int cache_port(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		      const struct nsaccel_port *port)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	struct nsaccel_cached_port cached;
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached);
	bool own;

	if (r < 0)
		return r;
	own = cached.ifindex == key->ifindex && cached.owner_slot == key->owner_slot;
	if (!own && (cached.ifindex || (cached.retired && nsa_clock() - cached.retired < REUSE_NS)))
		return 1;
	cached.owner_slot = key->owner_slot;
	cached.retired = 0;
	cached.port = *port;
	if (!own) { /* complete before it gets a key */
		r = nsa_maps_config_put(maps, NSA_MAP_PORT_CACHE, &index, &cached);
		if (r < 0)
			return r;
	}
	cached.ifindex = key->ifindex;
	return nsa_maps_config_put(maps, NSA_MAP_PORT_CACHE, &index, &cached);
}

/* Removes the port from "port_cache". 1: it isn't there. */
static int uncache_port(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	struct nsaccel_cached_port cached;
	int r;

	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, &cached);
	if (r < 0)
		return r;
	if (cached.ifindex != key->ifindex || cached.owner_slot != key->owner_slot)
		return 1;
	cached.ifindex = 0;
	cached.retired = nsa_clock();
	return nsa_maps_config_put(maps, NSA_MAP_PORT_CACHE, &index, &cached);
}

int nsa_maps_port_put(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      const struct nsaccel_port *port)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	struct nsaccel_port old;
	bool known = !nsa_maps_port_get(maps, owner_slot, ifindex, &old);
	int r, uncached;

	r = nsa_maps_config_put(maps, NSA_MAP_PORTS, &key, port);
	if (r < 0 || ifindex >= NSACCEL_ABSENT)
		return r;
	r = uncached = cache_port(maps, &key, port);
	if (r >= 0)
		r = nsa_maps_delivered_begin(maps, &key);
	/* The kernel has put a new element in the old one's place, which programs may still read,
	 * and which the next port may get. */
	if (!r && uncached && known)
		r = nsa_maps_wait(maps);
	if (r < 0 && known)
		nsa_maps_config_put(maps, NSA_MAP_PORTS, &key, &old);
	else if (r < 0)
		nsa_maps_config_del(maps, NSA_MAP_PORTS, &key);
	return r;
}

int nsa_maps_port_del(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	int r, uncached;

	r = uncached = uncache_port(maps, &key);
	if (r >= 0)
		r = nsa_maps_delivered_end(maps, &key);
	if (!r)
		r = nsa_maps_config_del(maps, NSA_MAP_PORTS, &key);
	return !r && uncached && ifindex < NSACCEL_ABSENT ? nsa_maps_wait(maps) : r;
}
