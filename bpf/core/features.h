/* SPDX-License-Identifier: GPL-2.0-only */
/* Which stages are loaded: those of the owner's features. See docs/adr/0011-features.md. */
#ifndef NSA_CORE_FEATURES_H
#define NSA_CORE_FEATURES_H

#include "core/bpf.h"
#include "core/config.h"

/* Is any of these features loaded? Until user space has loaded a feature, a packet that needs it
 * goes the kernel's way, or is dropped: if its namespace is confined, or the owner has a policy. */
static __always_inline bool nsa_has(const __u32 features)
{
	return nsaccel_features & features;
}

#endif
