/* SPDX-License-Identifier: GPL-2.0-only */
/* List of owners. */
#ifndef NSA_RECONCILE_OWNERS_H
#define NSA_RECONCILE_OWNERS_H

#include <stddef.h>

#include "maps/session.h"

/* Cookies of all owners that have ports, without duplicates. Needs session->maps. The caller
 * frees *out. 0 or -errno, logged. */
int nsa_owners_list(const struct nsa_session *session, __u64 **out, size_t *count);

#endif
