// SPDX-License-Identifier: GPL-2.0-only
/* TC ingress: keeps the state of the first skb to each TCP or UDP port. Takes Linux 6.2, whose
 * programs can look at an skb's own fields. */
#include "vmlinux.h"
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "tests/netns/skb_state.h"

#define NFCT_POINTER (~7ULL)
#define NO_HEADER    0xffff
#define PARTIAL	     3

struct sk_buff___state {
	unsigned long _skb_refdst, _nfct;
	__u8 nf_trace, ipvs_property, active_extensions, l4_hash, sw_hash, ip_summed, csum_level,
		csum_not_inet, encapsulation, ignore_df, pfmemalloc, redirected, tc_skip_classify,
		offload_fwd_mark, offload_l3_fwd_mark;
	__u32 vlan_all;
	int skb_iif;
	__u16 mac_header, network_header, transport_header, mac_len, csum_start, csum_offset;
	unsigned int end;
	unsigned char *head, *data;
} __attribute__((preserve_access_index));

struct skb_shared_info___state {
	unsigned int gso_type;
} __attribute__((preserve_access_index));

void *bpf_cast_to_kern_ctx(void *) __ksym;

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__type(key, __u32);
	__type(value, struct skb_state);
	__uint(max_entries, 1024);
} skb_states SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, struct skb_state);
	__uint(max_entries, 1);
} skb_scratch SEC(".maps");

/* The packet's destination port; 0: it has none. */
static __always_inline __u32 port_of(struct __sk_buff *skb)
{
	__u32 offset = ETH_HLEN + (skb->protocol == bpf_htons(ETH_P_IP) ? 20 : 40);
	__u8 proto = 0;
	__be16 port = 0;

	bpf_skb_load_bytes(skb, ETH_HLEN + (offset == ETH_HLEN + 20 ? 9 : 6), &proto, 1);
	if (proto == IPPROTO_TCP || proto == IPPROTO_UDP)
		bpf_skb_load_bytes(skb, offset + 2, &port, sizeof(port));
	return bpf_ntohs(port);
}

#define SET(name, value) state->field[SKB_##name] = (value)

static __always_inline void read_context(struct __sk_buff *skb, struct skb_state *state)
{
	SET(len, skb->len);
	SET(protocol, bpf_ntohs((__u16)skb->protocol));
	SET(pkt_type, skb->pkt_type);
	SET(mark, skb->mark);
	SET(priority, skb->priority);
	SET(queue_mapping, skb->queue_mapping);
	SET(tc_index, skb->tc_index);
	SET(tc_classid, skb->tc_classid);
	SET(hash, skb->hash != 0); /* what of it is random differs */
	SET(ifindex, skb->ifindex);
	SET(napi, skb->napi_id != 0);
	SET(tstamp, skb->tstamp);
	SET(tstamp_type, skb->tstamp_type);
	SET(hwtstamp, skb->hwtstamp);
	SET(sk, skb->sk != NULL);
	SET(gso_size, skb->gso_size);
	SET(gso_segs, skb->gso_segs);
	SET(cb_mark, skb->cb[4]);
}

/* Some are there only in kernels that are configured so. */
#define BITS(name)                                                                                 \
	do {                                                                                       \
		if (bpf_core_field_exists(kernel->name))                                           \
			SET(name, BPF_CORE_READ_BITFIELD(kernel, name));                           \
	} while (0)

static __always_inline void read_flags(const struct sk_buff___state *kernel,
				       struct skb_state *state)
{
	BITS(l4_hash);
	BITS(sw_hash);
	BITS(nf_trace);
	BITS(ignore_df);
	BITS(ip_summed);
	BITS(csum_level);
	BITS(csum_not_inet);
	BITS(encapsulation);
	BITS(pfmemalloc);
	BITS(redirected);
	BITS(tc_skip_classify);
	BITS(ipvs_property);
	BITS(offload_fwd_mark);
	BITS(offload_l3_fwd_mark);
}

/* A header's offset from data; 0 also for one that isn't set. */
static __always_inline __s64 from_data(const struct sk_buff___state *kernel, __u16 header)
{
	/* Read as numbers: the verifier may refuse to subtract pointers. */
	__s64 data = (__s64)BPF_CORE_READ(kernel, data), head = (__s64)BPF_CORE_READ(kernel, head);

	return header == NO_HEADER ? 0 : (__s64)header - (data - head);
}

static __always_inline void read_kernel(const struct sk_buff___state *kernel,
					struct skb_state *state)
{
	const struct skb_shared_info___state *shared;
	unsigned int gso_type = 0;

	SET(vlan_all, kernel->vlan_all);
	SET(skb_iif, kernel->skb_iif);
	SET(dst, kernel->_skb_refdst != 0);
	SET(nfct, (kernel->_nfct & NFCT_POINTER) != 0);
	SET(extensions, kernel->active_extensions);
	SET(mac_header, from_data(kernel, kernel->mac_header));
	SET(network_header, from_data(kernel, kernel->network_header));
	SET(transport_header, from_data(kernel, kernel->transport_header));
	SET(mac_len, kernel->mac_len);
	if (state->field[SKB_ip_summed] == PARTIAL) {
		SET(csum_start, from_data(kernel, kernel->csum_start));
		SET(csum_offset, kernel->csum_offset);
	}
	shared = (const void *)(BPF_CORE_READ(kernel, head) + kernel->end);
	bpf_core_read(&gso_type, sizeof(gso_type), &shared->gso_type);
	SET(gso_type, gso_type);
}

SEC("tc")
int skb_state(struct __sk_buff *skb)
{
	const struct sk_buff___state *kernel = bpf_cast_to_kern_ctx(skb);
	__u32 zero = 0, port = port_of(skb);
	struct skb_state *state = bpf_map_lookup_elem(&skb_scratch, &zero);

	if (!state || !port)
		return TC_ACT_UNSPEC;
	__builtin_memset(state, 0, sizeof(*state));
	read_context(skb, state);
	read_flags(kernel, state);
	read_kernel(kernel, state);
	bpf_map_update_elem(&skb_states, &port, state, BPF_NOEXIST);
	return TC_ACT_UNSPEC;
}

char LICENSE[] SEC("license") = "GPL";
