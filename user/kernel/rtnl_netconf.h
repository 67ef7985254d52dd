/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding settings of devices by rtnetlink: messages and dump. Conventions of rtnl.h. */
#ifndef NSA_KERNEL_RTNL_NETCONF_H
#define NSA_KERNEL_RTNL_NETCONF_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/* RTM_NEWNETCONF, RTM_DELNETCONF. false, and *out untouched: malformed, or not IP. */
bool nsa_rtnl_parse_netconf(const struct nlmsghdr *msg, struct nsa_netconf *out);

int nsa_rtnl_netconf(struct nsa_rtnl *rtnl, struct nsa_netconf **out, size_t *count);

#endif
