/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets by port. */
#ifndef NSA_OPS_QUERY_TRAFFIC_H
#define NSA_OPS_QUERY_TRAFFIC_H

#include <stddef.h>

#include "ops/query.h"

/* Counters of a port: the kernel's of its device, to which tx adds packets that programs put into
 * its endpoints past the device (delivered). */
struct nsa_traffic_info {
	struct nsa_netns_ref owner;
	__u32 ifindex;
	struct nsaccel_port port;
	struct nsaccel_counter rx, tx, delivered;
};

/* Of a namespace: ports that are its own or lead to it. The caller frees *out. */
int nsa_query_traffic(const struct nsa_query *query, struct nsa_traffic_info **out, size_t *count);

#endif
