/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps beside the kernel's state: once brought there, or only compared. 0 or -errno, logged. */
#ifndef NSA_OPS_SYNC_H
#define NSA_OPS_SYNC_H

#include "reconcile/mirror.h"

/* Calls cb for every owner that has ports. One that fails doesn't keep others from their turn; the
 * first error is returned. */
int nsa_sync_each(struct nsa_mirror *mirror, int (*cb)(void *data, __u64 cookie), void *data);
/* Looks at every owner, or at one (cookie), that has ports; those whose namespace is gone are
 * removed. Errors as above. */
int nsa_sync_owners(struct nsa_mirror *mirror, __u64 cookie);

/* netns NULL: of every owner. */
int nsa_sync(const char *bpffs, const char *netns);
/* tell: called for each difference. *count: how many there are. */
int nsa_check(const char *bpffs, const char *netns,
	      void (*tell)(void *data, const struct nsa_change *change), void *data, size_t *count);

#endif
