// SPDX-License-Identifier: GPL-2.0-only
#include "model/mtrie_slots.h"
#include "util/prefix.h"

static bool has_length(const struct nsa_mtrie_source *source, const struct nsaccel_prefix *prefix,
		       __u32 length)
{
	return source->lengths[prefix->family == NSACCEL_FAMILY_INET6][length];
}

static __u64 find(const struct nsa_mtrie_source *source, const struct nsaccel_prefix *prefix,
		  __u32 length)
{
	struct nsaccel_prefix key;

	if (!has_length(source, prefix, length))
		return 0;
	key = nsa_prefix((__u8)prefix->family, prefix->addr, (__u8)length);
	return source->find(source->data, &key);
}

/* Sets count bits of an address, before bit end. */
static void set_bits(__u8 *addr, __u32 end, __u32 count, __u32 bits)
{
	for (__u32 i = 0; i < count; i++) {
		__u8 mask = (__u8)(0x80 >> (end - 1 - i) % 8);
		__u8 *byte = &addr[(end - 1 - i) / 8];

		*byte = (__u8)(bits >> i & 1 ? *byte | mask : *byte & ~mask);
	}
}

static void fill(__u64 *slots, size_t count, __u64 word)
{
	for (size_t i = 0; i < count; i++)
		slots[i] = word;
}

/* Has the routes of that length within the prefix take their slots. */
static void fill_length(const struct nsa_mtrie_source *source, const struct nsaccel_prefix *prefix,
			__u32 length, __u32 end, __u64 *slots)
{
	__u32 bits = length - nsa_prefix_len(prefix), count = 1U << (end - length);
	struct nsaccel_prefix longer = *prefix;
	__u64 word;

	if (!has_length(source, prefix, length))
		return;
	for (__u32 i = 0; i < 1U << bits; i++) {
		set_bits(longer.addr, length, bits, i);
		word = find(source, &longer, length);
		if (word)
			fill(slots + (size_t)i * count, count, word);
	}
}

void nsa_mtrie_find_slots(const struct nsa_mtrie_source *source,
			  const struct nsaccel_prefix *prefix, __u32 begin, __u32 end, __u64 *slots)
{
	__u32 own = nsa_prefix_len(prefix), length = own;
	__u64 word = find(source, prefix, length);

	while (!word && length > begin)
		word = find(source, prefix, --length);
	fill(slots, (size_t)1 << (end - own), word);
	for (length = own + 1; length <= end; length++)
		fill_length(source, prefix, length, end, slots);
}
