// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>

#include "maps/inner.h"
#include "maps/netns.h"
#include "maps/percpu.h"
#include "maps/pin.h"
#include "maps/stats.h"
#include "util/cleanup.h"

#define STATS_PIN "by-netns/%llu/stats" /* cookie */

int nsa_maps_stats_new(const struct nsa_maps *maps)
{
	return nsa_maps_inner_new(maps, NSA_MAP_STATS_TEMPLATE, "nsa_stats", 0);
}

int nsa_maps_stats_pin(__u64 cookie, int fd)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, STATS_PIN, cookie);

	return r < 0 ? r : nsa_pin_replace(fd, path);
}

int nsa_maps_stats_add(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	__cleanup(nsa_closep) int fd = nsa_maps_stats_new(maps);
	int r;

	if (fd < 0)
		return fd;
	r = bpf_map_update_elem(maps->fd[NSA_MAP_STATS], &slot, &fd, BPF_ANY);
	return r < 0 ? r : nsa_maps_stats_pin(cookie, fd);
}

void nsa_maps_stats_del(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	char path[PATH_MAX];

	nsa_maps_inner_remove(maps, NSA_MAP_STATS, &slot);
	if (!nsa_pin_path(path, "by-netns/%llu", cookie))
		nsa_pin_remove(path);
}

/* By its pin, which takes no grace period. It may be missing if a run was killed. */
static int open_stats(const struct nsa_maps *maps, __u64 cookie)
{
	struct nsaccel_netns ns;
	int r = nsa_pin_open(STATS_PIN, cookie);

	if (r != -ENOENT)
		return r;
	r = nsa_maps_netns_get(maps, cookie, &ns);
	return r < 0 ? r : nsa_maps_inner_open(maps, NSA_MAP_STATS, &ns.slot);
}

int nsa_maps_stats(const struct nsa_maps *maps, __u64 cookie, enum nsaccel_hook hook,
		   struct nsaccel_stats *out)
{
	const size_t count = sizeof(*out) / sizeof(struct nsaccel_counter);
	__cleanup(nsa_closep) int fd = open_stats(maps, cookie);
	__u32 key = hook;

	return fd < 0 ? fd : nsa_percpu_sum(fd, &key, (struct nsaccel_counter *)out, count);
}
