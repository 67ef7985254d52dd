// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "kernel/ethtool.h"
#include "kernel/xdp_drivers.h"

#define WHOLE	   NSA_XDP_FRAMES_WHOLE
#define UNFINISHED NSA_XDP_FRAMES_UNFINISHED

/*
 * Physical and paravirtual NICs with native XDP. Of a NIC whose frames come over a wire the
 * checksums are in them; what else may be pending is LRO or hardware GRO, which the driver switches
 * off, or refuses XDP with. Of paravirtual ones it depends on what the hypervisor's switch leaves
 * undone between two of its guests.
 */
static const struct {
	const char *name; /* as ethtool -i says */
	enum nsa_xdp_frames frames;
} drivers[] = {
	/* Over a wire. LRO, RSC or hardware GRO is off, or XDP is refused, where there is any. */
	{ "igb", WHOLE },
	{ "igc", WHOLE },
	{ "ixgbe", WHOLE },
	{ "ixgbevf", WHOLE }, /* an SR-IOV function: the NIC's own switch fills checksums in */
	{ "i40e", WHOLE },
	{ "ice", WHOLE },
	{ "idpf", WHOLE },
	{ "mlx4_en", WHOLE },
	{ "mlx5_core", WHOLE },
	{ "bnxt_en", WHOLE },
	{ "nfp", WHOLE },
	{ "qede", WHOLE },
	{ "sfc", WHOLE },
	{ "ionic", WHOLE },
	{ "fbnic", WHOLE },
	{ "funeth", WHOLE },
	{ "atlantic", WHOLE },
	{ "tsnep", WHOLE },
	{ "fec", WHOLE },
	{ "st_gmac", WHOLE },
	{ "mvneta", WHOLE },
	{ "mvpp2", WHOLE },
	{ "netsec", WHOLE },
	{ "fsl_dpa", WHOLE },
	{ "fsl_dpaa2_eth", WHOLE },
	{ "fsl_enetc", WHOLE },
	{ "fsl_enetc_vf", WHOLE },
	{ "thunder-nicvf", WHOLE },
	{ "rvu-nicpf", WHOLE },
	{ "rvu-nicvf", WHOLE },
	/* Clouds' NICs, whose device is hardware that computes checksums. */
	{ "ena", WHOLE },
	{ "gve", WHOLE },
	{ "mana", WHOLE },
	/* What QEMU, Firecracker or crosvm write with a virtio_net_hdr, the guest's offloads with
	 * it: tun_build_skb() and tun_xdp_one() run XDP whatever that header says. Whether there
	 * are such headers, whoever opens the tap next may change. */
	{ "tun", UNFINISHED },
	/* The peer's stack leaves checksums to be filled in (CHECKSUM_PARTIAL). */
	{ "veth", UNFINISHED },
	/* xen-netfront. XEN_NETRXF_csum_blank: what another guest of the same host sends has
	 * none. */
	{ "vif", UNFINISHED },
	/* Of what another guest of the same host sends, the switch says that the checksum is good,
	 * not that it is there. */
	{ "vmxnet3", UNFINISHED },
	{ "hv_netvsc", UNFINISHED },
};

enum nsa_xdp_frames nsa_xdp_driver_frames(const char *driver)
{
	for (size_t i = 0; i < sizeof(drivers) / sizeof(*drivers); i++)
		if (!strcmp(driver, drivers[i].name))
			return drivers[i].frames;
	return NSA_XDP_FRAMES_UNKNOWN;
}

/*
 * With XDP, virtio_net has the device finish what it hands over (VIRTIO_NET_CTRL_GUEST_OFFLOADS),
 * if it can, and refuses XDP if it can't and the device is allowed to leave anything undone.
 * Segmentation is left undone, and stays so, where "rx-gro-hw" is on for good; where it is off for
 * good (Linux 7.x) there is none.
 */
static enum nsa_xdp_frames virtio_frames(const char *ifname)
{
	struct nsa_ethtool_feature gro;

	if (nsa_ethtool_get_feature(ifname, "rx-gro-hw", &gro))
		return NSA_XDP_FRAMES_UNKNOWN;
	return gro.active && !gro.changeable ? NSA_XDP_FRAMES_UNFINISHED : NSA_XDP_FRAMES_WHOLE;
}

enum nsa_xdp_frames nsa_xdp_frames(const struct nsa_link *link)
{
	char driver[32] = "";

	if (nsa_ethtool_driver(link->name, driver, sizeof(driver)))
		return NSA_XDP_FRAMES_UNKNOWN;
	return !strcmp(driver, "virtio_net") ? virtio_frames(link->name) :
					       nsa_xdp_driver_frames(driver);
}
