// SPDX-License-Identifier: GPL-2.0-only
/* Frames that fit into 512 bytes as Linux 6.18 counts, and are 544 as 6.1 does: for run.sh's test
 * of the test. By a static function, a global one, and a callback, which count alike. */
#include "vmlinux.h"
#include <bpf/bpf_helpers.h>

/* use: a frame of so many bytes, which the compiler can't leave out. */
#define use(bytes)                                                                                 \
	volatile __u64 frame[(bytes) / 8] = {};                                                    \
	frame[0] = bpf_get_prandom_u32()

__noinline int last(__u32 depth)
{
	use(40);
	return (int)(frame[0] + depth);
}

static long each(__u32 i, void *context)
{
	use(72);
	(void)context;
	frame[1] = (__u64)last(i);
	return 0;
}

static __noinline int first(__u32 n)
{
	use(200);
	bpf_loop(n, each, NULL, 0);
	return (int)frame[0];
}

SEC("tc")
int deep(struct __sk_buff *skb)
{
	use(136);
	return first(skb->len) + (int)frame[0];
}

char _license[] SEC("license") = "GPL";
