/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An owner's part of the map "sources": addresses that no endpoint may send from, and addresses
 * that are listed for one endpoint and closed to others.
 */
#ifndef NSA_RECONCILE_SOURCES_H
#define NSA_RECONCILE_SOURCES_H

struct nsa_owner;
struct nsa_run;

/* Step. 0 or -errno, logged. */
int nsa_sources_reconcile(const struct nsa_run *run, struct nsa_owner *owner);

#endif
