/* SPDX-License-Identifier: GPL-2.0-only */
/* What a source of routes says of a part of the addresses, for the files of the multibit trie. */
#ifndef NSA_MODEL_MTRIE_SLOTS_H
#define NSA_MODEL_MTRIE_SLOTS_H

#include "model/mtrie.h"

/* The words of routes with lengths from begin to end for each of the first end bits of addresses in
 * the prefix, whose length is among them; 0: none. */
void nsa_mtrie_find_slots(const struct nsa_mtrie_source *source,
			  const struct nsaccel_prefix *prefix, __u32 begin, __u32 end,
			  __u64 *slots);

#endif
