/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the sources of rules. */
#ifndef NSA_TEST_RULES_H
#define NSA_TEST_RULES_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define FRAME_MAX  512
#define FRAMES_MAX 512

/* ---- packets (rules_packets.c) ---- */

enum option {
	NO_OPTION,
	TIMESTAMP,
	MAXSEG
};

struct packet {
	bool v6, tcp, back, other_mac;
	__u16 port; /* of who begins */
	__u8 tos, ttl, flags, reserved, first;
	__u16 id, frag, window, urgent;
	__u32 label, seq, ack, payload;
	enum option option;
};

#define VARIATIONS(X)                                                                              \
	X("ecn 1", p->tos |= 1)                                                                    \
	X("ecn 2", p->tos |= 2)                                                                    \
	X("ecn 3", p->tos |= 3)                                                                    \
	X("dscp", p->tos = 0xb8)                                                                   \
	X("dscp and ecn", p->tos = 0x12)                                                           \
	X("ttl", p->ttl = 40)                                                                      \
	X("id", p->id = 0x0777)                                                                    \
	X("df", p->frag = 0x4000)                                                                  \
	X("reserved bit", p->frag = 0x8000)                                                        \
	X("flow label", p->label = 0x00777)                                                        \
	X("high flow label", p->label = 0xf0000)                                                   \
	X("length", p->payload += 200)                                                             \
	X("payload", p->first = 'x')                                                               \
	X("psh", p->flags |= 0x08)                                                                 \
	X("urg", p->flags |= 0x20)                                                                 \
	X("ece", p->flags |= 0x40)                                                                 \
	X("cwr", p->flags |= 0x80)                                                                 \
	X("ns", p->reserved = 1)                                                                   \
	X("reserved", p->reserved = 4)                                                             \
	X("seq", p->seq += 0x07000000)                                                             \
	X("ack", p->ack += 0x00070000)                                                             \
	X("window", p->window = 0x0777)                                                            \
	X("urgent", p->urgent = 7)                                                                 \
	X("timestamp", p->option = TIMESTAMP)                                                      \
	X("maxseg", p->option = MAXSEG)                                                            \
	X("source mac", p->other_mac = true)

#define COUNT(name, change) +1
#define VARIATION_COUNT	    (0 VARIATIONS(COUNT))

/* Changes the packet by one of VARIATIONS. */
void rules_vary(struct packet *p, int which);

/* Writes the packet into a frame of FRAME_MAX bytes; returns its length. */
size_t rules_build(__u8 *frame, const struct packet *p);

/* The packet of a flow that all others are compared with. Flows: UDP, UDP over IPv6, TCP, TCP over
 * IPv6. */
struct packet rules_plain(int flow, bool back, __u16 port);

/* ---- two routers (rules_routers.c) ---- */

extern struct world {
	const char *router;
	int ends[2]; /* packet sockets at a and b */
	__u8 got[FRAMES_MAX][FRAME_MAX];
	size_t lens[FRAMES_MAX], count;
} rules_worlds[2]; /* the kernel's, nsaccel's */

/* The own namespace, and a packet socket on its lo. */
extern int rules_home, rules_lo;

int rules_packet_socket(const char *dev);
void rules_open_ends(struct world *world);

/* Sends the packet in both worlds. */
void rules_send(const struct packet *p);
/* All that was sent before has arrived, or never will. */
void rules_push(void);
/* Reads what arrived at both ends of a world. */
void rules_hear(struct world *world);
/* Whether the same frames arrived in both worlds. */
bool rules_same(void);

/* Packets that took the fast path, in total. */
__u64 rules_fast_packets(void);

/* ---- rules (rules_load.c) ---- */

/* Output of the last command, one line. */
extern char rules_complaint[512];

/* Runs a command in the namespace (NULL: in the own) with text on its stdin; returns whether it
 * succeeded. */
bool rules_run(const char *ns, char *const *argv, const char *text);

/* Whether rules of that kind are those of iptables. */
bool rules_is_xt(const char *kind);
/* Loads the rule into both routers, in place of all others of its kind. */
bool rules_load(const char *kind, const char *rule);
void rules_unload(const char *kind, const char *rule);

#endif
