/* SPDX-License-Identifier: GPL-2.0-only */
/* What people are told of a port that is held to another namespace's settings (enum nsaccel_bound).
 * Pure: the names of namespaces are the caller's. */
#ifndef NSA_MODEL_BOUND_TEXT_H
#define NSA_MODEL_BOUND_TEXT_H

#include <stdbool.h>

#include "nsaccel/abi.h"

#define NSA_BOUND_TEXT 512

/* now: the namespace behind the port; first: the one whose settings it is held to, "" if there is
 * none. False: the port's state needs no remark. */
bool nsa_bound_port_text(const struct nsaccel_port *port, const char *now, const char *first,
			 char text[NSA_BOUND_TEXT]);
/* The same of a macvlan of namespace netns on that port. */
bool nsa_bound_endpoint_text(const struct nsaccel_endpoint *ep, const char *netns, const char *port,
			     char text[NSA_BOUND_TEXT]);

#endif
