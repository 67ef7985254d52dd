/* SPDX-License-Identifier: GPL-2.0-only */
/* Addresses of devices by rtnetlink: messages and requests. Conventions of rtnl.h. */
#ifndef NSA_KERNEL_RTNL_ADDR_H
#define NSA_KERNEL_RTNL_ADDR_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/* RTM_NEWADDR, RTM_DELADDR. false, and *out untouched: malformed, or not IP. */
bool nsa_rtnl_parse_addr(const struct nlmsghdr *msg, struct nsa_addr *out);

int nsa_rtnl_addrs(struct nsa_rtnl *rtnl, struct nsa_addr **out, size_t *count);
/* At most `most` addresses of one device; the rest is not read. Then the socket can only be
 * closed. */
int nsa_rtnl_addrs_of(struct nsa_rtnl *rtnl, int ifindex, size_t most, struct nsa_addr **out,
		      size_t *count);

#endif
