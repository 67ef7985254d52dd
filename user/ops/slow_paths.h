/* SPDX-License-Identifier: GPL-2.0-only */
/* Remarks on packets of an owner that only the kernel forwards. */
#ifndef NSA_OPS_SLOW_PATHS_H
#define NSA_OPS_SLOW_PATHS_H

#include "maps/session.h"
#include "ops/notes.h"

/* Adds a note for each macvlan of the owner's own on a port, each pair of bridges that a veth
 * joins, each promiscuous bridge with ports, and each endpoint that sends from other MACs than its
 * device's. Without any if the owner can't be reached. session->maps is set. */
void nsa_slow_path_notes(const struct nsa_session *session, __u64 owner_cookie,
			 struct nsa_notes *notes);

#endif
