/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes a shared NIC away from a namespace. */
#ifndef NSA_OPS_UNSHARE_H
#define NSA_OPS_UNSHARE_H

#include "ops/share.h"

/* family NONE: all addresses, or, without netns, the whole VLAN. It happens whole, or is undone. 0 or
 * -errno, logged. */
int nsa_unshare(const struct nsa_share_request *request);

#endif
