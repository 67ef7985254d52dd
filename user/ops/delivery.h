/* SPDX-License-Identifier: GPL-2.0-only */
/* How packets are put into one veth endpoint. */
#ifndef NSA_OPS_DELIVERY_H
#define NSA_OPS_DELIVERY_H

#include "nsaccel/abi.h"

/* dev: a veth host end in netns, NULL: the caller's namespace. Undone if it fails. 0 or -errno,
 * logged. */
int nsa_delivery_set(const char *bpffs, const char *netns, const char *dev,
		     enum nsaccel_delivery delivery);

#endif
