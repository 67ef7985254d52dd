// SPDX-License-Identifier: GPL-2.0-only
/* Maps of the fake bpf(2). Machines have one CPU here. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/fail.h"
#include "user/maps/mapped.h"
#include "user/util/array.h"

static bool holds_maps(const struct fake_object *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

bool fake_map_is_array(const struct fake_object *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_DEVMAP;
}

/* The kernel gives each element of an array a multiple of eight bytes. */
static size_t stride(const struct fake_object *map)
{
	return (map->value_size + 7) & ~7U;
}

/* Most of it is never touched. */
static size_t memory_size(const struct fake_object *map)
{
	return map->max_entries * stride(map);
}

struct fake_object *fake_map_new(enum bpf_map_type type, __u32 key_size, __u32 value_size,
				 __u32 max_entries, __u32 flags)
{
	struct fake_object *map = fake_object_new(FAKE_MAP);

	map->type = type;
	map->key_size = key_size;
	map->value_size = value_size;
	map->max_entries = max_entries;
	map->flags = flags;
	if (!fake_map_is_array(map))
		return map;
	map->memory = mmap(NULL, memory_size(map), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	assert_ptr_not_equal(map->memory, MAP_FAILED);
	return map;
}

void fake_map_free(struct fake_object *map)
{
	if (map->memory)
		munmap(map->memory, memory_size(map));
	for (size_t i = 0; map->elements && i < map->count; i++) {
		free(map->elements[i].key);
		free(map->elements[i].value);
	}
	free(map->elements);
}

/* The index of the first element whose key isn't less. */
static size_t lower_bound(const struct fake_object *map, const void *key)
{
	size_t low = 0, high = map->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(map->elements[middle].key, key, map->key_size) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct fake_element *find(const struct fake_object *map, const void *key)
{
	size_t at = lower_bound(map, key);

	return at < map->count && !memcmp(map->elements[at].key, key, map->key_size) ?
		       &map->elements[at] :
		       NULL;
}

/* An array's element; NULL: beyond its end. */
static void *element_at(const struct fake_object *map, const void *key)
{
	__u32 index;

	memcpy(&index, key, sizeof(index));
	return index < map->max_entries ? (char *)map->memory + index * stride(map) : NULL;
}

/* A trie is asked for exact prefixes only. */
void *fake_map_value(const struct fake_object *map, const void *key)
{
	const struct fake_element *element;

	if (fake_map_is_array(map))
		return element_at(map, key);
	element = find(map, key);
	return element ? element->value : NULL;
}

static bool is_empty(const struct fake_object *map, const void *value)
{
	static const char none[8];

	return (holds_maps(map) || map->type == BPF_MAP_TYPE_DEVMAP) &&
	       !memcmp(value, none, map->value_size);
}

int bpf_map_lookup_elem(int fd, const void *key, void *value)
{
	const struct fake_object *map;
	const void *found;

	map = fake_object_of(fd);
	assert_non_null(map);
	FAKE_CALL_OF(map->id);
	found = fake_map_value(map, key);
	if (!found || is_empty(map, found))
		return -ENOENT;
	memcpy(value, found, map->value_size);
	return 0;
}

/* Elements up to the last one that was written; no other is read from memory. */
static void note_write(struct fake_object *map, const void *key)
{
	__u32 index;

	memcpy(&index, key, sizeof(index));
	if (fake_map_is_array(map) && map->count <= index)
		map->count = index + 1;
}

static int insert(struct fake_object *map, const void *key, const void *value)
{
	size_t at = lower_bound(map, key);
	struct fake_element *element;

	if (map->count >= map->max_entries)
		return map->type == BPF_MAP_TYPE_LPM_TRIE ? -ENOSPC : -E2BIG;
	element = ARRAY_INSERT(map->elements, map->count, map->room, at);
	assert_non_null(element);
	element->key = malloc(map->key_size);
	element->value = malloc(map->value_size);
	memcpy(element->key, key, map->key_size);
	memcpy(element->value, value, map->value_size);
	return 0;
}

static int update(struct fake_object *map, const void *key, const void *value, __u64 flags)
{
	void *now = fake_map_value(map, key);
	__u32 id;

	if (holds_maps(map)) {
		const struct fake_object *inner = fake_object_of(*(const int *)value);

		assert_non_null(inner);
		id = inner->id;
		value = &id;
	}
	if (!now && (flags == BPF_EXIST || fake_map_is_array(map)))
		return fake_map_is_array(map) ? -E2BIG : -ENOENT;
	if (now && flags == BPF_NOEXIST)
		return -EEXIST;
	if (!now)
		return insert(map, key, value);
	note_write(map, key);
	memcpy(now, value, map->value_size);
	return 0;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	struct fake_object *map = fake_object_of(fd);

	assert_non_null(map);
	FAKE_CALL_OF(map->id);
	return update(map, key, value, flags);
}

/* The kernel may have done a part of it when it fails. */
int bpf_map_update_batch(int fd, const void *keys, const void *values, __u32 *count,
			 const struct bpf_map_batch_opts *opts)
{
	struct fake_object *map = fake_object_of(fd);
	__u32 n = *count;
	int r = 0;

	(void)opts;
	assert_non_null(map);
	for (*count = 0; !r && *count < n; *count += !r) {
		r = fake_call(__func__, map->id);
		if (!r)
			r = update(map, (const char *)keys + *count * map->key_size,
				   (const char *)values + *count * map->value_size, BPF_ANY);
	}
	return r;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	struct fake_element *element;
	struct fake_object *map;
	void *value;

	map = fake_object_of(fd);
	assert_non_null(map);
	FAKE_CALL_OF(map->id);
	value = fake_map_value(map, key);
	if (!value || is_empty(map, value))
		return -ENOENT;
	if (fake_map_is_array(map)) {
		memset(value, 0, map->value_size);
		return 0;
	}
	element = find(map, key);
	free(element->key);
	free(element->value);
	ARRAY_REMOVE(map->elements, map->count, (size_t)(element - map->elements));
	return 0;
}

int bpf_map_get_next_key(int fd, const void *key, void *next)
{
	const struct fake_object *map;
	size_t at = 0;

	map = fake_object_of(fd);
	assert_non_null(map);
	FAKE_CALL_OF(map->id);
	assert_false(fake_map_is_array(map));
	if (key)
		at = lower_bound(map, key) + !!find(map, key);
	if (at == map->count)
		return -ENOENT;
	memcpy(next, map->elements[at].key, map->key_size);
	return 0;
}

static void copy_element(const struct fake_object *map, __u32 at, void *key, void *value)
{
	if (fake_map_is_array(map)) {
		memcpy(key, &at, sizeof(at));
		memcpy(value, element_at(map, &at), map->value_size);
	} else {
		memcpy(key, map->elements[at].key, map->key_size);
		memcpy(value, map->elements[at].value, map->value_size);
	}
}

/* A position is the number of the next element. */
int bpf_map_lookup_batch(int fd, void *from, void *to, void *keys, void *values, __u32 *count,
			 const struct bpf_map_batch_opts *opts)
{
	const struct fake_object *map;
	__u32 at = 0, end, size = *count;

	(void)opts;
	map = fake_object_of(fd);
	assert_non_null(map);
	FAKE_CALL_OF(map->id);
	if (from)
		memcpy(&at, from, sizeof(at));
	end = fake_map_is_array(map) ? map->max_entries : (__u32)map->count;
	for (*count = 0; *count < size && at < end; ++*count, at++)
		copy_element(map, at, (char *)keys + *count * map->key_size,
			     (char *)values + *count * map->value_size);
	memcpy(to, &at, sizeof(at));
	return at == end ? -ENOENT : 0;
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 max_entries, const struct bpf_map_create_opts *opts)
{
	(void)name;
	FAKE_CALL();
	return fake_object_open(
		fake_map_new(type, key_size, value_size, max_entries, opts ? opts->map_flags : 0));
}

int libbpf_num_possible_cpus(void)
{
	return 1;
}

/* Programs don't run, so that nobody else writes: the array's own memory is as good. */
int nsa_maps_mmap_fd(int fd, size_t size, void **out)
{
	(void)size;
	FAKE_CALL();
	*out = fake_object_of(fd)->memory;
	return 0;
}

int nsa_maps_mmap(const struct nsa_maps *maps, enum nsa_map map, size_t size, void **out)
{
	return nsa_maps_mmap_fd(maps->fd[map], size, out);
}

void nsa_maps_munmap(void *memory, size_t size)
{
	(void)memory;
	(void)size;
}

int nsa_maps_view(const struct nsa_maps *maps, enum nsa_map map, size_t size, const void **out)
{
	const struct fake_object *array = fake_object_of(maps->fd[map]);
	void *all;

	FAKE_CALL();
	all = calloc(1, size); /* the fake's may be smaller */
	assert_non_null(all);
	*out = memcpy(all, array->memory, array->count * stride(array));
	return 0;
}

void nsa_maps_unview(const void *memory, size_t size)
{
	(void)size;
	free((void *)memory);
}
