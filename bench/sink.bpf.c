// SPDX-License-Identifier: GPL-2.0-only
/* Counts and drops what the generator sent; everything else goes on as if it weren't here. */
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>
#include <stdbool.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "sink.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct sink_count);
} sink_count SEC(".maps");

static __always_inline bool is_ours(void *data, void *data_end)
{
	struct ethhdr *eth = data;
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp;

	if ((void *)(ip + 1) > data_end)
		return false;
	if (eth->h_proto == bpf_htons(ETH_P_IP)) {
		if (ip->protocol != IPPROTO_UDP)
			return false;
		udp = (void *)(ip + 1);
	} else {
		if (eth->h_proto != bpf_htons(ETH_P_IPV6) || (void *)(ip6 + 1) > data_end ||
		    ip6->nexthdr != IPPROTO_UDP)
			return false;
		udp = (void *)(ip6 + 1);
	}
	return (void *)(udp + 1) <= data_end && udp->dest == bpf_htons(SINK_PORT);
}

static __always_inline bool swallow(void *data, void *data_end)
{
	struct sink_count *count;
	__u32 zero = 0;

	if (!is_ours(data, data_end))
		return false;
	count = bpf_map_lookup_elem(&sink_count, &zero);
	if (!count)
		return false;
	count->packets++;
	count->bytes += data_end - data;
	return true;
}

SEC("xdp")
int sink_xdp(struct xdp_md *ctx)
{
	return swallow((void *)(long)ctx->data, (void *)(long)ctx->data_end) ? XDP_DROP : XDP_PASS;
}

SEC("tc")
int sink_tc(struct __sk_buff *skb)
{
	return swallow((void *)(long)skb->data, (void *)(long)skb->data_end) ? TC_ACT_SHOT :
									       TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
