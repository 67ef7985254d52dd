/* SPDX-License-Identifier: GPL-2.0-only */
/* The prefixes that a namespace's source addresses are pinned to. */
#ifndef NSA_OPS_NETNS_SOURCES_H
#define NSA_OPS_NETNS_SOURCES_H

#include "ops/netns_subject.h"

/* Pins the sources to a list, of none: unpins them, together with the settings to; or undoes both.
 * 0 or -errno, logged. */
int nsa_netns_sources_set(const struct nsa_netns_subject *subject,
			  const struct nsaccel_isolation *to, const struct nsaccel_prefix *sources,
			  size_t count);

#endif
