// SPDX-License-Identifier: GPL-2.0-only
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <string.h>

#include "maps/records.h"
#include "model/device_kind.h"
#include "model/snapshot.h"
#include "reconcile/carriers.h"
#include "util/clock.h"

/* Depth of stacked devices: MAX_NEST_DEV of the kernel. */
#define MAX_NEST 8

static bool is_veth(const struct nsa_link *link)
{
	return nsa_device_is_veth(link);
}

/* A port that the user attached as a wire is not controlled by a tenant. */
static bool is_named(const struct nsa_owner *owner, const struct nsa_link *link)
{
	const struct nsa_port_entry *entry = nsa_ports_find(&owner->ports, link->ifindex);

	return entry && entry->port.requested;
}

static bool is_others(const struct nsa_owner *owner, const struct nsa_link *link)
{
	return is_veth(link) && link->link_nsid >= 0 && !is_named(owner, link);
}

/* The lowest device of the stack. */
static const struct nsa_link *lowest(const struct nsa_owner *owner, const struct nsa_link *link)
{
	for (int i = 0; link && i < MAX_NEST && link->link > 0 && link->link_nsid < 0; i++)
		link = nsa_snapshot_link(owner->snapshot, link->link);
	return link;
}

/* Ifindex of the device that the change is charged to: the host end below the device, or the
 * bridge that has such a port; 0: the owner alone controls the carrier. */
static int account(const struct nsa_owner *owner, const struct nsa_link *link)
{
	const struct nsa_snapshot *snapshot = owner->snapshot;
	const struct nsa_link *low = lowest(owner, link), *port;

	if (!low || is_named(owner, link))
		return 0;
	if (is_others(owner, low))
		return low->ifindex;
	for (size_t i = 0; i < snapshot->link_count; i++) {
		if (snapshot->links[i].master != low->ifindex)
			continue;
		port = lowest(owner, &snapshot->links[i]);
		if (port && is_others(owner, port))
			return low->ifindex;
	}
	return 0;
}

/* A copy without the fields that change when the peer of a veth goes down, comes up, or moves to
 * another namespace. */
static struct nsa_link without_carrier(const struct nsa_link *link)
{
	struct nsa_link rest;

	memcpy(&rest, link, sizeof(rest)); /* with the padding, which is zero */
	rest.flags &= ~(__u32)(IFF_RUNNING | IFF_LOWER_UP);
	rest.carrier = false;
	rest.operstate = 0;
	rest.port.state = 0;
	if (is_veth(link))
		rest.link = rest.link_nsid = 0;
	return rest;
}

/* A bridge port without a carrier is disabled. Changes between other states are STP's. */
static bool is_state_of_carrier(const struct nsa_link *before, const struct nsa_link *now)
{
	return before->port.state == now->port.state || before->port.state == BR_STATE_DISABLED ||
	       now->port.state == BR_STATE_DISABLED;
}

static bool is_carrier_alone(const struct nsa_link *before, const struct nsa_link *now)
{
	struct nsa_link x = without_carrier(before), y = without_carrier(now);

	return is_state_of_carrier(before, now) &&
	       !memcmp(&x, &y, sizeof(x)); /* NOLINT: the padding is compared, too */
}

bool nsa_carriers_defer(const struct nsa_run *run, struct nsa_owner *owner,
			const struct nsa_link *before, const struct nsa_link *now)
{
	int ifindex = !run->synchronous && is_carrier_alone(before, now) ? account(owner, now) : 0;
	bool waited = nsa_pending_waits(&owner->carriers, (__u64)ifindex);
	__u64 usec = nsa_clock_usec(CLOCK_MONOTONIC);

	if (ifindex <= 0 || nsa_pending_add(&owner->carriers, (__u64)ifindex, true, usec))
		return false;
	/* Until then the packets are left to the kernel, which may have removed routes. */
	if (!waited && !nsa_pending_is_due(&owner->carriers, (__u64)ifindex, usec))
		owner->dirty |= NSA_DIRTY_HOPS;
	return true;
}

bool nsa_carriers_take(struct nsa_owner *owner)
{
	if (!nsa_pending_take(&owner->carriers, nsa_clock_usec(CLOCK_MONOTONIC)))
		return false;
	owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	return true;
}

void nsa_carriers_pay(struct nsa_owner *owner, __u64 took)
{
	nsa_pending_share(&owner->carriers, nsa_clock_usec(CLOCK_MONOTONIC), took);
}
