/* SPDX-License-Identifier: GPL-2.0-only */
/* Asks the loaded programs themselves what they would do with a packet; see bpf/core/probe.h. */
#ifndef NSA_OPS_ROUTE_GET_H
#define NSA_OPS_ROUTE_GET_H

#include <stdbool.h>

#include "maps/session.h"

struct nsa_probe_request {
	const struct nsa_netns *ns; /* the packet comes from here */
	const char *iif;	    /* a port of its owner; NULL: the first that ns is behind */
	enum nsaccel_family family;
	__u8 to[NSACCEL_ADDR_LEN];
	bool has_from;
	__u8 from[NSACCEL_ADDR_LEN]; /* else what the endpoint would send from */
};

enum nsa_verdict {
	NSA_VERDICT_PASS,
	NSA_VERDICT_FORWARD,
	NSA_VERDICT_DROP,
};

struct nsa_probe_answer {
	enum nsaccel_hook hook;
	enum nsa_verdict verdict;
	enum nsaccel_reason reason;
	char iif[NSACCEL_NAME_LEN];
	__u8 from[NSACCEL_ADDR_LEN];
	bool has_nexthop;
	struct nsaccel_nexthop nh;
};

/* 0 or -errno, logged. */
int nsa_probe(const struct nsa_session *session, const struct nsa_probe_request *request,
	      struct nsa_probe_answer *out);

#endif
