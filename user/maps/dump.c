// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "maps/dump.h"
#include "util/array.h"
#include "util/cleanup.h"

#define BATCH 1024

struct entries {
	const struct nsa_entry_layout *layout;
	char *all;
	size_t count, room;
};

static int add_entry(struct entries *e, const void *key, const void *value)
{
	const struct nsa_entry_layout *layout = e->layout;
	char *at;

	if (e->count == e->room) {
		at = nsa_array_grow(e->all, &e->room, e->count + 1, layout->entry_size);
		if (!at)
			return -ENOMEM;
		e->all = at;
	}
	at = e->all + e->count++ * layout->entry_size;
	memset(at, 0, layout->entry_size);
	memcpy(at, key, layout->key_size);
	memcpy(at + layout->value_offset, value, layout->value_size);
	return 0;
}

/* Reads key by key. Elements that vanish meanwhile are left out. */
static int read_each(int fd, struct entries *e)
{
	__cleanup(nsa_freep) char *key = malloc(e->layout->key_size);
	__cleanup(nsa_freep) char *value = malloc(e->layout->value_size);
	int r = key && value ? bpf_map_get_next_key(fd, NULL, key) : -ENOMEM;

	while (!r) {
		r = bpf_map_lookup_elem(fd, key, value);
		if (!r)
			r = add_entry(e, key, value);
		if (!r || r == -ENOENT)
			r = bpf_map_get_next_key(fd, key, key);
	}
	return r == -ENOENT ? 0 : r;
}

/* Reads up to size elements. from, to: the kernel's positions to begin at and to go on from; from
 * NULL: the first. -ENOENT: these were the last. -ENOSPC: one of the kernel's buckets holds
 * more. */
static int read_batch(int fd, struct entries *e, __u32 size, void *from, void *to)
{
	__cleanup(nsa_freep) char *keys = calloc(size, e->layout->key_size);
	__cleanup(nsa_freep) char *values = calloc(size, e->layout->value_size);
	__u32 count = size;
	int r, end;

	if (!keys || !values)
		return -ENOMEM;
	end = bpf_map_lookup_batch(fd, from, to, keys, values, &count, NULL);
	if (end < 0 && end != -ENOENT)
		return end;
	for (__u32 i = 0; i < count; i++) {
		r = add_entry(e, keys + i * e->layout->key_size,
			      values + i * e->layout->value_size);
		if (r < 0)
			return r;
	}
	return end;
}

static int read_batches(int fd, struct entries *e)
{
	/* A position is the number of a bucket in a hash, and a key in a trie. */
	const size_t size =
		e->layout->key_size > sizeof(__u32) ? e->layout->key_size : sizeof(__u32);
	__cleanup(nsa_freep) char *from = calloc(1, size);
	__cleanup(nsa_freep) char *to = calloc(1, size);
	__u32 batch = BATCH;
	bool first = true;
	int r;

	if (!from || !to)
		return -ENOMEM;
	do {
		r = read_batch(fd, e, batch, first ? NULL : from, to);
		if (r == -ENOSPC) {
			batch *= 2;
			continue;
		}
		memcpy(from, to, size);
		first = false;
	} while (!r || r == -ENOSPC);
	return r == -ENOENT ? 0 : r;
}

int nsa_maps_dump(int fd, const struct nsa_entry_layout *layout, void **out, size_t *count)
{
	struct entries e = { .layout = layout };
	int r = read_batches(fd, &e);

	if (r == -EINVAL || r == -NSA_ENOTSUPP) { /* older kernels know no batches of tries */
		e.count = 0;
		r = read_each(fd, &e);
	}
	if (r < 0) {
		free(e.all);
		return r;
	}
	*out = e.all;
	*count = e.count;
	return 0;
}

int nsa_maps_elements(int fd, __u32 count, size_t value_size, void **out)
{
	__cleanup(nsa_freep) char *all = calloc(count, value_size);
	__cleanup(nsa_freep) __u32 *keys = calloc(count, sizeof(*keys));
	__u32 at;
	int r;

	if (!all || !keys)
		return -ENOMEM;
	r = bpf_map_lookup_batch(fd, NULL, &at, keys, all, &count, NULL);
	if (r < 0 && r != -ENOENT) /* -ENOENT: these were all */
		return r;
	*out = TAKE_PTR(all);
	return 0;
}
