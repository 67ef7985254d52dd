/* SPDX-License-Identifier: GPL-2.0-only */
/* Waiting for links that a driver resets when an XDP program is attached or detached. */
#ifndef NSA_DATAPLANE_CARRIER_H
#define NSA_DATAPLANE_CARRIER_H

#include "maps/maps.h"
#include "maps/records.h"
#include "model/snapshot.h"

struct nsa_rtnl;

/* Waits until every NIC among the ports that had a carrier in the snapshot has a carrier again,
 * 10 s at most. rtnl: a socket in the snapshot's owner. */
void nsa_carrier_wait(struct nsa_rtnl *rtnl, const struct nsa_snapshot *snapshot,
		      const struct nsa_port_entry *ports, size_t count);

#endif
