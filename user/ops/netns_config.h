/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user can say of one namespace: isolated, guarded, closed, limited. It happens whole, or
 * nothing changes. 0 or -errno, logged. */
#ifndef NSA_OPS_NETNS_CONFIG_H
#define NSA_OPS_NETNS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/abi.h"

struct nsa_isolation_request {
	const char *bpffs;
	const char *netns; /* which; or, with dev, the owner whose port dev leads to it */
	const char *dev;
	bool set_isolated, isolated; /* on: guard and on_miss are to drop, unless set here, too */
	bool set_guard, set_on_miss, set_policy;
	enum nsaccel_guard guard;
	enum nsaccel_on_miss on_miss;
	enum nsaccel_verdict policy;
	bool set_sources; /* pins them to the list; of none: they follow the namespace again */
	const struct nsaccel_prefix *sources;
	size_t source_count;
	bool set_quota;
	__u16 quota; /* 0: the default */
};

int nsa_isolation_set(const struct nsa_isolation_request *request);

/* One direction's limits; what is 0 isn't limited. */
struct nsa_limit_request {
	const char *bpffs, *netns;
	enum nsaccel_direction direction;
	bool both;			  /* directions */
	__u64 bits, packets;		  /* per second */
	__u64 burst_bytes, burst_packets; /* 0: a sensible one */
};

int nsa_limit_set(const struct nsa_limit_request *request);

struct nsa_state;

/* A namespace that fails closed, behind the owner (cookie; 0: any): the kernel would forward for it,
 * were nsaccel not there. *out: its cookie, 0 if there is none. */
int nsa_isolation_find_closed(const struct nsa_state *state, __u64 owner_cookie, __u64 *out);

#endif
