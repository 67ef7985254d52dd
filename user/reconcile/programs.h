/* SPDX-License-Identifier: GPL-2.0-only */
/* The programs of an owner: which are needed, and when they are loaded. See
 * docs/adr/0011-features.md. */
#ifndef NSA_RECONCILE_PROGRAMS_H
#define NSA_RECONCILE_PROGRAMS_H

#include "dataplane/port.h"
#include "reconcile/state.h"

/* Opens the programs for the planned ports into ctx, or loads them. *fresh: those at the hooks have
 * to be replaced. Returns 0 or -errno, logged; ctx may have programs even so, which do without the
 * features that could not be loaded. The caller closes them. */
int nsa_programs_open(const struct nsa_run *run, struct nsa_owner *owner,
		      struct nsa_port_context *ctx, bool *fresh);
/* The owner has no ports, or its programs have all that these need. */
void nsa_programs_lack_nothing(struct nsa_owner *owner);
/* When a run is to load features that are missing: CLOCK_MONOTONIC in usec; ~0: none is. */
__u64 nsa_programs_due(const struct nsa_owner *owner);

#endif
