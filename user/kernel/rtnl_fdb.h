/* SPDX-License-Identifier: GPL-2.0-only */
/* Forwarding databases of bridges by rtnetlink: messages, dump and refresh. Conventions of
 * rtnl.h. */
#ifndef NSA_KERNEL_RTNL_FDB_H
#define NSA_KERNEL_RTNL_FDB_H

#include "kernel/objects.h"

struct nlmsghdr;
struct nsa_rtnl;

/* RTM_NEWNEIGH, RTM_DELNEIGH. false, and *out untouched: malformed, or no entry of a bridge: an
 * address that a device accepts, or one of a VXLAN device's own database. */
bool nsa_rtnl_parse_fdb(const struct nlmsghdr *msg, struct nsa_fdb *out);

/* At most `most` entries; 0: all. If the dump is cut so, the socket can only be closed. */
int nsa_rtnl_fdb(struct nsa_rtnl *rtnl, size_t most, struct nsa_fdb **out, size_t *count);
/* The entry of the bridge for untagged frames to the MAC. -ENOENT: no such entry or bridge. */
int nsa_rtnl_fdb_get(struct nsa_rtnl *rtnl, int bridge, const __u8 *mac, struct nsa_fdb *out);
/* Has the effect of a frame from the MAC on the bridge's port: the entry does not age. -ENOENT: the
 * bridge has no entry for the MAC at that port. */
int nsa_rtnl_fdb_use(struct nsa_rtnl *rtnl, int port, const __u8 *mac);

#endif
