/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forwarding databases of bridges -> map "fdb", and next hops behind bridges. A namespace on a
 * bridge port can make the bridge learn MACs at any rate. Each change is recorded, but they are
 * followed only within a budget of 1 % of the CPU time for each such namespace
 * (model/pending.h). Until then frames for the changed MACs are left to the kernel.
 */
#ifndef NSA_RECONCILE_FDB_MAP_H
#define NSA_RECONCILE_FDB_MAP_H

#include "reconcile/owner.h"

/* Records a change of an entry; gone: the kernel removed it. nsa_fdb_map_reconcile_changed()
 * follows it. */
void nsa_fdb_map_record(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_fdb *fdb, bool gone);
/* CLOCK_MONOTONIC in us when nsa_fdb_map_reconcile_changed() has work to do; ~0: none. */
__u64 nsa_fdb_map_due(const struct nsa_owner *owner);
/* Steps: follow the recorded changes that are due; compare all entries, ports and the map. 0 or
 * -errno, logged. */
int nsa_fdb_map_reconcile_changed(const struct nsa_run *run, struct nsa_owner *owner);
int nsa_fdb_map_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
