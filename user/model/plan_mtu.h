/* SPDX-License-Identifier: GPL-2.0-only */
/* The largest packets that a device sends. */
#ifndef NSA_MODEL_PLAN_MTU_H
#define NSA_MODEL_PLAN_MTU_H

#include "model/snapshot.h"

/* Bytes of the largest packet that may be sent by the device, its tunnel's path included. */
__u32 nsa_plan_link_mtu(const struct nsa_snapshot *snapshot, const struct nsa_link *link);

#endif
