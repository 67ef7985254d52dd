/* SPDX-License-Identifier: GPL-2.0-only */
/* The maps beside the kernel's state: once brought there, or only compared. 0 or -errno, logged. */
#ifndef NSA_OPS_SYNC_H
#define NSA_OPS_SYNC_H

#include "reconcile/state.h"

/* Reconciles every owner that has ports, or one (cookie); with all, those whose namespace is gone are
 * removed. One that fails doesn't keep others from their turn; the first error is returned. */
int nsa_sync_owners(struct nsa_state *state, __u64 cookie);

/* netns NULL: of every owner. */
int nsa_sync(const char *bpffs, const char *netns);
/* tell: called for each difference. *count: how many there are. */
int nsa_check(const char *bpffs, const char *netns,
	      void (*tell)(void *data, const struct nsa_difference *change), void *data,
	      size_t *count);

#endif
