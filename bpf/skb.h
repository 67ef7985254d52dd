/* SPDX-License-Identifier: GPL-2.0-only */
/* TC side of parse.h and rewrite.h: nonlinear data, offloads, live MTU. */
#ifndef NSA_BPF_SKB_H
#define NSA_BPF_SKB_H

#define NSA_GSO_BY_FRAGS 0xffff

/* In skb->cb: we redirected it, its leaving shows nothing of the kernel, and it may enter where it
 * is sent. In the part of cb that IP doesn't clear, and that a tenant's programs may write: so what
 * comes in by a port has it cleared, and the marks are the owner's secret, random numbers, set at
 * load. Who reads a mark takes it away, and where nobody does none is set. */
#define NSA_CB_SENT 4
const volatile __u32 nsaccel_mark_sent = 0;
const volatile __u32 nsaccel_mark_wire = 0; /* likewise, and is for the wire: see share.h */

/* What says of a frame that is sent out of that port that we do. */
static __always_inline __u32 nsa_mark_for(const struct nsaccel_port *port)
{
	return port && (port->watched || port->gate == NSACCEL_GATE_FLOW ||
			port->steer_gate == NSACCEL_GATE_FLOW) ?
		       nsaccel_mark_sent :
		       0;
}

/* The frame, if len bytes of it can be looked at. The barrier keeps clang 14 from using a pointer
 * again that it loaded before, of which it keeps 32 bits. */
static __always_inline void *nsa_skb_data(struct __sk_buff *skb, const __u32 len)
{
	void *data;

	asm volatile("" : : : "memory");
	data = (void *)(long)skb->data;
	return data + len > (void *)(long)skb->data_end ? NULL : data;
}

static __always_inline struct ethhdr *nsa_eth(struct __sk_buff *skb)
{
	return nsa_skb_data(skb, sizeof(struct ethhdr));
}

/* Points pkt at the headers again after a helper that may have moved them. */
static __always_inline int nsa_skb_reload(struct __sk_buff *skb, struct nsa_pkt *pkt)
{
	void *data = (void *)(long)skb->data, *end = (void *)(long)skb->data_end;

	if (data + NSA_HDR_V4 > end)
		return -1;
	if (pkt->family == NSACCEL_FAMILY_INET6 && data + NSA_HDR_V6 > end)
		return -1;
	pkt->eth = data;
	pkt->ip4 = data + sizeof(struct ethhdr);
	return 0;
}

static __always_inline int nsa_skb_parse(struct __sk_buff *skb, const __u8 *mac,
					 struct nsa_pkt *pkt)
{
	if (skb->vlan_present)
		return -NSACCEL_PASS_VLAN;
	if ((void *)(long)skb->data + NSA_HDR_V6 > (void *)(long)skb->data_end &&
	    skb->len >= NSA_HDR_V4)
		bpf_skb_pull_data(skb, skb->len < NSA_HDR_ND ? NSA_HDR_V4 : NSA_HDR_ND);
	return nsa_parse((void *)(long)skb->data, (void *)(long)skb->data_end, skb->len, mac, pkt);
}

/* An ICMP error, or what can't be told from one. */
static __always_inline bool nsa_icmp_error(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	bool v4 = pkt->family == NSACCEL_FAMILY_INET;
	__u8 type;

	if (pkt->proto != (v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		return false;
	if (bpf_skb_load_bytes(skb, nsa_l4_offset(pkt), &type, sizeof(type)))
		return true;
	return v4 ? type != ICMP_ECHOREPLY && type != ICMP_ECHO && type < 13 : type < 128;
}

/* Largest layer-3 length of the packets that a GSO skb becomes; 0: can't tell. UDP may be a tunnel,
 * with more headers in each of them than can be seen here. */
static __always_inline __u32 nsa_gso_len(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	__u32 l3 =
		pkt->family == NSACCEL_FAMILY_INET ? sizeof(struct iphdr) : sizeof(struct ipv6hdr);
	struct tcphdr tcp;

	if (skb->gso_size == NSA_GSO_BY_FRAGS || pkt->proto != IPPROTO_TCP ||
	    bpf_skb_load_bytes(skb, sizeof(struct ethhdr) + l3, &tcp, sizeof(tcp)))
		return 0;
	return l3 + tcp.doff * 4 + skb->gso_size;
}

/* 0, or why not. Against the route's MTU, then the device's own of this moment: the helper also
 * tells when the device is gone, so that nothing is sent into the void. It knows all about segments,
 * and where the route's MTU isn't less than the device's, that will do. */
static __always_inline int nsa_skb_fits(struct __sk_buff *skb, const struct nsa_pkt *pkt,
					struct nsaccel_nexthop *nh)
{
	__u32 len = pkt->l3_len, mtu_len = skb->gso_size ? 0 : pkt->l3_len;
	long r;

	if (skb->gso_size && len > nh->mtu)
		len = nsa_gso_len(skb, pkt);
	if (len > nh->mtu)
		return -NSACCEL_PASS_TOO_BIG;
	r = bpf_check_mtu(skb, nh->ifindex, &mtu_len, 0, skb->gso_size ? BPF_MTU_CHK_SEGS : 0);
	if (r < 0)
		return -NSACCEL_PASS_NO_DEVICE;
	if (!r && (len || mtu_len <= nh->mtu))
		return 0;
	if (mtu_len && mtu_len < nh->mtu)
		nh->mtu = mtu_len; /* what an error has to say */
	return -NSACCEL_PASS_TOO_BIG;
}

/* Ethernet padding isn't part of the packet: ip_rcv() trims it before the kernel forwards. */
static __always_inline int nsa_skb_trim(struct __sk_buff *skb, struct nsa_pkt *pkt)
{
	__u32 len = sizeof(struct ethhdr) + pkt->l3_len;

	if (skb->len == len || skb->gso_size)
		return 0;
	if (bpf_skb_change_tail(skb, len, 0))
		return -1;
	return nsa_skb_reload(skb, pkt);
}

/* mark and priority are a namespace's own business: neither gets into another. The time stays, as in
 * the kernel's forwarding: of arrival, which the receiver is told, or of delivery, which is kept on the
 * way. What leaves by a device loses the former by bpf_redirect(). */
static __always_inline void nsa_skb_scrub(struct __sk_buff *skb)
{
	skb->mark = 0;
	skb->priority = 0;
}

/* At egress, of a macvlan's lower, all of these are the sender's: a frame that a wire carries has none.
 * The time is one to send at: clearing it takes the helper, without which its type would stay; that is
 * for IP alone. */
static __always_inline void nsa_skb_disown(struct __sk_buff *skb)
{
	nsa_skb_scrub(skb);
	if (skb->tstamp && bpf_skb_set_tstamp(skb, 0, BPF_SKB_TSTAMP_UNSPEC))
		skb->tstamp = 0;
}

/* Into the namespace at a veth's other end, as its own device's frame. Before Linux 6.15 (and 6.1.140,
 * 6.6.92, 6.12.30) the helper leaves it another host's where that isn't the MAC of the device that it
 * came in by: a bridge's port, or one that shares a NIC. */
static __always_inline int nsa_skb_to_peer(struct __sk_buff *skb, __u32 ifindex)
{
	if (skb->pkt_type != PACKET_HOST)
		bpf_skb_change_type(skb, PACKET_HOST);
	skb->queue_mapping = 0; /* as a veth with one queue has it */
	nsa_count_delivered(ifindex, skb->len);
	return (int)bpf_redirect_peer(ifindex, 0);
}

/* ip_forward() sets it by the TOS: best effort 0, bulk 2, interactive 6, both 4. Qdiscs and VLAN
 * egress maps go by it. */
static __always_inline __u32 nsa_forward_priority(const struct nsa_pkt *pkt)
{
	return pkt->family == NSACCEL_FAMILY_INET ? 0x4620U >> (pkt->ip4->tos >> 3 & 3) * 4 & 0xf :
						    0;
}

/* keep: ip_forward_update_priority is 0. ip6_forward() sets none. */
static __always_inline void nsa_skb_rewrite(struct __sk_buff *skb, struct nsa_pkt *pkt,
					    const struct nsaccel_nexthop *nh, bool keep)
{
	nsa_rewrite(pkt, nh);
	/* CHECKSUM_COMPLETE covers the IP header: in IPv4 the change of the TTL and of the checksum
	 * cancel out, in IPv6 the hop limit's has to be added (-1 in network order). */
	if (pkt->family == NSACCEL_FAMILY_INET6)
		bpf_csum_update(skb, (__wsum)bpf_htons(0xfffe));
	if (nh->action != NSACCEL_ACTION_NIC)
		nsa_skb_scrub(skb);
	else if (pkt->family == NSACCEL_FAMILY_INET && !keep)
		skb->priority = nsa_forward_priority(pkt);
}

#endif
