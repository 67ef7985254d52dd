/* SPDX-License-Identifier: GPL-2.0-only */
/* Asking the kernel to resolve the neighbours that next hops need. */
#ifndef NSA_NEIGHBOUR_H
#define NSA_NEIGHBOUR_H

#include "plan.h"

/* Asks for all of them and waits a moment (300 ms at most). Has any of them an address now? */
bool nsa_neighbours_resolve(const struct nsa_view *view, const struct nsa_plan_wanted *wanted,
			    size_t count);
/* Asks likewise for those of the view, behind ports, that the kernel has lost since. */
void nsa_neighbours_revive(const struct nsa_view *view, const struct nsa_port_entry *ports,
			   size_t port_count);
/* Those behind a device that the kernel was asked to keep fresh need it no more. */
void nsa_neighbours_release(int owner_fd, int ifindex);

#endif
