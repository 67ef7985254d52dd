/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces of an owner's endpoints in the map "netns": each has a slot there. */
#ifndef NSA_RECONCILE_ENDPOINTS_SLOTS_H
#define NSA_RECONCILE_ENDPOINTS_SLOTS_H

#include "maps/records.h"
#include "reconcile/state.h"

/* Is the endpoint behind a veth that stands for a NIC, or on a lower that is not attached? Then it is no
 * endpoint of the owner's. */
bool nsa_endpoints_is_beyond_wire(const struct nsa_owner *owner,
				  const struct nsa_snapshot_endpoint *ep);
/* All namespaces in the map, sorted by cookie. The caller frees *known. 0 or -errno, logged. */
int nsa_endpoints_read_known(struct nsa_state *state, struct nsa_netns_entry **known,
			     size_t *count);
/* Registers at once the namespaces of all endpoints that are not known, if those are many. false: nothing
 * was; nsa_endpoints_register() tries and reports each by itself. */
bool nsa_endpoints_register_all(struct nsa_state *state, const struct nsa_owner *owner,
				const struct nsa_netns_entry *known, size_t count);
/* Sets the endpoint's slot; registers its namespace, or its new name. known NULL: it is not in the map.
 * 0 or -errno, logged. */
int nsa_endpoints_register(struct nsa_state *state, const struct nsa_netns_entry *known,
			   struct nsa_snapshot_endpoint *ep);

#endif
