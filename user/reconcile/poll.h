/* SPDX-License-Identifier: GPL-2.0-only */
/* State of an owner that has no notifications. */
#ifndef NSA_RECONCILE_POLL_H
#define NSA_RECONCILE_POLL_H

#include "reconcile/state.h"

/* Compares sysctls, device settings, targets of XDP, route exceptions and refused flows with the
 * snapshot. Returns dirty bits (NSA_DIRTY_*). */
unsigned int nsa_poll(const struct nsa_state *state, struct nsa_owner *owner);

#endif
