/* SPDX-License-Identifier: GPL-2.0-only */
/* Binding of ports to a namespace that the user configures. */
#ifndef NSA_RECONCILE_ENDPOINTS_BIND_H
#define NSA_RECONCILE_ENDPOINTS_BIND_H

#include "maps/records.h"
#include "reconcile/state.h"

/* Binds the ports behind which the namespace is to it, whichever namespace they were bound to
 * before. */
void nsa_endpoints_bind(struct nsa_owner *owner, __u64 cookie);
/* Restores the bindings. before: the ports as they were, sorted. */
void nsa_endpoints_rebind(struct nsa_owner *owner, const struct nsa_port_entry *before,
			  size_t count);
/* Opens lower devices of the namespace's macvlans on which no endpoint is confined any more.
 * Endpoints that were closed there are placed again by the next run. Returns whether a lower
 * device was opened. */
bool nsa_endpoints_lift(struct nsa_state *state, struct nsa_owner *owner, __u64 cookie);

#endif
