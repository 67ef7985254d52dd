/* SPDX-License-Identifier: GPL-2.0-only */
/* A NIC and the namespace that begins, or ceases, to use it. 0 or -errno, logged. */
#ifndef NSA_OPS_SHARING_H
#define NSA_OPS_SHARING_H

#include "ops/share.h"
#include "reconcile/state.h"

struct nsa_sharing {
	const struct nsa_share_request *request;
	struct nsa_session session; /* with the lock */
	struct nsa_state *state;
	struct nsa_run run;
	struct nsa_owner *owner;
	const struct nsa_netns *ns; /* that uses the NIC; NULL: any, or out of reach */
	const struct nsa_link *nic;
	struct nsaccel_share share; /* the entry in the map */
	bool made_veth, made_addr;  /* by this run */
	int inner;		    /* ifindex of the veth's end there */
};

/* Takes the lock and finds owner, namespace and NIC as they are now. *s: only request and session,
 * which is { .lock = -1 }, are set; the caller closes it, also after a failure. */
int nsa_sharing_open(struct nsa_sharing *s);
void nsa_sharing_close(struct nsa_sharing *s);

/* Writes the entry. */
int nsa_sharing_put(const struct nsa_sharing *s);
/* Reads the namespace's devices anew, if that is possible or the namespace is to use the NIC, and
 * reconciles the owner. */
int nsa_sharing_reconcile(struct nsa_sharing *s);

/* Is all of a VLAN shared, not one address? */
static inline bool nsa_sharing_is_whole(const struct nsa_share_request *request)
{
	return !request->family;
}

#endif
