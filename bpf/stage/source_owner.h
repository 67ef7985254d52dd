/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which endpoint owns an address, by the owner's routes, neighbours and the user's lists.
 * Statements of the namespace itself don't count. On a link with others (a bridge, a macvlan's
 * lower) the owner's neighbour table has to lead to the endpoint's MAC.
 */
#ifndef NSA_STAGE_SOURCE_OWNER_H
#define NSA_STAGE_SOURCE_OWNER_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/order.h"
#include "core/scratch.h"
#include "map/nexthops.h"
#include "map/ports.h"
#include "map/sources.h"
#include "map/tables.h"
#include "pkt/arp.h"
#include "pkt/parse.h"

/* Whose frames are checked. Flags are 0 or 1. */
struct nsa_guarded {
	__u8 source4[4], source6[NSACCEL_ADDR_LEN]; /* what they come from most */
	__u32 slot;
	__u32 l3_ifindex; /* of its link, in the owner */
	__u8 pinned;
	__u8 strict;  /* others may be on its link, or receive packets for its addresses */
	__u8 shared;  /* others are on its link */
	__u8 lenient; /* any address that nobody else has is accepted: the kernel decides */
	__u8 mac[NSACCEL_MAC_LEN]; /* source of the frame: its own */
	struct nsaccel_prefix key; /* the address in question */
	struct bpf_fib_lookup lookup;
	union { /* the header that is looked at */
		struct nsa_arp arp;
		struct iphdr ip4;
		struct ipv6hdr ip6;
		__u8 target[NSACCEL_ADDR_LEN]; /* of neighbour discovery */
	};
};

/* The stack is full. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsa_guarded);
	__uint(max_entries, 1);
} nsaccel_guarded SEC(".maps");

static __always_inline struct nsa_guarded *nsa_guarded(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&nsaccel_guarded, &zero);
}

/* Owner of an address, as seen from the endpoint that sends from it. */
enum nsa_source_owner {
	NSA_SOURCE_UNKNOWN, /* leads elsewhere: out of the machine, to another link, nowhere */
	NSA_SOURCE_OWN,
	NSA_SOURCE_OTHER,   /* also the host's own, and addresses that nobody may send from */
	NSA_SOURCE_FREE,    /* on its link, and no neighbour has been resolved */
	NSA_SOURCE_ASK_FIB, /* only the kernel's own lookup tells */
};

static __always_inline enum nsa_source_owner nsa_hop_source_owner(const struct nsaccel_nexthop *nh,
								  const struct nsa_guarded *guarded)
{
	bool sends = nh->action >= NSACCEL_ACTION_NIC;

	/* Also where the lookup tells too little to forward by (gateway, MTU). */
	if (nh->reason == NSACCEL_PASS_FIB)
		return NSA_SOURCE_ASK_FIB;
	if (nh->action == NSACCEL_ACTION_PASS &&
	    (nh->reason == NSACCEL_PASS_LOCAL || nh->reason == NSACCEL_PASS_MULTICAST))
		return NSA_SOURCE_OTHER;
	if (sends && nh->dst_slot)
		return nh->dst_slot == guarded->slot ? NSA_SOURCE_OWN : NSA_SOURCE_OTHER;
	if (nh->l3_ifindex != guarded->l3_ifindex)
		return NSA_SOURCE_UNKNOWN;
	if (!guarded->shared)
		return NSA_SOURCE_OWN;
	return sends ? NSA_SOURCE_OTHER : NSA_SOURCE_ASK_FIB;
}

/* By the owner's table. While the table is missing (too big to be written), or its entry is being
 * changed, nothing is verified. */
static __always_inline enum nsa_source_owner nsa_source_owner(const struct nsaccel_prefix *key,
							      const struct nsa_guarded *guarded)
{
	__u64 route = nsa_table_find(nsaccel_owner_slot, key);
	__u32 id = (__u32)route, sequence;
	const struct nsaccel_nexthop *nh;
	enum nsa_source_owner owner;

	if (route == NSA_NO_TABLE)
		return NSA_SOURCE_OTHER;
	if (!nsa_is_route(route))
		return NSA_SOURCE_UNKNOWN;
	nh = bpf_map_lookup_elem(&nsa_nexthops, &id);
	if (!nh)
		return NSA_SOURCE_OTHER;
	sequence = READ_ONCE(nh->sequence);
	nsa_keep_order();
	if (nh->generation != (__u32)(route >> 32))
		return NSA_SOURCE_OTHER;
	owner = nsa_hop_source_owner(nh, guarded);
	nsa_keep_order();
	return !(sequence & 1) && READ_ONCE(nh->sequence) == sequence ? owner : NSA_SOURCE_OTHER;
}

static __always_inline bool nsa_is_link_local(const struct nsaccel_prefix *key)
{
	return key->family == NSACCEL_FAMILY_INET6 && nsa_ip6_is_link_local(key->addr);
}

/* Addresses that no packet may come from, whatever the routes. */
static __always_inline bool nsa_is_no_source(const struct nsaccel_prefix *key)
{
	const __u32 *words = (const void *)key->addr;

	if (key->family == NSACCEL_FAMILY_INET)
		return !key->addr[0] || key->addr[0] == 127 || (key->addr[0] & 0xf0) == 0xe0 ||
		       words[0] == 0xffffffff;
	return key->addr[0] == 0xff || (!words[0] && !words[1] && !words[2]);
}

#define NSA_LOOPBACK   1 /* its ifindex, in each namespace */
#define NSA_FIB_OUTPUT 2 /* BPF_FIB_LOOKUP_OUTPUT */

/* By the kernel's route to the address, looked up as fib_validate_source() does. Of an address that
 * others may have, too (link-local, or on a link without others), only whether it is routed to this
 * link. */
__subprog enum nsa_source_owner nsa_source_owner_fib(struct __sk_buff *skb,
						     const struct nsaccel_prefix *key,
						     struct nsa_guarded *guarded)
{
	struct bpf_fib_lookup *params = &guarded->lookup;
	bool on_link = nsa_is_link_local(key), out = on_link || !guarded->strict;
	const struct nsaccel_port *port;
	long r;

	__builtin_memset(params, 0, sizeof(*params));
	params->family = (__u8)key->family;
	params->tot_len = 1; /* any length */
	params->ifindex = out ? guarded->l3_ifindex : NSA_LOOPBACK;
	if (key->family == NSACCEL_FAMILY_INET)
		__builtin_memcpy(&params->ipv4_dst, key->addr, sizeof(params->ipv4_dst));
	else
		__builtin_memcpy(params->ipv6_dst, key->addr, sizeof(params->ipv6_dst));
	nsa_asked_kernel();
	r = bpf_fib_lookup(skb, params, sizeof(*params), out ? NSA_FIB_OUTPUT : 0);
	if (r != BPF_FIB_LKUP_RET_SUCCESS && r != BPF_FIB_LKUP_RET_NO_NEIGH)
		return on_link ? NSA_SOURCE_FREE : NSA_SOURCE_UNKNOWN;
	if (params->ifindex !=
	    guarded->l3_ifindex) { /* one of several next hops: another port of the namespace */
		port = nsa_port(params->ifindex);
		return port && port->kind == NSACCEL_KIND_VETH &&
				       port->source_slot == guarded->slot ?
			       NSA_SOURCE_OWN :
			       NSA_SOURCE_UNKNOWN;
	}
	if (!guarded->shared)
		return NSA_SOURCE_OWN;
	if (r == BPF_FIB_LKUP_RET_NO_NEIGH)
		return NSA_SOURCE_FREE;
	return nsa_mac_equal(params->dmac, guarded->mac) ? NSA_SOURCE_OWN : NSA_SOURCE_OTHER;
}

/* Is the address reserved on this link, or listed for another namespace? */
static __always_inline bool nsa_is_reserved(const struct nsaccel_prefix *key,
					    const struct nsa_guarded *guarded)
{
	return nsa_listed(key, NSACCEL_SOURCE_OF_OWNER | nsaccel_owner_slot,
			  nsa_is_link_local(key) ? guarded->l3_ifindex : 0) != NSACCEL_SOURCE_NONE;
}

/* May the endpoint send from the address? claims: it claims the address by ARP or neighbour
 * discovery, from which the owner's kernel learns: an address that nobody has may be claimed. A
 * link-local address, of which the owner knows little, may be used by whoever comes first. Whose
 * frame it is, nsa_guarded() says. Global: the verifier checks it once; at each call, Linux 6.1
 * went through it 1,013 times, half of all that it did. */
__noinline int nsa_source_allowed(struct __sk_buff *skb, const struct nsaccel_prefix *key,
				  __u32 claims)
{
	struct nsa_guarded *guarded = nsa_guarded();
	enum nsa_source_owner owner;

	if (!key || !guarded)
		return false;
	if (guarded->pinned)
		return nsa_listed(key, guarded->slot, 0) == NSACCEL_SOURCE_PINNED;
	if (nsa_is_no_source(key))
		return false;
	if (!guarded->strict && guarded->lenient)
		return true;
	if (guarded->strict && nsa_is_reserved(key, guarded))
		return false;
	if (nsa_is_link_local(key))
		owner = guarded->shared ? NSA_SOURCE_ASK_FIB : NSA_SOURCE_OWN;
	else
		owner = nsa_source_owner(key, guarded);
	if (owner == NSA_SOURCE_ASK_FIB || (!guarded->strict && owner != NSA_SOURCE_OWN))
		owner = nsa_source_owner_fib(skb, key, guarded);
	if (owner == NSA_SOURCE_FREE)
		return claims || guarded->lenient || nsa_is_link_local(key);
	if (owner == NSA_SOURCE_UNKNOWN)
		return guarded->shared && guarded->lenient;
	return owner == NSA_SOURCE_OWN;
}

static __always_inline bool nsa_guard_ip4(struct __sk_buff *skb, struct nsa_guarded *guarded,
					  const __u8 *address, bool claims)
{
	__u32 a, b;

	__builtin_memcpy(&a, address, sizeof(a));
	__builtin_memcpy(&b, guarded->source4, sizeof(b));
	if (a == b && a)
		return true;
	nsa_key4(&guarded->key, &a);
	return nsa_source_allowed(skb, &guarded->key, claims);
}

static __always_inline bool nsa_guard_ip6(struct __sk_buff *skb, struct nsa_guarded *guarded,
					  const __u8 *address, bool claims)
{
	__u32 a[4], b[4];

	__builtin_memcpy(a, address, sizeof(a));
	__builtin_memcpy(b, guarded->source6, sizeof(b));
	if (a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[0])
		return true;
	nsa_key6(&guarded->key, a);
	return nsa_source_allowed(skb, &guarded->key, claims);
}

#endif
