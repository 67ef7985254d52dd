/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Addresses as text, in the caller's buffer, which each function returns. Addresses are in network
 * byte order; IPv4 has the first four bytes.
 */
#ifndef NSA_UTIL_TEXT_H
#define NSA_UTIL_TEXT_H

#include <netinet/in.h>

#include "nsaccel/abi.h"

#define NSA_TEXT_PREFIX (INET6_ADDRSTRLEN + sizeof("/128") - 1)
#define NSA_TEXT_MAC	sizeof("02:00:00:00:00:01")

const char *nsa_text_addr(enum nsaccel_family family, const __u8 *addr,
			  char text[INET6_ADDRSTRLEN]);
/* "10.0.0.0/8". len: in bits. */
const char *nsa_text_prefix(enum nsaccel_family family, const __u8 *addr, __u8 len,
			    char text[NSA_TEXT_PREFIX]);
const char *nsa_text_mac(const __u8 mac[NSACCEL_MAC_LEN], char text[NSA_TEXT_MAC]);

#endif
