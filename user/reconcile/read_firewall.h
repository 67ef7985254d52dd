/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The owner's gates, set from its firewall rules, and the netfilter state that they are valid
 * for.
 */
#ifndef NSA_RECONCILE_READ_FIREWALL_H
#define NSA_RECONCILE_READ_FIREWALL_H

#include "reconcile/state.h"

/* Reads the rules, sets the owner's gates, and closes ports that are more open than those. 0 or
 * -errno. */
int nsa_read_firewall(const struct nsa_run *run, struct nsa_owner *owner);

#endif
