/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes the settings of one namespace: isolation, source guard, default verdict, sources,
 * quota. */
#ifndef NSA_OPS_NETNS_CONFIG_H
#define NSA_OPS_NETNS_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "nsaccel/abi.h"

struct nsa_netns_config_request {
	const char *bpffs;
	const char *netns; /* NAME|PID|PATH; or, with dev, the owner whose port dev leads to it */
	const char *dev;
	bool set_isolated, isolated; /* on: guard and on_miss become drop, unless set here, too */
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

/* It happens whole, or nothing changes. 0 or -errno, logged. */
int nsa_netns_config_set(const struct nsa_netns_config_request *request);

#endif
