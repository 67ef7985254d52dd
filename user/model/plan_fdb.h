/* SPDX-License-Identifier: GPL-2.0-only */
/* Entries of bridges' forwarding databases. */
#ifndef NSA_MODEL_PLAN_FDB_H
#define NSA_MODEL_PLAN_FDB_H

#include "model/plan.h"

/* Seconds: an entry of a bridge that forgets sooner cannot be refreshed in time. */
#define NSA_BRIDGE_HOLD_MIN 15

/* Fills in the record of a bridge's entry. false: programs may not forward by it. */
bool nsa_plan_fdb(const struct nsa_plan *plan, const struct nsa_fdb *fdb, struct nsaccel_fdb *out);
/* Does the bridge refresh the entry by the frames that it sees, and so miss those of the fast
 * path? */
bool nsa_plan_fdb_ages(const struct nsa_plan *plan, const struct nsa_fdb *fdb);
/* Has the bridge programs or a queue at its egress, or does it complete packets there? Frames
 * between its ports do not pass there; those that the owner routes to it do. */
bool nsa_plan_is_shaped(const struct nsa_plan *plan, int bridge);
/* The same of a device. */
bool nsa_plan_is_shaping(const struct nsa_snapshot_device *device);

#endif
