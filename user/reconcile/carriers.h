/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices of an owner of whose carriers others decide: root of a namespace behind a veth by what it does
 * at its end, as often as it likes, and so of what stands on such a device, or has it for a port. To follow
 * one, links and routes have to be read: at once, but not again until what that took is paid for. So long
 * what would leave by the device is the kernel's.
 */
#ifndef NSA_RECONCILE_CARRIERS_H
#define NSA_RECONCILE_CARRIERS_H

#include "reconcile/owner.h"

/* What is different of such a device is others' doing: it is noted, and followed at its time. false: it
 * is for the caller to follow. A command has no later: it follows all. */
bool nsa_carriers_defer(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_link *before, const struct nsa_link *now);
/* Is it the time of any? Then what has to be read for them is dirty. */
bool nsa_carriers_take(struct nsa_owner *owner);
/* That was read, and followed, which took so long, in microseconds. */
void nsa_carriers_pay(struct nsa_owner *owner, __u64 took);

#endif
