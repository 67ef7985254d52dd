/* SPDX-License-Identifier: GPL-2.0-only */
/* Reading an owner in full, from its kernel and the maps. Needs the lock. */
#ifndef NSA_RECONCILE_OWNER_OPEN_H
#define NSA_RECONCILE_OWNER_OPEN_H

#include "reconcile/state.h"

/* Finds the owner of namespace ns in the state, or reads it. The state owns *out. 0 or -errno,
 * logged. */
int nsa_owner_open(struct nsa_state *state, const struct nsa_netns *ns, struct nsa_owner **out);

#endif
