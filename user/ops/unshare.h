/* SPDX-License-Identifier: GPL-2.0-only */
/* Takes a shared NIC away from a namespace. */
#ifndef NSA_OPS_UNSHARE_H
#define NSA_OPS_UNSHARE_H

#include "ops/share.h"

/* family NONE: all addresses, or, without netns, the whole VLAN. All that is meant is given up, or
 * nothing. Then the devices and addresses for it are removed, which can't be undone: what fails is
 * tried once more, and left to the next run of nsaccel sync or the daemon after that. 0 or -errno,
 * logged, in both cases. */
int nsa_unshare(const struct nsa_share_request *request);

#endif
