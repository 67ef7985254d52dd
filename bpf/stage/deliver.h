/* SPDX-License-Identifier: GPL-2.0-only */
/* Sends a packet that is ready on its way. */
#ifndef NSA_STAGE_DELIVER_H
#define NSA_STAGE_DELIVER_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/mark.h"
#include "map/ports.h"
#include "map/stats.h"
#include "pkt/ctx_skb.h"

/* The mark for a frame that is sent out of that port. */
static __always_inline __u32 nsa_mark_for(const struct nsaccel_port *port)
{
	return port && (port->police_egress || port->gate == NSACCEL_GATE_FLOW ||
			port->bridge_gate == NSACCEL_GATE_FLOW) ?
		       nsaccel_mark_sent :
		       0;
}

/* Delivers a frame into the namespace at a veth's other end. Before Linux 6.15 (and 6.1.140,
 * 6.6.92, 6.12.30) the helper leaves the packet type as it was: another host's, if the frame came
 * in by a bridge's port or by a shared NIC. */
static __always_inline int nsa_skb_to_peer(struct __sk_buff *skb, __u32 ifindex)
{
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	skb->queue_mapping = 0; /* as a veth with one queue has it */
	nsa_count_delivered(ifindex, skb->len);
	return (int)bpf_redirect_peer(ifindex, 0);
}

/* Chooses the mark for the egress program of the port that the packet leaves by: 0, or a negative
 * reason. A veth endpoint is reached by its host end then, which generic XDP there wouldn't see. */
static __always_inline int nsa_mark_for_egress(enum nsaccel_hook hook, struct nsa_hop *hop)
{
	bool veth = hop->nh.action == NSACCEL_ACTION_VETH;
	const struct nsaccel_port *port;

	if (hop->nh.action == NSACCEL_ACTION_MACVLAN || (veth && hook == NSACCEL_HOOK_TC_INGRESS))
		return 0;
	port = nsa_port(hop->nh.ifindex);
	if (veth && (!port || nsa_generic_xdp(port)))
		return -NSACCEL_PASS_XDP;
	hop->mark = nsa_mark_for(port);
	return 0;
}

/* Redirects a packet that is ready; a TC verdict. Linux has redirect_peer at ingress only. iif:
 * the port that it came in by. mark: for the egress program of the port that it leaves by. */
static __always_inline int nsa_transmit(struct __sk_buff *skb, __u32 iif, enum nsaccel_hook hook,
					const struct nsaccel_nexthop *nh, __u32 mark)
{
	if (hook == NSACCEL_HOOK_TC_INGRESS && nh->action == NSACCEL_ACTION_VETH)
		return nsa_skb_to_peer(skb, nh->ifindex);
	switch (nh->action) {
	case NSACCEL_ACTION_NIC:
	case NSACCEL_ACTION_VETH:
		skb->cb[NSA_CB_SENT] = mark;
		return bpf_redirect(nh->ifindex, 0);
	case NSACCEL_ACTION_MACVLAN:
		nsa_count_delivered(nh->ifindex, skb->len);
		/* On the macvlan's own lower the new MAC suffices: the rx handler delivers the
		 * frame. */
		if (hook == NSACCEL_HOOK_TC_INGRESS && nh->ifindex == iif)
			return TC_ACT_UNSPEC;
		skb->cb[NSA_CB_SENT] = nsaccel_mark_sent; /* see topo/macvlan.h */
		return bpf_redirect(nh->ifindex, BPF_F_INGRESS);
	default:
		return TC_ACT_UNSPEC;
	}
}

#endif
