/* SPDX-License-Identifier: GPL-2.0-only */
/* What the generator's loader tells its program: the frame, and what varies in it. */
#ifndef NSA_BENCH_GEN_H
#define NSA_BENCH_GEN_H

#include <linux/if_ether.h>
#include <linux/types.h>

#define GEN_UDP_HLEN 8
#define GEN_HLEN4    (ETH_HLEN + 20 + GEN_UDP_HLEN)
#define GEN_HLEN6    (ETH_HLEN + 40 + GEN_UDP_HLEN)
#define GEN_WORDS    8 /* GEN_HLEN6 in whole words */

#define GEN_PORTS 50000 /* that flows of one source address have */

/* A 16-bit field that runs through count values from base on, in host order. */
struct gen_range {
	__u32 base;
	__u32 count;
};

struct gen_config {
	__u64 header[GEN_WORDS]; /* Ethernet, IP and UDP of the first frame, ready to
                              send */
	struct gen_range sport;
	struct gen_range src; /* the last 16 bits of the address; the next when sport
                           begins anew */
	__u32 destinations;   /* of the map, in turn; 0: that of the header */
	__u32 ifindex;
	__u32 ipv6;
	__u32 stack;  /* leave through the TC program on lo, not by XDP redirect */
	__u32 answer; /* the ports the other way round: what answers to these flows
                   look like */
};

#endif
