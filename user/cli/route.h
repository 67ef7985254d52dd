/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the parts of the command "route". */
#ifndef NSA_CLI_ROUTE_H
#define NSA_CLI_ROUTE_H

#include <jansson.h>

#include "ops/nexthop_info.h"

/* addr: network order. 0, or NSA_EXIT_USAGE after a message. */
int nsa_route_parse_addr(const char *word, enum nsaccel_family *family, __u8 *addr);

/* Adds to out how the next hop treats packets to dst. */
void nsa_route_describe_nexthop(const struct nsa_nexthop_info *info,
				const struct nsaccel_prefix *dst, json_t *out);

#endif
