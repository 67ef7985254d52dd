/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Carriers that other namespaces control. The root user of a namespace behind a veth can switch
 * the carrier of the host end at any rate, and with it that of devices on top of the host end
 * and of bridges that it is a port of. Following a change means reading links and routes. The
 * first change is followed at once, the next ones when the CPU time of that has been paid off
 * (model/pending.h). Until then packets for the device are left to the kernel.
 */
#ifndef NSA_RECONCILE_CARRIERS_H
#define NSA_RECONCILE_CARRIERS_H

#include "reconcile/owner.h"

/* Defers a change of a device if only its carrier changed and another namespace controls it.
 * Returns false if the caller has to follow the change. A synchronous run defers nothing. */
bool nsa_carriers_defer(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_link *before, const struct nsa_link *now);
/* Marks links and routes dirty if a deferred change is due. Returns whether one was. */
bool nsa_carriers_take(struct nsa_owner *owner);
/* Charges took, in us of CPU time, for following the changes that nsa_carriers_take() returned. */
void nsa_carriers_pay(struct nsa_owner *owner, __u64 took);

#endif
