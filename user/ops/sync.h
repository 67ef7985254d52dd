/* SPDX-License-Identifier: GPL-2.0-only */
/* Brings the maps to the kernel's state once. */
#ifndef NSA_OPS_SYNC_H
#define NSA_OPS_SYNC_H

/* netns NULL: of every owner. 0 or -errno, logged. */
int nsa_sync(const char *bpffs, const char *netns);

#endif
