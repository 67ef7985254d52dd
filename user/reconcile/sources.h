/* SPDX-License-Identifier: GPL-2.0-only */
/* One owner's part of the map "sources": what nobody behind its ports may send from, and what is listed
 * for one, so that no other may. */
#ifndef NSA_RECONCILE_SOURCES_H
#define NSA_RECONCILE_SOURCES_H

struct nsa_owner;
struct nsa_run;

/* 0 or -errno, logged. */
int nsa_sources_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
