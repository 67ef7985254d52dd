/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of the command line -> values. Pure. 0 or -EINVAL; a message for the user in *why. */
#ifndef NSA_PARSE_H
#define NSA_PARSE_H

#include "nsaccel/abi.h"

/* "10.0.0.0/8", "2001:db8::/32", an address alone (a host route), "default" (IPv4) or "::/0". */
int nsa_parse_prefix(const char *word, struct nsaccel_prefix *out, const char **why);
int nsa_parse_addr(const char *word, enum nsaccel_family *family, __u8 addr[NSACCEL_ADDR_LEN],
		   const char **why);

#endif
