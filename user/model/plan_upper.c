// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include "model/device_kind.h"
#include "model/plan_upper.h"

#define MAX_DEPTH 8 /* the kernel's */

/* The device below it in the owner; NULL: none. The peer of a pair is not below. */
static const struct nsa_link *beneath(const struct nsa_snapshot *snapshot,
				      const struct nsa_link *link)
{
	if (!link->link || link->link_nsid >= 0 || nsa_device_has_peer(link))
		return NULL;
	return nsa_snapshot_link(snapshot, link->link);
}

/* The lowest device: a port with an endpoint behind it, or a bridge; NULL: another device. */
static const struct nsa_link *bottom(const struct nsa_plan *plan, const struct nsa_link *link)
{
	link = beneath(plan->snapshot, link);
	for (int depth = 0; link && depth < MAX_DEPTH; depth++) {
		const struct nsaccel_port *port = nsa_plan_find_port(plan, link->ifindex);

		if (nsa_device_is_bridge(link) || (port && nsa_kind(port->kind)->owns_port))
			return link;
		link = beneath(plan->snapshot, link);
	}
	return NULL;
}

static void own_device(const struct nsa_plan *plan, const struct nsa_link *link, int ifindex,
		       const __u8 *mac, __u32 slot, struct nsa_endpoint_entry *out)
{
	memset(out, 0, sizeof(*out));
	out->key.owner_slot = plan->owner_slot;
	out->key.ifindex = (__u32)ifindex;
	if (mac)
		memcpy(out->key.mac, mac, NSACCEL_MAC_LEN);
	out->ep.key = out->key;
	out->ep.netns_cookie = plan->snapshot->owner->cookie;
	out->ep.slot = slot;
	out->ep.ifindex = (__u32)link->ifindex;
	out->ep.mtu = link->mtu;
	memcpy(out->ep.name, link->name, strnlen(link->name, sizeof(out->ep.name) - 1));
}

/* Does it send by a lower with confined endpoints? Then programs have to know its MAC. */
static bool is_on_confining(const struct nsa_plan *plan, const struct nsa_link *link)
{
	const struct nsaccel_port *lower =
		link->link_nsid < 0 ? nsa_plan_find_port(plan, link->link) : NULL;

	return lower && lower->close_unknown && memcmp(lower->mac, link->mac, NSACCEL_MAC_LEN) != 0;
}

/* An entry without a slot: a packet that the kernel receives by the device may come from any of
 * several ports. Its source tells which, as was checked there. */
static void blur(const struct nsa_plan *plan, const struct nsa_link *link,
		 struct nsa_endpoint_entry *out)
{
	own_device(plan, link, link->ifindex, NULL, 0, out);
}

/* The device by which the kernel receives the frames of a port, of a device on one, or of a
 * bridge. */
static const struct nsa_link *master_of(const struct nsa_plan *plan, const struct nsa_link *link,
					const struct nsa_link *base)
{
	if (!link->master ||
	    !(base || nsa_device_is_bridge(link) || nsa_plan_find_port(plan, link->ifindex)))
		return NULL;
	return nsa_snapshot_link(plan->snapshot, link->master);
}

size_t nsa_plan_upper(const struct nsa_plan *plan, const struct nsa_link *link,
		      struct nsa_endpoint_entry out[NSA_PLAN_UPPER])
{
	const struct nsa_link *base = bottom(plan, link);
	const struct nsaccel_port *port = base ? nsa_plan_find_port(plan, base->ifindex) : NULL;
	const struct nsa_link *master = master_of(plan, link, base);
	size_t n = 0;

	if (master)
		blur(plan, master, &out[n++]);
	if (is_on_confining(plan, link))
		own_device(plan, link, link->link, link->mac, plan->owner_slot, &out[n++]);
	if (port && nsa_kind(port->kind)->owns_port) {
		own_device(plan, link, link->ifindex, NULL, port->source_slot, &out[n++]);
	} else if (base) {
		own_device(plan, link, base->ifindex, link->mac, plan->owner_slot, &out[n++]);
		blur(plan, link, &out[n++]);
	}
	return n;
}

int nsa_plan_enslaved_on(const struct nsa_plan *plan, const struct nsa_link *link)
{
	const struct nsa_link *base = link->master ? bottom(plan, link) : NULL;

	return base ? base->ifindex : 0;
}
