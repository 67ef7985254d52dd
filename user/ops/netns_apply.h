/* SPDX-License-Identifier: GPL-2.0-only */
/* Puts a namespace's settings into force. */
#ifndef NSA_OPS_NETNS_APPLY_H
#define NSA_OPS_NETNS_APPLY_H

#include "ops/netns_subject.h"

/* Writes the record and reconciles the owners that the namespace is an endpoint of; or undoes both.
 * 0 or -errno, logged. */
int nsa_netns_apply(const struct nsa_netns_subject *subject, const struct nsaccel_isolation *to);
/* Only reconciles these owners. Likewise. */
int nsa_netns_reconcile(const struct nsa_netns_subject *subject);
/* Puts the settings back as they were in *subject. A failure is logged. */
void nsa_netns_undo(const struct nsa_netns_subject *subject);

#endif
