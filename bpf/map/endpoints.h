/* SPDX-License-Identifier: GPL-2.0-only */
/* Endpoints: the devices behind ports. */
#ifndef NSA_MAP_ENDPOINTS_H
#define NSA_MAP_ENDPOINTS_H

#include "core/bpf.h"
#include "core/bytes.h"
#include "core/config.h"
#include "core/order.h"

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct nsaccel_endpoint_key);
	__type(value, struct nsaccel_endpoint);
	__uint(max_entries, NSACCEL_MAX_ENDPOINTS);
} nsa_endpoints SEC(".maps");

/* Copies of endpoints: the packet's source, and one for short use. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct nsaccel_endpoint);
	__uint(max_entries, 2);
} nsa_ep_copy SEC(".maps");

#define NSA_EP_SOURCE  0
#define NSA_EP_BETWEEN 1

#define NSA_EP_BEGIN __builtin_offsetof(struct nsaccel_endpoint, netns_cookie)
#define NSA_EP_END   __builtin_offsetof(struct nsaccel_endpoint, name)

/* Returns a copy, since the kernel may give the element to another key at any time; NULL: there is
 * none. */
static __always_inline const struct nsaccel_endpoint *nsa_endpoint(const __u8 *mac, __u32 ifindex,
								   __u32 which)
{
	struct nsaccel_endpoint_key key = {};
	const struct nsaccel_endpoint *ep;
	struct nsaccel_endpoint *copy;

	key.owner_slot = nsaccel_owner_slot;
	key.ifindex = ifindex;
	nsa_mac_copy(key.mac, mac);
	ep = bpf_map_lookup_elem(&nsa_endpoints, &key);
	if (!ep)
		return NULL;
	copy = bpf_map_lookup_elem(&nsa_ep_copy, &which);
	if (!copy)
		return NULL;
	nsa_copy_words((void *)copy + NSA_EP_BEGIN, (const void *)ep + NSA_EP_BEGIN,
		       NSA_EP_END - NSA_EP_BEGIN);
	nsa_keep_order();
	return ep->key.owner_slot == key.owner_slot && ep->key.ifindex == key.ifindex &&
			       nsa_mac_equal(ep->key.mac, key.mac) ?
		       copy :
		       NULL;
}

/* A device of the owner that is stacked on a veth's host end, directly or not; NULL: the device
 * isn't one. */
static __always_inline const struct nsaccel_endpoint *nsa_upper(__u32 ifindex)
{
	const __u8 none[NSACCEL_MAC_LEN] = {};

	return nsa_endpoint(none, ifindex, NSA_EP_BETWEEN);
}

#endif
