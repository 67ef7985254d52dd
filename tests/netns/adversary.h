/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the sources of adversary. */
#ifndef NSA_TEST_ADVERSARY_H
#define NSA_TEST_ADVERSARY_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#define POOL	  16
#define FRAME_MAX 1514

/* Values that fields are drawn from beside pure chance; the sender's own is the first. */
extern struct adversary_pool {
	__u8 mac[POOL][6], ip4[POOL][4], ip6[POOL][16];
	unsigned int macs, ip4s, ip6s;
} adversary_pool;

/* The state of the random numbers, not 0. */
extern __u64 adversary_seed;

/* Draws a frame of at most FRAME_MAX bytes; returns its length. */
size_t adversary_frame(__u8 *frame);

/* Enters the namespace of "NAMESPACE/DEV"; returns the device's index. */
int adversary_enter(const char *where);

void adversary_parse_mac(const char *word, __u8 *to);
void adversary_parse_ip(int family, const char *word, void *to);

/* Attaches a judge: "NAMESPACE/DEV,FRIEND-MAC,RULE". The text is changed and must stay. */
void adversary_add_judge(char *spec);

/* Prints a line for each judge; returns whether a frame arrived at one that may not. */
bool adversary_report(void);

#endif
