/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel's neighbour entries that next hops need. */
#ifndef NSA_RECONCILE_NEIGHBOURS_H
#define NSA_RECONCILE_NEIGHBOURS_H

#include "maps/records.h"
#include "model/plan_nexthop.h"
#include "reconcile/owner.h"

/* Requests resolution of the wanted neighbours. wait: waits until all are resolved, 300 ms at
 * most, and returns whether any is. */
bool nsa_neighbours_ask(const struct nsa_snapshot_reader *reader,
			const struct nsa_plan_wanted *wanted, size_t count, bool wait);
/* Makes the kernel confirm stale neighbours that the fast path has used. Returns whether the
 * owner has such next hops. */
bool nsa_neighbours_confirm(struct nsa_state *state, struct nsa_owner *owner);
/* For devices with a new MAC: sends ARP requests or solicitations to the endpoints behind them,
 * which learn the MAC by that. The kernel would do so before it forwards, but the addresses of
 * endpoints are known without being resolved. Runs after the routes are written. */
void nsa_neighbours_announce(struct nsa_state *state, struct nsa_owner *owner);
/* Resolves again the neighbours behind ports that the snapshot has and the kernel has lost
 * since. */
void nsa_neighbours_revive(const struct nsa_snapshot_reader *reader, const struct nsa_ports *ports);
/* Deletes learned neighbour entries with the MACs of macvlans that are gone, so that these MACs
 * are not taken for hosts on the wire if the macvlans come back. Static entries stay. snapshot:
 * is updated; may be NULL. Returns whether an entry was deleted. */
bool nsa_neighbours_forget(struct nsa_rtnl *rtnl, const struct nsa_ports *ports,
			   const struct nsa_endpoint_entry *gone, size_t count,
			   struct nsa_snapshot *snapshot);
/* Whether the kernel learned the entry, as opposed to a static one. */
bool nsa_neighbour_is_learned(const struct nsa_neigh *neigh);
/* Releases managed neighbours that no route needs any more. *any is set if there were some; the
 * snapshot is updated. 0 or -errno, logged. */
int nsa_neighbours_release(struct nsa_state *state, struct nsa_owner *owner, bool *any);

#endif
