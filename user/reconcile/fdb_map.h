/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bridges' forwarding databases -> map "fdb", and the next hops that go by them. Whoever is on a bridge's
 * port has the bridge learn as many MACs as he likes: each is noted, but those alone that have changed are
 * looked at, for a hundredth of the time on the account of who is behind the port. What has to wait is the
 * kernel's so long.
 */
#ifndef NSA_RECONCILE_FDB_MAP_H
#define NSA_RECONCILE_FDB_MAP_H

#include "reconcile/owner.h"

/* The kernel has told of an entry: noted now, followed by nsa_fdb_map_reconcile_changed(). */
void nsa_fdb_map_record(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_fdb *fdb, bool gone);
/* When there is something for that to do, in microseconds of CLOCK_MONOTONIC; ~0: nothing. */
__u64 nsa_fdb_map_due(const struct nsa_owner *owner);
/* 0 or -errno, logged: what has changed of them; and all, as the ports and the map are. */
int nsa_fdb_map_reconcile_changed(const struct nsa_run *run, struct nsa_owner *owner);
int nsa_fdb_map_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
