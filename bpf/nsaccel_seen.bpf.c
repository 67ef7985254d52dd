// SPDX-License-Identifier: GPL-2.0-only
/* Run by BPF_PROG_TEST_RUN in a namespace: puts into the packet what programs there see of its netfilter. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include "nsaccel/abi.h"
#include "config.h"
#include "netfilter.h"
#include "owner.h"

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
	return bpf_skb_store_bytes(ctx, 0, &seen, sizeof(seen), 0) ? 0 : 1;
}

char _license[] SEC("license") = "GPL";
