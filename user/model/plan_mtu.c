// SPDX-License-Identifier: GPL-2.0-only
#include <net/if.h>

#include "model/device_kind.h"
#include "model/plan_mtu.h"

/* Could a tunnel's packets leave by it? Other tunnels of the kind have no smaller MTU than this
 * one. */
static bool may_carry(const struct nsa_link *link)
{
	return (link->flags & IFF_UP) && !(link->flags & IFF_LOOPBACK) && !link->vxlan_head &&
	       !nsa_device_is_bridged(link);
}

/* The MTU for the VXLAN device's outer packets, whatever its routes are. The devices of another
 * namespace are unknown: there it is IPv6's minimum. */
static __u32 underlay_mtu(const struct nsa_snapshot *snapshot, const struct nsa_link *vxlan)
{
	const struct nsa_link *lower = nsa_snapshot_link(snapshot, vxlan->vxlan_lower);
	__u32 least = vxlan->mtu + vxlan->vxlan_head;

	if (vxlan->link_nsid >= 0)
		return 1280;
	if (lower)
		return lower->mtu;
	for (size_t i = 0; i < snapshot->link_count; i++)
		if (may_carry(&snapshot->links[i]) && snapshot->links[i].mtu < least)
			least = snapshot->links[i].mtu;
	return least;
}

/* If a tunnel's packet does not fit the device that it leaves by, the kernel learns a path MTU and
 * reports it to the senders. So such packets must be the kernel's. */
__u32 nsa_plan_link_mtu(const struct nsa_snapshot *snapshot, const struct nsa_link *link)
{
	__u32 under;

	if (!link->vxlan_head)
		return link->mtu;
	under = underlay_mtu(snapshot, link);
	if (under >= link->mtu + link->vxlan_head)
		return link->mtu;
	return under > link->vxlan_head ? under - link->vxlan_head : 0;
}
