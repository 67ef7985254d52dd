// SPDX-License-Identifier: GPL-2.0-only
#include <linux/neighbour.h>
#include <string.h>

#include "model/device_kind.h"
#include "model/plan_endpoint.h"
#include "model/plan_fdb.h"

bool nsa_plan_is_shaping(const struct nsa_snapshot_device *device)
{
	return device->egress_hooked || device->finishes;
}

bool nsa_plan_fdb_ages(const struct nsa_plan *plan, const struct nsa_fdb *fdb)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, fdb->port);
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, fdb->port);

	return port && port->bridge_forward && link && link->port.learning &&
	       !(fdb->state & (NUD_PERMANENT | NUD_NOARP));
}

bool nsa_plan_is_shaped(const struct nsa_plan *plan, int bridge)
{
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, bridge);

	return !link || nsa_plan_is_shaping(&plan->snapshot->devices[link - plan->snapshot->links]);
}

bool nsa_plan_fdb(const struct nsa_plan *plan, const struct nsa_fdb *fdb, struct nsaccel_fdb *out)
{
	const struct nsaccel_port *port = nsa_plan_find_port(plan, fdb->port);
	const struct nsa_link *link = nsa_snapshot_link(plan->snapshot, fdb->port);
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(plan->snapshot, fdb->port);
	bool own;

	if (fdb->local || !port || !link || !port->bridge_forward ||
	    port->bridge != (__u32)fdb->bridge)
		return false;
	/* redirect_peer would deliver frames for other MACs to the endpoint as its own. */
	own = nsa_kind(port->kind)->owns_port &&
	      !memcmp(port->endpoint_mac, fdb->mac, NSACCEL_MAC_LEN);
	memset(out, 0, sizeof(*out));
	out->key.owner_slot = plan->owner_slot;
	out->key.bridge = (__u32)fdb->bridge;
	memcpy(out->key.mac, fdb->mac, NSACCEL_MAC_LEN);
	out->ifindex = (__u32)fdb->port;
	out->action = nsa_plan_veth_action(port, own);
	out->mtu = ep && ep->link.mtu < link->mtu ? ep->link.mtu : link->mtu;
	out->isolated = port->isolated;
	out->egress_hooked = nsa_plan_is_shaped(plan, fdb->bridge);
	out->netns_cookie = port->endpoint_cookie;
	if (nsa_kind(port->kind)->owns_port)
		out->slot = port->source_slot;
	memcpy(out->name, port->name, sizeof(out->name));
	return true;
}
