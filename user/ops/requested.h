/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests for ports of an owner: found, carried out, and put back if that fails. 0 or -errno,
 * logged. */
#ifndef NSA_OPS_REQUESTED_H
#define NSA_OPS_REQUESTED_H

#include "maps/records.h"
#include "reconcile/state.h"

/* Reconciles the owner with its requested ports, whose records have changed. Without any, absent
 * ones included, the owner is removed. */
int nsa_requested_reconcile(struct nsa_state *state, const struct nsa_netns *ns);
/* Likewise, of a port whose delivery has changed, or NSA_EACH_PORT: it fails if that is not
 * possible. */
int nsa_requested_deliver(struct nsa_state *state, const struct nsa_netns *ns, int ifindex);

/* The requests as they were before a change. The caller frees with nsa_requested_free(). */
struct nsa_requested {
	struct nsa_ports ports;
	enum nsaccel_firewall firewall;
	bool static_mode;
};

/* slot: the owner's. */
int nsa_requested_get(const struct nsa_session *session, const struct nsa_netns *ns, __u32 slot,
		      struct nsa_requested *out);
void nsa_requested_free(struct nsa_requested *before);
/* Puts them back, and reconciles. A failure is logged. */
void nsa_requested_undo(struct nsa_state *state, const struct nsa_netns *ns,
			const struct nsa_requested *before);

/* Takes the lock, finds the owner, and opens the state if there are maps. */
int nsa_requested_open(const char *bpffs, const char *netns, struct nsa_session *session,
		       const struct nsa_netns **owner, struct nsa_state **state);
/* Finds the owner's port for dev. An owner without any requested port, which a killed attach or
 * detach left, is removed first. state NULL: nothing is attached. -EALREADY: dev was half detached,
 * and is detached now. */
int nsa_requested_port(struct nsa_state *state, const struct nsa_netns *owner, const char *dev,
		       struct nsa_port_entry *out);

#endif
