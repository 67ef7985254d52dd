/* SPDX-License-Identifier: GPL-2.0-only */
/* TC egress's side of flow.h: a packet that the kernel sends out admits its direction, if it leaves
 * as the fast path would have sent it. */
#ifndef NSA_STAGE_GATE_WATCH_H
#define NSA_STAGE_GATE_WATCH_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/context.h"
#include "core/features.h"
#include "core/order.h"
#include "core/scratch.h"
#include "map/flows.h"
#include "map/ports.h"
#include "pkt/ctx_skb.h"
#include "pkt/translate.h"
#include "stage/conntrack.h"
#include "stage/flow.h"
#include "stage/flow_use.h"
#include "stage/gate.h"

/* Was the pending packet routed? The signature of a bridged one has no from_mac. */
static __always_inline bool nsa_is_routed(const struct nsaccel_flow_signature *signature)
{
	const __u8 *mac = signature->from_mac;

	return mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5];
}

/* Was the pending packet this one, before NAT? UDP is recognised by its checksum: that is complete,
 * or has yet to be completed (CHECKSUM_PARTIAL), and covers no ports. */
static __always_inline bool nsa_is_translated_from(__u32 id, const struct nsa_flow *flow, __u8 ecn)
{
	const struct nsa_scratch *scratch = nsa_scratch();
	__u32 addresses, full, is = flow->id ^ ecn;

	if (flow->key.proto == IPPROTO_TCP || !scratch)
		return id == flow->id;
	id ^= ecn;
	addresses = nsa_addresses_diff(&scratch->arrived.came, &scratch->arrived.to);
	full = nsa_check_plus(
		(__sum16)id,
		nsa_sum(addresses, nsa_ports_diff(&scratch->arrived.came, &scratch->arrived.to)));
	return is == (full ? full : 0xffff) || is == nsa_fold(nsa_sum(addresses, id));
}

static __always_inline bool nsa_is_pending(const struct nsaccel_flow_direction *direction,
					   const struct nsa_flow *flow,
					   const struct nsaccel_flow_signature *signature, __u8 ecn)
{
	bool same = nsa_has(NSACCEL_FEATURE_NAT) && signature->to.translated ?
			    nsa_is_translated_from(direction->id, flow, ecn) :
			    direction->id == flow->id;

	return same && nsa_same_words(&direction->signature, signature, sizeof(*signature));
}

/* Admits the direction, if the packet is the pending one. With another priority than the fast
 * path's, qdiscs would treat the packet differently. Returns whether it is the pending one. */
__subprog bool nsa_flow_admit(struct nsaccel_flow_direction *direction,
			      struct nsaccel_flow_signature *signature,
			      const struct nsa_watched *watched, __u32 priority)
{
	__u64 state = READ_ONCE(direction->state), now = bpf_ktime_get_coarse_ns();

	if (state <= NSACCEL_FLOW_PENDING) /* none is pending, or it is being written */
		return false;
	nsa_keep_order();
	/* The ingress port isn't visible at egress. */
	signature->port = direction->signature.port;
	nsa_mac_copy(signature->from_mac, direction->signature.from_mac);
	if (!nsa_is_pending(direction, &watched->flow, signature, watched->ecn))
		return false;
	if (priority != (nsa_is_routed(signature) ? watched->priority : 0) ||
	    __sync_val_compare_and_swap(&direction->state, state, now) != state)
		return true;
	direction->seen_ruleset = signature->ruleset;
	nsa_keep_order();
	WRITE_ONCE(direction->seen, now);
	return true;
}

/* Notes what the kernel makes of the flow's packets: by that the next one will be pending. Only one
 * CPU writes at a time. */
static __always_inline void nsa_flow_learn(struct nsaccel_flow_direction *direction,
					   const struct nsaccel_flow_key *key,
					   const struct nsaccel_translation *to)
{
	__u64 state = READ_ONCE(direction->state);

	if (state == NSACCEL_FLOW_PENDING ||
	    __sync_val_compare_and_swap(&direction->state, state, NSACCEL_FLOW_PENDING) != state)
		return;
	direction->signature.to = *to;
	nsa_keep_order();
	WRITE_ONCE(direction->state, 0);
	if (nsa_state_admits(state))
		nsa_flow_seq_advance(key);
}

/* What NAT makes of the packets that answer those that came in with these addresses and ports. */
static __always_inline void nsa_translation_turn(struct nsaccel_translation *out,
						 const struct nsaccel_translation *came)
{
	nsa_address_copy(out->src, came->dst);
	nsa_address_copy(out->dst, came->src);
	out->sport = came->dport;
	out->dport = came->sport;
	out->translated = 1;
}

/* The packet's flow has these addresses and ports now. If packets that answer it were translated
 * for another flow, they aren't any more: they get what belongs to this one. */
__subprog void nsa_flow_take_over(struct nsa_scratch *scratch, bool translated)
{
	const struct nsaccel_flow_key *key = &scratch->arrived.flow.key;
	struct nsaccel_translation answer = {};
	struct nsaccel_flow_direction *direction;
	struct nsaccel_flow *record;

	record = nsa_flow_of_answer(&scratch->arrived.to, key->family, key->proto);
	if (!record)
		return;
	if (translated)
		nsa_translation_turn(&answer, &scratch->arrived.came);
	direction = &record->direction[scratch->answer.direction & 1];
	if (!nsa_same_words(&direction->signature.to, &answer, sizeof(answer)))
		nsa_flow_learn(direction, &scratch->answer.key, &answer);
}

/* A translated flow has no record yet if its destination was the owner: the gate isn't asked
 * then. */
__subprog struct nsaccel_flow *nsa_translated_flow(struct __sk_buff *skb, struct nsa_flow *flow,
						   __u32 to)
{
	struct nsaccel_flow *record = nsa_flow_find(&flow->key);
	const struct nsaccel_port *from;

	if (record)
		return record;
	from = nsa_port(skb->ingress_ifindex);
	nsa_flow_parties(flow, from ? from->source_slot : nsaccel_owner_slot, to);
	return nsa_flow_create(&flow->key, flow->slot, flow->peer) ? nsa_flow_find(&flow->key) :
								     NULL;
}

/* The addresses and ports of a packet of the flow. */
static __always_inline void nsa_translation_of(struct nsaccel_translation *out,
					       const struct nsa_flow *flow)
{
	const struct nsaccel_flow_key *key = &flow->key;
	bool above = flow->direction;

	nsa_address_copy(out->src, above ? key->high : key->low);
	nsa_address_copy(out->dst, above ? key->low : key->high);
	out->sport = above ? key->high_port : key->low_port;
	out->dport = above ? key->low_port : key->high_port;
	out->translated = 1;
}

/* Sets what the packet that leaves as one of that flow came in as. */
__subprog enum nsa_ct nsa_watch_before_nat(struct __sk_buff *skb, const struct nsa_flow *left,
					   struct nsa_arrived *arrived)
{
	struct nsaccel_translation *came = &arrived->came;
	enum nsa_ct found;

	nsa_translation_of(&arrived->to, left);
	__builtin_memset(came, 0, sizeof(*came));
	came->translated = 1;
	found = nsa_ct_arrival(skb, left->key.family, left->key.proto, &arrived->to, came);
	__builtin_memset(&arrived->flow, 0, sizeof(arrived->flow));
	arrived->flow.key.family = left->key.family;
	arrived->flow.key.proto = left->key.proto;
	nsa_flow_of_ends(&arrived->flow, came->src, came->dst, came->sport, came->dport);
	return found;
}

/* Reads a packet that leaves, and its signature but for what only its way in shows: 0, or -1: it
 * admits nothing. */
__subprog int nsa_watch_read(struct __sk_buff *skb, const struct nsa_source *src,
			     struct nsa_scratch *scratch)
{
	struct nsaccel_flow_signature *signature = &scratch->signature;
	struct nsa_watched *watched = &scratch->watched;
	struct ethhdr *eth = nsa_eth(skb);
	struct nsa_pkt pkt = {};

	if (!eth)
		return -1;
	__builtin_memset(signature, 0, sizeof(*signature));
	__builtin_memset(watched, 0, sizeof(*watched));
	nsa_mac_copy(signature->dst_mac, eth->h_dest);
	nsa_mac_copy(signature->src_mac, eth->h_source);
	if (nsa_skb_parse(skb, signature->dst_mac, &pkt) || skb->mark ||
	    nsa_skb_flow(skb, &pkt, &watched->flow))
		return -1;
	signature->ruleset = nsa_ruleset();
	signature->iif = skb->ingress_ifindex;
	signature->oif = src->ifindex;
	signature->dscp = nsa_tos(&pkt) & ~NSA_IS_ECN;
	signature->ttl = pkt.ttl;
	watched->ecn = nsa_tos(&pkt) & NSA_IS_ECN;
	watched->priority = src->port->keep_priority ? 0 : nsa_forward_priority(&pkt);
	return 0;
}

/* A packet of a translated flow admits it, or tells what NAT does to it. to: slot of the port's
 * namespace. Returns 1 if it is known not to be translated. Global: the verifier checks it once. */
__noinline int nsa_watch_translated(struct __sk_buff *skb, __u32 to)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_flow_direction *direction;
	struct nsaccel_flow *record;
	struct nsa_arrived *arrived;
	enum nsa_ct found;
	bool translated;

	if (!nsa_has(NSACCEL_FEATURE_NAT) || !scratch)
		return 0;
	arrived = &scratch->arrived;
	found = nsa_watch_before_nat(skb, &scratch->watched.flow, arrived);
	if (found == NSA_CT_NONE)
		return 0;
	translated = !nsa_same_words(&arrived->came, &arrived->to, sizeof(arrived->to));
	nsa_flow_take_over(scratch, translated);
	if (!translated || found != NSA_CT_PLAIN || scratch->watched.flow.control)
		return !translated;
	record = nsa_translated_flow(skb, &arrived->flow, to);
	if (!record || record->closing)
		return 0;
	direction = &record->direction[arrived->flow.direction & 1];
	scratch->signature.to = arrived->to;
	if (nsa_same_words(&direction->signature.to, &arrived->to, sizeof(arrived->to)))
		nsa_flow_admit(direction, &scratch->signature, &scratch->watched, skb->priority);
	else
		nsa_flow_learn(direction, &arrived->flow.key, &arrived->to);
	return 0;
}

/* Are packets that answer those of the record translated, as far as was seen? */
static __always_inline bool nsa_answer_is_translated(const struct nsaccel_flow *record,
						     const struct nsa_flow *flow)
{
	return nsa_has(NSACCEL_FEATURE_NAT) && record &&
	       record->direction[!(flow->direction & 1)].signature.to.translated;
}

/* At TC egress of a gated port: does the packet admit its flow? Packets of the owner's own sockets
 * don't. */
__subprog void nsa_gate_watch(struct __sk_buff *skb, const struct nsa_source *src)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_flow *record;
	const struct nsa_flow *flow;
	bool doubtful, admits;

	if (!scratch || !skb->ingress_ifindex || nsa_watch_read(skb, src, scratch))
		return;
	flow = &scratch->watched.flow;
	record = nsa_flow_find(&flow->key);
	admits = record && !record->closing && !flow->control;
	doubtful = nsa_answer_is_translated(record, flow);
	if (!doubtful && admits &&
	    nsa_flow_admit(&record->direction[flow->direction & 1], &scratch->signature,
			   &scratch->watched, skb->priority))
		return;
	if (nsa_has(NSACCEL_FEATURE_NAT) && nsa_watch_translated(skb, src->port->source_slot) &&
	    doubtful && admits)
		nsa_flow_admit(&record->direction[flow->direction & 1], &scratch->signature,
			       &scratch->watched, skb->priority);
}

#endif
