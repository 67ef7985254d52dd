// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "ops/notes.h"
#include "util/cleanup.h"

void nsa_notes_add(struct nsa_notes *notes, const char *format, ...)
{
	__cleanup(nsa_freep) char *text = NULL;
	char **grown;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0) {
		text = NULL;
		return;
	}
	grown = reallocarray(notes->items, notes->count + 1, sizeof(*grown));
	if (!grown)
		return;
	notes->items = grown;
	notes->items[notes->count++] = TAKE_PTR(text);
}

void nsa_notes_free(struct nsa_notes *notes)
{
	for (size_t i = 0; i < notes->count; i++)
		free(notes->items[i]);
	free(notes->items);
	*notes = (struct nsa_notes){};
}
