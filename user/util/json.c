// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>

#include "util/json.h"
#include "util/prefix.h"
#include "util/text.h"
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
	char text[NSA_TEXT_MAC];

	return json_string(nsa_text_mac(mac, text));
}

json_t *nsa_json_addr(enum nsaccel_family family, const __u8 addr[NSACCEL_ADDR_LEN])
{
	char text[INET6_ADDRSTRLEN];

	return json_string(nsa_text_addr(family, addr, text));
}

json_t *nsa_json_prefix(const struct nsaccel_prefix *prefix)
{
	char text[NSA_TEXT_PREFIX];

	return json_string(
		nsa_text_prefix(prefix->family, prefix->addr, nsa_prefix_len(prefix), text));
}
