/* SPDX-License-Identifier: GPL-2.0-only */
/* The veth by which a namespace uses a NIC. 0 or -errno, logged. */
#ifndef NSA_OPS_SHARE_VETH_H
#define NSA_OPS_SHARE_VETH_H

#include "ops/sharing.h"

/* Makes it; dev: its name in the namespace. The entry is written before the device is made: whoever
 * finds it after a killed run removes both. */
int nsa_share_veth_make(struct nsa_sharing *s, const char *dev);
/* Finds the end in the namespace. */
int nsa_share_veth_find_inner(struct nsa_sharing *s);
/* Of a new veth: disables IPv6 on the host end, and link-local addresses on the other one if it
 * shares the NIC's MAC, of which they would be made, too. */
int nsa_share_veth_keep_addresses_away(const struct nsa_sharing *s);

#endif
