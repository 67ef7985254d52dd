/* SPDX-License-Identifier: GPL-2.0-only */
/* What an owner has set up whose packets only the kernel forwards, in words. */
#ifndef NSA_OPS_SLOW_PATHS_H
#define NSA_OPS_SLOW_PATHS_H

#include "maps/session.h"

typedef void (*nsa_slow_path_note)(void *data, const char *text);

/* Calls note for each: a macvlan of the owner's own on a port, bridges that a veth joins, an endpoint
 * that sends from other MACs than its device's. */
void nsa_slow_paths_tell(const struct nsa_session *session, __u64 owner_cookie,
			 nsa_slow_path_note note, void *data);

#endif
