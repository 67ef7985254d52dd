/* SPDX-License-Identifier: GPL-2.0-only */
/* Namespaces and devices that the tests of user/kernel/rtnl*.c read: shared set-up and helpers.
 *
 * The test's own namespace has v0, whose peer v1 is in nsa-x1; the macvlan m0 of v0 is in nsa-x2.
 * p0, a port of the bridge br0, and p1 are a pair within the test's own namespace. */
#ifndef NSA_TEST_RTNL_FIXTURE_H
#define NSA_TEST_RTNL_FIXTURE_H

#include <libmnl/libmnl.h>
#include <linux/types.h>
#include <stdbool.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl.h"

/* The test's own namespace, nsa-x1 and nsa-x2, and a socket in each. */
extern struct nsa_netns home, x1, x2;
extern struct nsa_rtnl *rtnl, *rtnl_x1, *rtnl_x2;

/* Of the group of tests, after sandbox_enter(). */
int rtnl_setup(void **state);
int rtnl_teardown(void **state);

/* Of a test: the bridge br1 and its ports r0 and s0, whose peers are r1 and s1. All are up. */
int bridge_setup(void **state);
int bridge_teardown(void **state);

#define BRIDGE_TEST(test) cmocka_unit_test_setup_teardown(test, bridge_setup, bridge_teardown)

/* The test fails if there is no such device. */
struct nsa_link link_get(struct nsa_rtnl *from, const char *name);

/* Bytes in network order, valid until the next call. An IPv4 address is followed by zeros. */
const __u8 *address(const char *text, __u8 *family);
bool is_address(const __u8 *addr, const char *text);

#define assert_address(addr, text) assert_true(is_address(addr, text))

/* A socket that receives the messages of a multicast group from now on; the caller closes it. */
struct mnl_socket *events_open(int group);
/* Waits for the wanted message; the test fails if none comes within 10 seconds. */
void await(struct mnl_socket *events, bool (*wanted)(const struct nlmsghdr *msg));

/* A message with a header of this size in bytes, in which all but the family is 0. Valid until the
 * next call. */
struct nlmsghdr *message(__u8 family, size_t header);

#endif
