/* SPDX-License-Identifier: GPL-2.0-only */
/* Gives devices back to the kernel. */
#ifndef NSA_OPS_DETACH_H
#define NSA_OPS_DETACH_H

#include <stdbool.h>

/* One device of netns, NULL: of the caller's namespace. Without force not if a namespace that fails
 * closed would be left to the kernel's forwarding: -EBUSY. It happens whole, or is undone. 0 or
 * -errno, logged. */
int nsa_detach(const char *bpffs, const char *netns, const char *dev, bool force);
/* All devices. netns NULL: of every owner. Likewise. */
int nsa_detach_all(const char *bpffs, const char *netns, bool force);

#endif
