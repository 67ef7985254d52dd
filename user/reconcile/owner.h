/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What steps ask of an owner: its namespace, its ports in the map, a plan, its record in the map "owners".
 * Needs the lock. 0 or -errno, logged unless said.
 */
#ifndef NSA_RECONCILE_OWNER_H
#define NSA_RECONCILE_OWNER_H

#include "reconcile/state.h"

/* Points the owner at its namespace in the session's list, which may be a new list. -ENOENT, not
 * logged: the namespace can't be reached. */
int nsa_owner_find(struct nsa_state *state, struct nsa_owner *owner);
/* A plan of the owner as it stands. It borrows from state and owner. */
void nsa_owner_plan(struct nsa_state *state, const struct nsa_owner *owner, struct nsa_plan *plan);

/* Writes the owner's record into its map. A dry run writes nothing. */
int nsa_owner_write_record(struct nsa_state *state, struct nsa_owner *owner);
int nsa_owner_set_firewall(struct nsa_state *state, struct nsa_owner *owner,
			   enum nsaccel_firewall firewall);
int nsa_owner_set_snapshot(struct nsa_state *state, struct nsa_owner *owner, bool snapshot);

/* The owner's entries in the map "ports". nsa_owner_ports() leaves out those of absent devices,
 * nsa_owner_all_ports() has them last. The caller frees *out by nsa_ports_free(). */
int nsa_owner_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);
int nsa_owner_all_ports(const struct nsa_session *session, __u64 cookie, struct nsa_ports *out);

#endif
