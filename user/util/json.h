/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of nsaccel/abi.h as JSON. Each function returns a new reference, NULL without memory. */
#ifndef NSA_UTIL_JSON_H
#define NSA_UTIL_JSON_H

#include <jansson.h>

#include "nsaccel/abi.h"

/* A string of any bytes: those that are no UTF-8 are replaced. */
json_t *nsa_json_text(const char *text);
/* {"netns": name, "cookie": "N"}: JSON has no integers of 64 bits. */
json_t *nsa_json_netns(const char *name, __u64 cookie);
json_t *nsa_json_mac(const __u8 mac[NSACCEL_MAC_LEN]);
/* addr: network byte order; IPv4 has the first four bytes. */
json_t *nsa_json_addr(enum nsaccel_family family, const __u8 addr[NSACCEL_ADDR_LEN]);
json_t *nsa_json_prefix(const struct nsaccel_prefix *prefix); /* "10.0.0.0/8" */

#endif
