// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packet generator for BPF_PROG_TEST_RUN with BPF_F_TEST_XDP_LIVE_FRAMES. The kernel recycles
 * frames with whatever the receiver did to them, so each one gets its whole header again; otherwise
 * a router's TTL decrement starves the run after 64 rounds.
 */
#include <linux/bpf.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/pkt_cls.h>
#include <linux/udp.h>

#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "gen.h"

/* volatile on every read: without it the zeroes seen at compile time would be folded in. */
const volatile struct gen_config config = {};

static __u32 next_sport, next_src, next_destination;

/* As large as the loader makes it: of addresses, IPv4's or IPv6's. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(key_size, sizeof(__u32));
	__uint(value_size, sizeof(struct in6_addr));
} gen_destinations SEC(".maps");

static __always_inline __be16 vary(const volatile struct gen_range *range, __u32 *next, __u32 *sum)
{
	__u16 base = range->base;
	__u16 value = base + *next;

	*sum += (__u16)~bpf_htons(base) + bpf_htons(value);
	return bpf_htons(value);
}

/* Returns 1 when it begins anew. */
static __always_inline int advance(const volatile struct gen_range *range, __u32 *next)
{
	*next = *next + 1 < range->count ? *next + 1 : 0;
	return !*next;
}

/* words: 16-bit ones, of an address. */
static __always_inline void set_destination(__be16 *dst, const int words, __u32 *sum)
{
	const __be16 *new;
	__u32 i = next_destination;

	next_destination = i + 1 < config.destinations ? i + 1 : 0;
	new = bpf_map_lookup_elem(&gen_destinations, &i);
	if (!new)
		return;
#pragma unroll
	for (int w = 0; w < words; w++) {
		*sum += (__u16)~dst[w] + new[w];
		dst[w] = new[w];
	}
}

static __always_inline __sum16 fold(__u32 sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (__sum16)~sum;
}

static __always_inline void set_udp_check(struct udphdr *udp, __u32 sum)
{
	udp->check = fold(sum);
	if (!udp->check)
		udp->check = 0xffff;
}

/* Both checksums contain the addresses, UDP's the ports, too. src: its last 16 bits. */
static __always_inline void vary_fields(struct udphdr *udp, __be16 *src, __be16 *dst,
					const int words, __u32 *ip_sum)
{
	__be16 *port = config.answer ? &udp->dest : &udp->source;
	__u32 addresses = 0, l4_sum = (__u16)~udp->check;

	if (config.destinations)
		set_destination(dst, words, &addresses);
	if (config.src.count > 1)
		*src = vary(&config.src, &next_src, &addresses);
	if (config.sport.count > 1) {
		*port = vary(&config.sport, &next_sport, &l4_sum);
		if (advance(&config.sport, &next_sport))
			advance(&config.src, &next_src);
	}
	*ip_sum += addresses;
	set_udp_check(udp, l4_sum + addresses);
}

static __always_inline int write_ipv4(void *data, void *data_end)
{
	struct iphdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);
	__u64 *word = data;
	__u32 ip_sum;

	if ((void *)(udp + 1) > data_end)
		return -1;
#pragma unroll
	for (int i = 0; i < GEN_HLEN4 / 8; i++)
		word[i] = config.header[i];
	*(__u16 *)&word[GEN_HLEN4 / 8] = config.header[GEN_HLEN4 / 8];

	ip_sum = (__u16)~ip->check;
	vary_fields(udp, (__be16 *)&ip->saddr + 1, (__be16 *)&ip->daddr, 2, &ip_sum);
	ip->check = fold(ip_sum);
	return 0;
}

static __always_inline int write_ipv6(void *data, void *data_end)
{
	struct ipv6hdr *ip = data + ETH_HLEN;
	struct udphdr *udp = (void *)(ip + 1);
	__u64 *word = data;
	__u64 last = config.header[GEN_HLEN6 / 8];
	__u32 no_sum = 0;

	if ((void *)(udp + 1) > data_end)
		return -1;
#pragma unroll
	for (int i = 0; i < GEN_HLEN6 / 8; i++)
		word[i] = config.header[i];
	*(__u32 *)&word[GEN_HLEN6 / 8] = last;
	*(__u16 *)((void *)&word[GEN_HLEN6 / 8] + 4) = last >> 32;
	vary_fields(udp, &ip->saddr.in6_u.u6_addr16[7], ip->daddr.in6_u.u6_addr16, 8, &no_sum);
	return 0;
}

SEC("xdp")
int gen_xdp(struct xdp_md *ctx)
{
	void *data = (void *)(long)ctx->data;
	void *data_end = (void *)(long)ctx->data_end;

	if (config.ipv6 ? write_ipv6(data, data_end) : write_ipv4(data, data_end))
		return XDP_ABORTED;
	return config.stack ? XDP_PASS : bpf_redirect(config.ifindex, 0);
}

/* For devices that take no XDP frames (macvlan): frames passed up at lo turn here. */
SEC("tc")
int gen_tc(struct __sk_buff *skb)
{
	(void)skb;
	return bpf_redirect(config.ifindex, 0);
}

char _license[] SEC("license") = "GPL";
