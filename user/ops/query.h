/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Common to all queries (ops/query_*.h): what is known, for people to read. A query takes no lock,
 * opens what it needs, and returns plain data; nothing attached is no error, but no data. 0 or
 * -errno, logged.
 */
#ifndef NSA_OPS_QUERY_H
#define NSA_OPS_QUERY_H

#include <stdbool.h>

#include "nsaccel/abi.h"

struct nsa_query {
	const char *bpffs; /* where the maps are pinned */
	const char *netns; /* only what concerns this namespace, NAME|PID|PATH; NULL: everything */
};

/* A namespace, for people. */
struct nsa_netns_ref {
	__u64 cookie;		       /* 0: none */
	bool reachable;		       /* name is its present one; else the recorded one */
	char name[NSACCEL_NETNS_NAME]; /* "": not known */
};

/* The cookie of netns; NULL: of the caller's own namespace. */
int nsa_query_cookie(const char *bpffs, const char *netns, __u64 *out);

#endif
