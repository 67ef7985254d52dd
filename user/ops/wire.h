/* SPDX-License-Identifier: GPL-2.0-only */
/* Can a device be attached as a wire, and what is it taken for? */
#ifndef NSA_OPS_WIRE_H
#define NSA_OPS_WIRE_H

#include <stddef.h>

#include "model/snapshot.h"

/* Finds the device, if frames of others arrive by it. 0, or -errno, logged with what to attach
 * instead. */
int nsa_wire_find(const struct nsa_netns *owner, const char *dev, struct nsa_link *link);
/* Describes the kind of wire that the device is taken for, where a user may not expect it; else
 * "". */
void nsa_wire_describe(const struct nsa_snapshot *snapshot, int ifindex, char *out, size_t size);

#endif
