/* SPDX-License-Identifier: GPL-2.0-only */
/* Ports. */
#ifndef NSA_MODEL_PLAN_PORT_H
#define NSA_MODEL_PLAN_PORT_H

#include "model/plan.h"

/* Is the owner's device a port although the user did not attach it? */
bool nsa_plan_is_found_port(const struct nsa_snapshot *snapshot, const struct nsa_link *link);
/* Fills in all that the snapshot tells of the port, except local4. Keeps the user's choices (mode,
 * delivery, requested) and the state of its hooks (xdp, xdp_why, tx_slot). device: the settings of
 * link, or of the bridge that it is a port of; own: those of link itself. */
void nsa_plan_port(const struct nsa_plan *plan, const struct nsa_link *link,
		   const struct nsa_snapshot_device *device, const struct nsa_snapshot_device *own,
		   struct nsaccel_port *port);
/* Fills in local4, the filter of the owner's own addresses, which is the same for all its ports. It
 * is made from local routes, since a whole prefix can be local ("ip route add local"). */
void nsa_plan_local4(const struct nsa_plan *plan, struct nsaccel_port *port);
/* Closes the port's gates as far as the firewall requires it; opens none. */
void nsa_plan_tighten(const struct nsa_plan_gates *gates, struct nsaccel_port *port);
/* Would the port know other source addresses of the endpoint behind it? */
bool nsa_plan_learns_source(const struct nsa_plan *plan, const struct nsa_snapshot_endpoint *ep,
			    const struct nsaccel_port *port);

#endif
