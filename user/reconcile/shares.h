/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared NICs of an owner. 0 or -errno, logged. */
#ifndef NSA_RECONCILE_SHARES_H
#define NSA_RECONCILE_SHARES_H

#include "reconcile/owner.h"

/* Prefix of the names of host ends; a number follows. */
#define NSA_SHARE_HOST_END "nsa"

bool nsa_share_is_host_end(const char *name);
/* Step: reads the owner's entries; removes those whose NIC, veth or namespace is gone, or that
 * are incomplete; makes the rest follow their NICs. */
int nsa_shares_reconcile(const struct nsa_run *run, struct nsa_owner *owner);
/* Step: opens filters of shared NICs, for VLANs and groups that the kernel does not ask for. */
int nsa_shares_open_nics(const struct nsa_run *run, struct nsa_owner *owner);
/* Removes all entries of an owner and the devices that were created for them. The namespace may
 * be gone. */
int nsa_shares_remove(const struct nsa_session *session, __u32 slot, __u64 cookie);

#endif
