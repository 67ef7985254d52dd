// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "util/family.h"
#include "util/prefix.h"
#include "util/sort.h"

struct nsaccel_prefix nsa_prefix(__u8 family, const __u8 *addr, __u8 len)
{
	struct nsaccel_prefix prefix = {
		.prefixlen = NSACCEL_PREFIX_FAMILY_BITS + len,
		.family = nsa_family_abi(family),
	};

	memcpy(prefix.addr, addr, (len + 7) / 8);
	if (len % 8)
		prefix.addr[len / 8] &= (__u8)(0xff00 >> len % 8);
	return prefix;
}

bool nsa_prefix_covers(const __u8 *prefix, __u8 len, const __u8 *addr)
{
	__u8 bytes = len / 8, bits = len % 8;

	if (memcmp(prefix, addr, bytes))
		return false;
	return !bits || !((prefix[bytes] ^ addr[bytes]) & (0xff00 >> bits));
}

int nsa_prefix_cmp(const struct nsaccel_prefix *a, const struct nsaccel_prefix *b)
{
	return CMP(a->family, b->family)			 ?:
		       memcmp(a->addr, b->addr, sizeof(a->addr)) ?:
								   CMP(a->prefixlen, b->prefixlen);
}
