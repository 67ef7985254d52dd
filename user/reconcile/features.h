/* SPDX-License-Identifier: GPL-2.0-only */
/* Which stages an owner's programs need: docs/adr/0011-features.md. */
#ifndef NSA_RECONCILE_FEATURES_H
#define NSA_RECONCILE_FEATURES_H

#include "reconcile/state.h"

/* enum nsaccel_feature, or'ed: what packets of these ports need. policed: a policy applies, or is
 * about to. translates: flows that a gate admits may be translated, as far as this kernel shows
 * programs how. */
__u32 nsa_features_of(const struct nsa_ports *ports, bool policed, bool translates);

#endif
