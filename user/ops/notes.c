// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ops/notes.h"
#include "util/array.h"
#include "util/cleanup.h"

void nsa_notes_add(struct nsa_notes *notes, const char *format, ...)
{
	__cleanup(nsa_freep) char *text = NULL;
	char **item;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		text = NULL;
		return;
	}
	item = ARRAY_ADD(notes->items, notes->count, notes->room);
	if (item)
		*item = TAKE_PTR(text);
}

void nsa_notes_free(struct nsa_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->items[i]);
	free(notes->items);
	*notes = (struct nsa_notes){};
}
