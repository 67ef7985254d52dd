/* SPDX-License-Identifier: GPL-2.0-only */
/* The few ethtool settings that nsaccel reads or changes, of a device in the *calling thread's*
 * namespace (see nsa_netns_enter). 0 or -errno. */
#ifndef NSA_KERNEL_ETHTOOL_H
#define NSA_KERNEL_ETHTOOL_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

int nsa_ethtool_get_gro(const char *ifname, __u32 *on);
int nsa_ethtool_set_gro(const char *ifname, __u32 on);
/* rx-vlan-offload: the NIC takes VLAN tags out of frames, so that XDP doesn't see them. */
int nsa_ethtool_get_rx_vlan(const char *ifname, __u32 *on);
int nsa_ethtool_set_rx_vlan(const char *ifname, __u32 on);
/* rx channels in use (combined + rx), and the most that the device has. */
int nsa_ethtool_get_rx_queues(const char *ifname, __u32 *count, __u32 *max);
int nsa_ethtool_set_rx_queues(const char *ifname, __u32 count);
/* A feature by its name in the kernel ("rx-gro-hw"); -ENOENT: there is none of that name. */
struct nsa_ethtool_feature {
	bool active, changeable;
};
int nsa_ethtool_get_feature(const char *ifname, const char *name, struct nsa_ethtool_feature *out);
/* Are all of them that the kernel knows on? */
int nsa_ethtool_get_features(const char *ifname, const char *const *names, size_t count,
			     bool *all_on);
/* ETHTOOL_GDRVINFO's driver name. */
int nsa_ethtool_driver(const char *ifname, char *driver, size_t size);

#endif
