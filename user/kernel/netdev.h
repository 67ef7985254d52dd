/* SPDX-License-Identifier: GPL-2.0-only */
/* Generic netlink family "netdev" (Linux 6.3): what a device can do with XDP. */
#ifndef NSA_KERNEL_NETDEV_H
#define NSA_KERNEL_NETDEV_H

#include <linux/types.h>

struct nsa_netns;

/* enum netdev_xdp_act of Linux' include/uapi/linux/netdev.h, which Debian 12's headers lack. */
#define NSA_XDP_ACT_BASIC	(1 << 0)
#define NSA_XDP_ACT_REDIRECT	(1 << 1)
#define NSA_XDP_ACT_NDO_XMIT	(1 << 2)
#define NSA_XDP_ACT_RX_SG	(1 << 5)
#define NSA_XDP_ACT_NDO_XMIT_SG (1 << 6)

/* NSA_XDP_ACT_* of a device. 0 or -errno: -ENODEV no such device, -EOPNOTSUPP the kernel has no
 * such family. ns NULL: where the calling thread is. */
int nsa_netdev_xdp_features(const struct nsa_netns *ns, int ifindex, __u64 *features);

#endif
