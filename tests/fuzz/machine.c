// SPDX-License-Identifier: GPL-2.0-only
#include "machine.h"

#include "nsaccel/abi.h"

#include <sanitizer/asan_interface.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ROOM	  (1 << 17) /* of a frame: the longest, what helpers add, and a red zone */
#define HEADROOM  258	    /* as in the kernel: the IP header is aligned */
#define MAX_FRAME 65535
#define MAX_CALLS 5000 /* of helpers: no frame needs so many */

/* The input's first bytes. */
struct head {
	__u8 flags;  /* UNSTABLE, EGRESS, ... */
	__u8 linear; /* bytes of the frame that are so, at first; 255: all */
	__u8 ifindex, ingress_ifindex;
	__u8 offload; /* of 16 bytes each: gso_size */
	__u8 mark;    /* 0 mostly */
	__u8 frame_len[2];
};

enum {
	UNSTABLE = 1, /* somebody changes the maps all the time */
	TAGGED = 4,
	PROBING = 8,
	FAILING = 16, /* helpers fail when the input says so */
	OTHERHOST = 32,
};

struct entry {
	struct entry *next;
	const struct machine_map *map;
	__u8 key[128];
	void *value; /* NULL: it isn't there */
};

static struct {
	__u8 *room; /* in the first 2 GiB: skb->data has 32 bits */
	__u8 *data;
	__u32 len, linear;
	__u8 *before;
	__u32 before_len;
	const __u8 *at, *end;
	__u8 flags;
	struct entry *entries;
	unsigned int calls;
	bool redirects;
	__u32 redirected, fib_ifindex;
	__u64 now;
} m;

static void called(void)
{
	if (++m.calls > MAX_CALLS)
		abort();
}

static __u8 next_byte(void)
{
	return m.at < m.end ? *m.at++ : 0;
}

static bool fails(void)
{
	called();
	return m.flags & FAILING && next_byte() & 1;
}

/* The frame. What isn't linear can't be touched but by helpers. */

__attribute__((no_sanitize("address"))) static void copy(__u8 *to, const __u8 *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		*(volatile __u8 *)(to + i) = from[i];
}

static void show(struct __sk_buff *skb)
{
	skb->data = (__u32)(unsigned long)m.data;
	skb->data_end = (__u32)(unsigned long)(m.data + m.linear);
	skb->len = m.len;
	ASAN_POISON_MEMORY_REGION(m.room, ROOM);
	ASAN_UNPOISON_MEMORY_REGION(m.data, m.linear);
}

static void make_room(void)
{
	if (m.room)
		return;
	m.room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT,
		      -1, 0);
	if (m.room == MAP_FAILED)
		abort();
}

bool machine_begin(const __u8 *input, size_t size, struct __sk_buff *skb)
{
	struct head head;
	size_t len;

	if (size < sizeof(head))
		return false;
	memcpy(&head, input, sizeof(head));
	input += sizeof(head);
	size -= sizeof(head);
	len = head.frame_len[0] | (size_t)head.frame_len[1] << 8;
	if (len > size)
		len = size;
	if (len < sizeof(struct ethhdr)) /* no device hands such a frame on */
		return false;
	make_room();
	m.data = m.room + HEADROOM;
	m.len = (__u32)len;
	m.linear = head.linear == 255 || head.linear > len ? m.len : head.linear;
	if (m.linear < sizeof(struct ethhdr))
		m.linear = sizeof(struct ethhdr);
	m.flags = head.flags;
	m.at = input + len;
	m.end = input + size;
	m.calls = m.redirected = m.fib_ifindex = 0;
	m.redirects = false;
	m.now = 1ULL << 40;
	m.before = malloc(len);
	m.before_len = m.len;
	if (!m.before)
		abort();
	memcpy(m.before, input, len);
	copy(m.data, input, len);
	memset(skb, 0, sizeof(*skb));
	skb->ifindex = head.ifindex;
	skb->ingress_ifindex = head.ingress_ifindex;
	skb->gso_size = head.offload * 16;
	skb->mark = head.mark;
	skb->wire_len = m.len + (m.flags & PROBING ? 1 : 0);
	skb->cb[0] = m.flags & PROBING ? NSACCEL_PROBE_MAGIC : 0;
	skb->vlan_present = !!(m.flags & TAGGED);
	skb->vlan_tci = skb->vlan_present ? 7 : 0;
	skb->vlan_proto = 0x0081;
	skb->pkt_type = m.flags & OTHERHOST ? PACKET_OTHERHOST : PACKET_HOST;
	memcpy((__u8 *)&skb->protocol, input + 12, 2);
	show(skb);
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
	free(m.before);
	ASAN_UNPOISON_MEMORY_REGION(m.room, ROOM);
}

bool machine_frame_is_unchanged(const struct __sk_buff *skb)
{
	__u8 *now;
	bool same;

	if (m.len != m.before_len || skb->len != m.len)
		return false;
	now = malloc(m.len);
	if (!now)
		abort();
	copy(now, m.data, m.len);
	same = !memcmp(now, m.before, m.len);
	free(now);
	return same;
}

bool machine_maps_are_stable(void)
{
	return !(m.flags & UNSTABLE);
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
		from = next_byte() * 4U % map->value_size;
		count = how - 2;
	}
	for (size_t i = 0; i < count && from + i < map->value_size && m.at < m.end; i++)
		value[from + i] = next_byte();
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
	__u8 how = next_byte();

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

	called();
	memcpy(&index, key, sizeof(index));
	if (is_array(map) && index >= map->max_entries)
		return NULL;
	if (!entry)
		entry = make_entry(map, key);
	else if (m.flags & UNSTABLE && entry->value && !map->inner)
		change(map, entry->value, next_byte());
	return map->inner && entry->value ? (void *)map->inner : entry->value;
}

long machine_update(const void *address, const void *key, const void *value)
{
	const struct machine_map *map = find_map(address);
	struct entry *entry = find_entry(map, key);

	if (fails())
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

	called();
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
	return fails() ? -1 : 0;
}

/* Time passes. */
__u64 bpf_ktime_get_ns(void)
{
	called();
	return m.now += next_byte() * 1000000ULL;
}

__u64 bpf_ktime_get_coarse_ns(void)
{
	return bpf_ktime_get_ns();
}

/* Frames */

long bpf_skb_load_bytes(const void *skb, __u32 offset, void *to, __u32 len)
{
	(void)skb;
	called();
	if (!len || offset > 0x7fffffff || (size_t)offset + len > m.len)
		return -1;
	memset(to, 0, len); /* checks that there is room */
	copy(to, m.data + offset, len);
	return 0;
}

long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len)
{
	if (fails() || len > m.len)
		return -1;
	if (!len || len > m.linear)
		m.linear = len ? len : m.len;
	show(skb);
	return 0;
}

long bpf_skb_change_tail(struct __sk_buff *skb, __u32 len, __u64 flags)
{
	if (flags || fails() || len < sizeof(struct ethhdr) || len > MAX_FRAME || skb->gso_size)
		return -1;
	if (len > m.len)
		for (__u32 i = m.len; i < len; i++)
			copy(m.data + i, (const __u8 *)"", 1);
	m.len = len;
	if (m.linear > len)
		m.linear = len;
	show(skb);
	return 0;
}

/* BPF_ADJ_ROOM_MAC: between the Ethernet header and the rest. */
long bpf_skb_adjust_room(struct __sk_buff *skb, __s32 room, __u32 mode, __u64 flags)
{
	const size_t head = sizeof(struct ethhdr);

	if (mode != BPF_ADJ_ROOM_MAC || flags || room < 0 || room > 200)
		abort(); /* nothing else is used */
	if (fails() || m.len + room > MAX_FRAME || m.data - room < m.room)
		return -1;
	for (size_t i = 0; i < head; i++)
		copy(m.data - room + i, m.data + i, 1);
	m.data -= room;
	for (__s32 i = 0; i < room; i++)
		copy(m.data + head + i, (const __u8 *)"", 1);
	m.len += room;
	m.linear += room;
	show(skb);
	return 0;
}

long bpf_skb_vlan_push(struct __sk_buff *skb, __be16 proto, __u16 tci)
{
	if (fails())
		return -1;
	skb->vlan_present = 1;
	skb->vlan_proto = proto;
	skb->vlan_tci = tci;
	return 0;
}

long bpf_skb_vlan_pop(struct __sk_buff *skb)
{
	if (fails())
		return -1;
	skb->vlan_present = 0;
	return 0;
}

long bpf_skb_change_type(struct __sk_buff *skb, __u32 type)
{
	called();
	skb->pkt_type = type;
	return 0;
}

long bpf_skb_set_tstamp(struct __sk_buff *skb, __u64 time, __u32 type)
{
	(void)type;
	if (fails())
		return -1;
	skb->tstamp = time;
	return 0;
}

__s64 bpf_csum_diff(__be32 *from, __u32 from_size, __be32 *to, __u32 to_size, __wsum seed)
{
	__u64 sum = seed;

	called();
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

__s64 bpf_csum_update(struct __sk_buff *skb, __wsum sum)
{
	(void)skb;
	(void)sum;
	called();
	return 0;
}

/* Devices */

long bpf_check_mtu(void *ctx, __u32 ifindex, __u32 *mtu_len, __s32 diff, __u64 flags)
{
	__u32 mtu = 1500, len = *mtu_len ? *mtu_len : m.len - (__u32)sizeof(struct ethhdr);

	(void)ctx;
	(void)ifindex;
	(void)diff;
	if (fails())
		return next_byte() & 1 ? -22 : -19;
	if (m.flags & FAILING && next_byte() & 1)
		mtu = 68 + next_byte() * 8;
	*mtu_len = mtu;
	if (len <= mtu)
		return 0;
	return flags & BPF_MTU_CHK_SEGS ? BPF_MTU_CHK_RET_SEGS_TOOBIG : BPF_MTU_CHK_RET_FRAG_NEEDED;
}

long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int size, __u32 flags)
{
	__u8 how;

	(void)ctx;
	(void)flags;
	called();
	if (size != sizeof(*params))
		abort();
	how = next_byte();
	if (how & 1)
		return how >> 1 & 15;
	m.fib_ifindex = params->ifindex = how >> 1 & 31;
	params->mtu_result = how & 64 ? 1500 : 100;
	for (size_t i = 0; i < sizeof(params->dmac); i++) {
		params->dmac[i] = i == 5 ? next_byte() : i == 0 ? 2 : 0;
		params->smac[i] = i == 5 ? 9 : i == 0 ? 2 : 0;
	}
	return 0;
}

long bpf_redirect(__u32 ifindex, __u64 flags)
{
	if (flags & ~(__u64)BPF_F_INGRESS)
		abort();
	called();
	m.redirects = true;
	m.redirected = ifindex;
	return TC_ACT_REDIRECT;
}

long bpf_redirect_peer(__u32 ifindex, __u64 flags)
{
	if (flags)
		return TC_ACT_SHOT;
	return bpf_redirect(ifindex, 0);
}

/* The clone is made of what is there now, which stays. */
long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags)
{
	(void)ifindex;
	(void)flags;
	if (fails())
		return -1;
	show(skb);
	return 0;
}

bool machine_redirects(__u32 *ifindex)
{
	*ifindex = m.redirected;
	return m.redirects;
}

bool machine_fib_said(__u32 ifindex)
{
	return m.fib_ifindex == ifindex;
}

/* Netfilter */

__u64 nsa_hooks(const struct net *net, int which)
{
	(void)net;
	(void)which;
	return next_byte();
}

__u32 nsa_nft_sequence(const struct net *net)
{
	(void)net;
	return next_byte();
}
