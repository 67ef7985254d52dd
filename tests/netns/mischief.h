/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the sources of mischief. */
#ifndef NSA_TEST_MISCHIEF_H
#define NSA_TEST_MISCHIEF_H

#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>

#define LO	   1
#define BATCH_SIZE 32768

/* The device that it is done with, and its MAC. */
extern unsigned int mischief_dev;
extern __u8 mischief_mac[ETH_ALEN];

/* Messages that are sent at once; answers are not read. */
extern struct mischief_batch {
	int fd;
	size_t used;
	char bytes[BATCH_SIZE];
} mischief_batch;

struct address {
	int family;
	size_t len;
	__u8 bytes[16];
};

int mischief_netlink_socket(void);

/* The next message of the batch, of at most 512 bytes, with a header of that size behind it. */
struct nlmsghdr *mischief_message(__u16 type, __u16 flags, size_t header);
/* Ends the message; mischief_flush() sends all that have ended. */
void mischief_done(const struct nlmsghdr *msg);
void mischief_flush(void);

void mischief_put_kind(struct nlmsghdr *msg, const char *kind);
void mischief_put_address(const struct address *a, bool add, unsigned int ifindex);

/* The kinds of mischief (mischief.c): each does all of it once. args ends with NULL. */
void mischief_claim(char **args);
void mischief_learn(char **args);
void mischief_flood(char **args);
void mischief_forge(char **args);

#endif
