/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces that have the name of a confined one, which is gone. */
#ifndef NSA_RECONCILE_LAPSED_H
#define NSA_RECONCILE_LAPSED_H

#include <stdbool.h>

#include "maps/maps.h"
#include "util/cookies.h"

#define NSA_LAPSED_TEXT 320

/* What people are told of the endpoint's namespace, if it is such a one, and neither settings nor
 * rules say what it may do, nor is it held to another's. named: the namespaces that rules name,
 * sorted; NULL: they are read. False: nothing, or that can't be read. */
bool nsa_lapsed_text(const struct nsa_maps *maps, const struct nsaccel_endpoint *ep,
		     const struct nsa_cookies *named, char text[NSA_LAPSED_TEXT]);

#endif
