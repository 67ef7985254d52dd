/* SPDX-License-Identifier: GPL-2.0-only */
/* Connection tracking of an owner whose flows take the fast path. */
#ifndef NSA_RECONCILE_CONNTRACK_H
#define NSA_RECONCILE_CONNTRACK_H

#include "reconcile/state.h"

/* Step: sets nf_conntrack_tcp_be_liberal while flows take the fast path, since conntrack does
 * not see their TCP windows; else restores it. 0 or -errno, logged; on an error all packets stay
 * with the kernel. */
int nsa_conntrack_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
