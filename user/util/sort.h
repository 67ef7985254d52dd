/* SPDX-License-Identifier: GPL-2.0-only */
/* Sorted arrays, which may be empty and NULL. Compare functions are qsort(3)'s: of two items. */
#ifndef NSA_UTIL_SORT_H
#define NSA_UTIL_SORT_H

#include <stddef.h>
#include <stdlib.h>

typedef int (*nsa_compare)(const void *a, const void *b);

/* -1, 0 or 1. The arguments are evaluated more than once. */
#define CMP(a, b) (((a) > (b)) - ((a) < (b)))

static inline void nsa_sort(void *items, size_t count, size_t size, nsa_compare compare)
{
	if (count > 1)
		qsort(items, count, size, compare);
}

static inline void *nsa_bsearch(const void *key, const void *items, size_t count, size_t size,
				nsa_compare compare)
{
	return count ? bsearch(key, items, count, size, compare) : NULL;
}

/* Index of the first item that isn't less than the key, which is an item, too; count if all are. */
static inline size_t nsa_lower_bound(const void *key, const void *items, size_t count, size_t size,
				     nsa_compare compare)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare((const char *)items + middle * size, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The same for typed arrays; BSEARCH is an item, or NULL if none is equal to *key. */
#define SORT(items, count, compare) nsa_sort((items), (count), sizeof(*(items)), (compare))
#define BSEARCH(key, items, count, compare)                                                        \
	((__typeof__(*(items)) *)nsa_bsearch((key), (items), (count), sizeof(*(items)), (compare)))
#define LOWER_BOUND(key, items, count, compare)                                                    \
	nsa_lower_bound((key), (items), (count), sizeof(*(items)), (compare))

#endif
