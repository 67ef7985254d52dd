/* SPDX-License-Identifier: GPL-2.0-only */
/* Text of unknown origin (file names, device names, kernel messages) on its way to people and
 * JSON. */
#ifndef NSA_UTIL_UTF8_H
#define NSA_UTIL_UTF8_H

/* In place: each byte that is not valid UTF-8 becomes '?', as do control characters but \n and
 * \t. */
void nsa_utf8_clean(char *s);

#endif
