// SPDX-License-Identifier: GPL-2.0-only
/* What XDP's programs alone have of the kernel. */
#include "machine_frame.h"
#include "machine_input.h"

#include <stdlib.h>

static struct {
	bool redirects;
	__u32 key;
} to;

static void show(struct xdp_md *xdp)
{
	machine_frame_show();
	xdp->data = (__u32)(unsigned long)machine_frame.data;
	xdp->data_end = (__u32)(unsigned long)(machine_frame.data + machine_frame.linear);
}

bool machine_begin_xdp(const __u8 *input, size_t size, bool frags, struct xdp_md *xdp)
{
	struct machine_head head;

	if (!machine_begin(input, size, &head))
		return false;
	if (!frags)
		machine_frame.linear = machine_frame.len;
	to.redirects = false;
	*xdp = (struct xdp_md){ .ingress_ifindex = head.ifindex };
	show(xdp);
	return true;
}

__u64 bpf_xdp_get_buff_len(struct xdp_md *xdp)
{
	(void)xdp;
	machine_called();
	return machine_frame.len;
}

long bpf_xdp_load_bytes(struct xdp_md *xdp, __u32 offset, void *into, __u32 len)
{
	(void)xdp;
	if (machine_fails())
		return -1;
	return machine_frame_load(offset, into, len);
}

long bpf_xdp_adjust_tail(struct xdp_md *xdp, int delta)
{
	if (delta > 0)
		abort(); /* no frame is made longer */
	if (machine_fails() || machine_frame.len + delta < (long)sizeof(struct ethhdr))
		return -1;
	machine_frame_cut(machine_frame.len + (__u32)delta);
	show(xdp);
	return 0;
}

long machine_redirect_map(const void *map, __u32 key, __u64 flags)
{
	if (flags & ~(__u64)(XDP_ABORTED | XDP_DROP | XDP_PASS | XDP_TX))
		abort();
	if (!machine_lookup(map, &key)) {
		to.redirects = false;
		return (long)flags;
	}
	to.redirects = true;
	to.key = key;
	return XDP_REDIRECT;
}

bool machine_redirects_by(__u32 *key)
{
	*key = to.key;
	return to.redirects;
}
