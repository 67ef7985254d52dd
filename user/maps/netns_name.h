/* SPDX-License-Identifier: GPL-2.0-only */
/* The name of a namespace that is known by its cookie. */
#ifndef NSA_MAPS_NETNS_NAME_H
#define NSA_MAPS_NETNS_NAME_H

#include <stdbool.h>

#include "maps/session.h"

/* Its present name if it can be reached, else the one recorded in map "netns" (session->maps may be
 * NULL), else "cookie N" and false. */
bool nsa_netns_name(const struct nsa_session *session, __u64 cookie, char name[NSACCEL_NETNS_NAME]);

#endif
