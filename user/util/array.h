/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrays that grow. An array is three variables, or members of a structure: a pointer to the items,
 * their count, and the room, which is the number of items that memory is allocated for. All are
 * zero at first; free() of the pointer releases the array. Macro arguments are evaluated more than
 * once.
 */
#ifndef NSA_UTIL_ARRAY_H
#define NSA_UTIL_ARRAY_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* The items, moved to memory for at least need of them, whose size is in bytes; *room is updated.
 * NULL: no memory, and the items are still where they were. */
void *nsa_array_grow(void *items, size_t *room, size_t need, size_t size);

/* Makes room for at least need items. 0 or -ENOMEM, which leaves the array as it was. */
#define ARRAY_RESERVE(items, room, need)                                                           \
	({                                                                                         \
		const size_t need_ = (need);                                                       \
		void *grown_;                                                                      \
		int r_ = 0;                                                                        \
		if (need_ > (room)) {                                                              \
			grown_ = nsa_array_grow((items), &(room), need_, sizeof(*(items)));        \
			if (grown_)                                                                \
				(items) = grown_;                                                  \
			else                                                                       \
				r_ = -ENOMEM;                                                      \
		}                                                                                  \
		r_;                                                                                \
	})

/* Makes room for one item at the index and moves those behind it. The new item, all zero; NULL: no
 * memory. */
#define ARRAY_INSERT(items, count, room, index)                                                    \
	({                                                                                         \
		const size_t index_ = (index);                                                     \
		__typeof__(items) item_ = NULL;                                                    \
		if (!ARRAY_RESERVE(items, room, (count) + 1)) {                                    \
			item_ = &(items)[index_];                                                  \
			memmove(item_ + 1, item_, ((count)++ - index_) * sizeof(*item_));          \
			memset(item_, 0, sizeof(*item_));                                          \
		}                                                                                  \
		item_;                                                                             \
	})

/* Adds an item at the end. The new item, all zero; NULL: no memory. */
#define ARRAY_ADD(items, count, room) ARRAY_INSERT(items, count, room, count)

/* Removes the item at the index; the order of the others stays. */
#define ARRAY_REMOVE(items, count, index)                                                          \
	({                                                                                         \
		const size_t index_ = (index);                                                     \
		__typeof__(items) item_ = &(items)[index_];                                        \
		memmove(item_, item_ + 1, (--(count)-index_) * sizeof(*item_));                    \
	})

#endif
