/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requested devices that are absent: deleted, or moved to another namespace. A request stays
 * until detach. A device that appears with the name is attached. 0 or -errno, logged.
 */
#ifndef NSA_RECONCILE_REQUESTS_H
#define NSA_RECONCILE_REQUESTS_H

#include "maps/records.h"
#include "reconcile/owner.h"

/* Reads the owner's absent ports from the map. The caller releases *out with nsa_ports_free(). */
int nsa_requests_read(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);
/* The request for a device that is not a port yet; NULL: none. */
const struct nsa_port_entry *nsa_requests_find(const struct nsa_owner *owner,
					       const struct nsa_link *link);
/* Keeps the request for a port whose device is gone. */
int nsa_requests_keep(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_port_entry *entry);
/* Step: drops requests whose ports exist again. */
int nsa_requests_drop_found(const struct nsa_run *run, struct nsa_owner *owner);

#endif
