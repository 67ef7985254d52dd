// SPDX-License-Identifier: GPL-2.0-only
/* Gives a packet what BPF_PROG_TEST_RUN can't, then goes on to the program under test: a VLAN tag
 * in the metadata, where a NIC puts it, and a length that the kernel refuses as input. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_endian.h>

bool tagged = false;
__u32 cut_to = 0; /* 0: stays as long as it is */

struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__type(key, __u32);
	__type(value, __u32);
	__uint(max_entries, 1);
} under_test SEC(".maps");

SEC("tc")
int before(struct __sk_buff *skb)
{
	if (tagged && bpf_skb_vlan_push(skb, bpf_htons(ETH_P_8021Q), 5))
		return TC_ACT_OK;
	if (cut_to && bpf_skb_change_tail(skb, cut_to, 0))
		return TC_ACT_OK;
	bpf_tail_call(skb, &under_test, 0);
	return TC_ACT_OK;
}

char _license[] SEC("license") = "GPL";
