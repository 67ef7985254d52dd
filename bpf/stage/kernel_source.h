/* SPDX-License-Identifier: GPL-2.0-only */
/* At a port's egress: which namespace sent the packet that the kernel sends out? */
#ifndef NSA_STAGE_KERNEL_SOURCE_H
#define NSA_STAGE_KERNEL_SOURCE_H

#include "core/bpf.h"
#include "core/config.h"
#include "map/endpoints.h"
#include "map/ports.h"
#include "stage/owner_route.h"

/* Two slots in one number: the sender's namespace, and the one that its unverified source address
 * claims (0: none). */
#define NSA_SENT(from, claimed) ((from) | (claimed) << 16)
#define NSA_SENT_FROM(sent)	((sent)&0xffff)
#define NSA_SENT_CLAIMED(sent)	((sent) >> 16)

/* A packet that came in by a port, or by a device on one, is of the namespace behind it. One that a
 * bridge has routed goes by its source, which was verified at the bridge's port. The source of one
 * that came in by an unknown device is only a claim. */
__subprog __u32 nsa_kernel_source(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ingress_ifindex, own = nsaccel_owner_slot, slot;
	const struct nsaccel_endpoint *upper;
	const struct nsaccel_port *port;

	if (!ifindex)
		return own;
	port = nsa_port(ifindex);
	if (port)
		return port->source_slot;
	upper = nsa_upper(ifindex);
	if (upper && upper->slot)
		return upper->slot;
	slot = (__u32)nsa_source_slot(skb);
	if (!slot || slot == own)
		return own;
	return upper ? slot : NSA_SENT(own, slot);
}

#endif
