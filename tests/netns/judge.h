/* SPDX-License-Identifier: GPL-2.0-only */
/* What may arrive at a device while somebody else misbehaves: between adversary.c and
 * judge.bpf.c. */
#ifndef NSA_TEST_JUDGE_H
#define NSA_TEST_JUDGE_H

enum judge_rule {
	JUDGE_NOTHING,
	JUDGE_ROUTED, /* IPv4 from src4 to dst4/mask4; with a port, UDP to it alone */
	JUDGE_FROM,   /* IPv4 from src4, IPv6 from src6, by way of the friend */
	JUDGE_SPEAKS, /* untagged frames, ARP and ND included, that come from src4 or src6 */
	JUDGE_BESIDE, /* on a link with the foe: from src4 or src6, by way of the friend or its own */
	JUDGE_TAGGED, /* frames with this tag */
};

/* ARP and ND from the device's neighbour itself, whose MAC is friend's, are its own business, and
 * so is what others say to groups by the link-local address that their MAC gives them; but not
 * foe. */
struct judge_config {
	enum judge_rule rule;
	__u8 friend_mac[6];
	__u8 foe_mac[6];
	__u16 vlan;
	__u16 zero;
	__u32 src4, dst4, mask4; /* network order */
	__u16 port;		 /* network order; 0: any */
	__u8 src6[16];
};

enum judge_count {
	JUDGE_OWN,
	JUDGE_ALLOWED,
	JUDGE_LEAKED,
	JUDGE_COUNTS
};

#define JUDGE_SAMPLE 192

struct judge_sample {
	__u32 len; /* of the frame; 0: none leaked */
	__u32 vlan;
	__u8 data[JUDGE_SAMPLE];
};

#endif
