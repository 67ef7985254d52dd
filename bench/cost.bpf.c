// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_PROG_TEST_RUN feeds a program with its own output: the TTL runs down, and the addresses are a
 * next hop's. These entries write the header anew and go on to the program that is measured. Beside
 * it they run an empty program, whose cost is subtracted, and a reference, which tells how fast the
 * machine is.
 */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

#include "cost.h"

struct cost_header cost_header = {};

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} cost_tc_prog SEC(".maps"), cost_xdp_prog SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 64);
	__type(key, struct cost_header);
	__type(value, __u64);
} cost_hash SEC(".maps");

static __always_inline int restore_header(void *data, void *data_end)
{
	struct cost_header *header = data;

	if ((void *)(header + 1) > data_end)
		return -1;
	*header = cost_header;
	return 0;
}

SEC("tc")
int cost_tc(struct __sk_buff *skb)
{
	if (restore_header((void *)(long)skb->data, (void *)(long)skb->data_end))
		return TC_ACT_SHOT;
	skb->mark = 0;
	skb->priority = 0;
	skb->cb[4] = 0;
	bpf_tail_call(skb, &cost_tc_prog, 0);
	return TC_ACT_SHOT;
}

SEC("xdp.frags")
int cost_xdp(struct xdp_md *ctx)
{
	if (restore_header((void *)(long)ctx->data, (void *)(long)ctx->data_end))
		return XDP_ABORTED;
	bpf_tail_call(ctx, &cost_xdp_prog, 0);
	return XDP_ABORTED;
}

SEC("tc")
int empty_tc(struct __sk_buff *skb)
{
	(void)skb;
	return TC_ACT_UNSPEC;
}

SEC("xdp.frags")
int empty_xdp(struct xdp_md *ctx)
{
	(void)ctx;
	return XDP_PASS;
}

/* Lookups by a long key, each after the other: that is the most of what programs that forward do,
 * too. */
SEC("tc")
int reference_tc(struct __sk_buff *skb)
{
	struct cost_header key = cost_header;
	__u64 *value;

	for (int i = 0; i < 4; i++) {
		value = bpf_map_lookup_elem(&cost_hash, &key);
		key.words[i] += value ? *value : skb->len;
	}
	return key.words[0] == 1 ? TC_ACT_SHOT : TC_ACT_UNSPEC;
}

char _license[] SEC("license") = "GPL";
