/* SPDX-License-Identifier: GPL-2.0-only */
/* The user says something of a namespace: the ports where it is belong to it from then on. */
#ifndef NSA_RECONCILE_ENDPOINTS_BIND_H
#define NSA_RECONCILE_ENDPOINTS_BIND_H

#include "maps/records.h"
#include "reconcile/state.h"

/* Binds the ports behind which the namespace is, whoever was confined there. */
void nsa_endpoints_bind(struct nsa_owner *owner, __u64 cookie);
/* Takes that back. before: the ports as they were, sorted. */
void nsa_endpoints_rebind(struct nsa_owner *owner, const struct nsa_port_entry *before,
			  size_t count);
/* Is there a lower of the namespace's macvlans on which nobody may be confined any more by what the user says?
 * Endpoints that were closed there are marked, to be placed anew by the next run. */
bool nsa_endpoints_lift(struct nsa_state *state, struct nsa_owner *owner, __u64 cookie);

#endif
