/* SPDX-License-Identifier: GPL-2.0-only */
/* Links that a driver resets when an XDP program comes or goes. */
#ifndef NSA_CARRIER_H
#define NSA_CARRIER_H

#include "view.h"

/* Waits until the links that had a carrier in the view have it again, 10 s at most. */
void nsa_carrier_wait(struct nsa_view *view);

#endif
