/* SPDX-License-Identifier: GPL-2.0-only */
/* Remarks on an owner: which packets are kept from the fast path by its settings, or pass what it
 * has set up by it. */
#ifndef NSA_OPS_OWNER_NOTES_H
#define NSA_OPS_OWNER_NOTES_H

#include "maps/session.h"
#include "ops/notes.h"

/* Adds all of them. What can't be read of the kernel has none. session->maps is set. 0, or -errno,
 * logged, if the ports' can't be told. */
int nsa_owner_notes(const struct nsa_session *session, __u64 cookie, struct nsa_notes *notes);

#endif
