/* SPDX-License-Identifier: GPL-2.0-only */
/* Changes of a snapshot's links, addresses and neighbours. 0 or -errno, not logged. */
#ifndef NSA_MODEL_SNAPSHOT_UPDATE_H
#define NSA_MODEL_SNAPSHOT_UPDATE_H

#include "model/snapshot.h"

/* Replaces the links; takes ownership of the array, and sets *links to NULL then. Forgets what was
 * read of devices whose links changed, and unread endpoints whose port is gone. */
int nsa_snapshot_set_links(struct nsa_snapshot *snapshot, struct nsa_link **links, size_t count);
/* Are these the links of the snapshot? Sorts them. */
bool nsa_snapshot_has_links(const struct nsa_snapshot *snapshot, struct nsa_link *links,
			    size_t count);
/* Marks the device (0: all) to be read again. */
void nsa_snapshot_forget_device(struct nsa_snapshot *snapshot, int ifindex);
/* Marks the devices that could not be read completely. Were there any? */
bool nsa_snapshot_forget_unsure(struct nsa_snapshot *snapshot);

/* Replace the addresses or neighbours, and own the arrays. */
void nsa_snapshot_set_addrs(struct nsa_snapshot *snapshot, struct nsa_addr *addrs, size_t count);
void nsa_snapshot_set_neighs(struct nsa_snapshot *snapshot, struct nsa_neigh *neighs, size_t count);
/* Changes, adds or (gone) removes one neighbour. */
int nsa_snapshot_set_neigh(struct nsa_snapshot *snapshot, const struct nsa_neigh *neigh, bool gone);

#endif
