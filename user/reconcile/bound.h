/* SPDX-License-Identifier: GPL-2.0-only */
/* In words: who is confined, as whom what is behind a port is treated, and what is missing. */
#ifndef NSA_RECONCILE_BOUND_H
#define NSA_RECONCILE_BOUND_H

#include "maps/session.h"

typedef void (*nsa_bound_note)(void *data, const char *text);

const char *nsa_bound_name(enum nsaccel_bound bound);
/* Calls note if there is something to be said of the port: another than who was confined is behind it,
 * or nobody that is found, or it is closed. */
void nsa_bound_tell_port(const struct nsa_session *session, const struct nsaccel_port *port,
			 nsa_bound_note note, void *data);
/* Likewise of a macvlan on that port: it is closed. */
void nsa_bound_tell_endpoint(const struct nsa_session *session, const struct nsaccel_endpoint *ep,
			     const char *port, nsa_bound_note note, void *data);
/* All that is to be said of an owner: that, and what was attached and is gone. 0 or -errno, logged. */
int nsa_bound_tell_all(const struct nsa_session *session, __u64 owner_cookie, nsa_bound_note note,
		       void *data);

#endif
