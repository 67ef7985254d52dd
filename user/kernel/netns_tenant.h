/* SPDX-License-Identifier: GPL-2.0-only */
/* Who created a network namespace. */
#ifndef NSA_KERNEL_NETNS_TENANT_H
#define NSA_KERNEL_NETNS_TENANT_H

#include <linux/types.h>

/* tenant of struct nsa_netns, for the namespace that netns is a file of; NSA_TENANT_UNKNOWN on
 * failure. */
__u64 nsa_netns_tenant(int netns);

#endif
