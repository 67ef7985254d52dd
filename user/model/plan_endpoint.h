/* SPDX-License-Identifier: GPL-2.0-only */
/* Endpoints, and the delivery of packets to them. */
#ifndef NSA_MODEL_PLAN_ENDPOINT_H
#define NSA_MODEL_PLAN_ENDPOINT_H

#include "model/plan.h"

/* Fills in the endpoint's record. */
void nsa_plan_endpoint(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out);
/* The same of a macvlan that has another's MAC. It is recorded as nobody's: closed, or with its
 * packets passed to the kernel if no policy or configuration can concern it. */
void nsa_plan_borrowed(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
		       struct nsa_endpoint_entry *out);

/* Is the endpoint behind the port? A veth that the user attached as a NIC has the wire behind
 * it. */
bool nsa_plan_is_endpoint_of(const struct nsa_snapshot_endpoint *ep,
			     const struct nsaccel_port *port);
/* Is the endpoint certainly in the namespace that it is treated as? */
bool nsa_plan_is_itself(const struct nsa_snapshot_endpoint *ep);
/* May programs deliver to it? Private, VEPA, passthru and source macvlans only take frames from the
 * wire; a closed endpoint takes none. */
bool nsa_plan_is_deliverable(const struct nsa_snapshot_endpoint *ep);

/* How programs deliver packets to the veth endpoint behind a port. own: they are for the endpoint's
 * own MAC, otherwise for another MAC behind it. PASS: they cannot. */
enum nsaccel_action nsa_plan_veth_action(const struct nsaccel_port *port, bool own);

/* The endpoint at the port with the MAC, or NULL. */
const struct nsa_snapshot_endpoint *nsa_plan_endpoint_by_mac(const struct nsa_plan *plan, int port,
							     const __u8 *mac);
/* The endpoint that has the address on the link of the owner's device, a port or a bridge. The
 * user's list comes first; then, on a port, the neighbour's MAC. On a veth with nobody else, the
 * endpoint's claim is enough. neigh: the usable neighbour, or NULL. NULL: none is known. */
const struct nsa_snapshot_endpoint *nsa_plan_holder(const struct nsa_plan *plan, int ifindex,
						    __u8 family, const __u8 *addr,
						    const struct nsa_neigh *neigh);

#endif
