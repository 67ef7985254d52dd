// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "maps/delivered.h"
#include "maps/dump.h"
#include "maps/ports.h"
#include "maps/sequences.h"
#include "util/clock.h"

/* An element of "port_cache" is given to another port so long after it became free, at the
 * earliest. */
#define REUSE_NS 1000000000

int nsa_maps_ports(const struct nsa_maps *maps, struct nsa_port_entry **out, size_t *count)
{
	int r = NSA_MAPS_DUMP(maps->fd[NSA_MAP_PORTS], out, count, key, port);

	if (r < 0)
		return r;
	for (size_t i = 0; i < *count; i++)
		NSA_END_NAME((*out)[i].port.name);
	SORT(*out, *count, nsa_port_entry_by_key);
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

/* Reads the port's element of "port_cache". 1: it is the port's own; 0: another's, or nobody's. */
static int read_cached(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		       struct nsaccel_cached_port *out)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_PORT_CACHE], &index, out);

	return r < 0 ? r : out->ifindex == key->ifindex && out->owner_slot == key->owner_slot;
}

static int put_cached(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		      const struct nsaccel_cached_port *cached)
{
	__u32 index = NSACCEL_PORT_CACHE_INDEX(key->owner_slot, key->ifindex);

	return nsa_maps_config_put(maps, NSA_MAP_PORT_CACHE, &index, cached);
}

/* Puts the port into its element of "port_cache". 1: another port has that, or had it within a
 * second, and programs find this one in "ports". */
static int cache_port(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		      const struct nsaccel_port *port)
{
	struct nsaccel_cached_port cached;
	int r, own;

	own = read_cached(maps, key, &cached);
	if (own < 0)
		return own;
	if (!own && (cached.ifindex || (cached.retired && nsa_clock() - cached.retired < REUSE_NS)))
		return 1;
	cached.owner_slot = key->owner_slot;
	cached.retired = 0;
	cached.port = *port;
	if (!own) { /* complete before it gets a key */
		r = put_cached(maps, key, &cached);
		if (r < 0)
			return r;
	}
	cached.ifindex = key->ifindex;
	return put_cached(maps, key, &cached);
}

/* Removes the port from "port_cache". 1: it isn't there. */
static int uncache_port(const struct nsa_maps *maps, const struct nsaccel_port_key *key)
{
	struct nsaccel_cached_port cached;
	int own = read_cached(maps, key, &cached);

	if (own <= 0)
		return own < 0 ? own : 1;
	cached.ifindex = 0;
	cached.retired = nsa_clock();
	return put_cached(maps, key, &cached);
}

/* A port as it stands in both maps. */
struct before {
	struct nsaccel_port port;
	struct nsaccel_cached_port cached;
	bool known;
	int own; /* "cached" is the port's */
};

static int read_before(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		       struct before *out)
{
	int r = nsa_maps_port_get(maps, key->owner_slot, key->ifindex, &out->port);

	if (r < 0 && r != -ENOENT)
		return r;
	out->known = !r;
	out->own = read_cached(maps, key, &out->cached);
	return out->own < 0 ? out->own : 0;
}

/* Programs look into "port_cache" first, so that a port that was new leaves that first, too. */
static void restore(const struct nsa_maps *maps, const struct nsaccel_port_key *key,
		    const struct before *before)
{
	if (before->own)
		put_cached(maps, key, &before->cached);
	else
		uncache_port(maps, key);
	if (before->known)
		nsa_maps_config_put(maps, NSA_MAP_PORTS, key, &before->port);
	else
		nsa_maps_config_del(maps, NSA_MAP_PORTS, key);
}

int nsa_maps_port_put(const struct nsa_maps *maps, __u32 owner_slot, __u32 ifindex,
		      const struct nsaccel_port *port)
{
	struct nsaccel_port_key key = { owner_slot, ifindex };
	struct before before;
	int r, uncached;

	if (ifindex >= NSACCEL_ABSENT)
		return nsa_maps_config_put(maps, NSA_MAP_PORTS, &key, port);
	r = read_before(maps, &key, &before);
	if (!r)
		r = nsa_maps_config_put(maps, NSA_MAP_PORTS, &key, port);
	if (r < 0)
		return r;
	r = uncached = cache_port(maps, &key, port);
	if (r >= 0)
		r = nsa_maps_delivered_begin(maps, &key);
	/* The kernel has put a new element in the old one's place, which programs may still read,
	 * and which the next port may get. */
	if (!r && uncached && before.known)
		r = nsa_maps_wait(maps);
	if (r < 0)
		restore(maps, &key, &before);
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
