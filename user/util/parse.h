/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line -> values. Pure. 0 or -EINVAL; a message for the user in *why. */
#ifndef NSA_UTIL_PARSE_H
#define NSA_UTIL_PARSE_H

#include "nsaccel/abi.h"

/* "10.0.0.0/8", "2001:db8::/32", an address alone (a host route), "default" (IPv4) or "::/0". */
int nsa_parse_prefix(const char *word, struct nsaccel_prefix *out, const char **why);
/* "100mbit", "10gbit", 1000000: bits per second, as tc(8) has them; "64kb", "1mb", 1500: bytes, in
 * steps of 1024; "20k", "1m", 1000: a number. */
enum nsa_unit {
	NSA_UNIT_RATE,
	NSA_UNIT_SIZE,
	NSA_UNIT_COUNT,
};
int nsa_parse_amount(const char *word, enum nsa_unit unit, __u64 *out, const char **why);

int nsa_parse_addr(const char *word, enum nsaccel_family *family, __u8 addr[NSACCEL_ADDR_LEN],
		   const char **why);

#endif
