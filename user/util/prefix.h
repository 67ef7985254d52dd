/* SPDX-License-Identifier: GPL-2.0-only */
/* IP prefixes as the maps have them (struct nsaccel_prefix). Addresses are in network order. */
#ifndef NSA_UTIL_PREFIX_H
#define NSA_UTIL_PREFIX_H

#include <stdbool.h>

#include "nsaccel/abi.h"

/* addr: 4 or 16 bytes, by the family (AF_INET or AF_INET6); those beyond len, in bits, become 0. */
struct nsaccel_prefix nsa_prefix(__u8 family, const __u8 *addr, __u8 len);

/* Is addr within prefix, whose length in bits is len? Both are of one family. */
bool nsa_prefix_covers(const __u8 *prefix, __u8 len, const __u8 *addr);

/* Order by family, address, then length: a prefix comes before those in it. As memcmp(). */
int nsa_prefix_cmp(const struct nsaccel_prefix *a, const struct nsaccel_prefix *b);

/* In bits of the address. */
static inline __u8 nsa_prefix_len(const struct nsaccel_prefix *prefix)
{
	return (__u8)(prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
}

/* Length in bits of an address. family: AF_INET or AF_INET6, which are the numbers of enum
 * nsaccel_family, too. */
static inline __u8 nsa_addr_bits(__u8 family)
{
	return family == NSACCEL_FAMILY_INET ? 32 : 128;
}

#endif
