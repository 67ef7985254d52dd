// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <stdio.h>

#include "util/family.h"
#include "util/json.h"
#include "util/utf8.h"

json_t *nsa_json_text(const char *text)
{
	json_t *value = json_string(text);
	char copy[512];

	if (value)
		return value;
	snprintf(copy, sizeof(copy), "%s", text);
	nsa_utf8_clean(copy);
	return json_string(copy);
}

json_t *nsa_json_netns(const char *name, __u64 cookie)
{
	char number[24];

	snprintf(number, sizeof(number), "%llu", cookie);
	return json_pack("{s:o, s:s}", "netns", nsa_json_text(name), "cookie", number);
}

json_t *nsa_json_mac(const __u8 mac[NSACCEL_MAC_LEN])
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
			    mac[5]);
}

static const char *addr_text(enum nsaccel_family family, const __u8 *addr,
			     char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(nsa_family_os(family), addr, text, INET6_ADDRSTRLEN);
}

json_t *nsa_json_addr(enum nsaccel_family family, const __u8 addr[NSACCEL_ADDR_LEN])
{
	char text[INET6_ADDRSTRLEN];

	return json_string(addr_text(family, addr, text));
}

json_t *nsa_json_prefix(const struct nsaccel_prefix *prefix)
{
	char text[INET6_ADDRSTRLEN];

	return json_sprintf("%s/%u", addr_text(prefix->family, prefix->addr, text),
			    prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS);
}
