/* SPDX-License-Identifier: GPL-2.0-only */
/* nsaccel's own routes of a namespace. 0 or -errno, logged. */
#ifndef NSA_OPS_ROUTE_H
#define NSA_OPS_ROUTE_H

#include <stdbool.h>

#include "nsaccel/abi.h"

enum nsa_route_verb {
	NSA_ROUTE_ADD, /* -EEXIST if the prefix has a route already */
	NSA_ROUTE_REPLACE,
	NSA_ROUTE_DEL,	 /* -ENOENT if it has none */
	NSA_ROUTE_FLUSH, /* all of the namespace */
};

struct nsa_route_request {
	const char *bpffs, *netns;
	enum nsa_route_verb verb;
	struct nsaccel_prefix prefix;
	const char *word; /* the prefix as it was typed */
	enum nsaccel_target target;
	enum nsaccel_family gateway_family;
	__u8 gateway[NSACCEL_ADDR_LEN];
	const char *target_dev;	  /* in the owner */
	const char *target_netns; /* NAME|PID|PATH */
};

int nsa_static_route(const struct nsa_route_request *request);

#endif
