// SPDX-License-Identifier: GPL-2.0-only
#include <ctype.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "util/utf8.h"

/* jansson is asked, since it is jansson that would refuse the string. */
static bool is_utf8(const char *s, size_t len)
{
	json_t *string = json_stringn(s, len);

	json_decref(string);
	return string;
}

/* Bytes of the valid character at s, 0 if there is none. */
static size_t char_len(const char *s)
{
	size_t len, most = strnlen(s, 4);

	if ((unsigned char)*s < 0x80)
		return iscntrl((unsigned char)*s) && *s != '\n' && *s != '\t' ? 0 : 1;
	for (len = 2; len <= most; len++)
		if (is_utf8(s, len))
			return len;
	return 0;
}

void nsa_utf8_clean(char *s)
{
	size_t len;

	for (; *s; s += len) {
		len = char_len(s);
		if (!len) {
			*s = '?';
			len = 1;
		}
	}
}
