/* SPDX-License-Identifier: GPL-2.0-only */
/* As which namespace an endpoint is treated: its own, or the one that was confined behind its port. */
#ifndef NSA_RECONCILE_ENDPOINTS_PLACE_H
#define NSA_RECONCILE_ENDPOINTS_PLACE_H

#include "reconcile/state.h"

/* Step. A port belongs to the namespace that was confined behind it, until the user says otherwise or the
 * owner's device is gone: fills in bound, slot and isolation of the snapshot's endpoints, and adds those
 * behind whose port nobody is found. An endpoint that cannot be placed is left out, and keeps none of the
 * others from it. The first error, logged. */
int nsa_endpoints_place(const struct nsa_run *run, struct nsa_owner *owner);
/* Step. Where there are policies, endpoints that were left out are closed. */
int nsa_endpoints_close_left_out(const struct nsa_run *run, struct nsa_owner *owner);

#endif
