// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>

#include "model/mtrie_block.h"

/* Words */
#define WRITING	   0
#define TABLE	   1
#define USED	   2
#define RETIRED	   3
#define FREE	   8 /* by the number of lines: the first one's line, or 0; it has the next one's */
#define QUEUE	   (FREE + NSA_MTRIE_BLOCK_MAX + 1)
#define QUEUE_SIZE (NSACCEL_MTRIE_ROOT4 * 8 - QUEUE)
/* Fewer aren't worth a grace period: a trie that is nearly full would wait for one at each
 * change. */
#define QUEUE_MIN 256

static __u64 *accounts(const struct nsa_mtrie *mtrie)
{
	return mtrie->lines->word;
}

void nsa_mtrie_begin(struct nsa_mtrie *mtrie)
{
	__atomic_store_n(&accounts(mtrie)[WRITING], 1, __ATOMIC_SEQ_CST);
}

void nsa_mtrie_end(struct nsa_mtrie *mtrie)
{
	__atomic_store_n(&accounts(mtrie)[WRITING], 0, __ATOMIC_SEQ_CST);
}

void nsa_mtrie_set_table(struct nsa_mtrie *mtrie, __u32 id)
{
	accounts(mtrie)[TABLE] = id;
}

bool nsa_mtrie_is_of(const struct nsa_mtrie *mtrie, __u32 id)
{
	return id && !accounts(mtrie)[WRITING] && accounts(mtrie)[TABLE] == id;
}

/* Blocks. Numbers are looked at, since others may write there, too: none leads out of the trie's
 * memory. */

static void put_free(struct nsa_mtrie *mtrie, __u32 line, __u32 lines)
{
	__u64 *first = &accounts(mtrie)[FREE + lines];

	if (line >= mtrie->line_count)
		return;
	mtrie->lines[line].word[0] = *first;
	*first = line;
}

static __u32 take_free(struct nsa_mtrie *mtrie, __u32 lines)
{
	__u64 *first = &accounts(mtrie)[FREE + lines];
	__u32 line = (__u32)*first;

	if (!line || line >= mtrie->line_count)
		return 0;
	*first = mtrie->lines[line].word[0];
	return line;
}

/* Of a bigger one; 0: there is none. */
static __u32 split(struct nsa_mtrie *mtrie, __u32 lines)
{
	for (__u32 more = lines + 1; more <= NSA_MTRIE_BLOCK_MAX; more++) {
		__u32 line = take_free(mtrie, more);

		if (line) {
			put_free(mtrie, line + lines, more - lines);
			return line;
		}
	}
	return 0;
}

__u32 nsa_mtrie_lines(const struct nsa_mtrie *mtrie)
{
	__u32 used = (__u32)accounts(mtrie)[USED];

	if (!used)
		return NSACCEL_MTRIE_BLOCKS;
	return used < mtrie->line_count ? used : mtrie->line_count;
}

/* 0: there is none. */
static __u32 find_block(struct nsa_mtrie *mtrie, __u32 lines)
{
	__u32 found = take_free(mtrie, lines), used = nsa_mtrie_lines(mtrie);

	if (found)
		return found;
	if (mtrie->line_count - used < lines)
		return split(mtrie, lines);
	accounts(mtrie)[USED] = used + lines;
	return used;
}

static __u64 waiting(const struct nsa_mtrie *mtrie)
{
	__u64 count = accounts(mtrie)[RETIRED];

	return count < QUEUE_SIZE ? count : QUEUE_SIZE;
}

static int release(struct nsa_mtrie *mtrie)
{
	const __u64 *queue = accounts(mtrie) + QUEUE;
	__u64 count = waiting(mtrie);
	int r = mtrie->wait(mtrie->data);

	if (r < 0)
		return r;
	accounts(mtrie)[RETIRED] = 0;
	for (__u64 i = 0; i < count; i++) {
		__u64 lines = queue[i] >> 32;

		if (lines && lines <= NSA_MTRIE_BLOCK_MAX)
			put_free(mtrie, (__u32)queue[i], (__u32)lines);
	}
	return 0;
}

int nsa_mtrie_block_get(struct nsa_mtrie *mtrie, __u32 lines, __u32 *line)
{
	__u32 found = find_block(mtrie, lines);
	int r;

	if (!found && waiting(mtrie) >= QUEUE_MIN) {
		r = release(mtrie);
		if (r < 0)
			return r;
		found = find_block(mtrie, lines);
	}
	if (!found)
		return -ENOSPC;
	*line = found;
	return 0;
}

int nsa_mtrie_block_retire(struct nsa_mtrie *mtrie, __u32 line, __u32 lines)
{
	__u64 count;
	int r = waiting(mtrie) == QUEUE_SIZE ? release(mtrie) : 0;

	if (r < 0)
		return r;
	count = waiting(mtrie);
	accounts(mtrie)[QUEUE + count] = (__u64)lines << 32 | line;
	accounts(mtrie)[RETIRED] = count + 1;
	return 0;
}
