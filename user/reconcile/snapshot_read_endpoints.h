/* SPDX-License-Identifier: GPL-2.0-only */
/* Reads the endpoints of one other namespace into an owner's snapshot. 0 or -errno, not logged. */
#ifndef NSA_RECONCILE_SNAPSHOT_READ_ENDPOINTS_H
#define NSA_RECONCILE_SNAPSHOT_READ_ENDPOINTS_H

#include "reconcile/snapshot_read.h"

/* Reads the endpoints in ns, which may be dead. *found: they differ from those of before. After
 * a failure the namespace is missed, and *found is set if it has any endpoints. Opens the reader
 * if needed. */
int nsa_snapshot_read_endpoints(struct nsa_snapshot_reader *reader, const struct nsa_netns *ns,
				bool *found);
/* The same, but if *found, nsa_snapshot_index() is the caller's to call. */
int nsa_snapshot_read_endpoints_unsorted(struct nsa_snapshot_reader *reader,
					 const struct nsa_netns *ns, bool *found);
/* Reads only the addresses of the known endpoints in ns: that takes neither the lock of
 * rtnetlink nor a dump of all its devices. */
int nsa_snapshot_read_addrs_of(struct nsa_snapshot_reader *reader, const struct nsa_netns *ns,
			       bool *found);

#endif
