/* SPDX-License-Identifier: GPL-2.0-only */
/* Fields of an skb as it arrives at a device: skb_state.bpf.c reads them, skb_state.c prints
 * them. */
#ifndef TESTS_NETNS_SKB_STATE_H
#define TESTS_NETNS_SKB_STATE_H

#define SKB_FIELDS(X)                                                                              \
	X(len)                                                                                     \
	X(protocol)                                                                                \
	X(pkt_type)                                                                                \
	X(mark)                                                                                    \
	X(priority)                                                                                \
	X(queue_mapping)                                                                           \
	X(tc_index)                                                                                \
	X(tc_classid)                                                                              \
	X(hash)                                                                                    \
	X(l4_hash)                                                                                 \
	X(sw_hash)                                                                                 \
	X(vlan_all)                                                                                \
	X(ifindex)                                                                                 \
	X(skb_iif)                                                                                 \
	X(napi) /* is there a NAPI's id? */                                                        \
	X(tstamp)                                                                                  \
	X(tstamp_type)                                                                             \
	X(hwtstamp)                                                                                \
	X(sk)	/* is there one? */                                                                \
	X(dst)	/* likewise */                                                                     \
	X(nfct) /* likewise */                                                                     \
	X(nf_trace)                                                                                \
	X(ipvs_property)                                                                           \
	X(extensions) /* IPsec's path, the bridge's netfilter, MPTCP */                            \
	X(mac_header) /* these from data */                                                        \
	X(network_header)                                                                          \
	X(transport_header)                                                                        \
	X(mac_len)                                                                                 \
	X(ip_summed)                                                                               \
	X(csum_level)                                                                              \
	X(csum_start)  /* 0 unless the checksum is to be filled in */                              \
	X(csum_offset) /* likewise */                                                              \
	X(csum_not_inet)                                                                           \
	X(gso_size)                                                                                \
	X(gso_segs)                                                                                \
	X(gso_type)                                                                                \
	X(encapsulation)                                                                           \
	X(ignore_df)                                                                               \
	X(pfmemalloc)                                                                              \
	X(redirected)                                                                              \
	X(tc_skip_classify)                                                                        \
	X(offload_fwd_mark)                                                                        \
	X(offload_l3_fwd_mark)                                                                     \
	X(cb_mark) /* the last word of cb, that programs can write */

#define SKB_FIELD_ENUM(name) SKB_##name,
enum skb_field {
	SKB_FIELDS(SKB_FIELD_ENUM) SKB_FIELD_COUNT
};

struct skb_state {
	unsigned long long field[SKB_FIELD_COUNT];
};

#endif
