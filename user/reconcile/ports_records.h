/* SPDX-License-Identifier: GPL-2.0-only */
/* The records of an owner's ports, by which its programs go. In the owner's namespace. */
#ifndef NSA_RECONCILE_PORTS_RECORDS_H
#define NSA_RECONCILE_PORTS_RECORDS_H

#include "reconcile/state.h"

/* Step: writes the records of planned ports that stand already. Programs read some of a record without a new
 * hook: that must not wait for hooks, nor for any other port. The first error, logged. */
int nsa_ports_write_records(const struct nsa_run *run, struct nsa_owner *owner);
/* Closes, by their records alone, the gates of ports that are open further than the owner's are now. */
void nsa_ports_tighten(struct nsa_state *state, struct nsa_owner *owner);

#endif
