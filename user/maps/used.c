// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>

#include "maps/mapped.h"
#include "maps/used.h"
#include "util/array.h"
#include "util/cleanup.h"

/* The kernel gives each element of a mapped array eight bytes. */
#define USED_SIZE (NSACCEL_MAX_NEXTHOPS * sizeof(__u64))

int nsa_maps_used_map(struct nsa_maps *maps)
{
	return nsa_maps_mmap(maps, NSA_MAP_NH_USED, USED_SIZE, (void **)&maps->used);
}

void nsa_maps_used_unmap(struct nsa_maps *maps)
{
	nsa_maps_munmap(maps->used, USED_SIZE);
}

bool nsa_maps_nexthop_used(const struct nsa_maps *maps, __u32 id)
{
	volatile __u32 *used = (volatile __u32 *)&maps->used[id];
	bool was = *used;

	if (was)
		*used = 0;
	return was;
}

int nsa_maps_fib_used(const struct nsa_maps *maps, __u32 owner_slot,
		      struct nsaccel_fib_neighbour **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsaccel_fib_neighbour *all = NULL;
	struct nsaccel_fib_neighbour key, *added;
	int fd = maps->fd[NSA_MAP_NEIGH_USED];
	int r = bpf_map_get_next_key(fd, NULL, &key);
	size_t n = 0, room = 0;

	/* Programs go on adding to it, and if the key that the walk is at has gone, it begins anew,
	 * so that it may have no end; twice its size is enough. */
	for (int i = 0; !r && i < 2 * NSACCEL_MAX_NEIGH_USED; i++) {
		const struct nsaccel_fib_neighbour found = key;
		bool last = bpf_map_get_next_key(fd, &found, &key) != 0;

		if (found.owner_slot == owner_slot && !bpf_map_delete_elem(fd, &found)) {
			added = ARRAY_ADD(all, n, room);
			if (!added)
				return -ENOMEM;
			*added = found;
		}
		if (last)
			break;
	}
	if (r < 0 && r != -ENOENT)
		return r;
	*out = TAKE_PTR(all);
	*count = n;
	return 0;
}
