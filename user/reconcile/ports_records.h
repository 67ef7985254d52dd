/* SPDX-License-Identifier: GPL-2.0-only */
/* Records of an owner's ports, which the programs read. Runs in the owner's namespace. */
#ifndef NSA_RECONCILE_PORTS_RECORDS_H
#define NSA_RECONCILE_PORTS_RECORDS_H

#include "reconcile/state.h"

/* Step: writes the records of planned ports that exist already. Programs read some fields from
 * the record alone; those must not wait for hooks, nor for other ports. Returns the first error,
 * logged. */
int nsa_ports_write_records(const struct nsa_run *run, struct nsa_owner *owner);
/* Closes gates of ports, by their records alone, where the owner's gates have become stricter.
 * Returns the first error, logged: a port may have kept its old gates, and must not be told that
 * they hold. */
int nsa_ports_tighten(struct nsa_state *state, struct nsa_owner *owner);

#endif
