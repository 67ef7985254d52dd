/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading whole maps. For the files of maps/. */
#ifndef NSA_MAPS_DUMP_H
#define NSA_MAPS_DUMP_H

#include <stddef.h>

#include <linux/types.h>

/* Where key and value stand in an entry, in bytes; the key is its first member. */
struct nsa_entry_layout {
	size_t key_size, value_size, entry_size, value_offset;
};

/* All elements of a hash or a trie, in no order, as entries whose padding is zero. The caller frees
 * *out, which is NULL if there are none. 0 or -errno. */
int nsa_maps_dump(int fd, const struct nsa_entry_layout *layout, void **out, size_t *count);

/* The same for an entry type with the members key and value; out: where the entries go. */
#define NSA_MAPS_DUMP(fd, out, count, key, value)                                                  \
	nsa_maps_dump((fd),                                                                        \
		      &(const struct nsa_entry_layout){ sizeof((*(out))->key),                     \
							sizeof((*(out))->value), sizeof(**(out)),  \
							offsetof(__typeof__(**(out)), value) },    \
		      (void **)(out), (count))

/* All elements of an array of count, with one call. The caller frees *out. 0 or -errno. */
int nsa_maps_elements(int fd, __u32 count, size_t value_size, void **out);

/* Ends a name in a map with a NUL, which other writers may have left out. */
#define NSA_END_NAME(name) ((name)[sizeof(name) - 1] = '\0')

/* The kernel's error where it has no batches for a kind of map; libc has no name for it. */
#define NSA_ENOTSUPP 524

#endif
