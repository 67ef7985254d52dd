/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of an owner's packets its firewall has to see: the gates, and the netfilter state they hold for. */
#ifndef NSA_RECONCILE_READ_FIREWALL_H
#define NSA_RECONCILE_READ_FIREWALL_H

#include "reconcile/state.h"

/* Reads the rules, sets the owner's gates, and closes ports that are open further than those. 0 or
 * -errno. */
int nsa_read_firewall(const struct nsa_run *run, struct nsa_owner *owner);

#endif
