/* SPDX-License-Identifier: GPL-2.0-only */
/* Static routes: nsaccel's own of a namespace. */
#ifndef NSA_OPS_ROUTE_H
#define NSA_OPS_ROUTE_H

#include "nsaccel/abi.h"

enum nsa_route_verb {
	NSA_ROUTE_ADD,
	NSA_ROUTE_REPLACE,
	NSA_ROUTE_DEL,
	NSA_ROUTE_FLUSH, /* all of the namespace */
};

struct nsa_route_request {
	const char *bpffs;
	const char *netns; /* that the route is for: NAME|PID|PATH; NULL: the caller's */
	enum nsa_route_verb verb;
	struct nsaccel_prefix prefix;
	enum nsaccel_target target;
	enum nsaccel_family gateway_family;
	__u8 gateway[NSACCEL_ADDR_LEN]; /* network order */
	const char *target_dev;		/* in the owner */
	const char *target_netns;	/* NAME|PID|PATH */
};

/* Why a change was refused, where the message has to name the prefix. */
enum nsa_route_refusal {
	NSA_ROUTE_UNATTACHED = 1, /* nothing is attached */
	NSA_ROUTE_ON_WIRE,	  /* a whole prefix, on a device that leads to a wire */
	NSA_ROUTE_EXISTS,	  /* add: the prefix has a static route already */
	NSA_ROUTE_UNKNOWN,	  /* del: it has none */
};

/* It happens whole, or nothing changes. 0; -errno, logged; or enum nsa_route_refusal, not
 * logged. */
int nsa_route_change(const struct nsa_route_request *request);

#endif
