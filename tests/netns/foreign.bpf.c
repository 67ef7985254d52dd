// SPDX-License-Identifier: GPL-2.0-only
/* Somebody else's programs: they count, and pass or (a consumer) drop. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>

#include <bpf/bpf_helpers.h>

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} seen SEC(".maps");

static __always_inline int count(int verdict)
{
	__u32 key = 0;
	__u64 *n = bpf_map_lookup_elem(&seen, &key);

	if (n)
		__sync_fetch_and_add(n, 1);
	return verdict;
}

SEC("xdp.frags")
int foreign_pass(struct xdp_md *ctx)
{
	return count(XDP_PASS);
}

SEC("xdp.frags")
int foreign_drop(struct xdp_md *ctx)
{
	return count(XDP_DROP);
}

SEC("tc")
int foreign_tc(struct __sk_buff *skb)
{
	return count(TC_ACT_UNSPEC);
}

char LICENSE[] SEC("license") = "GPL";
