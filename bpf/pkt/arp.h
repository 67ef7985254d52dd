/* SPDX-License-Identifier: GPL-2.0-only */
/* ARP for IPv4 over Ethernet (RFC 826). */
#ifndef NSA_PKT_ARP_H
#define NSA_PKT_ARP_H

#include "core/bpf.h"

struct nsa_arp {
	__be16 hardware, protocol;
	__u8 hardware_len, protocol_len;
	__be16 operation;
	__u8 sender_mac[NSACCEL_MAC_LEN];
	__u8 sender[4];
	__u8 target_mac[NSACCEL_MAC_LEN];
	__u8 target[4];
};

/* 0; nonzero: truncated, or not ARP for IPv4 over Ethernet. */
static __always_inline int nsa_load_arp(struct __sk_buff *skb, struct nsa_arp *arp)
{
	return bpf_skb_load_bytes(skb, sizeof(struct ethhdr), arp, sizeof(*arp)) ||
	       arp->hardware != bpf_htons(1) || arp->protocol != bpf_htons(ETH_P_IP) ||
	       arp->hardware_len != NSACCEL_MAC_LEN || arp->protocol_len != 4;
}

#endif
