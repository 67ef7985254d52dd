/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The verdict cache. The first packets of a port and of two addresses go through all stages; the verdict on the
 * second is recorded. Later packets that are alike are sent by the verdict. A verdict depends on the
 * port, the addresses and state that has a sequence. Decisions of a firewall, a policy, a rate or the
 * kernel's own lookup are not recorded.
 */
#ifndef NSA_STAGE_VERDICT_H
#define NSA_STAGE_VERDICT_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/owner.h"
#include "core/scratch.h"
#include "map/endpoints.h"
#include "map/owners.h"
#include "map/ports.h"
#include "map/verdicts.h"
#include "stage/ruleset.h"

/* Ports whose packets can get no verdict under a configuration, by the lowest bits of their ifindex. */
#define NSA_UNCACHED_PORTS 1024
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64); /* sequence << 32 | ifindex */
	__uint(max_entries, NSA_UNCACHED_PORTS);
} nsa_uncached SEC(".maps");

static __always_inline __u64 *nsa_uncached_port(__u32 ifindex)
{
	__u32 index = ifindex % NSA_UNCACHED_PORTS;

	return bpf_map_lookup_elem(&nsa_uncached, &index);
}

/* Can packets of the port have verdicts? False only if a packet has shown that they can not. */
static __always_inline bool nsa_verdict_may_be(__u32 ifindex)
{
	const __u64 *port = nsa_uncached_port(ifindex);

	return port && READ_ONCE(*port) != ((__u64)nsa_config_seq_read() << 32 | ifindex);
}

/* Can packets from this source get verdicts, under the present configuration? */
static __always_inline bool nsa_verdict_is_for_port(const struct nsa_source *src)
{
	const struct nsaccel_port *port = src->port;
	const struct nsaccel_owner *owner;
	__u32 own = nsaccel_owner_slot;

	owner = bpf_map_lookup_elem(&nsa_owners, &own);
	return port->gate == NSACCEL_GATE_OPEN && !port->bridge && !port->shared &&
	       !port->share_nic && !src->isolation.limited && !src->isolation.policy && owner &&
	       !READ_ONCE(owner->policy);
}

/* Marks a port whose packets can get no verdict: later packets skip the cache until the configuration
 * changes. A mark that is set isn't written again: all CPUs share the cache line. */
static __always_inline void nsa_verdict_note_port(const struct nsa_source *src)
{
	__u64 word, *port;

	if (nsa_verdict_is_for_port(src))
		return;
	word = (__u64)nsa_config_seq_read() << 32 | src->ifindex;
	port = nsa_uncached_port(src->ifindex);
	if (port && READ_ONCE(*port) != word)
		WRITE_ONCE(*port, word);
}

/* The packet in progress gets no verdict. */
static __always_inline void nsa_verdict_skip(void)
{
	struct nsa_scratch *scratch = nsa_scratch();

	if (scratch)
		scratch->verdict.config_seq = NSA_SEQ_INVALID;
}

/* Stores the key of the packet, and the sequences that its verdict depends on. They are read before
 * the stages begin, so that a change meanwhile invalidates the verdict. */
static __always_inline void nsa_verdict_begin(const struct nsa_pkt *pkt,
					      const struct nsa_address_pair *addrs, __u32 ifindex,
					      __u64 hash, enum nsaccel_hook hook)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_cached_verdict *verdict;

	if (!scratch)
		return;
	verdict = &scratch->verdict;
	verdict->owner_slot = nsaccel_owner_slot;
	verdict->ifindex = ifindex;
	verdict->hook = hook;
	nsa_mac_copy(verdict->eth, pkt->eth->h_dest);
	nsa_mac_copy(verdict->eth + 6, pkt->eth->h_source);
	*(__u16 *)(verdict->eth + 12) = pkt->eth->h_proto;
	__builtin_memcpy(verdict->src, addrs->src, sizeof(verdict->src));
	__builtin_memcpy(verdict->dst, addrs->dst, sizeof(verdict->dst));
	verdict->config_seq = nsa_config_seq_read();
	verdict->src_seq = nsa_route_seq_read(pkt->family, verdict->src);
	verdict->dst_seq = nsa_route_seq_read(pkt->family, verdict->dst);
	scratch->verdict_hash = hash;
	scratch->by_kernel = 0;
	nsa_keep_order();
}

/* Does the verdict depend on nothing but the key and state that has a sequence? At ingress frames from a macvlan's
 * MAC are excluded: one that its lower turned round looks like one from the wire. */
static __always_inline bool nsa_verdict_is_lasting(const struct nsa_scratch *scratch,
						   const struct nsa_source *src,
						   const struct nsa_hop *hop)
{
	const struct nsaccel_cached_verdict *verdict = &scratch->verdict;

	if ((verdict->config_seq | verdict->src_seq | verdict->dst_seq) & NSA_SEQ_INVALID ||
	    scratch->by_kernel)
		return false;
	return src->gate == NSACCEL_GATE_OPEN && nsa_verdict_is_for_port(src) &&
	       !nsa_dst_is_checked(src, hop->nh.dst_slot) &&
	       !(src->port->macvlan_lower && verdict->hook != NSACCEL_HOOK_TC_EGRESS &&
		 nsa_endpoint(verdict->eth + 6, src->ifindex, NSA_EP_BETWEEN));
}

/* Records what was decided on a packet that is about to be sent. */
__subprog void nsa_verdict_record(const struct nsa_source *src, const struct nsa_hop *hop)
{
	struct nsa_scratch *scratch = nsa_scratch();
	struct nsaccel_cached_verdict *verdict, *entry;
	struct nsaccel_verdict_tag *tag;
	__u32 index;

	if (!scratch || !nsa_verdict_is_lasting(scratch, src, hop))
		return;
	index = nsa_verdict_index(scratch->verdict_hash);
	entry = bpf_map_lookup_elem(&nsa_verdicts, &index);
	tag = nsa_verdict_tag(scratch->verdict_hash);
	if (!entry || !tag)
		return;
	tag->recorded = NSA_VERDICT_RECORDED(scratch->verdict_hash);
	/* Once it is stale the next packet is recorded. */
	*nsa_verdict_candidate(tag, scratch->verdict.hook) =
		NSA_VERDICT_CANDIDATE(scratch->verdict_hash);
	verdict = &scratch->verdict;
	verdict->keep_priority = src->port->keep_priority;
	verdict->slot = src->slot;
	verdict->nexthop = hop->id;
	verdict->mark = hop->mark;
	nsa_copy_words(verdict->record, &hop->nh, sizeof(verdict->record));
	nsa_copy_words(entry, verdict, sizeof(*entry));
}

/* Is a verdict of one hook one for another? XDP uses those of TC ingress, too. TC uses none of XDP, which sets no
 * mark for the egress program. */
static __always_inline bool nsa_verdict_is_of(__u8 recorded, enum nsaccel_hook hook)
{
	return recorded == hook ||
	       (hook == NSACCEL_HOOK_XDP && recorded == NSACCEL_HOOK_TC_INGRESS);
}

/* The verdict that was recorded under that hash, if it holds for the packet; or NULL. */
static __always_inline const struct nsaccel_cached_verdict *
nsa_verdict_read(const struct nsa_pkt *pkt, const struct nsa_address_pair *addrs, __u32 ifindex,
		 __u64 hash, enum nsaccel_hook hook)
{
	__u32 index = nsa_verdict_index(hash);
	const struct nsaccel_cached_verdict *verdict = bpf_map_lookup_elem(&nsa_verdicts, &index);

	return verdict && nsa_verdict_is_of(verdict->hook, hook) &&
			       nsa_verdict_is_for(verdict, pkt, addrs, ifindex) &&
			       nsa_verdict_holds(verdict, pkt) ?
		       verdict :
		       NULL;
}

/* The verdict for a packet, or NULL. */
static __always_inline const struct nsaccel_cached_verdict *
nsa_verdict_find(struct nsa_pkt *pkt, const void *end, __u32 ifindex, enum nsaccel_hook hook)
{
	const struct nsaccel_cached_verdict *verdict = NULL;
	struct nsa_address_pair addrs = {};
	struct nsaccel_verdict_tag *tag;
	__u64 hash;

	if (!pkt->family || !nsa_address_pair_read(pkt, end, &addrs)) {
		nsa_verdict_skip();
		return NULL;
	}
	hash = nsa_verdict_hash(&addrs, ifindex, pkt->family == NSACCEL_FAMILY_INET6);
	tag = nsa_verdict_tag(hash);
	if (tag && tag->recorded == NSA_VERDICT_RECORDED(hash))
		verdict = nsa_verdict_read(pkt, &addrs, ifindex, hash, hook);
	if (verdict)
		return verdict;
	if (tag && nsa_verdict_is_due(nsa_verdict_candidate(tag, hook), hash))
		nsa_verdict_begin(pkt, &addrs, ifindex, hash, hook);
	else
		nsa_verdict_skip();
	return NULL;
}

/* False for IPv6 extension headers: the guard looks for neighbour discovery behind them. */
static __always_inline bool nsa_verdict_sees_all(const struct nsa_pkt *pkt)
{
	return pkt->family == NSACCEL_FAMILY_INET || pkt->proto == IPPROTO_TCP ||
	       pkt->proto == IPPROTO_UDP || pkt->proto == IPPROTO_ICMPV6;
}

/* Is the device still the owner's, and netfilter as it was when the gates were set? net: the
 * device's; NULL: the kernel doesn't show it. */
static __always_inline bool nsa_verdict_net_ok(const struct net *net, enum nsaccel_family family)
{
	return !net || (!nsa_is_moved(net) && nsa_hooks_unchanged(net, family, false));
}

#endif
