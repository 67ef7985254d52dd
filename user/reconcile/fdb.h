/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bridges' forwarding databases -> map "fdb", and the next hops that go by them. Whoever is on a bridge's
 * port has the bridge learn as many MACs as he likes: each is noted, but those alone that have changed are
 * looked at, for a hundredth of the time on the account of who is behind the port. What has to wait is the
 * kernel's so long.
 */
#ifndef NSA_RECONCILE_FDB_H
#define NSA_RECONCILE_FDB_H

#include "reconcile/owner.h"

/* The kernel has told of an entry: noted now, followed by nsa_owner_settle_learnt(). */
void nsa_owner_fdb(const struct nsa_run *run, struct nsa_owner *owner, const struct nsa_fdb *fdb,
		   bool gone);
/* When there is something for that to do, in microseconds of CLOCK_MONOTONIC; ~0: nothing. */
__u64 nsa_owner_learnt_due(const struct nsa_owner *owner);
/* 0 or -errno, logged: what has changed of them; and all, as the ports and the map are. */
int nsa_owner_settle_learnt(const struct nsa_run *run, struct nsa_owner *owner);
int nsa_owner_settle_fdb(const struct nsa_run *run, struct nsa_owner *owner);

#endif
