// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <string.h>

#include "maps/isolation.h"
#include "maps/sequences.h"

int nsa_maps_isolation_get(const struct nsa_maps *maps, __u32 slot, __u64 cookie,
			   struct nsaccel_isolation *out)
{
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_ISOLATION], &slot, out);

	if (!r && out->cookie != cookie) /* of a namespace that had the slot before */
		memset(out, 0, sizeof(*out));
	return r;
}

int nsa_maps_isolation_put(const struct nsa_maps *maps, __u32 slot,
			   const struct nsaccel_isolation *isolation)
{
	return nsa_maps_config_put(maps, NSA_MAP_ISOLATION, &slot, isolation);
}

/* As strict as both. Programs read the element more than once: the first read may be from before a
 * change, and a later one from after it. */
static struct nsaccel_isolation stricter(const struct nsaccel_isolation *a,
					 const struct nsaccel_isolation *b)
{
	struct nsaccel_isolation both = *a;

	if (both.guard == NSACCEL_GUARD_OFF || b->guard == NSACCEL_GUARD_DROP)
		both.guard = b->guard;
	if (b->on_miss == NSACCEL_ON_MISS_DROP)
		both.on_miss = b->on_miss;
	if (b->policy == NSACCEL_VERDICT_DENY)
		both.policy = b->policy;
	both.cookie |= b->cookie;
	both.isolated |= b->isolated;
	both.limited |= b->limited;
	return both;
}

/* By way of the stricter of both; lists of sources, of which neither need contain the other, change
 * while everything else is as strict. */
int nsa_maps_isolation_change(const struct nsa_maps *maps, __u32 slot,
			      const struct nsaccel_isolation *from,
			      const struct nsaccel_isolation *to)
{
	const struct nsaccel_isolation *before = from;
	struct nsaccel_isolation steps[3];
	int r = 0;

	steps[0] = steps[1] = stricter(from, to);
	steps[1].pinned = to->pinned;
	steps[2] = *to;
	for (size_t i = 0; !r && i < sizeof(steps) / sizeof(*steps); i++) {
		if (!memcmp(&steps[i], before, sizeof(*before)))
			continue;
		r = nsa_maps_isolation_put(maps, slot, &steps[i]);
		if (!r && i + 1 < sizeof(steps) / sizeof(*steps))
			r = nsa_maps_wait(maps);
		before = &steps[i];
	}
	return r;
}

int nsa_maps_limits_get(const struct nsa_maps *maps, __u32 slot, struct nsaccel_limits *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_LIMITS], &slot, out);
}

int nsa_maps_limits_put(const struct nsa_maps *maps, __u32 slot,
			const struct nsaccel_limits *limits)
{
	return bpf_map_update_elem(maps->fd[NSA_MAP_LIMITS], &slot, limits, BPF_ANY);
}

static struct nsaccel_lapsed_key lapsed_key(const char *name)
{
	struct nsaccel_lapsed_key key = {};

	memcpy(key.name, name, strnlen(name, sizeof(key.name) - 1));
	return key;
}

int nsa_maps_lapsed_get(const struct nsa_maps *maps, const char *name, struct nsaccel_lapsed *out)
{
	struct nsaccel_lapsed_key key = lapsed_key(name);

	return bpf_map_lookup_elem(maps->fd[NSA_MAP_LAPSED], &key, out);
}

int nsa_maps_lapsed_put(const struct nsa_maps *maps, const char *name,
			const struct nsaccel_lapsed *lapsed)
{
	struct nsaccel_lapsed_key key = lapsed_key(name);

	return bpf_map_update_elem(maps->fd[NSA_MAP_LAPSED], &key, lapsed, BPF_ANY);
}

int nsa_maps_lapsed_del(const struct nsa_maps *maps, const char *name)
{
	struct nsaccel_lapsed_key key = lapsed_key(name);

	return bpf_map_delete_elem(maps->fd[NSA_MAP_LAPSED], &key);
}
