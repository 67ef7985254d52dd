/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Operations on an owner: its namespace, its ports in the map, a plan, its record in the map
 * "owners". Needs the lock. 0 or -errno, logged unless said otherwise.
 */
#ifndef NSA_RECONCILE_OWNER_H
#define NSA_RECONCILE_OWNER_H

#include "reconcile/state.h"

/* Sets owner->ns from the session's list of namespaces, which may be a new list. -ENOENT, not
 * logged: the namespace cannot be reached. */
int nsa_owner_find(struct nsa_state *state, struct nsa_owner *owner);
/* Initializes a plan of the owner's present state. It refers to state and owner. */
void nsa_owner_plan(struct nsa_state *state, const struct nsa_owner *owner, struct nsa_plan *plan);

/* Write the owner's record to its map. A dry run writes nothing. */
int nsa_owner_write_record(struct nsa_state *state, struct nsa_owner *owner);
int nsa_owner_set_firewall(struct nsa_state *state, struct nsa_owner *owner,
			   enum nsaccel_firewall firewall);
int nsa_owner_set_static_mode(struct nsa_state *state, struct nsa_owner *owner, bool static_mode);

/* Read the owner's entries of the map "ports". nsa_owner_ports() leaves out absent devices,
 * nsa_owner_all_ports() has them last. The caller releases *out with nsa_ports_free(). */
int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);
int nsa_owner_all_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);
/* After a run that failed, which may have done some of its changes: reads owner->ports from the map
 * again, and has the next run check each hook. */
int nsa_owner_reread_ports(struct nsa_state *state, struct nsa_owner *owner);

#endif
