/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports of an owner. */
#ifndef NSA_OPS_QUERY_PORTS_H
#define NSA_OPS_QUERY_PORTS_H

#include <stddef.h>

#include "ops/port_info.h"

/* Those of one owner, by ifindex. The caller frees *out. */
int nsa_query_ports(const char *bpffs, __u64 owner_cookie, struct nsa_port_info **out,
		    size_t *count);

#endif
