// SPDX-License-Identifier: GPL-2.0-only
/* Run by BPF_PROG_TEST_RUN in a namespace: returns what programs see of its netfilter. */
#include "core/bpf.h"
#include "core/netfilter.h"
#include "core/owner.h"

struct nsaccel_netfilter nsaccel_netfilter_seen;

SEC("tc")
int nsaccel_see(struct __sk_buff *ctx)
{
	const struct net *net = nsa_skb_net(ctx);

	if (!net)
		return 0;
	for (int which = 0; which < NSACCEL_HOOKS_COUNT; which++)
		nsaccel_netfilter_seen.hooks[which] = nsa_hooks(net, which);
	nsaccel_netfilter_seen.sequence = nsa_nft_sequence(net);
	nsaccel_netfilter_seen.known = 1;
	return 0;
}

char _license[] SEC("license") = "GPL";
