/* SPDX-License-Identifier: GPL-2.0-only */
/* One owner's shared NICs: what is there of them. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_SHARES_H
#define NSA_RECONCILE_SHARES_H

#include "reconcile/owner.h"

/* Names of host ends: this and a number. */
#define NSA_SHARE_HOST_END "nsa"

bool nsa_share_is_host_end(const char *name);
/* Reads the owner's entries, takes out those whose NIC, or veth, or namespace is gone and what isn't
 * whole, and has the rest follow their NICs. */
int nsa_shares_reconcile(const struct nsa_run *run, struct nsa_owner *owner);
/* What a shared NIC has to let through: VLANs and groups that it doesn't know of. */
int nsa_shares_open_nics(const struct nsa_run *run, struct nsa_owner *owner);
/* Removes all of an owner's, with the devices that were made for them. cookie: also of one that is
 * gone. */
int nsa_shares_remove(const struct nsa_session *session, __u32 slot, __u64 cookie);

#endif
