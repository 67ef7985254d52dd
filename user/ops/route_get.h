/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the loaded programs what they would do with a packet; see bpf/core/probe.h. */
#ifndef NSA_OPS_ROUTE_GET_H
#define NSA_OPS_ROUTE_GET_H

#include <stdbool.h>

#include "ops/nexthop_info.h"

struct nsa_route_get_request {
	const char *bpffs;
	const char *netns; /* the packet comes from here: NAME|PID|PATH; NULL: the caller's */
	const char *iif;   /* a port of its owner; NULL: the first that the namespace is behind */
	enum nsaccel_family family;
	__u8 to[NSACCEL_ADDR_LEN]; /* network order, as from */
	bool has_from;
	__u8 from[NSACCEL_ADDR_LEN]; /* else the address that the endpoint would send from */
};

enum nsa_verdict {
	NSA_VERDICT_PASS,
	NSA_VERDICT_FORWARD,
	NSA_VERDICT_DROP,
};

struct nsa_route_get_answer {
	struct nsa_netns_ref netns; /* of the request */
	enum nsaccel_hook hook;
	enum nsa_verdict verdict;
	enum nsaccel_reason reason;
	char iif[NSACCEL_NAME_LEN];
	__u8 from[NSACCEL_ADDR_LEN];
	bool has_nexthop;
	struct nsa_nexthop_info nexthop;
};

/* 0 or -errno, logged; -ENOENT: nothing is attached, or the namespace is behind no port. */
int nsa_route_get(const struct nsa_route_get_request *request, struct nsa_route_get_answer *out);

#endif
