/* SPDX-License-Identifier: GPL-2.0-only */
/* One owner's part of the map "sources": what the namespaces behind its ports may send from. */
#ifndef NSA_OWNER_SOURCES_H
#define NSA_OWNER_SOURCES_H

struct nsa_owner;

/* 0 or -errno, logged. */
int nsa_owner_settle_sources(struct nsa_owner *owner);

#endif
