// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>

#include "util/family.h"
#include "util/text.h"

const char *nsa_text_addr(enum nsaccel_family family, const __u8 *addr, char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(nsa_family_os(family), addr, text, INET6_ADDRSTRLEN);
}

const char *nsa_text_prefix(enum nsaccel_family family, const __u8 *addr, __u8 len,
			    char text[NSA_TEXT_PREFIX])
{
	char bytes[INET6_ADDRSTRLEN];

	snprintf(text, NSA_TEXT_PREFIX, "%s/%u", nsa_text_addr(family, addr, bytes), len);
	return text;
}

const char *nsa_text_mac(const __u8 mac[NSACCEL_MAC_LEN], char text[NSA_TEXT_MAC])
{
	snprintf(text, NSA_TEXT_MAC, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		 mac[3], mac[4], mac[5]);
	return text;
}
