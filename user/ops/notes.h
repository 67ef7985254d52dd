/* SPDX-License-Identifier: GPL-2.0-only */
/* Remarks for people, in the order in which they were added. */
#ifndef NSA_OPS_NOTES_H
#define NSA_OPS_NOTES_H

#include <stddef.h>

struct nsa_notes {
	char **items; /* each a sentence without a full stop; any bytes */
	size_t count, room;
};

/* Without memory the note is left out: it is only a remark. */
void nsa_notes_add(struct nsa_notes *notes, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void nsa_notes_free(struct nsa_notes *notes);

#endif
