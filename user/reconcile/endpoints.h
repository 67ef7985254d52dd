/* SPDX-License-Identifier: GPL-2.0-only */
/* An owner's endpoints: their slots, as whom they are treated, and the map of them. The first error;
 * one that can't be placed or written keeps none of the others from it. */
#ifndef NSA_RECONCILE_ENDPOINTS_H
#define NSA_RECONCILE_ENDPOINTS_H

#include "reconcile/owner.h"

/* A port belongs to the namespace that was confined behind it, until the user says otherwise or the
 * owner's device is gone: fills in bound, slot and isolation of the snapshot's endpoints, and adds those
 * where nobody is found. Those that can't be placed are left out. */
int nsa_owner_place_endpoints(const struct nsa_run *run, struct nsa_owner *owner);
/* Where there are policies, those that were left out are closed. */
int nsa_owner_close_left_out(const struct nsa_run *run, struct nsa_owner *owner);
/* The user has spoken of the namespace: where it is behind a port, that is its port from now on,
 * whoever was confined there; nsa_owner_rebind() takes that back. */
void nsa_owner_bind(struct nsa_owner *owner, __u64 cookie);
void nsa_owner_rebind(struct nsa_owner *owner, const struct nsa_port_entry *before, size_t count);
/* With what the user says of the namespace nobody may be confined any more on the lowers of its
 * macvlans: then what is closed there isn't any more, once it is settled again. Is there any? */
bool nsa_owner_lift(struct nsa_state *state, struct nsa_owner *owner, __u64 cookie);
/* Endpoints of the planned ports -> map "endpoints". */
int nsa_owner_settle_endpoints(const struct nsa_run *run, struct nsa_owner *owner);

#endif
