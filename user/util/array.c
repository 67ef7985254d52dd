// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "util/array.h"

#define ROOM_MIN 8

void *nsa_array_grow(void *items, size_t *room, size_t need, size_t size)
{
	size_t more = *room ? 2 * *room : ROOM_MIN;

	if (more < need)
		more = need;
	items = reallocarray(items, more, size);
	if (items)
		*room = more;
	return items;
}
