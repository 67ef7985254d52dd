/* SPDX-License-Identifier: GPL-2.0-only */
/* The decision that a floor program is loaded with: rewrite a packet like this, send it there. */
#ifndef NSA_BENCH_FLOOR_H
#define NSA_BENCH_FLOOR_H

#include <linux/if_ether.h>
#include <linux/types.h>

struct floor_config {
	__u8 dst_mac[ETH_ALEN];
	__u8 src_mac[ETH_ALEN];
	__u32 ifindex;
	__u32 flags;	/* of bpf_redirect() */
	__u32 peer;	/* bpf_redirect_peer() instead */
	__u32 bridging; /* send it as it is: no MAC addresses, no TTL */
};

#endif
