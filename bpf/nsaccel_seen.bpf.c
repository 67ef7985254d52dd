// SPDX-License-Identifier: GPL-2.0-only
/* Run by BPF_PROG_TEST_RUN in a namespace: writes behind the packet's Ethernet header what programs
 * see of its netfilter. */
#include "core/bpf.h"
#include "core/netfilter.h"
#include "core/owner.h"

SEC("tc")
int nsaccel_see(struct __sk_buff *ctx)
{
	const struct net *net = nsa_skb_net(ctx);
	struct nsaccel_netfilter seen = {};

	if (!net)
		return 0;
	for (int which = 0; which < NSACCEL_HOOKS_COUNT; which++)
		seen.hooks[which] = nsa_hooks(net, which);
	seen.sequence = nsa_nft_sequence(net);
	seen.known = 1;
	bpf_skb_store_bytes(ctx, sizeof(struct ethhdr), &seen, sizeof(seen), 0);
	return 0;
}

char _license[] SEC("license") = "GPL";
