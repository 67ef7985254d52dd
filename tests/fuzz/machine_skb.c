// SPDX-License-Identifier: GPL-2.0-only
/* What TC's programs alone have of the kernel. */
#include "machine_frame.h"
#include "machine_input.h"

#include "nsaccel/abi.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static struct {
	bool redirects;
	__u32 ifindex;
	__u32 fib_ifindexes; /* a bit for each that a lookup named: a packet may take two */
} to;

static void show(struct __sk_buff *skb)
{
	machine_frame_show();
	skb->data = (__u32)(unsigned long)machine_frame.data;
	skb->data_end = (__u32)(unsigned long)(machine_frame.data + machine_frame.linear);
	skb->len = machine_frame.len;
}

bool machine_begin_skb(const __u8 *input, size_t size, struct __sk_buff *skb)
{
	struct machine_head head;

	if (!machine_begin(input, size, &head))
		return false;
	memset(&to, 0, sizeof(to));
	memset(skb, 0, sizeof(*skb));
	skb->ifindex = head.ifindex;
	skb->ingress_ifindex = head.ingress_ifindex;
	skb->gso_size = head.offload * 16;
	skb->mark = head.mark;
	skb->wire_len = machine_frame.len + (machine_flag(MACHINE_PROBING) ? 1 : 0);
	skb->cb[0] = machine_flag(MACHINE_PROBING) ? NSACCEL_PROBE_MAGIC : 0;
	skb->vlan_present = machine_flag(MACHINE_TAGGED);
	skb->vlan_tci = skb->vlan_present ? 7 : 0;
	skb->vlan_proto = 0x0081;
	skb->pkt_type = machine_flag(MACHINE_OTHERHOST) ? PACKET_OTHERHOST : PACKET_HOST;
	memcpy((__u8 *)&skb->protocol, machine_frame.data + offsetof(struct ethhdr, h_proto), 2);
	show(skb);
	return true;
}

long bpf_skb_load_bytes(const void *skb, __u32 offset, void *into, __u32 len)
{
	(void)skb;
	machine_called();
	return machine_frame_load(offset, into, len);
}

long bpf_skb_pull_data(struct __sk_buff *skb, __u32 len)
{
	if (machine_fails() || len > machine_frame.len)
		return -1;
	if (!len || len > machine_frame.linear)
		machine_frame.linear = len ? len : machine_frame.len;
	show(skb);
	return 0;
}

long bpf_skb_change_tail(struct __sk_buff *skb, __u32 len, __u64 flags)
{
	if (flags || machine_fails() || len < sizeof(struct ethhdr) || len > MACHINE_MAX_FRAME ||
	    skb->gso_size)
		return -1;
	if (len > machine_frame.len)
		machine_frame_zero(machine_frame.data + machine_frame.len, len - machine_frame.len);
	machine_frame_cut(len);
	show(skb);
	return 0;
}

/* BPF_ADJ_ROOM_MAC: between the Ethernet header and the rest. */
long bpf_skb_adjust_room(struct __sk_buff *skb, __s32 room, __u32 mode, __u64 flags)
{
	const __u8 *from = machine_frame.data;

	if (mode != BPF_ADJ_ROOM_MAC || flags || room < 0 || room > 200)
		abort(); /* nothing else is used */
	if (machine_fails() || machine_frame.len + room > MACHINE_MAX_FRAME ||
	    !machine_frame_push((__u32)room))
		return -1;
	machine_frame_copy(machine_frame.data, from, sizeof(struct ethhdr));
	machine_frame_zero(machine_frame.data + sizeof(struct ethhdr), (__u32)room);
	show(skb);
	return 0;
}

long bpf_skb_vlan_push(struct __sk_buff *skb, __be16 proto, __u16 tci)
{
	if (machine_fails())
		return -1;
	skb->vlan_present = 1;
	skb->vlan_proto = proto;
	skb->vlan_tci = tci;
	return 0;
}

long bpf_skb_vlan_pop(struct __sk_buff *skb)
{
	if (machine_fails())
		return -1;
	skb->vlan_present = 0;
	return 0;
}

long bpf_skb_change_type(struct __sk_buff *skb, __u32 type)
{
	machine_called();
	skb->pkt_type = type;
	return 0;
}

long bpf_skb_set_tstamp(struct __sk_buff *skb, __u64 time, __u32 type)
{
	(void)type;
	if (machine_fails())
		return -1;
	skb->tstamp = time;
	return 0;
}

__s64 bpf_csum_update(struct __sk_buff *skb, __wsum sum)
{
	(void)skb;
	(void)sum;
	machine_called();
	return 0;
}

long bpf_l4_csum_replace(struct __sk_buff *skb, __u32 offset, __u64 from, __u64 diff, __u64 flags)
{
	__u8 *check = machine_frame.data + offset;

	(void)skb;
	if (from || flags & ~(__u64)(BPF_F_PSEUDO_HDR | BPF_F_MARK_MANGLED_0))
		abort(); /* nothing else is used */
	machine_called();
	if (offset + 2 > machine_frame.len)
		return -1;
	check[0] ^= (__u8)diff;
	return 0;
}

/* The connection came in as it leaves, but for a part that the input says; or there is none. */
enum nsa_ct nsa_ct_arrival(struct __sk_buff *skb, int family, __u8 proto,
			   const struct nsaccel_translation *left, struct nsaccel_translation *came)
{
	__u8 how = machine_next_byte();

	(void)skb;
	(void)family;
	(void)proto;
	machine_called();
	if (how & 1)
		return NSA_CT_NONE;
	*came = *left;
	came->src[3] ^= how & 2;
	came->dst[3] ^= how & 4;
	came->sport ^= how & 8;
	came->dport ^= how & 16;
	return how & 32 ? NSA_CT_KERNELS : NSA_CT_PLAIN;
}

long bpf_fib_lookup(void *ctx, struct bpf_fib_lookup *params, int size, __u32 flags)
{
	__u8 how;

	(void)ctx;
	(void)flags;
	machine_called();
	if (size != sizeof(*params))
		abort();
	how = machine_next_byte();
	if (how & 1)
		return how >> 1 & 15;
	params->ifindex = how >> 1 & 31;
	to.fib_ifindexes |= 1U << params->ifindex;
	params->mtu_result = how & 64 ? 1500 : 100;
	for (size_t i = 0; i < sizeof(params->dmac); i++) {
		params->dmac[i] = i == 5 ? machine_next_byte() : i == 0 ? 2 : 0;
		params->smac[i] = i == 5 ? 9 : i == 0 ? 2 : 0;
	}
	return 0;
}

long bpf_redirect(__u32 ifindex, __u64 flags)
{
	if (flags & ~(__u64)BPF_F_INGRESS)
		abort();
	machine_called();
	to.redirects = true;
	to.ifindex = ifindex;
	return TC_ACT_REDIRECT;
}

long bpf_redirect_peer(__u32 ifindex, __u64 flags)
{
	if (flags)
		return TC_ACT_SHOT;
	return bpf_redirect(ifindex, 0);
}

/* The clone is made of what is there now, which stays. */
long bpf_clone_redirect(struct __sk_buff *skb, __u32 ifindex, __u64 flags)
{
	(void)ifindex;
	(void)flags;
	if (machine_fails())
		return -1;
	show(skb);
	return 0;
}

bool machine_redirects(__u32 *ifindex)
{
	*ifindex = to.ifindex;
	return to.redirects;
}

bool machine_fib_said(__u32 ifindex)
{
	return ifindex < 32 && to.fib_ifindexes >> ifindex & 1;
}
