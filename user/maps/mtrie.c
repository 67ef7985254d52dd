// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "maps/inner.h"
#include "maps/mapped.h"
#include "maps/mtrie.h"
#include "maps/pin.h"
#include "maps/sequences.h"
#include "util/cleanup.h"

#define MTRIE_PIN "by-netns/%llu/mtrie" /* cookie */

static size_t size_of(const struct nsa_mtrie_lines *mtrie)
{
	return (size_t)mtrie->count * sizeof(*mtrie->lines);
}

static int map_lines(int fd, __u32 count, struct nsa_mtrie_lines *out)
{
	struct nsa_mtrie_lines mtrie = { .count = count };
	void *memory;
	int r = nsa_maps_mmap_fd(fd, size_of(&mtrie), &memory);

	if (r < 0)
		return r;
	mtrie.lines = memory;
	*out = mtrie;
	return 0;
}

int nsa_maps_mtrie_open(__u64 cookie, struct nsa_mtrie_lines *out)
{
	__cleanup(nsa_closep) int fd = nsa_pin_open(MTRIE_PIN, cookie);
	struct bpf_map_info info = {};
	__u32 len = sizeof(info);
	int r = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &len);

	if (r < 0)
		return r;
	if (info.value_size != sizeof(*out->lines))
		return -EINVAL; /* somebody else's map */
	return map_lines(fd, info.max_entries, out);
}

void nsa_maps_mtrie_close(struct nsa_mtrie_lines *mtrie)
{
	nsa_maps_munmap(mtrie->lines, size_of(mtrie));
}

static int copy(int fd, const struct nsa_mtrie_lines *begin, __u32 count)
{
	struct nsa_mtrie_lines mtrie;
	int r = map_lines(fd, count, &mtrie);

	if (r < 0)
		return r;
	memcpy(mtrie.lines, begin->lines, size_of(begin));
	nsa_maps_mtrie_close(&mtrie);
	return 0;
}

int nsa_maps_mtrie_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot,
		       const struct nsa_mtrie_lines *begin, __u32 count)
{
	__cleanup(nsa_closep) int fd =
		nsa_maps_inner_new(maps, NSA_MAP_MTRIE_TEMPLATE, "nsa_mtrie", count);
	/* Until programs use the new one: before Linux 6.8 a map that nobody holds is freed at
	 * once. */
	__cleanup(nsa_closep) int old = nsa_pin_open(MTRIE_PIN, cookie);
	char path[PATH_MAX];
	int r = fd < 0 ? fd : copy(fd, begin, count);

	if (!r)
		r = nsa_pin_path(path, MTRIE_PIN, cookie);
	if (!r)
		r = nsa_pin_replace(fd, path);
	if (r < 0)
		return r;
	return old == -ENOENT ? bpf_map_update_elem(maps->fd[NSA_MAP_MTRIES], &slot, &fd, BPF_ANY) :
				nsa_maps_config_put(maps, NSA_MAP_MTRIES, &slot, &fd);
}

bool nsa_maps_mtrie_is_set(const struct nsa_maps *maps, __u64 cookie, __u32 slot)
{
	__cleanup(nsa_closep) int fd = nsa_pin_open(MTRIE_PIN, cookie);

	return fd >= 0 && nsa_maps_inner_is(maps, NSA_MAP_MTRIES, &slot, fd);
}

/* Looks first, since a change invalidates cached verdicts: nearly always there is no map. */
static int drop_unpinned(const struct nsa_maps *maps, __u32 slot)
{
	__u32 id;
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_MTRIES], &slot, &id);

	if (!r)
		r = nsa_maps_config_del(maps, NSA_MAP_MTRIES, &slot);
	return r == -ENOENT ? 0 : r;
}

int nsa_maps_mtrie_drop(const struct nsa_maps *maps, __u64 cookie, __u32 slot, bool same)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, MTRIE_PIN, cookie);

	if (r < 0)
		return r;
	if (access(path, F_OK) < 0)
		return drop_unpinned(maps, slot);
	r = same ? bpf_map_delete_elem(maps->fd[NSA_MAP_MTRIES], &slot) :
		   nsa_maps_config_del(maps, NSA_MAP_MTRIES, &slot);
	return r < 0 && r != -ENOENT ? r : nsa_pin_remove(path);
}
