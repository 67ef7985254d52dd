// SPDX-License-Identifier: GPL-2.0-only
/*
 * The floor of each mechanism: programs that know the answer when they are loaded. They rewrite MAC
 * addresses and TTL, as every router has to, and redirect. Whatever decides by tables costs more
 * than that.
 */
#include <linux/bpf.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "floor.h"

/* volatile on every read: without it the zeroes seen at compile time would be folded in. */
const volatile struct floor_config config = {};

struct {
	__uint(type, BPF_MAP_TYPE_DEVMAP);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(__u32));
} floor_tx SEC(".maps");

/* RFC 1141: the TTL is the high byte of its word of the header. */
static __always_inline int decrease_ttl(struct iphdr *ip)
{
	__u32 sum = ip->check + bpf_htons(0x0100);

	if (ip->ttl <= 1)
		return -1;
	ip->check = (__sum16)(sum + (sum >= 0xffff));
	ip->ttl--;
	return 0;
}

static __always_inline int decrease_hop_limit(struct ipv6hdr *ip)
{
	if (ip->hop_limit <= 1)
		return -1;
	ip->hop_limit--;
	return 0;
}

/* Not 0: it isn't for the floor, the kernel gets it. */
static __always_inline int rewrite(void *data, void *data_end)
{
	struct ethhdr *eth = data;
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct iphdr *ip = (void *)(eth + 1);
	int r;

	if ((void *)(ip + 1) > data_end)
		return -1;
	if (eth->h_proto == bpf_htons(ETH_P_IP))
		r = config.bridging ? 0 : decrease_ttl(ip);
	else if (eth->h_proto == bpf_htons(ETH_P_IPV6) && (void *)(ip6 + 1) <= data_end)
		r = config.bridging ? 0 : decrease_hop_limit(ip6);
	else
		r = -1;
	if (r || config.bridging)
		return r;
#pragma unroll
	for (int i = 0; i < ETH_ALEN; i++) {
		eth->h_dest[i] = config.dst_mac[i];
		eth->h_source[i] = config.src_mac[i];
	}
	return 0;
}

SEC("tc")
int floor_tc(struct __sk_buff *skb)
{
	if (rewrite((void *)(long)skb->data, (void *)(long)skb->data_end))
		return TC_ACT_UNSPEC;
	if (config.peer)
		return bpf_redirect_peer(config.ifindex, 0);
	return bpf_redirect(config.ifindex, config.flags);
}

SEC("xdp")
int floor_xdp(struct xdp_md *ctx)
{
	if (rewrite((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_PASS;
	return bpf_redirect_map(&floor_tx, 0, XDP_ABORTED);
}

char _license[] SEC("license") = "GPL";
