/* SPDX-License-Identifier: GPL-2.0-only */
/* Who is confined. Pure. */
#ifndef NSA_MODEL_CONFINEMENT_H
#define NSA_MODEL_CONFINEMENT_H

#include <stdbool.h>

#include "nsaccel/abi.h"

/* Do the namespace's settings keep it from anything that another may do? */
static inline bool nsa_confinement_is(const struct nsaccel_isolation *isolation)
{
	return isolation->isolated || isolation->guard == NSACCEL_GUARD_DROP ||
	       isolation->on_miss == NSACCEL_ON_MISS_DROP ||
	       isolation->policy == NSACCEL_VERDICT_DENY || isolation->pinned || isolation->limited;
}

#endif
