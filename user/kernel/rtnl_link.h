/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices by rtnetlink: messages and requests. Conventions of rtnl.h. */
#ifndef NSA_KERNEL_RTNL_LINK_H
#define NSA_KERNEL_RTNL_LINK_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/*
 * Parsers of RTM_NEWLINK and RTM_DELLINK, of a dump or of a multicast group. false, and *out
 * untouched: the message is malformed or concerns something else.
 *
 * RTNLGRP_LINK also has messages of AF_BRIDGE, for ports only. They contain little more than
 * nsa_rtnl_parse_bridge_port() reads, and no other message reports a change of a port's state.
 * RTM_DELLINK of AF_BRIDGE: the port has left its bridge.
 */
bool nsa_rtnl_parse_link(const struct nlmsghdr *msg, struct nsa_link *out);
bool nsa_rtnl_parse_bridge_port(const struct nlmsghdr *msg, int *ifindex,
				struct nsa_bridge_port *out);

int nsa_rtnl_links(struct nsa_rtnl *rtnl, struct nsa_link **out, size_t *count);
/* -ENODEV: there is none. name: also an alternative name. */
int nsa_rtnl_link(struct nsa_rtnl *rtnl, int ifindex, struct nsa_link *out);
int nsa_rtnl_link_by_name(struct nsa_rtnl *rtnl, const char *name, struct nsa_link *out);

int nsa_rtnl_stats(struct nsa_rtnl *rtnl, struct nsa_link_stats **out, size_t *count);

#endif
