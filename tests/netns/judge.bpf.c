// SPDX-License-Identifier: GPL-2.0-only
/* Counts what arrives at a device by what may arrive there, keeps the first frame that may not, and
 * lets nobody answer. */
#include "vmlinux.h"
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#include "tests/netns/judge.h"

const volatile struct judge_config judge = {};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__type(key, __u32);
	__type(value, __u64);
	__uint(max_entries, JUDGE_COUNTS);
} judge_counts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__type(key, __u32);
	__type(value, struct judge_sample);
	__uint(max_entries, 1);
} judge_sample SEC(".maps");

struct frame {
	struct ethhdr eth;
	union {
		struct iphdr ip4;
		struct ipv6hdr ip6;
		__u8 arp[28];
	};
	__u8 l4[24];
} __attribute__((packed));

static __always_inline bool same(const volatile void *a, const void *b, int len)
{
	const volatile __u8 *x = a;
	const __u8 *y = b;
	int i;

	for (i = 0; i < len; i++)
		if (x[i] != y[i])
			return false;
	return true;
}

static __always_inline bool is(const struct frame *f, int type)
{
	return f->eth.h_proto == bpf_htons(type);
}

/* RFC 4291, appendix A. */
static __always_inline bool is_link_local_of(const __u8 *address, const __u8 *mac)
{
	const __u8 eui[] = { 0xfe,	 0x80,	 0,	 0,    0,    0,	     0,	     0,
			     mac[0] ^ 2, mac[1], mac[2], 0xff, 0xfe, mac[3], mac[4], mac[5] };

	return same(address, eui, sizeof(eui));
}

/* What a kernel says on a link of itself, and never forwards. */
static __always_inline bool is_own(const struct frame *f)
{
	if (same(judge.foe_mac, f->eth.h_source, 6) &&
	    !same(judge.foe_mac, (const void *)judge.friend_mac,
		  6)) /* sharing a NIC, they have one */
		return false;
	if (is(f, ETH_P_IPV6) && f->eth.h_dest[0] & 1 &&
	    is_link_local_of(f->ip6.saddr.in6_u.u6_addr8, f->eth.h_source))
		return true;
	if (!same(judge.friend_mac, f->eth.h_source, 6))
		return false;
	if (is(f, ETH_P_ARP))
		return true;
	return is(f, ETH_P_IPV6) && f->ip6.nexthdr == IPPROTO_ICMPV6 && f->ip6.hop_limit == 255 &&
	       f->l4[0] >= 133 && f->l4[0] <= 137;
}

static __always_inline bool is_routed(const struct frame *f)
{
	if (!same(judge.friend_mac, f->eth.h_source, 6) || !is(f, ETH_P_IP) ||
	    f->ip4.saddr != judge.src4 || (f->ip4.daddr & judge.mask4) != judge.dst4)
		return false;
	if (!judge.port)
		return true;
	return f->ip4.protocol == IPPROTO_UDP &&
	       (f->ip4.frag_off & bpf_htons(0x1fff) || *(const __u16 *)(f->l4 + 2) == judge.port);
}

static __always_inline bool is_from(const struct frame *f)
{
	if (!same(judge.friend_mac, f->eth.h_source, 6))
		return false;
	return is(f, ETH_P_IP)	 ? f->ip4.saddr == judge.src4 :
	       is(f, ETH_P_IPV6) ? same(judge.src6, &f->ip6.saddr, 16) :
				   false;
}

static __always_inline bool is_group_report(__u8 type)
{
	return type == 131 || type == 132 || type == 143;
}

static __always_inline bool speaks(const struct frame *f, const volatile __u8 *mac)
{
	const __u8 *sender = f->arp + 14, *target = f->arp + 24;

	if (!same(mac, f->eth.h_source, 6))
		return false;
	if (is(f, ETH_P_IP))
		return f->ip4.saddr == judge.src4;
	if (is(f, ETH_P_ARP))
		return same(mac, f->arp + 8, 6) &&
		       (same(&judge.src4, sender, 4) ||
			(!*(const __u32 *)sender && same(&judge.src4, target, 4)));
	if (!is(f, ETH_P_IPV6))
		return false;
	if (same(judge.src6, &f->ip6.saddr, 16))
		return true;
	if (f->ip6.saddr.in6_u.u6_addr32[3])
		return false;
	if (f->ip6.nexthdr == IPPROTO_ICMPV6 && f->l4[0] == 135)
		return same(judge.src6, f->l4 + 8, 16);
	/* Which groups somebody hears, nobody may say, to groups (RFC 3590); also behind a
	 * header. */
	return f->eth.h_dest[0] & 1 &&
	       (f->ip6.nexthdr == IPPROTO_ICMPV6 ? is_group_report(f->l4[0]) :
						   f->l4[0] == IPPROTO_ICMPV6);
}

static __always_inline bool is_link_local(const struct frame *f)
{
	const __u8 *source = f->ip6.saddr.in6_u.u6_addr8;

	return source[0] == 0xfe && (source[1] & 0xc0) == 0x80;
}

static __always_inline bool is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT ||
	       next == IPPROTO_DSTOPTS;
}

/* From ::, to anybody: which groups it hears, and where routers are; also behind headers, of which
 * the adversary's are 8 bytes long. */
static __always_inline bool is_nobodys(const struct frame *f)
{
	static const __u8 nobody[16];
	__u8 next = f->ip6.nexthdr;
	int i;

	if (!same(nobody, &f->ip6.saddr, sizeof(nobody)))
		return false;
	if (next == IPPROTO_ICMPV6)
		return f->l4[0] == 133 || is_group_report(f->l4[0]);
	for (i = 0; i < 3 && is_extension(next); i++)
		next = f->l4[8 * i];
	return next == IPPROTO_ICMPV6 || is_extension(next);
}

/* Without a whole header nobody takes it. */
static __always_inline bool is_cut(const struct __sk_buff *skb, const struct frame *f)
{
	return (is(f, ETH_P_IP) && skb->len < sizeof(f->eth) + sizeof(f->ip4)) ||
	       (is(f, ETH_P_IPV6) && skb->len < sizeof(f->eth) + sizeof(f->ip6));
}

/* Who has no address may ask for a lease, and whether an address is free; to whom link-local
 * addresses belong nobody is told; and what isn't IP has none. */
static __always_inline bool needs_no_address(const struct frame *f)
{
	if (is(f, ETH_P_IPV6))
		return is_link_local(f) || is_nobodys(f);
	if (is(f, ETH_P_ARP))
		return same(judge.foe_mac, f->arp + 8, 6) && !*(const __u32 *)(f->arp + 14);
	if (!is(f, ETH_P_IP))
		return true;
	return !f->ip4.saddr && f->ip4.daddr == 0xffffffff && f->ip4.protocol == IPPROTO_UDP &&
	       *(const __u16 *)(f->l4 + 2) == bpf_htons(67);
}

static __always_inline bool may(struct __sk_buff *skb, const struct frame *f)
{
	if (judge.rule == JUDGE_TAGGED)
		return skb->vlan_present && (skb->vlan_tci & 0xfff) == judge.vlan;
	if (skb->vlan_present)
		return false;
	switch (judge.rule) {
	case JUDGE_ROUTED:
		return is_routed(f);
	case JUDGE_FROM:
		return is_from(f);
	case JUDGE_SPEAKS:
		return speaks(f, judge.friend_mac);
	case JUDGE_BESIDE:
		if (is_own(f)) /* of the owner, which has to be answered */
			return false;
		return is_from(f) || speaks(f, judge.foe_mac) ||
		       ((same(judge.foe_mac, f->eth.h_source, 6) ||
			 same(judge.friend_mac, f->eth.h_source, 6)) &&
			(is_cut(skb, f) || needs_no_address(f)));
	default:
		return false;
	}
}

static __always_inline void keep(struct __sk_buff *skb)
{
	struct judge_sample *sample;
	__u32 zero = 0, len = skb->len < JUDGE_SAMPLE ? skb->len : JUDGE_SAMPLE;

	sample = bpf_map_lookup_elem(&judge_sample, &zero);
	if (!sample || sample->len || !len)
		return;
	sample->len = skb->len;
	sample->vlan = skb->vlan_present ? skb->vlan_tci : 0;
	if (len > 0 && len <= JUDGE_SAMPLE)
		bpf_skb_load_bytes(skb, 0, sample->data, len);
}

SEC("tc")
int judge_tc(struct __sk_buff *skb)
{
	struct frame f = {};
	__u32 what = JUDGE_LEAKED;
	__u64 *count;
	int i;

	/* As much as there is of it. */
	if (bpf_skb_load_bytes(skb, 0, &f, sizeof(f)) &&
	    bpf_skb_load_bytes(skb, 0, &f, sizeof(f.eth) + 48) &&
	    bpf_skb_load_bytes(skb, 0, &f, sizeof(f.eth) + 41) &&
	    bpf_skb_load_bytes(skb, 0, &f, sizeof(f.eth) + 40) &&
	    bpf_skb_load_bytes(skb, 0, &f, sizeof(f.eth) + 28) &&
	    bpf_skb_load_bytes(skb, 0, &f, sizeof(f.eth) + 20))
		bpf_skb_load_bytes(skb, 0, &f, sizeof(f.eth));
	/* IPv4's layer 4 is where IPv6's address still is. */
	if (is(&f, ETH_P_IP))
		for (i = 0; i < 8; i++)
			f.l4[i] = ((const __u8 *)&f.ip4)[20 + i];
	if (may(skb, &f))
		what = JUDGE_ALLOWED;
	else if (!skb->vlan_present && is_own(&f))
		what = JUDGE_OWN;
	else
		keep(skb);
	count = bpf_map_lookup_elem(&judge_counts, &what);
	if (count)
		(*count)++;
	return what == JUDGE_OWN ? TC_ACT_UNSPEC : TC_ACT_SHOT;
}

char _license[] SEC("license") = "GPL";
