/* SPDX-License-Identifier: GPL-2.0-only */
/* Registration of the namespaces of endpoints in the map "netns", which gives each a slot. */
#ifndef NSA_RECONCILE_ENDPOINTS_SLOTS_H
#define NSA_RECONCILE_ENDPOINTS_SLOTS_H

#include "maps/records.h"
#include "reconcile/state.h"

/* Whether the endpoint is none of the owner's: it is behind a veth that the user attached as a
 * wire, or on a lower device that is not attached. */
bool nsa_endpoints_is_beyond_wire(const struct nsa_owner *owner,
				  const struct nsa_snapshot_endpoint *ep);
/* Reads all registered namespaces, sorted by cookie. The caller frees *known. 0 or -errno,
 * logged. */
int nsa_endpoints_read_known(struct nsa_state *state, struct nsa_netns_entry **known,
			     size_t *count);
/* Registers the namespaces of all endpoints that are not registered in one batch, if there are
 * several. Returns false if it did not: nsa_endpoints_register() then registers each, and
 * reports errors. */
bool nsa_endpoints_register_all(struct nsa_state *state, const struct nsa_owner *owner,
				const struct nsa_netns_entry *known, size_t count);
/* Registers the endpoint's namespace, or its new name, and sets the endpoint's slot. known: the
 * namespace's entry; NULL: it is not registered. 0 or -errno, logged. */
int nsa_endpoints_register(struct nsa_state *state, const struct nsa_netns_entry *known,
			   struct nsa_snapshot_endpoint *ep);

#endif
