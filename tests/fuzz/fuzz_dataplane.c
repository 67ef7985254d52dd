// SPDX-License-Identifier: GPL-2.0-only
/*
 * The TC programs, built natively, on any frame and any contents of the maps, which may change
 * between two looks at them: what somebody who may write to the maps could leave there. Whatever it
 * is, the frame is passed as it is, dropped, or sent by a device that a record names.
 *
 * Input: see machine_input.h; MACHINE_OTHER is egress.
 */
#include "usual.h"

#include <stdint.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmissing-prototypes" /* the verifier takes each by itself */
#pragma clang diagnostic ignored "-Wunused-parameter"
#include "bpf/nsaccel_tc.bpf.c"
#pragma clang diagnostic pop

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static const struct nsaccel_endpoint usual_endpoint = { .netns_cookie = 80,
							.slot = USUAL_GUEST,
							.kind = NSACCEL_KIND_VETH,
							.mtu = 1500,
							.source4 = { 10, 0, 0, 2 } };
static const struct nsaccel_fdb usual_fdb = { .ifindex = USUAL_TARGET,
					      .action = NSACCEL_ACTION_NIC,
					      .mtu = 1500 };
static const struct nsaccel_share usual_share = { .port = USUAL_TARGET, .ready = 1 };
static const struct nsaccel_policy_head usual_head = { .chunks = 1 };

const struct machine_map machine_maps[] = {
	USUAL_MAPS,
	MACHINE_MAP(nsa_netns, NULL),
	MACHINE_MAP(nsa_port_stats, NULL),
	MACHINE_MAP(nsa_port_stats2, NULL),
	MACHINE_MAP(nsa_endpoints, &usual_endpoint),
	MACHINE_MAP(nsa_fdb, &usual_fdb),
	MACHINE_MAP(nsa_shares, &usual_share),
	MACHINE_MAP(nsa_flow_use, NULL),
	MACHINE_MAP(nsa_ep_copy, NULL),
	MACHINE_MAP(nsa_neigh_used, NULL),
	MACHINE_MAP(nsa_sources, NULL),
	MACHINE_MAP(nsa_limits, NULL),
	MACHINE_MAP(nsa_rule_stats, NULL),
	MACHINE_MAP(nsa_head, &usual_head),
	MACHINE_MAP(nsa_sets, NULL),
	MACHINE_MAP(nsa_hash, NULL),
	MACHINE_MAP(nsa_lpm, NULL),
	MACHINE_MAP(nsa_conn, NULL),
	MACHINE_MAP_OF(nsa_policy_head, &nsa_head),
	MACHINE_MAP_OF(nsa_policy_sets, &nsa_sets),
	MACHINE_MAP_OF(nsa_policy_hash, &nsa_hash),
	MACHINE_MAP_OF(nsa_policy_lpm, &nsa_lpm),
	MACHINE_MAP_OF(nsa_conns, &nsa_conn),
	MACHINE_MAP(nsaccel_guarded, NULL),
	MACHINE_MAP(nsaccel_match, NULL),
	MACHINE_MAP(nsaccel_rejects, NULL),
	{},
};

static bool port_leads_there(const void *value, const void *ifindex)
{
	const struct nsaccel_port *port = value;

	return port->share_nic == *(const __u32 *)ifindex ||
	       port->l3_ifindex == *(const __u32 *)ifindex;
}

static bool cached_leads_there(const void *value, const void *ifindex)
{
	return port_leads_there(&((const struct nsaccel_cached_port *)value)->port, ifindex);
}

static bool hop_leads_there(const void *value, const void *ifindex)
{
	const struct nsaccel_nexthop *nh = value;

	return nh->ifindex == *(const __u32 *)ifindex && nh->owner_slot == USUAL_OWNER &&
	       nh->generation;
}

static bool fdb_leads_there(const void *value, const void *ifindex)
{
	return ((const struct nsaccel_fdb *)value)->ifindex == *(const __u32 *)ifindex;
}

static bool share_leads_there(const void *value, const void *ifindex)
{
	const struct nsaccel_share *share = value;

	return share->ready && share->port == *(const __u32 *)ifindex;
}

/* Does a record name the device, of this owner? The one that it came by it may go back to. */
static bool is_named(const struct __sk_buff *skb, __u32 ifindex)
{
	return ifindex == skb->ifindex || machine_fib_said(ifindex) ||
	       machine_each(&nsa_nexthops, hop_leads_there, &ifindex) ||
	       machine_each(&nsa_fdb, fdb_leads_there, &ifindex) ||
	       machine_each(&nsa_shares, share_leads_there, &ifindex) ||
	       machine_each(&nsa_ports, port_leads_there, &ifindex) ||
	       machine_each(&nsa_port_cache, cached_leads_there, &ifindex);
}

static bool is_macvlans(const void *value, const void *data)
{
	(void)data;
	return ((const struct nsaccel_nexthop *)value)->action == NSACCEL_ACTION_MACVLAN;
}

static void check(const struct __sk_buff *skb, int verdict)
{
	__u32 ifindex;

	require(verdict == TC_ACT_UNSPEC || verdict == TC_ACT_SHOT || verdict == TC_ACT_REDIRECT);
	if (nsa_probing(skb))
		return;
	require(verdict != TC_ACT_REDIRECT || machine_redirects(&ifindex));
	if (!machine_maps_are_stable())
		return;
	require(verdict != TC_ACT_REDIRECT || is_named(skb, ifindex));
	/* On its own lower a macvlan's frame is only addressed anew. */
	require(verdict != TC_ACT_UNSPEC || machine_frame_is_unchanged() ||
		machine_each(&nsa_nexthops, is_macvlans, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	struct __sk_buff skb;
	int verdict;

	if (!machine_begin_skb(input, size, &skb))
		return 0;
	verdict = input[0] & MACHINE_OTHER ? nsaccel_tc_eg(&skb) : nsaccel_tc_in(&skb);
	check(&skb, verdict);
	machine_end();
	return 0;
}
