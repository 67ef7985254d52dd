/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks of lines of a multibit trie. Its memory has the accounts of them, so that the next writer
 * goes on where the last one ended: word 0, a writer is at work, or was killed; 1, whose it is; 2,
 * lines in use; 3, blocks that wait for a grace period; then lists of free blocks, by their number
 * of lines, and those that wait.
 */
#ifndef NSA_MODEL_MTRIE_BLOCK_H
#define NSA_MODEL_MTRIE_BLOCK_H

#include "model/mtrie.h"

#define NSA_MTRIE_BLOCK_MAX 18 /* lines */

/* Of uninitialised lines; -ENOSPC. */
int nsa_mtrie_block_get(struct nsa_mtrie *mtrie, __u32 lines, __u32 *line);
/* Nothing leads there any more. If many blocks wait, it waits for them. */
int nsa_mtrie_block_retire(struct nsa_mtrie *mtrie, __u32 line, __u32 lines);

#endif
