/* SPDX-License-Identifier: GPL-2.0-only */
/* Snapshots of the test's own namespace, read from the kernel. */
#ifndef NSA_TEST_SNAPSHOT_FIXTURE_H
#define NSA_TEST_SNAPSHOT_FIXTURE_H

#include "user/kernel/netns_list.h"
#include "user/model/snapshot.h"
#include "user/reconcile/snapshot_read.h"

/* Reads the snapshot that exists; the functions below make it. */
extern struct nsa_snapshot_reader reader;

/* The snapshot of a namespace, with endpoints in those of the list. It exists until
 * free_snapshot(). */
struct nsa_snapshot *read_all(const struct nsa_netns *ns, const struct nsa_netns_list *list);
/* Of the test's own namespace, without looking into others; ns is to be closed. */
struct nsa_snapshot *read_snapshot(struct nsa_netns *ns);
/* Of the test's own namespace, with endpoints in all; the list is to be freed. */
struct nsa_snapshot *read_own_snapshot(struct nsa_netns_list **list);
void free_snapshot(void);

/* The snapshot must have one endpoint. */
const struct nsa_snapshot_endpoint *only_endpoint(const struct nsa_snapshot *snapshot);

#endif
