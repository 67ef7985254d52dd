/* SPDX-License-Identifier: GPL-2.0-only */
/* Remarks on an owner's ports: attached devices that are gone, and ports that are closed or held to
 * another namespace's settings. */
#ifndef NSA_OPS_PORT_NOTES_H
#define NSA_OPS_PORT_NOTES_H

#include "maps/session.h"
#include "ops/notes.h"

/* session->maps is set. 0 or -errno, logged; notes may have been added all the same. */
int nsa_port_notes(const struct nsa_session *session, __u64 owner_cookie, struct nsa_notes *notes);

#endif
