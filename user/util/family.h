/* SPDX-License-Identifier: GPL-2.0-only */
/* Families as the maps have them, and as the kernel and libc have them. Any but IPv4 is IPv6. */
#ifndef NSA_UTIL_FAMILY_H
#define NSA_UTIL_FAMILY_H

#include <sys/socket.h>

#include "nsaccel/abi.h"

/* AF_INET or AF_INET6. */
static inline __u8 nsa_family_os(enum nsaccel_family family)
{
	return family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
}

/* os: AF_INET or AF_INET6. */
static inline enum nsaccel_family nsa_family_abi(__u8 os)
{
	return os == AF_INET ? NSACCEL_FAMILY_INET : NSACCEL_FAMILY_INET6;
}

#endif
