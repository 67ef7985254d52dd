/* SPDX-License-Identifier: GPL-2.0-only */
/* Who sent what the kernel sends out of a port: seen at its egress. */
#ifndef NSA_STAGE_KERNEL_SOURCE_H
#define NSA_STAGE_KERNEL_SOURCE_H

#include "core/bpf.h"
#include "core/config.h"
#include "map/endpoints.h"
#include "map/ports.h"
#include "stage/owner_route.h"

/* Slot of the sender's namespace; and of another that its source says, where nothing
 * tells that the source is true, else 0. One number, as a function of its own returns it. */
#define NSA_SENT(from, claimed) ((from) | (claimed) << 16)
#define NSA_SENT_FROM(sent)	((sent)&0xffff)
#define NSA_SENT_CLAIMED(sent)	((sent) >> 16)

/* What came in by a device on a port is of who is behind that. What a bridge has routed seems to be its own:
 * by its source, which was looked at when it came in. Nobody has looked at what came in by a device that
 * isn't known at all. */
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
