/* SPDX-License-Identifier: GPL-2.0-only */
/* Policy rules by rtnetlink: messages and dump. Conventions of rtnl.h. */
#ifndef NSA_KERNEL_RTNL_RULE_H
#define NSA_KERNEL_RTNL_RULE_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/* RTM_NEWRULE, RTM_DELRULE. false, and *out untouched: malformed, or not IP. */
bool nsa_rtnl_parse_rule(const struct nlmsghdr *msg, struct nsa_rule *out);

int nsa_rtnl_rules(struct nsa_rtnl *rtnl, struct nsa_rule **out, size_t *count);

#endif
