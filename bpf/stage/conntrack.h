/* SPDX-License-Identifier: GPL-2.0-only */
/* What the kernel's connection tracking knows of a packet that leaves: what NAT made it from.
 * Kfuncs of Linux 6.1; in a module of the kernel, which is there if there are rules for NAT. */
#ifndef NSA_STAGE_CONNTRACK_H
#define NSA_STAGE_CONNTRACK_H

#include "core/bpf.h"

/* enum ip_conntrack_status. */
#define NSA_CT_EXPECTED	  (1 << 0)
#define NSA_CT_SEEN_REPLY (1 << 1)
#define NSA_CT_CONFIRMED  (1 << 3)
#define NSA_CT_SEQ_ADJUST (1 << 6)
#define NSA_CT_DYING	  (1 << 9)
#define NSA_CT_TEMPLATE	  (1 << 11)
#define NSA_CT_HELPER	  (1 << 13)
#define NSA_CT_OFFLOAD	  (1 << 14)
#define NSA_CT_HW_OFFLOAD (1 << 15)

/* The kernel's to handle: helpers read or change what a connection carries, expected connections
 * belong to them, and a flowtable's are on a fast path of the kernel's. */
#define NSA_CT_REFUSED                                                                             \
	(NSA_CT_EXPECTED | NSA_CT_SEQ_ADJUST | NSA_CT_DYING | NSA_CT_TEMPLATE | NSA_CT_HELPER |    \
	 NSA_CT_OFFLOAD | NSA_CT_HW_OFFLOAD)
#define NSA_CT_BOTH_WAYS (NSA_CT_SEEN_REPLY | NSA_CT_CONFIRMED)

#define NSA_CT_EXT_HELPER 0 /* enum nf_ct_ext_id */

/* struct bpf_ct_opts, as long as it was in Linux 6.1: later kernels take both lengths. */
struct nsa_ct_opts {
	__s32 netns_id;
	__s32 error;
	__u8 l4proto;
	__u8 dir;
	__u8 reserved[2];
};

extern struct nf_conn *bpf_skb_ct_lookup(struct __sk_buff *skb, struct bpf_sock_tuple *tuple,
					 __u32 tuple_len, struct nsa_ct_opts *opts,
					 __u32 opts_len) __ksym __weak;
extern void bpf_ct_release(struct nf_conn *ct) __ksym __weak;

/* May its packets take the fast path? */
static __always_inline bool nsa_ct_is_plain(const struct nf_conn *ct)
{
	const struct nf_ct_ext *ext = ct->ext;

	return (ct->status & NSA_CT_BOTH_WAYS) == NSA_CT_BOTH_WAYS &&
	       !(ct->status & NSA_CT_REFUSED) && !(ext && ext->offset[NSA_CT_EXT_HELPER]);
}

#define NSA_CT_READ(out, tuple)                                                                    \
	do {                                                                                       \
		int i_;                                                                            \
		_Pragma("unroll") for (i_ = 0; i_ < 4; i_++)                                       \
		{                                                                                  \
			((__u32 *)(out)->src)[i_] = (tuple).src.u3.all[i_];                        \
			((__u32 *)(out)->dst)[i_] = (tuple).dst.u3.all[i_];                        \
		}                                                                                  \
		(out)->sport = (tuple).src.u.all;                                                  \
		(out)->dport = (tuple).dst.u.all;                                                  \
	} while (0)

enum nsa_ct {
	NSA_CT_NONE,
	NSA_CT_PLAIN,	/* the fast path may have its packets */
	NSA_CT_KERNELS, /* the kernel's to handle, or not answered yet */
};

/* Looks the connection up by the packet's own addresses and ports, turned round: *came has what its
 * packets of this direction come in with. In zones other than the default one none is found. */
__subprog enum nsa_ct nsa_ct_arrival(struct __sk_buff *skb, enum nsaccel_family family, __u8 proto,
				     const struct nsaccel_translation *left,
				     struct nsaccel_translation *came)
{
	struct nsa_ct_opts opts = { .netns_id = BPF_F_CURRENT_NETNS, .l4proto = proto };
	struct bpf_sock_tuple tuple = {};
	struct nf_conn *ct;
	bool plain;

	if (family == NSACCEL_FAMILY_INET) {
		tuple.ipv4.saddr = *(const __be32 *)left->dst;
		tuple.ipv4.daddr = *(const __be32 *)left->src;
		tuple.ipv4.sport = left->dport;
		tuple.ipv4.dport = left->sport;
		ct = bpf_skb_ct_lookup(skb, &tuple, sizeof(tuple.ipv4), &opts, sizeof(opts));
	} else {
		__builtin_memcpy(tuple.ipv6.saddr, left->dst, sizeof(tuple.ipv6.saddr));
		__builtin_memcpy(tuple.ipv6.daddr, left->src, sizeof(tuple.ipv6.daddr));
		tuple.ipv6.sport = left->dport;
		tuple.ipv6.dport = left->sport;
		ct = bpf_skb_ct_lookup(skb, &tuple, sizeof(tuple.ipv6), &opts, sizeof(opts));
	}
	if (!ct)
		return NSA_CT_NONE;
	plain = nsa_ct_is_plain(ct);
	if (opts.dir)
		NSA_CT_READ(came, ct->tuplehash[0].tuple);
	else
		NSA_CT_READ(came, ct->tuplehash[1].tuple);
	bpf_ct_release(ct);
	return plain ? NSA_CT_PLAIN : NSA_CT_KERNELS;
}

#endif
