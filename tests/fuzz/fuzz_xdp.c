// SPDX-License-Identifier: GPL-2.0-only
/*
 * The XDP programs, built natively, on any frame and any contents of the maps, which may change
 * between two looks at them. Whatever it is, the frame is passed as it was, dropped, or sent by the
 * entry of "tx" that a next hop of the owner's names, with nothing changed but what forwarding
 * changes.
 *
 * Input: see machine_input.h; MACHINE_OTHER is the dispatcher's extension.
 */
#include "usual.h"

#include <stdint.h>
#include <string.h>

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wmissing-prototypes" /* the verifier takes each by itself */
#include "bpf/nsaccel_xdp.bpf.c"
#pragma clang diagnostic pop

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static const struct bpf_devmap_val usual_tx = { .ifindex = USUAL_TARGET };

const struct machine_map machine_maps[] = {
	USUAL_MAPS,
	MACHINE_MAP(nsa_tx, &usual_tx),
	MACHINE_MAP(nsa_endpoints, NULL),
	MACHINE_MAP(nsa_ep_copy, NULL),
	{},
};

/* What the program is to have gone by. */
struct sent {
	__u32 tx_slot, l3_len;
	const struct ethhdr *eth;
};

static bool hop_sends(const void *value, const void *data)
{
	const struct nsaccel_nexthop *nh = value;
	const struct sent *sent = data;

	return nh->generation && !(nh->sequence & 1) && nh->owner_slot == USUAL_OWNER &&
	       (nh->action == NSACCEL_ACTION_NIC || nh->action == NSACCEL_ACTION_VETH ||
		nh->action == NSACCEL_ACTION_MACVLAN) &&
	       nh->tx_slot && nh->tx_slot == sent->tx_slot && sent->l3_len <= nh->mtu &&
	       !memcmp(nh->dst_mac, sent->eth->h_dest, ETH_ALEN) &&
	       !memcmp(nh->src_mac, sent->eth->h_source, ETH_ALEN);
}

/* May XDP decide what becomes of that protocol's frames that come in by the port? */
static bool port_lets_in(const void *value, const void *proto)
{
	const struct nsaccel_port *port = value;

	return port->bound != NSACCEL_BOUND_CLOSED && !port->shared && !port->bridge &&
	       (*(const __be16 *)proto == bpf_htons(ETH_P_IP) ? port->forward4 : port->forward6);
}

static bool cached_lets_in(const void *value, const void *proto)
{
	return port_lets_in(&((const struct nsaccel_cached_port *)value)->port, proto);
}

static bool hop_drops(const void *value, const void *data)
{
	(void)data;
	return ((const struct nsaccel_nexthop *)value)->action == NSACCEL_ACTION_DROP;
}

/* The bytes of layer 3, as its header has it. */
static __u32 l3_len_of(const __u8 *frame, bool ip4)
{
	if (ip4)
		return bpf_ntohs(((const struct iphdr *)(frame + ETH_HLEN))->tot_len);
	return bpf_ntohs(((const struct ipv6hdr *)(frame + ETH_HLEN))->payload_len) +
	       (__u32)sizeof(struct ipv6hdr);
}

/* Takes back what forwarding changes. */
static void take_back(__u8 *now, const __u8 *before, bool is_ip4)
{
	struct iphdr *ip4 = (struct iphdr *)(now + ETH_HLEN);
	struct ipv6hdr *ip6 = (struct ipv6hdr *)(now + ETH_HLEN);

	memcpy(now, before, (size_t)2 * ETH_ALEN);
	if (!is_ip4) {
		ip6->hop_limit++;
		return;
	}
	require(nsa_ip4_checksum_ok(ip4));
	ip4->ttl++;
	ip4->check = ((const struct iphdr *)(before + ETH_HLEN))->check;
}

static void check_sent(bool may_trim)
{
	__u32 len_before, len;
	const __u8 *before = machine_frame_before(&len_before);
	__u8 *now = machine_frame_now(&len);
	struct sent sent = { .eth = (const struct ethhdr *)now };
	bool ip4 = sent.eth->h_proto == bpf_htons(ETH_P_IP);

	require(may_trim ? len <= len_before : len == len_before);
	require(len >= (ip4 ? NSA_HDR_V4 : NSA_HDR_V6));
	sent.l3_len = l3_len_of(now, ip4);
	require(len == ETH_HLEN + sent.l3_len);
	require(machine_redirects_by(&sent.tx_slot));
	require(!machine_maps_are_stable() || machine_each(&nsa_nexthops, hop_sends, &sent));
	take_back(now, before, ip4);
	require(!memcmp(now, before, len));
}

static void check(int verdict, bool may_trim)
{
	__u32 len;
	const __be16 *proto = &((const struct ethhdr *)machine_frame_before(&len))->h_proto;

	require(verdict == XDP_PASS || verdict == XDP_DROP || verdict == XDP_REDIRECT);
	if (verdict == XDP_REDIRECT)
		check_sent(may_trim);
	else
		require(machine_frame_is_unchanged());
	if (verdict == XDP_PASS || !machine_maps_are_stable())
		return;
	require(machine_each(&nsa_ports, port_lets_in, proto) ||
		machine_each(&nsa_port_cache, cached_lets_in, proto));
	require(verdict != XDP_DROP || machine_each(&nsa_nexthops, hop_drops, NULL));
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	bool extends = size && input[0] & MACHINE_OTHER;
	struct xdp_md xdp;

	if (!machine_begin_xdp(input, size, !extends, &xdp))
		return 0;
	check(extends ? nsaccel_xdp_ext(&xdp) : nsaccel_xdp(&xdp), !extends);
	machine_end();
	return 0;
}
