/* SPDX-License-Identifier: GPL-2.0-only */
/* What the running kernel can do, asked once per process. */
#ifndef NSA_KERNEL_FEATURES_H
#define NSA_KERNEL_FEATURES_H

#include <stdbool.h>

/* Kernel-context casts in BPF (Linux 6.2): programs see that their device has moved. */
bool nsa_feature_kern_ctx(void);
/* Lookups of connections in BPF (Linux 6.1), in the kernel or its module, if that is loaded. */
bool nsa_feature_ct_lookup(void);
/* freplace programs, on which libxdp's dispatcher rests. Hardened kernels refuse them. */
bool nsa_feature_freplace(void);
/* 0, or -EPERM (logged) if a capability is missing for mode-changing commands. */
int nsa_feature_check_privileges(void);

#endif
