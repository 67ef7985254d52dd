/* SPDX-License-Identifier: GPL-2.0-only */
/* Monitors for the tests of user/kernel/rtnl_monitor.c, and the messages that they report. */
#ifndef NSA_TEST_RTNL_MONITOR_FIXTURE_H
#define NSA_TEST_RTNL_MONITOR_FIXTURE_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "sandbox.h"
#include "user/kernel/rtnl_monitor.h"

#define PATIENCE_MS 60000

extern struct nsa_rtnl_monitor *events; /* of all namespaces */
extern struct nsa_rtnl_monitor *one;	/* of one namespace; NULL until open_one() */
extern __u64 home_cookie;		/* of the test's own namespace */

/* Of a test: opens events, and closes both. */
int monitor_setup(void **state);
int monitor_teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, monitor_setup, monitor_teardown)

void open_one(const char *name);
void open_bridges(const char *name);

/* The messages reported since the last clear(). */
struct heard {
	__u64 cookie;
	__u16 type;
	__u8 family; /* the first byte after the header */
};
extern struct heard heard[4096];
extern size_t heard_count;

void clear(void);
/* family < 0: any. */
size_t count_heard(__u64 cookie, __u16 type, int family);
/* Notes a message; for nsa_rtnl_monitor_read(). */
void on_event(void *data, __u64 cookie, const struct nlmsghdr *msg);

/* Waits for the socket, and gives back the result of nsa_rtnl_monitor_read(). */
int wait_and_read(struct nsa_rtnl_monitor *from);
bool is_readable(const struct nsa_rtnl_monitor *from);
/* Reads until the device nsa-mark has gone from the namespace with that cookie. */
void hear_until_mark(struct nsa_rtnl_monitor *from, __u64 cookie);
/* Reads all that happened until now from events, or from one, whose namespace has that name and
 * cookie: a socket keeps the order. */
void hear(void);
void hear_one(const char *name, __u64 cookie);

/* Adds a namespace to events; gives back its cookie. */
__u64 listen_to(const char *name);
/* Makes a namespace that nobody holds, and adds it to events or not; gives back its cookie. */
__u64 add_ns(const char *name, bool listen);
/* Removes it, and waits until the kernel has taken it to pieces and has its id back. */
void del_ns(const char *name);
/* The id of a namespace in the test's own; -1: none. */
int nsid_of(const char *name);

#endif
