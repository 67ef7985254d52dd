// SPDX-License-Identifier: GPL-2.0-only
#include <endian.h>
#include <string.h>

#include "model/mtrie_block.h"
#include "model/mtrie_node.h"
#include "util/prefix.h"
#include "util/sort.h"

/* Of an address, so many bits from one of its bytes on. */
static __u32 slot_of(const struct nsa_mtrie_route *route, __u32 begin, __u32 bits)
{
	const __u8 *addr = route->prefix.addr + begin / 8;

	return bits == NSACCEL_MTRIE_STRIDE ? addr[0] : (__u32)(addr[0] << 8 | addr[1]);
}

/* Fills slots that decide by bits of the address, from begin on. Of the routes, which are sorted, a
 * shorter prefix comes before the longer ones in it.
 * NOLINTNEXTLINE(misc-no-recursion): a level for each byte of an address */
static int fill(struct nsa_mtrie *mtrie, const struct nsa_mtrie_route *routes, size_t count,
		__u32 begin, __u32 bits, __u32 *slots)
{
	__u32 end = begin + bits, length, slot;
	size_t next;
	int r = 0;

	for (size_t i = 0; !r && i < count; i = next) {
		slot = slot_of(&routes[i], begin, bits);
		length = nsa_prefix_len(&routes[i].prefix);
		next = i + 1;
		if (length <= end) {
			for (__u32 n = 0; n < 1U << (end - length); n++)
				slots[slot + n] = (__u32)routes[i].word;
			continue;
		}
		while (next < count && slot_of(&routes[next], begin, bits) == slot)
			next++;
		r = nsa_mtrie_child_new(mtrie, &routes[i], next - i, end, &slots[slot]);
	}
	return r;
}

/* Leaves */

#define LEAF_BITS 64 /* of a prefix at most */

static __u64 first64(const struct nsaccel_prefix *prefix)
{
	__u64 bits;

	memcpy(&bits, prefix->addr, sizeof(bits));
	return be64toh(bits);
}

static bool fits_leaf(const struct nsa_mtrie_route *routes, size_t count)
{
	if (count > NSACCEL_MTRIE_LEAF_SIZE)
		return false;
	for (size_t i = 0; i < count; i++)
		if (nsa_prefix_len(&routes[i].prefix) > LEAF_BITS)
			return false;
	return true;
}

static int by_length(const void *a, const void *b)
{
	return CMP(((const struct nsa_mtrie_route *)a)->prefix.prefixlen,
		   ((const struct nsa_mtrie_route *)b)->prefix.prefixlen);
}

static int leaf_new(struct nsa_mtrie *mtrie, const struct nsa_mtrie_route *routes, size_t count,
		    __u32 *link)
{
	struct nsa_mtrie_route sorted[NSACCEL_MTRIE_LEAF_SIZE];
	struct nsaccel_mtrie_line leaf = {};
	__u32 line;
	int r = nsa_mtrie_block_get(mtrie, 1, &line);

	if (r < 0)
		return r;
	memcpy(sorted, routes, count * sizeof(*sorted));
	SORT(sorted, count, by_length);
	for (size_t i = 0; i < count; i++) {
		leaf.word[i] = first64(&sorted[i].prefix);
		leaf.entry[NSACCEL_MTRIE_LEAF_ENTRIES + i] = (__u32)sorted[i].word;
		leaf.entry[NSACCEL_MTRIE_LEAF_LENGTHS] |= (__u32)nsa_prefix_len(&sorted[i].prefix)
							  << (8 * i);
	}
	leaf.entry[NSACCEL_MTRIE_LEAF_FALLBACK] = *link;
	mtrie->lines[line] = leaf;
	nsa_mtrie_store(link, NSACCEL_MTRIE_CHILD | NSACCEL_MTRIE_LEAF | line);
	return 0;
}

size_t nsa_mtrie_leaf_read(const struct nsa_mtrie *mtrie, __u32 leaf,
			   const struct nsaccel_prefix *within, __u32 begin,
			   struct nsa_mtrie_route out[NSACCEL_MTRIE_LEAF_SIZE])
{
	const struct nsaccel_mtrie_line *line =
		(const struct nsaccel_mtrie_line *)nsa_mtrie_entries(mtrie, leaf);
	__u8 addr[NSACCEL_ADDR_LEN] = {}, length;
	size_t count = 0;
	__u64 bits;

	for (; count < NSACCEL_MTRIE_LEAF_SIZE; count++) {
		__u32 entry = line->entry[NSACCEL_MTRIE_LEAF_ENTRIES + count];

		length = (__u8)(line->entry[NSACCEL_MTRIE_LEAF_LENGTHS] >> (8 * count));
		if (!entry || length <= begin || length > LEAF_BITS)
			break;
		bits = htobe64(line->word[count]);
		memcpy(addr, &bits, sizeof(bits));
		memcpy(addr, within->addr, begin / 8); /* no change, but after others' writing */
		out[count].prefix = nsa_prefix((__u8)within->family, addr, length);
		out[count].word = entry;
	}
	SORT(out, count, nsa_mtrie_by_prefix);
	return count;
}

/* NOLINTNEXTLINE(misc-no-recursion): a level for each byte of an address */
int nsa_mtrie_child_new(struct nsa_mtrie *mtrie, const struct nsa_mtrie_route *routes, size_t count,
			__u32 begin, __u32 *link)
{
	struct nsa_mtrie_node node = { .fallback = *link };
	__u32 child;
	int r;

	if (fits_leaf(routes, count))
		return leaf_new(mtrie, routes, count, link);
	r = fill(mtrie, routes, count, begin, NSACCEL_MTRIE_STRIDE, node.slots);
	if (!r)
		r = nsa_mtrie_node_new(mtrie, &node, &child);
	if (!r)
		nsa_mtrie_store(link, child);
	return r;
}

int nsa_mtrie_by_prefix(const void *a, const void *b)
{
	return nsa_prefix_cmp(&((const struct nsa_mtrie_route *)a)->prefix,
			      &((const struct nsa_mtrie_route *)b)->prefix);
}

int nsa_mtrie_build(struct nsa_mtrie *mtrie, struct nsa_mtrie_route *routes, size_t count)
{
	size_t count4 = 0;
	int r;

	for (size_t i = 0; i < count; i++)
		routes[i].word = nsa_mtrie_entry_of(mtrie, routes[i].word);
	SORT(routes, count, nsa_mtrie_by_prefix);
	while (count4 < count && routes[count4].prefix.family == NSACCEL_FAMILY_INET)
		count4++;
	r = fill(mtrie, routes, count4, 0, NSACCEL_MTRIE_ROOT_BITS,
		 nsa_mtrie_entries(mtrie, NSACCEL_MTRIE_ROOT4));
	return r < 0 ? r :
		       fill(mtrie, routes + count4, count - count4, 0, NSACCEL_MTRIE_ROOT_BITS,
			    nsa_mtrie_entries(mtrie, NSACCEL_MTRIE_ROOT6));
}
