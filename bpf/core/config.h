/* SPDX-License-Identifier: GPL-2.0-only */
/* Set at load: one set of programs per owner namespace, so that an ifindex is never ambiguous. */
#ifndef NSA_CORE_CONFIG_H
#define NSA_CORE_CONFIG_H

#include "core/bpf.h"

const volatile __u32 nsaccel_owner_slot = 0;
const volatile __u64 nsaccel_owner_cookie = 0;
/* Kernel-context casts (Linux 6.2) let a program see that its device has moved away. */
const volatile bool nsaccel_check_owner = false;
/* Without any XDP target the XDP program is one instruction long. */
const volatile bool nsaccel_xdp_targets = false;
/* Those of the owner. The verifier removes the stages of the others. */
const volatile __u32 nsaccel_features = NSACCEL_FEATURE_ALL;

#endif
