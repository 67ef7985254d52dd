/* SPDX-License-Identifier: GPL-2.0-only */
/* What a user has asked for of an owner's ports: found, carried out, and put back if that fails. 0 or
 * -errno, logged. */
#ifndef NSA_OPS_REQUESTED_H
#define NSA_OPS_REQUESTED_H

#include "maps/records.h"
#include "reconcile/state.h"

size_t nsa_requested_count(const struct nsa_ports *ports);
/* Brings the owner to its requested ports, whose records have changed; without any, absent ones
 * included, removes all of it. */
int nsa_requested_settle(struct nsa_state *state, const struct nsa_netns *ns);

/* How things were before they were changed. */
struct nsa_requested {
	struct nsa_ports ports;
	enum nsaccel_firewall firewall;
	bool snapshot;
};

/* slot: the owner's. */
int nsa_requested_get(const struct nsa_session *session, const struct nsa_netns *ns, __u32 slot,
		      struct nsa_requested *out);
void nsa_requested_free(struct nsa_requested *before);
/* Makes what is asked of the owner and its ports what it was before. */
void nsa_requested_undo(struct nsa_state *state, const struct nsa_netns *ns,
			const struct nsa_requested *before);

/* The lock, the owner, and the state if there are maps. */
int nsa_requested_open(const char *bpffs, const char *netns, struct nsa_session *session,
		       const struct nsa_netns **owner, struct nsa_state **state);
/* The owner's port for dev. Finishes first what a killed attach or detach has left of the owner:
 * nothing, if no port of it is requested. state NULL: nothing is attached. -EALREADY: so it was half
 * detached, and is detached now. */
int nsa_requested_port(struct nsa_state *state, const struct nsa_netns *owner, const char *dev,
		       struct nsa_port_entry *out);

#endif
