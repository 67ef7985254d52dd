// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "maps/dump.h"
#include "maps/routes.h"
#include "maps/table.h"
#include "util/cleanup.h"
#include "util/prefix.h"
#include "util/sort.h"

static int by_prefix(const void *a, const void *b)
{
	return nsa_prefix_cmp(&((const struct nsa_route_entry *)a)->prefix,
			      &((const struct nsa_route_entry *)b)->prefix);
}

int nsa_maps_table_routes(int table, struct nsa_route_entry **out, size_t *count)
{
	return NSA_MAPS_DUMP(table, out, count, prefix, route);
}

int nsa_maps_routes(__u64 cookie, struct nsa_route_entry **out, size_t *count)
{
	__cleanup(nsa_closep) int fd = nsa_maps_table_open(cookie);
	int r;

	if (fd == -ENOENT) {
		*out = NULL;
		*count = 0;
		return 0;
	}
	if (fd < 0)
		return fd;
	r = nsa_maps_table_routes(fd, out, count);
	if (r < 0)
		return r;
	SORT(*out, *count, by_prefix);
	return 0;
}

int nsa_maps_routes_put(int table, const struct nsaccel_prefix *prefixes,
			const struct nsaccel_route *routes, size_t count)
{
	__u32 done = (__u32)count;
	int r;

	r = bpf_map_update_batch(table, prefixes, routes, &done, NULL);
	if (r != -EINVAL && r != -ENOTSUP && r != -NSA_ENOTSUPP)
		return r;
	r = 0;
	for (size_t i = 0; !r && i < count; i++)
		r = bpf_map_update_elem(table, &prefixes[i], &routes[i], BPF_ANY);
	return r;
}

int nsa_maps_route_del(int table, const struct nsaccel_prefix *prefix)
{
	return bpf_map_delete_elem(table, prefix);
}
