/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user asked to attach, and isn't there for the moment: a device that was deleted, or moved
 * away. It is asked for until it is detached, and attached again as soon as one of its name is there.
 * 0 or -errno, logged.
 */
#ifndef NSA_RECONCILE_REQUESTS_H
#define NSA_RECONCILE_REQUESTS_H

#include "maps/records.h"
#include "reconcile/owner.h"

/* The owner's among all ports. */
int nsa_requests_read(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);
/* What was asked for the device, which isn't a port yet; NULL: nothing. */
const struct nsa_port_entry *nsa_requests_find(const struct nsa_owner *owner,
					       const struct nsa_link *link);
/* The port's device is gone, but not what was asked for it. */
int nsa_requests_keep(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_port_entry *entry);
/* Ports that are there again aren't missed any more. */
int nsa_requests_drop_found(const struct nsa_run *run, struct nsa_owner *owner);

#endif
