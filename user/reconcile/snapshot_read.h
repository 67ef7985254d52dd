/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the kernel's state of an owner namespace into its snapshot: links, addresses,
 * neighbours, bridge entries and exceptions of routes. Settings and endpoints:
 * snapshot_read_settings.h, snapshot_read_endpoints.h. Each part can be read again by itself.
 * Functions return 0 or -errno; nothing is logged unless the comment says so.
 */
#ifndef NSA_RECONCILE_SNAPSHOT_READ_H
#define NSA_RECONCILE_SNAPSHOT_READ_H

#include "model/snapshot.h"

struct nsa_rtnl;

struct nsa_snapshot_reader {
	struct nsa_snapshot *snapshot; /* the caller's */
	struct nsa_rtnl *rtnl; /* in the owner namespace, which it keeps alive; NULL: closed */
};

/* Reads everything but routes and exceptions, into a new snapshot that the caller frees, and
 * leaves the reader open. list: the namespaces that may have endpoints; those that cannot be
 * read are missed. Logged. */
int nsa_snapshot_read_all(struct nsa_snapshot_reader *out, const struct nsa_netns *owner,
			  const struct nsa_netns_list *list);

/* Opens the socket if it is closed. */
int nsa_snapshot_reader_open(struct nsa_snapshot_reader *reader);
void nsa_snapshot_reader_close(struct nsa_snapshot_reader *reader);

/* These need an open reader. */
int nsa_snapshot_read_links(struct nsa_snapshot_reader *reader);
int nsa_snapshot_read_addrs(struct nsa_snapshot_reader *reader);
int nsa_snapshot_read_neighs(struct nsa_snapshot_reader *reader);
/* most: reads no more entries than that, the kernel's newest; 0: all. The kernel takes quadratic
 * time for a long dump. Entries that were not read stay as they were, unsure. Returns NSA_FDB_*
 * bits of the changes. */
int nsa_snapshot_read_fdb(struct nsa_snapshot_reader *reader, size_t most);
/* The calling thread has to be in the owner. *before: the former exceptions, which the caller
 * frees. */
int nsa_snapshot_read_exceptions(struct nsa_snapshot_reader *reader,
				 struct nsa_kernel_route **before, size_t *before_count);

/* Whether exceptions may have changed: the kernel has received ICMP messages about routes, or
 * known exceptions may have expired. The calling thread has to be in the owner. */
bool nsa_snapshot_exceptions_changed(const struct nsa_snapshot *snapshot);

#endif
