/* SPDX-License-Identifier: GPL-2.0-only */
/* Devices of the owner's own on top of ports and bridges: VLANs, macvlans, tunnels. */
#ifndef NSA_MODEL_PLAN_UPPER_H
#define NSA_MODEL_PLAN_UPPER_H

#include "model/plan.h"

/* The most entries of one device. */
#define NSA_PLAN_UPPER 4

/*
 * The entries that the owner's own device needs in the map of endpoints; returns their number. By
 * MAC: on a lower with confined endpoints, and on a bridge. By ifindex: on a port with an endpoint
 * behind it, with that endpoint's slot; and, without a slot, a device by which the kernel receives
 * packets of several ports. The same entry may be made for several devices.
 */
size_t nsa_plan_upper(const struct nsa_plan *plan, const struct nsa_link *link,
		      struct nsa_endpoint_entry out[NSA_PLAN_UPPER]);
/* If such a device has a master: ifindex of the port or bridge below it; else 0. */
int nsa_plan_enslaved_on(const struct nsa_plan *plan, const struct nsa_link *link);

#endif
