/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes of a snapshot's endpoints. Endpoints that are read anew are added behind the others; then
 * nsa_snapshot_replace_endpoints() compares them with those of before. 0 or -errno, not logged.
 */
#ifndef NSA_MODEL_SNAPSHOT_ENDPOINTS_H
#define NSA_MODEL_SNAPSHOT_ENDPOINTS_H

#include "model/snapshot.h"

/* Where the endpoints and lowers begin that are being added. */
struct nsa_snapshot_tail {
	size_t endpoints, taken;
};

struct nsa_snapshot_tail nsa_snapshot_tail(const struct nsa_snapshot *snapshot);
/* Adds the namespace's device as an endpoint. addrs: of that device at least, copied. */
int nsa_snapshot_add_endpoint(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			      const struct nsa_link *link, enum nsaccel_kind kind,
			      const struct nsa_addr *addrs, size_t count);
/* Adds a device of the namespace that receives frames of its lower. */
int nsa_snapshot_add_taken(struct nsa_snapshot *snapshot, const struct nsa_netns *ns,
			   const struct nsa_link *link);
/* Removes what was added. */
void nsa_snapshot_drop_tail(struct nsa_snapshot *snapshot, struct nsa_snapshot_tail tail);
/* Keeps what was added instead of the namespace's former endpoints, or removes it if it is the
 * same. Were there differences? Then nsa_snapshot_index() restores the order. */
bool nsa_snapshot_replace_endpoints(struct nsa_snapshot *snapshot, __u64 cookie,
				    struct nsa_snapshot_tail tail);
/* Replaces the addresses of an endpoint, which were read anew. *changed is set if they differ. */
int nsa_snapshot_replace_addrs(struct nsa_snapshot *snapshot, struct nsa_snapshot_endpoint *ep,
			       const struct nsa_addr *addrs, size_t count, bool *changed);
/* Adds a copy of ep, unread: the last known endpoint behind the host end of a veth. */
int nsa_snapshot_add_unseen(struct nsa_snapshot *snapshot, const struct nsa_snapshot_endpoint *ep);

/* The namespace could not be read: its endpoints stay, unread. *had: there are any. */
int nsa_snapshot_miss(struct nsa_snapshot *snapshot, __u64 cookie, bool *had);
/* The namespace was read. */
void nsa_snapshot_unmiss(struct nsa_snapshot *snapshot, __u64 cookie);
/* The namespace is dead, as the kernel reported. Did it have endpoints, or devices on lowers? */
bool nsa_snapshot_forget_endpoints(struct nsa_snapshot *snapshot, __u64 cookie);
/* Forgets unread endpoints whose port the owner has no more. */
int nsa_snapshot_drop_gone(struct nsa_snapshot *snapshot);

/* Sorts the endpoints and indexes their claims, after a change of either. After a failure no claims
 * are indexed. */
int nsa_snapshot_index(struct nsa_snapshot *snapshot);

#endif
