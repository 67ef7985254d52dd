/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Flows that the kernel's NAT translates. What it did to the last packet that went its way is in
 * the flow's signature (see flow.h). The destination is replaced before the route is looked up, as
 * NAT does at prerouting; so all stages see what the kernel's routing sees. If the packet isn't
 * sent, the kernel gets it as it came in. The source, and the checksums, follow when it is sent.
 */
#ifndef NSA_STAGE_TRANSLATE_H
#define NSA_STAGE_TRANSLATE_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/features.h"
#include "core/probe.h"
#include "core/scratch.h"
#include "map/flows.h"
#include "map/owners.h"
#include "map/sequences.h"
#include "pkt/ctx_skb.h"
#include "pkt/translate.h"
#include "stage/flow.h"
#include "stage/gate.h"
#include "stage/route.h"

#define NSA_TCP_CHECK 16 /* offset in the header */
#define NSA_UDP_CHECK 6

static __always_inline __u32 nsa_check_offset(const struct nsa_pkt *pkt)
{
	return nsa_l4_offset(pkt) + (pkt->proto == IPPROTO_TCP ? NSA_TCP_CHECK : NSA_UDP_CHECK);
}

/* The ports, if they and the checksum are linear; or NULL. */
static __always_inline __be16 *nsa_skb_ports(struct __sk_buff *skb, const struct nsa_pkt *pkt)
{
	void *ports = pkt->family == NSACCEL_FAMILY_INET ? (void *)(pkt->ip4 + 1) :
							   (void *)(pkt->ip6 + 1);
	void *end = (void *)(long)skb->data_end;

	if (pkt->proto == IPPROTO_TCP)
		return ports + NSA_TCP_CHECK + 2 > end ? NULL : ports;
	return ports + NSA_UDP_CHECK + 2 > end ? NULL : ports;
}

/* Copies what the kernel made of the flow's last packet; racy, as it is a guess anyway. Returns
 * whether it translated it. Global: the verifier checks it once. */
__noinline int nsa_flow_translation(const struct nsa_flow *flow, struct nsaccel_translation *to)
{
	const struct nsaccel_flow *record;
	struct nsaccel_flow_key key;

	if (!nsa_has(NSACCEL_FEATURE_NAT) || !flow || !to)
		return 0;
	key = flow->key;
	record = nsa_flow_find(&key);
	if (!record || !record->direction[flow->direction & 1].signature.to.translated)
		return 0;
	*to = record->direction[flow->direction & 1].signature.to;
	return 1;
}

/* Reads the addresses and ports that the packet came in with. */
static __always_inline void nsa_came_read(struct nsaccel_translation *came,
					  const struct nsa_pkt *pkt, const __be16 *ports)
{
	__builtin_memset(came, 0, sizeof(*came));
	if (pkt->family == NSACCEL_FAMILY_INET) {
		*(__be32 *)came->src = pkt->ip4->saddr;
		*(__be32 *)came->dst = pkt->ip4->daddr;
	} else {
		__builtin_memcpy(came->src, &pkt->ip6->saddr, sizeof(came->src));
		__builtin_memcpy(came->dst, &pkt->ip6->daddr, sizeof(came->dst));
	}
	came->sport = ports[0];
	came->dport = ports[1];
}

/* May the kernel have translated the packet's flow? */
static __always_inline bool nsa_may_be_translated(struct __sk_buff *skb,
						  const struct nsa_source *src)
{
	return src->gate == NSACCEL_GATE_FLOW && !src->isolation.isolated && !nsa_probing(skb) &&
	       !nsa_is_classified(skb, src->ep);
}

/* The flow of a packet that the kernel may have translated: 0, or -1. */
static __always_inline int nsa_translation_flow(struct __sk_buff *skb, __u32 l3_len,
						struct nsa_pkt *pkt, struct nsa_flow *flow)
{
	nsa_locate((void *)(long)skb->data, (void *)(long)skb->data_end, pkt);
	if (!pkt->family)
		return -1;
	pkt->l3_len = l3_len;
	pkt->proto = pkt->family == NSACCEL_FAMILY_INET ? pkt->ip4->protocol : pkt->ip6->nexthdr;
	__builtin_memset(flow, 0, sizeof(*flow));
	return nsa_skb_flow(skb, pkt, flow);
}

/* Looks up what the kernel made of the flow's last packet: is this one to be translated? Not if it
 * begins or ends a connection. l3_len: as it was parsed. */
__subprog bool nsa_translation_find(struct __sk_buff *skb, const struct nsa_source *src,
				    __u32 l3_len)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsa_pkt pkt = {};
	struct nsa_flow *flow;

	if (!scratch || !nsa_may_be_translated(skb, src))
		return false;
	flow = &scratch->arrived.flow;
	if (nsa_translation_flow(skb, l3_len, &pkt, flow) ||
	    !nsa_flow_translation(flow, &scratch->arrived.to))
		return false;
	if (flow->control) {
		nsa_flow_pass(flow, &scratch->signature);
		return false;
	}
	/* The verdict depends on the route to where it goes. */
	scratch->verdict.dst_route = nsa_route_seq_index(pkt.family, scratch->arrived.to.dst);
	scratch->verdict.dst_seq = nsa_route_seq_at(scratch->verdict.dst_route);
	nsa_keep_order();
	return true;
}

/* Gives a packet of a translated flow its new destination: 0, or a negative reason. It is located
 * anew, as the verifier forgets what it knew of it; no helper is called after that. */
static __always_inline int nsa_translate(struct __sk_buff *skb, struct nsa_pkt *pkt,
					 const struct nsa_source *src, struct nsa_scratch *scratch)
{
	bool found = nsa_translation_find(skb, src, pkt->l3_len);
	struct nsa_arrived *arrived = &scratch->arrived;
	__be16 *ports;

	arrived->to.translated = 0;
	nsa_locate((void *)(long)skb->data, (void *)(long)skb->data_end, pkt);
	if (!pkt->family)
		return -NSACCEL_PASS_MALFORMED;
	if (!found)
		return 0;
	ports = nsa_skb_ports(skb, pkt);
	if (!ports)
		return -NSACCEL_PASS_FIREWALL;
	arrived->to.translated = 1;
	nsa_came_read(&arrived->came, pkt, ports);
	ports[1] = arrived->to.dport;
	nsa_write_destination(pkt, arrived->to.dst);
	return pkt->family == NSACCEL_FAMILY_INET ? nsa_check_ip4_addresses(pkt->ip4) :
						    nsa_check_ip6_addresses(pkt->ip6);
}

/* Gives it back the destination that it came in with. Returns whether it was translated. */
__subprog bool nsa_translate_back(struct __sk_buff *skb)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsa_pkt pkt = {};
	__be16 *ports = NULL;

	if (!scratch || !nsa_is_translated(scratch))
		return false;
	scratch->arrived.to.translated = 0;
	nsa_locate((void *)(long)skb->data, (void *)(long)skb->data_end, &pkt);
	if (pkt.family) {
		pkt.proto = scratch->arrived.flow.key.proto;
		ports = nsa_skb_ports(skb, &pkt);
	}
	if (!ports)
		return false; /* never: nsa_translate() had them */
	ports[1] = scratch->arrived.came.dport;
	nsa_write_destination(&pkt, scratch->arrived.came.dst);
	return true;
}

/* Policies see other addresses at the kernel's egress than here, so the kernel's way decides: 0, or
 * a negative reason. */
static __always_inline int nsa_translated_check(const struct nsa_source *src,
						const struct nsa_hop *hop)
{
	struct nsa_scratch *scratch = nsa_scratch();

	if (!scratch || !nsa_is_translated(scratch))
		return 0;
	return nsa_hop_sends(hop) &&
			       !nsa_is_policed(src->slot, hop->nh.dst_slot ? hop->nh.dst_slot :
									     nsaccel_owner_slot) ?
		       0 :
		       -NSACCEL_PASS_FIREWALL;
}

/* Rewrites addresses and ports of a packet that is sent. It may have its new destination already.
 * The diffs are those from the addresses and ports that it came in with. Helpers know what each
 * state of the checksum needs. Packet pointers are void afterwards. */
static __always_inline void nsa_skb_translate(struct __sk_buff *skb, struct nsa_pkt *pkt,
					      const struct nsaccel_translation *to,
					      __u32 address_diff, __u32 port_diff)
{
	__u64 flags = pkt->proto == IPPROTO_UDP ? BPF_F_MARK_MANGLED_0 : 0;
	__u32 offset = nsa_check_offset(pkt);
	bool v6 = pkt->family == NSACCEL_FAMILY_INET6;
	__be16 *ports = nsa_skb_ports(skb, pkt);

	if (!ports)
		return; /* never: whoever decided to translate has seen them */
	ports[0] = to->sport;
	ports[1] = to->dport;
	nsa_write_addresses(pkt, to, address_diff);
	bpf_l4_csum_replace(skb, offset, 0, address_diff, BPF_F_PSEUDO_HDR | flags);
	/* CHECKSUM_COMPLETE: IPv6 has no checksum of its own that would cancel the change. */
	if (v6)
		bpf_csum_update(skb, address_diff);
	if (port_diff)
		bpf_l4_csum_replace(skb, offset, 0, port_diff, flags);
}

/* The translation of the packet in progress, for its verdict. */
static __always_inline void nsa_translation_note(void)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_cached_verdict *verdict;
	const struct nsa_arrived *arrived;

	if (!scratch || !nsa_is_translated(scratch))
		return;
	verdict = &scratch->verdict;
	arrived = &scratch->arrived;
	verdict->address_diff = nsa_addresses_diff(&arrived->came, &arrived->to);
	verdict->port_diff = nsa_ports_diff(&arrived->came, &arrived->to);
	verdict->to = arrived->to;
}

/* Rewrites the packet in progress by it. */
static __always_inline void nsa_skb_translate_noted(struct __sk_buff *skb, struct nsa_pkt *pkt)
{
	const struct nsa_scratch *scratch = nsa_scratch();

	if (scratch && nsa_is_translated(scratch))
		nsa_skb_translate(skb, pkt, &scratch->verdict.to, scratch->verdict.address_diff,
				  scratch->verdict.port_diff);
}

#endif
