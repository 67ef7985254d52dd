/* SPDX-License-Identifier: GPL-2.0-only */
/* Words for the enumerations of nsaccel/abi.h, as messages, text and JSON have them. A value that
 * was read from a map may be any: one that isn't in the enumeration is "?". Pure; nothing is to be
 * freed. */
#ifndef NSA_UTIL_NAMES_H
#define NSA_UTIL_NAMES_H

#include <stddef.h>

#include "nsaccel/abi.h"

/* The word at value in an array of words; "?" if the array has none there. */
#define NSA_NAME(names, value)                                                                     \
	((size_t)(value) < sizeof(names) / sizeof(*(names)) ? (names)[value] : "?")

const char *nsa_reason_field(enum nsaccel_reason reason); /* "pass_ttl" */
const char *nsa_reason_text(enum nsaccel_reason reason);  /* "TTL or hop limit of 1 or 0" */
const char *nsa_action_name(enum nsaccel_action action);
const char *nsa_bound_name(enum nsaccel_bound bound);
const char *nsa_delivery_name(enum nsaccel_delivery delivery);
const char *nsa_hook_name(enum nsaccel_hook hook);
const char *nsa_kind_name(enum nsaccel_kind kind);
const char *nsa_origin_name(enum nsaccel_origin origin);
const char *nsa_verdict_name(enum nsaccel_verdict verdict);

/* The quotas that a namespace exceeds (NSACCEL_OVER_*, a bit each), as a list; "nothing" for
 * none. */
#define NSA_OVER_TEXT 80
const char *nsa_over_text(__u16 over, char text[NSA_OVER_TEXT]);

#endif
