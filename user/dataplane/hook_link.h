/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pinned bpf_links of the programs at a device's hooks: a tcx link, or one of native XDP. To be
 * called in the owner's namespace, but for nsa_hook_link_detach(). Failures are negative errnos,
 * not logged.
 */
#ifndef NSA_DATAPLANE_HOOK_LINK_H
#define NSA_DATAPLANE_HOOK_LINK_H

#include <linux/bpf.h>
#include <stdbool.h>

#include "nsaccel/abi.h"

struct nsa_hook_link {
	int ifindex; /* 0: the device is gone */
	__u32 prog_id;
};

/* The hook, for calls of libbpf. Kernels before Linux 6.6 do not know those of TC. */
enum bpf_attach_type nsa_hook_link_type(enum nsaccel_hook hook);

/* Attaches prog_fd, or replaces the program of our link without a gap. The pin of an earlier
 * device's link is removed. -EINVAL: this kernel has no links at the hook. */
int nsa_hook_link_attach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook, int prog_fd);
bool nsa_hook_link_is_pinned(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook);
/* -ENOENT: no link is pinned. */
int nsa_hook_link_query(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook,
			struct nsa_hook_link *out);
/* Removes the pin and detaches the link, from any namespace. -ENOENT: no link is pinned. */
int nsa_hook_link_detach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook);

#endif
