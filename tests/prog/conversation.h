/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The firewall gate: a conversation between a host on eth0's wire and one on eth1's, packet by
 * packet. What comes in runs the ingress program; what the kernel would have sent on, or something
 * else, runs the egress program of the port that it leaves by.
 */
#ifndef NSA_TEST_CONVERSATION_H
#define NSA_TEST_CONVERSATION_H

#include "rig.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))
#define TCP_FIN	      0x01
#define TCP_SYN	      0x02
#define TCP_RST	      0x04
#define TCP_PSH	      0x08
#define TCP_ACK	      0x10
#define TCP_URG	      0x20

enum way {
	THERE,
	BACK
};

/* A packet of the conversation, and how it comes in; zeros are the usual. */
struct step {
	int proto;
	bool v6;
	int ttl, tos, frag, flags, seq;
	int payload;
	int at, byte;	      /* a byte of layer 4, counted from 1, and what it is instead */
	bool no_checksum;     /* of UDP */
	enum dev in;	      /* another port than the way's */
	bool forged;	      /* from another MAC than the host's */
	__u32 mark, priority; /* that an earlier program gave it */
};

/* How it leaves. */
struct leaving {
	const char *name;
	struct step changed; /* what the kernel has made of it */
	__u32 out;	     /* by another port, counted from 1 */
	__u32 iif, mark, priority;
	__u32 ruleset; /* that there is by now */
	const __u8 *dst_mac, *src_mac;
	bool local, ours, tagged;
};

extern struct world flow_world;
extern const struct step udp, tcp;
#define KINDS 4
extern const struct step all_kinds[KINDS];

enum dev port_in(enum way way);
enum hop hop_of(enum way way);
void build_step(struct packet *packet, enum way way, const struct step *step);
/* By the ingress program: sent on by it? */
bool arrives(enum way way, const struct step *step);
bool arrives_xdp(enum way way, const struct step *step);
void leaves_as(enum way way, const struct step *step, const struct leaving *leaving);
/* As ip_forward() sends it, unchanged. */
void leaves(enum way way, const struct step *step);
void kernel_forwards(enum way way, const struct step *step);
void establish(const struct step *step);
void new_world(void);
/* Does it hold? One try that an admission outlasts counts: a machine may stand still for a second
 * between two packets. */
bool holds_in_time(bool (*try)(const struct step *), const struct step *step);
/* Makes the admissions older. */
void age(enum way way, __u64 ns);

#endif
