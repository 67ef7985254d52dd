// SPDX-License-Identifier: GPL-2.0-only
/* Maps, time, and what else programs of TC and XDP have alike of the kernel. */
#include "machine_frame.h"
#include "machine_input.h"

#include <stdlib.h>
#include <string.h>

struct entry {
	struct entry *next;
	const struct machine_map *map;
	__u8 key[128];
	void *value; /* NULL: it isn't there */
};

static struct {
	struct entry *entries;
	__u64 now;
} m;

bool machine_begin(const __u8 *input, size_t size, struct machine_head *head)
{
	const __u8 *frame;
	__u32 len;

	if (!machine_input_begin(input, size, head, &frame, &len))
		return false;
	machine_frame_begin(frame, len, head->linear);
	m.now = 1ULL << 40;
	return true;
}

void machine_end(void)
{
	struct entry *entry;

	while ((entry = m.entries)) {
		m.entries = entry->next;
		free(entry->value);
		free(entry);
	}
	machine_frame_end();
}

bool machine_maps_are_stable(void)
{
	return !machine_flag(MACHINE_UNSTABLE);
}

/* Maps: what is in them is the input's to say: 0 the usual, 1 nothing, 2 all bytes, else so many
 * bytes - 2 of the usual are changed at a place. */

static const struct machine_map *find_map(const void *map)
{
	const struct machine_map *found = machine_maps;

	while (found->map && found->map != map)
		found++;
	if (!found->map)
		abort(); /* a map that the fuzzer doesn't know */
	return found;
}

static struct entry *find_entry(const struct machine_map *map, const void *key)
{
	struct entry *entry = m.entries;

	while (entry && (entry->map != map || memcmp(entry->key, key, map->key_size) != 0))
		entry = entry->next;
	return entry;
}

static void change(const struct machine_map *map, __u8 *value, __u8 how)
{
	size_t from = 0, count = map->value_size;

	if (how == 0)
		return;
	if (how > 2) {
		from = machine_next_byte() * 4U % map->value_size;
		count = how - 2;
	}
	for (size_t i = 0; i < count && from + i < map->value_size && machine_has_byte(); i++)
		value[from + i] = machine_next_byte();
}

static bool is_array(const struct machine_map *map)
{
	return map->type == BPF_MAP_TYPE_ARRAY || map->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
	       map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS;
}

static void *usual(const struct machine_map *map)
{
	void *value = calloc(1, map->value_size);

	if (!value)
		abort();
	if (map->usual)
		memcpy(value, map->usual, map->value_size);
	return value;
}

static struct entry *make_entry(const struct machine_map *map, const void *key)
{
	struct entry *entry = calloc(1, sizeof(*entry));
	__u8 how = machine_next_byte();

	if (!entry || map->key_size > sizeof(entry->key))
		abort();
	entry->map = map;
	memcpy(entry->key, key, map->key_size);
	entry->next = m.entries;
	m.entries = entry;
	if (!map->inner && (how != 1 || is_array(map))) {
		entry->value = usual(map);
		change(map, entry->value, how == 1 ? 0 : how);
	}
	if (map->inner && how != 1)
		entry->value = calloc(1, 1); /* a sign that it is there */
	return entry;
}

void *machine_lookup(const void *address, const void *key)
{
	const struct machine_map *map = find_map(address);
	struct entry *entry = find_entry(map, key);
	__u32 index;

	machine_called();
	memcpy(&index, key, sizeof(index));
	if (!map->max_entries || (is_array(map) && index >= map->max_entries))
		return NULL;
	if (!entry)
		entry = make_entry(map, key);
	else if (machine_flag(MACHINE_UNSTABLE) && entry->value && !map->inner)
		change(map, entry->value, machine_next_byte());
	return map->inner && entry->value ? (void *)map->inner : entry->value;
}

long machine_update(const void *address, const void *key, const void *value)
{
	const struct machine_map *map = find_map(address);
	struct entry *entry = find_entry(map, key);

	if (machine_fails())
		return -1;
	if (!entry)
		entry = make_entry(map, key);
	if (!entry->value)
		entry->value = usual(map);
	memcpy(entry->value, value, map->value_size);
	return 0;
}

long machine_delete(const void *address, const void *key)
{
	struct entry *entry = find_entry(find_map(address), key);

	machine_called();
	if (!entry || !entry->value)
		return -1;
	memset(entry->value, 0xdb, entry->map->value_size); /* another's, soon */
	return 0;
}

bool machine_each(const void *map, bool (*found)(const void *value, const void *data),
		  const void *data)
{
	for (const struct entry *entry = m.entries; entry; entry = entry->next)
		if (entry->map->map == map && entry->value && found(entry->value, data))
			return true;
	return false;
}

long machine_timer(void)
{
	return machine_fails() ? -1 : 0;
}

/* Time passes. */
__u64 bpf_ktime_get_ns(void)
{
	machine_called();
	return m.now += machine_next_byte() * 1000000ULL;
}

__u64 bpf_ktime_get_coarse_ns(void)
{
	return bpf_ktime_get_ns();
}

__s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __wsum seed)
{
	__u64 sum = seed;

	machine_called();
	if ((from_size | to_size) & 3 || from_size + to_size > 512)
		abort(); /* the kernel refuses */
	for (__u32 i = 0; i < from_size / 4; i++)
		sum += ~from[i];
	for (__u32 i = 0; i < to_size / 4; i++)
		sum += to[i];
	while (sum >> 32)
		sum = (sum & 0xffffffff) + (sum >> 32);
	return (__s64)sum;
}

long bpf_check_mtu(void *ctx, __u32 ifindex, __u32 *mtu_len, __s32 diff, __u64 flags)
{
	__u32 mtu = 1500,
	      len = *mtu_len ? *mtu_len : machine_frame.len - (__u32)sizeof(struct ethhdr);

	(void)ctx;
	(void)ifindex;
	(void)diff;
	if (machine_fails())
		return machine_next_byte() & 1 ? -22 : -19;
	if (machine_flag(MACHINE_FAILING) && machine_next_byte() & 1)
		mtu = 68 + machine_next_byte() * 8;
	*mtu_len = mtu;
	if (len <= mtu)
		return 0;
	return flags & BPF_MTU_CHK_SEGS ? BPF_MTU_CHK_RET_SEGS_TOOBIG : BPF_MTU_CHK_RET_FRAG_NEEDED;
}

/* Netfilter */

__u64 nsa_hooks(const struct net *net, int which)
{
	(void)net;
	(void)which;
	return machine_next_byte();
}

__u32 nsa_nft_sequence(const struct net *net)
{
	(void)net;
	return machine_next_byte();
}
