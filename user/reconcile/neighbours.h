/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the kernel to resolve the neighbours that next hops need. */
#ifndef NSA_RECONCILE_NEIGHBOURS_H
#define NSA_RECONCILE_NEIGHBOURS_H

#include "maps/records.h"
#include "model/plan_nexthop.h"
#include "reconcile/owner.h"

/* Asks for all of them. wait: for a moment (300 ms at most), until they have addresses; true if any
 * has one now. */
bool nsa_neighbours_ask(const struct nsa_snapshot_reader *reader,
			const struct nsa_plan_wanted *wanted, size_t count, bool wait);
/* Has the kernel confirm neighbours that packets went to by the fast path alone; false: none is
 * watched. */
bool nsa_neighbours_confirm(struct nsa_state *state, struct nsa_owner *owner);
/* Of devices with a new MAC: has the kernel ask for who is behind them, who so hear of it, as they would
 * if the kernel forwarded to them: endpoints are known without being asked. After the routes. */
void nsa_neighbours_introduce(struct nsa_state *state, struct nsa_owner *owner);
/* Asks likewise for those of the snapshot, behind ports, that the kernel has lost since. */
void nsa_neighbours_revive(const struct nsa_snapshot_reader *reader,
			   const struct nsa_port_entry *ports, size_t port_count);
/* Macvlans have gone: takes out what the owner's kernel has learned of them, by their MACs, so that it
 * is no neighbour of the wire's if they come again. Not what somebody has fixed. snapshot: likewise; NULL:
 * there is none. true: there was any. */
bool nsa_neighbours_forget(struct nsa_rtnl *rtnl, const struct nsa_ports *ports,
			   const struct nsa_endpoint_entry *gone, size_t count,
			   struct nsa_snapshot *snapshot);
/* Has the kernel learned it on its own, or for us, rather than somebody fixed it? */
bool nsa_neighbour_is_learned(const struct nsa_neigh *neigh);
/* Those that the kernel was asked to keep fresh, and that no route needs any more, needn't be. *any:
 * there were some, which the snapshot says, too. */
int nsa_neighbours_give_back(struct nsa_state *state, struct nsa_owner *owner, bool *any);

#endif
