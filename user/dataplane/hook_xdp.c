// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include "dataplane/dispatcher.h"
#include "dataplane/hook_link.h"
#include "dataplane/hook_xdp.h"
#include "dataplane/veth_xdp.h"
#include "kernel/ethtool.h"
#include "kernel/features.h"
#include "kernel/netdev.h"
#include "kernel/xdp_drivers.h"
#include "model/device_kind.h"
#include "util/log.h"

static const char *const why_text[] = {
	[NSACCEL_XDP_WHY_NONE] = "",
	[NSACCEL_XDP_WHY_ASKED] = "--mode tc",
	[NSACCEL_XDP_WHY_FOUND] = "an endpoint's port: its packets are skbs already",
	[NSACCEL_XDP_WHY_VETH] = "a veth: XDP on it would take TSO and checksums from its peer",
	[NSACCEL_XDP_WHY_DRIVER] = "the driver has no native XDP",
	[NSACCEL_XDP_WHY_MTU] = "the MTU is too large for the driver's XDP",
	[NSACCEL_XDP_WHY_BUSY] = "another XDP program is attached, without libxdp's dispatcher",
	[NSACCEL_XDP_WHY_REFUSED] = "the kernel refused",
	[NSACCEL_XDP_WHY_TC] = "TC programs of others at its ingress would miss packets",
	[NSACCEL_XDP_WHY_VLAN] =
		"rx-vlan-offload hides VLAN tags from XDP and cannot be switched off",
	[NSACCEL_XDP_WHY_NO_EXT] = "not shared: this kernel refuses the dispatcher's freplace",
	[NSACCEL_XDP_WHY_UNFINISHED] = "its frames may lack checksums or segmentation",
	[NSACCEL_XDP_WHY_UNKNOWN] = "whether its driver completes frames is unknown",
	[NSACCEL_XDP_WHY_BRIDGE] = "a bridge's port: most of its frames are for the bridge",
};

const char *nsa_xdp_why(enum nsaccel_xdp_why why)
{
	return why < sizeof(why_text) / sizeof(*why_text) ? why_text[why] : "?";
}

/* For a device of the calling thread's namespace. False before Linux 6.3, which does not report
 * XDP features. */
static bool has_native_xdp(const struct nsa_link *link)
{
	__u64 features = 0;

	return !nsa_netdev_xdp_features(NULL, link->ifindex, &features) &&
	       (features & NSA_XDP_ACT_BASIC);
}

static enum nsaccel_xdp_why explain(int r, const struct nsa_link *link)
{
	switch (-r) {
	case EOPNOTSUPP: /* vmxnet3 also returns this for a large MTU, virtio_net for guest offloads */
		if (!has_native_xdp(link))
			return NSACCEL_XDP_WHY_DRIVER;
		return link->mtu > 1500 ? NSACCEL_XDP_WHY_MTU : NSACCEL_XDP_WHY_REFUSED;
	case EBUSY:
	case EEXIST:
		return NSACCEL_XDP_WHY_BUSY;
	case ERANGE:
		return NSACCEL_XDP_WHY_MTU;
	case EINVAL: /* most drivers return this for an MTU above one buffer */
		return link->mtu > 1500 ? NSACCEL_XDP_WHY_MTU : NSACCEL_XDP_WHY_REFUSED;
	default:
		return NSACCEL_XDP_WHY_REFUSED;
	}
}

/* Another program is attached that does not share the device. */
static bool is_busy(__u64 cookie, const struct nsa_link *link)
{
	if (!link->xdp_prog_id)
		return false;
	if (nsa_hook_link_is_pinned(cookie, link->ifindex, NSACCEL_HOOK_XDP))
		return false; /* ours */
	return !nsa_feature_freplace() || !nsa_dispatcher_is_there(link->ifindex);
}

static int attach(const struct nsa_program_config *config, const struct nsa_link *link, int prog_fd,
		  struct nsaccel_port *port)
{
	__u64 owner = config->owner_cookie;
	int r;

	if (is_busy(owner, link))
		return -EBUSY;
	if (nsa_feature_freplace() &&
	    !nsa_hook_link_is_pinned(owner, link->ifindex, NSACCEL_HOOK_XDP)) {
		r = nsa_dispatcher_attach(config, link->ifindex, prog_fd);
		port->xdp = NSACCEL_XDP_DISPATCHER;
		port->xdp_why = NSACCEL_XDP_WHY_NONE;
	} else {
		r = nsa_hook_link_attach(owner, link->ifindex, NSACCEL_HOOK_XDP, prog_fd);
		port->xdp = NSACCEL_XDP_LINK;
		port->xdp_why = NSACCEL_XDP_WHY_NO_EXT;
	}
	return r;
}

int nsa_xdp_give_up(__u64 owner_cookie, const struct nsa_link *link, enum nsaccel_xdp_why why,
		    struct nsaccel_port *port)
{
	int r = nsa_xdp_detach(owner_cookie, link->ifindex);

	if (r < 0)
		return nsa_err(r, "detach XDP from %s: %s; nsaccel sync tries it again", link->name,
			       strerror(-r));
	port->xdp = NSACCEL_XDP_NONE;
	port->xdp_why = why;
	return 0;
}

/* XDP sends a frame on without the checksum and segmentation that its sender left to the device. */
static enum nsaccel_xdp_why why_not_complete(const struct nsa_link *link)
{
	if (nsa_device_is_veth(link))
		return NSACCEL_XDP_WHY_VETH;
	switch (nsa_xdp_frames(link)) {
	case NSA_XDP_FRAMES_WHOLE:
		return NSACCEL_XDP_WHY_NONE;
	case NSA_XDP_FRAMES_UNFINISHED:
		return NSACCEL_XDP_WHY_UNFINISHED;
	default:
		return has_native_xdp(link) ? NSACCEL_XDP_WHY_UNKNOWN : NSACCEL_XDP_WHY_DRIVER;
	}
}

/* --mode native is obeyed, with a warning. */
static void warn_of_frames(const struct nsa_link *link)
{
	enum nsaccel_xdp_why why = why_not_complete(link);

	if (why == NSACCEL_XDP_WHY_UNFINISHED || why == NSACCEL_XDP_WHY_UNKNOWN)
		nsa_warn("native XDP on %s, as asked: %s; what XDP sends on may be lost; "
			 "--mode auto avoids that",
			 link->name, nsa_xdp_why(why));
}

static enum nsaccel_xdp_why why_not(const struct nsa_link *link, const struct nsaccel_port *port)
{
	if (!port->requested)
		return NSACCEL_XDP_WHY_FOUND;
	if (port->mode == NSACCEL_MODE_TC)
		return NSACCEL_XDP_WHY_ASKED;
	if (port->mode != NSACCEL_MODE_AUTO)
		return NSACCEL_XDP_WHY_NONE;
	if (port->bridge)
		return NSACCEL_XDP_WHY_BRIDGE;
	if (port->ingress_hooked)
		return NSACCEL_XDP_WHY_TC;
	return why_not_complete(link);
}

bool nsa_xdp_is_wanted(const struct nsa_link *link, const struct nsaccel_port *port)
{
	return why_not(link, port) == NSACCEL_XDP_WHY_NONE;
}

int nsa_xdp_attach(const struct nsa_program_config *config, const struct nsa_link *link,
		   int prog_fd, struct nsaccel_port *port)
{
	enum nsaccel_xdp_why why = why_not(link, port);
	int r, given_up;

	if (why != NSACCEL_XDP_WHY_NONE)
		return nsa_xdp_give_up(config->owner_cookie, link, why, port);
	if (port->mode == NSACCEL_MODE_NATIVE && port->xdp == NSACCEL_XDP_NONE)
		warn_of_frames(link);
	r = attach(config, link, prog_fd, port);
	if (!r)
		return 0;
	why = explain(r, link);
	given_up = nsa_xdp_give_up(config->owner_cookie, link, why, port);
	if (port->mode == NSACCEL_MODE_AUTO)
		return given_up;
	return nsa_err(r,
		       "attach native XDP to %s (MTU %u): %s; %s; --mode auto or tc needs no XDP",
		       link->name, link->mtu, strerror(-r), nsa_xdp_why(why));
}

bool nsa_xdp_query(__u64 owner_cookie, int ifindex, enum nsaccel_xdp_attach how)
{
	struct nsa_hook_link link;

	if (how == NSACCEL_XDP_DISPATCHER)
		return nsa_dispatcher_has_ours(ifindex);
	return !nsa_hook_link_query(owner_cookie, ifindex, NSACCEL_HOOK_XDP, &link) &&
	       link.ifindex == ifindex;
}

int nsa_xdp_detach(__u64 owner_cookie, int ifindex)
{
	int r = nsa_hook_link_detach(owner_cookie, ifindex, NSACCEL_HOOK_XDP);

	if (r != -ENOENT)
		return r;
	return nsa_feature_freplace() ? nsa_dispatcher_detach(owner_cookie, ifindex) : 0;
}

/* Before Linux 6.3 the kernel does not report ndo_xdp_xmit: these drivers had it in the source
 * of Linux 6.1. */
static const char *const transmitters[] = {
	"virtio_net", "igb", "igc", "ixgbe", "i40e", "ice", "mlx5_core", "bnxt_en", "ena",
};

/* Larger frames may be in several buffers. A target without scatter-gather support drops those. */
#define ONE_BUFFER_MTU 1500

bool nsa_xdp_can_transmit(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			  const struct nsa_link *link)
{
	char driver[32] = "";
	__u64 features;
	int r;

	r = nsa_netdev_xdp_features(snapshot->owner, link->ifindex, &features);
	if (!r)
		return (features & NSA_XDP_ACT_NDO_XMIT) &&
		       (link->mtu <= ONE_BUFFER_MTU || (features & NSA_XDP_ACT_NDO_XMIT_SG));
	if (link->mtu > ONE_BUFFER_MTU)
		return false;
	if (r == -EOPNOTSUPP && nsa_device_is_veth(link))
		return nsa_veth_xdp_takes(session,
					  nsa_snapshot_veth_endpoint(snapshot, link->ifindex));
	if (r != -EOPNOTSUPP || nsa_ethtool_driver(link->name, driver, sizeof(driver)))
		return false;
	for (size_t i = 0; i < sizeof(transmitters) / sizeof(*transmitters); i++)
		if (!strcmp(driver, transmitters[i]))
			return true;
	return false;
}
