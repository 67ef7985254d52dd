// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model/mtrie_block.h"
#include "model/mtrie_node.h"

#define LINE_ENTRIES 16
#define DIRECT_LINES NSA_MTRIE_BLOCK_MAX
/* With more entries than these it is direct, which takes 18 lines instead of 7 and more. */
#define COMPRESSED_MAX 96

__u32 nsa_mtrie_entry_of(struct nsa_mtrie *mtrie, __u64 word)
{
	__u64 *hops = mtrie->lines[NSACCEL_MTRIE_HOPS].word;

	if (!word)
		return 0;
	__atomic_store_n(&hops[(__u32)word & 0xffff], word, __ATOMIC_RELEASE);
	return NSACCEL_MTRIE_ENTRY(word >> 32, (__u32)word);
}

static __u32 compressed_lines(__u32 values)
{
	return (NSACCEL_MTRIE_VALUES + values + LINE_ENTRIES - 1) / LINE_ENTRIES;
}

static const __u64 *bits_of(const __u32 *block)
{
	return (const __u64 *)block;
}

static __u32 lines_of(const struct nsa_mtrie *mtrie, __u32 child)
{
	const __u32 *block = nsa_mtrie_entries(mtrie, child);

	if (child & NSACCEL_MTRIE_LEAF)
		return 1;
	if (child & NSACCEL_MTRIE_DIRECT)
		return DIRECT_LINES;
	return compressed_lines((block[NSACCEL_MTRIE_COUNTS] >> 24) +
				(__u32)__builtin_popcountll(bits_of(block)[3]));
}

static __u32 direct_at(__u32 slot)
{
	return slot + NSACCEL_MTRIE_DIRECT_LINE(slot);
}

void nsa_mtrie_node_read(const struct nsa_mtrie *mtrie, __u32 child, struct nsa_mtrie_node *out)
{
	const __u32 *block = nsa_mtrie_entries(mtrie, child);
	const __u32 *value = block + NSACCEL_MTRIE_VALUES - 1;

	if (child & NSACCEL_MTRIE_DIRECT) {
		for (__u32 slot = 0; slot < NSA_MTRIE_SLOTS; slot++)
			out->slots[slot] = block[direct_at(slot)];
		out->fallback = block[NSACCEL_MTRIE_DIRECT_FALLBACK];
		return;
	}
	for (__u32 slot = 0; slot < NSA_MTRIE_SLOTS; slot++) {
		value += bits_of(block)[slot / 64] >> slot % 64 & 1;
		out->slots[slot] = *value;
	}
	out->fallback = block[NSACCEL_MTRIE_FALLBACK];
}

__u32 *nsa_mtrie_node_slot(const struct nsa_mtrie *mtrie, __u32 child, __u32 slot)
{
	__u32 *block = nsa_mtrie_entries(mtrie, child);
	__u32 rank;

	if (child & NSACCEL_MTRIE_DIRECT)
		return &block[direct_at(slot)];
	rank = (__u32)__builtin_popcountll(bits_of(block)[slot / 64] << (63 - slot % 64)) +
	       (block[NSACCEL_MTRIE_COUNTS] >> slot / 64 * 8 & 0xff);
	return &block[NSACCEL_MTRIE_VALUES - 1 + rank];
}

/* A block in the making. */
struct image {
	struct nsaccel_mtrie_line lines[DIRECT_LINES];
	__u32 line_count;
	__u32 kind; /* NSACCEL_MTRIE_DIRECT or 0 */
};

static void make_direct(const struct nsa_mtrie_node *node, struct image *out)
{
	__u32 *entries = out->lines->entry;

	memset(out->lines, 0, sizeof(out->lines));
	out->kind = NSACCEL_MTRIE_DIRECT;
	out->line_count = DIRECT_LINES;
	for (__u32 slot = 0; slot < NSA_MTRIE_SLOTS; slot++)
		entries[direct_at(slot)] = node->slots[slot];
	for (__u32 line = 0; line < DIRECT_LINES; line++)
		out->lines[line].entry[NSACCEL_MTRIE_DIRECT_FALLBACK] = node->fallback;
}

static void make_image(const struct nsa_mtrie_node *node, struct image *out)
{
	__u32 *entries = out->lines->entry, values = 0;

	memset(out->lines, 0, sizeof(out->lines));
	for (__u32 slot = 0; slot < NSA_MTRIE_SLOTS; slot++) {
		if (slot % 64 == 0)
			entries[NSACCEL_MTRIE_COUNTS] |= values << slot / 64 * 8;
		if (slot && node->slots[slot] == node->slots[slot - 1])
			continue;
		if (values == COMPRESSED_MAX) {
			make_direct(node, out);
			return;
		}
		out->lines->word[slot / 64] |= 1ULL << slot % 64;
		entries[NSACCEL_MTRIE_VALUES + values++] = node->slots[slot];
	}
	entries[NSACCEL_MTRIE_FALLBACK] = node->fallback;
	out->kind = 0;
	out->line_count = compressed_lines(values);
}

static int write_new(struct nsa_mtrie *mtrie, const struct image *image, __u32 *child)
{
	__u32 line;
	int r = nsa_mtrie_block_get(mtrie, image->line_count, &line);

	if (r < 0)
		return r;
	memcpy(&mtrie->lines[line], image->lines, image->line_count * sizeof(*image->lines));
	*child = NSACCEL_MTRIE_CHILD | image->kind | line;
	return 0;
}

int nsa_mtrie_node_new(struct nsa_mtrie *mtrie, const struct nsa_mtrie_node *node, __u32 *child)
{
	struct image image;

	make_image(node, &image);
	return write_new(mtrie, &image, child);
}

/* Do entries of both belong to the same slots? */
static bool is_alike(const struct nsa_mtrie *mtrie, __u32 child, const struct image *image)
{
	if ((child & NSACCEL_MTRIE_DIRECT) != image->kind)
		return false;
	return image->kind ||
	       !memcmp(nsa_mtrie_entries(mtrie, child), image->lines, 4 * sizeof(__u64));
}

int nsa_mtrie_node_change(struct nsa_mtrie *mtrie, __u32 *link, const struct nsa_mtrie_node *node)
{
	__u32 old = *link, *entries = nsa_mtrie_entries(mtrie, old), child;
	struct image image;
	const __u32 *wanted = image.lines->entry;
	int r;

	make_image(node, &image);
	if (is_alike(mtrie, old, &image)) {
		for (__u32 i = 0; i < image.line_count * LINE_ENTRIES; i++)
			nsa_mtrie_store(&entries[i], wanted[i]);
		return 0;
	}
	r = write_new(mtrie, &image, &child);
	if (r < 0)
		return r;
	nsa_mtrie_store(link, child);
	return nsa_mtrie_retire(mtrie, old);
}

void nsa_mtrie_set_fallback(struct nsa_mtrie *mtrie, __u32 child, __u32 fallback)
{
	__u32 *block = nsa_mtrie_entries(mtrie, child);

	if (child & NSACCEL_MTRIE_LEAF)
		nsa_mtrie_store(&block[NSACCEL_MTRIE_LEAF_FALLBACK], fallback);
	else if (!(child & NSACCEL_MTRIE_DIRECT))
		nsa_mtrie_store(&block[NSACCEL_MTRIE_FALLBACK], fallback);
	else
		for (__u32 line = 0; line < DIRECT_LINES; line++)
			nsa_mtrie_store(&block[line * LINE_ENTRIES + NSACCEL_MTRIE_DIRECT_FALLBACK],
					fallback);
}

int nsa_mtrie_retire(struct nsa_mtrie *mtrie, __u32 child)
{
	return nsa_mtrie_block_retire(mtrie, child & NSACCEL_MTRIE_LINE, lines_of(mtrie, child));
}
