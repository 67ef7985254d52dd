/* SPDX-License-Identifier: GPL-2.0-only */
/* What the verdicts of a port's packets are for: all packets of two addresses, or one flow. It is
 * noted, so that most packets with a verdict don't look their port up. */
#ifndef NSA_STAGE_SCOPE_H
#define NSA_STAGE_SCOPE_H

#include "core/bpf.h"
#include "core/context.h"
#include "core/features.h"
#include "core/order.h"
#include "map/owners.h"

enum nsa_scope {
	NSA_SCOPE_NONE,	     /* there are none, or nothing is noted */
	NSA_SCOPE_ADDRESSES, /* all packets of two addresses */
	NSA_SCOPE_FLOW,
};

/* By the lowest bits of a port's ifindex. A note holds until the configuration changes; of two
 * ports that share an element the first one has it. */
#define NSA_SCOPES 4096
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, __u64); /* nsa_scope_word() */
	__uint(max_entries, NSA_SCOPES);
} nsa_scopes SEC(".maps");

static __always_inline __u64 *nsa_scope_note_of(__u32 ifindex)
{
	__u32 index = ifindex % NSA_SCOPES;

	return bpf_map_lookup_elem(&nsa_scopes, &index);
}

/* An ifindex has 31 bits: shifted, its highest bit overlaps the lowest of config_seq. A clash would
 * need an odd sequence, under which no verdict holds. */
static __always_inline __u64 nsa_scope_word(__u32 ifindex, __u32 config_seq, enum nsa_scope scope)
{
	return (__u64)config_seq << 32 ^ (__u64)ifindex << 2 ^ scope;
}

static __always_inline enum nsa_scope nsa_scope_noted(__u32 ifindex, __u32 config_seq)
{
	const __u64 *note = nsa_scope_note_of(ifindex);
	__u64 scope;

	if (!note)
		return NSA_SCOPE_NONE;
	scope = READ_ONCE(*note) ^ nsa_scope_word(ifindex, config_seq, 0);
	return scope <= NSA_SCOPE_FLOW ? (enum nsa_scope)scope : NSA_SCOPE_NONE;
}

static __always_inline enum nsa_scope nsa_scope_of(const struct nsaccel_port *port)
{
	if (port->gate == NSACCEL_GATE_SHUT || port->shared || port->share_nic)
		return NSA_SCOPE_NONE;
	if (port->gate != NSACCEL_GATE_FLOW && !nsa_owner_polices())
		return NSA_SCOPE_ADDRESSES;
	return nsa_has(NSACCEL_FEATURE_GATE | NSACCEL_FEATURE_POLICY) ? NSA_SCOPE_FLOW :
									NSA_SCOPE_NONE;
}

/* Ports of a bridge are never noted: only routed frames have verdicts, which takes the port's MAC
 * to tell. */
static __always_inline void nsa_scope_note(const struct nsa_source *src, enum nsa_scope scope)
{
	__u64 word, *note;

	if (scope == NSA_SCOPE_NONE || src->port->bridge)
		return;
	word = nsa_scope_word(src->ifindex, src->config_seq, scope);
	note = nsa_scope_note_of(src->ifindex);
	if (note && (READ_ONCE(*note) ^ word) >> 33)
		WRITE_ONCE(*note, word);
}

#endif
