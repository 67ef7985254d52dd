// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpf/pkt/parse.h and bpf/pkt/rewrite.h on any frame. Input: a byte of flags, the length of what
 * isn't in the linear part, the frame. It lies in a buffer of just its size.
 */
#include "tests/native.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define CONTROL_LEN 2
#define OUR_MAC	    1 /* flag: the frame is sent to the port's MAC, whatever that is */
#define ALIGN	    2 /* as in the kernel: the IP header is aligned */

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size);

static void require(bool condition)
{
	if (!condition)
		abort();
}

static void check_rewrite(struct nsa_pkt *pkt, const __u8 *before, __u8 *data, size_t len)
{
	const struct nsaccel_nexthop nh = { .dst_mac = { 2, 0, 0, 0, 0, 1 },
					    .src_mac = { 2, 0, 0, 0, 0, 2 } };
	size_t header = pkt->family == NSACCEL_FAMILY_INET ? NSA_HDR_V4 : NSA_HDR_V6;
	size_t ttl_at = ETH_HLEN + (pkt->family == NSACCEL_FAMILY_INET ?
					    offsetof(struct iphdr, ttl) :
					    offsetof(struct ipv6hdr, hop_limit));

	nsa_rewrite(pkt, &nh);
	require(!memcmp(data, nh.dst_mac, ETH_ALEN));
	require(!memcmp(data + ETH_ALEN, nh.src_mac, ETH_ALEN));
	require(data[ttl_at] == before[ttl_at] - 1);
	require(pkt->family != NSACCEL_FAMILY_INET || nsa_ip4_checksum_ok(pkt->ip4));
	require(!memcmp(data + header, before + header, len - header));
}

static void check_packet(const struct nsa_pkt *pkt, const __u8 *data, size_t len, size_t frame_len)
{
	size_t header = pkt->family == NSACCEL_FAMILY_INET ? NSA_HDR_V4 : NSA_HDR_V6;

	require(pkt->family == NSACCEL_FAMILY_INET || pkt->family == NSACCEL_FAMILY_INET6);
	require((const __u8 *)pkt->eth == data);
	require((const __u8 *)pkt->ip4 == data + ETH_HLEN);
	require(len >= header && pkt->l3_len + ETH_HLEN >= header);
	require(pkt->l3_len + ETH_HLEN <= frame_len);
	require(pkt->ttl > 1);
}

static void check_frame(const __u8 *before, size_t len, size_t frame_len, const __u8 *mac)
{
	__u8 *buffer = malloc(ALIGN + len), *data = buffer + ALIGN;
	struct nsa_pkt pkt = {};
	int r;

	require(buffer);
	memcpy(data, before, len);
	r = nsa_parse(data, data + len, (__u32)frame_len, mac, &pkt);
	require(!memcmp(data, before, len));
	if (r) {
		require(r < 0 && -r >= NSACCEL_PASS_NOT_IP && -r < NSACCEL_REASON_COUNT);
	} else {
		check_packet(&pkt, data, len, frame_len);
		check_rewrite(&pkt, before, data, len);
	}
	free(buffer);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t size)
{
	__u8 mac[ETH_ALEN] __attribute__((aligned(2))) = { 2 };
	size_t len;

	if (size < CONTROL_LEN)
		return 0;
	len = size - CONTROL_LEN;
	if ((input[0] & OUR_MAC) && len >= ETH_ALEN)
		memcpy(mac, input + CONTROL_LEN, ETH_ALEN);
	check_frame(input + CONTROL_LEN, len, len + input[1], mac);
	return 0;
}
