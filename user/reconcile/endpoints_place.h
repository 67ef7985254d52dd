/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The namespace that an endpoint is treated as: its own, or the one that was confined behind its
 * port.
 */
#ifndef NSA_RECONCILE_ENDPOINTS_PLACE_H
#define NSA_RECONCILE_ENDPOINTS_PLACE_H

#include "reconcile/state.h"

/* Step: sets bound, slot and isolation of the snapshot's endpoints. A port stays bound to the
 * namespace that was confined behind it, until the user configures another or the owner's device
 * is gone. Adds an unread endpoint for such a port behind which none is found. Leaves out
 * endpoints that cannot be placed. Returns the first error, logged. */
int nsa_endpoints_place(const struct nsa_run *run, struct nsa_owner *owner);
/* Step: closes endpoints that were left out, if the owner has policies. */
int nsa_endpoints_close_left_out(const struct nsa_run *run, struct nsa_owner *owner);

#endif
