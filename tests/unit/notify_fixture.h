/* SPDX-License-Identifier: GPL-2.0-only */
/* The world of world.h as an owner that gets rtnetlink messages made by hand. */
#ifndef NSA_TEST_NOTIFY_FIXTURE_H
#define NSA_TEST_NOTIFY_FIXTURE_H

#include <libmnl/libmnl.h>

#include "user/reconcile/owner.h"
#include "user/reconcile/state.h"
#include "world.h"

struct notify_fixture {
	struct world world;
	struct nsa_owner owner;
	struct nsa_owner *owners[1];
	struct nsa_state state;
	struct nsa_run run;
};

/* Of a test: the state is a struct notify_fixture. */
int notify_setup(void **state);
int notify_teardown(void **state);

#define TEST(name) cmocka_unit_test_setup_teardown(name, notify_setup, notify_teardown)

/* Feed a message to nsa_notify_owner(); give back the dirty bits, NSA_DIRTY_*, that come of it. */
unsigned int feed(struct notify_fixture *f, const struct nlmsghdr *msg);
/* type and flags: as ADD and the others; the line is as read_krt() reads it. A multipath route has
 * two next hops. */
unsigned int feed_route(struct notify_fixture *f, __u16 type, __u16 flags, const char *line);

#define ADD    RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL
#define APPEND RTM_NEWROUTE, NLM_F_CREATE | NLM_F_APPEND
#define CHANGE RTM_NEWROUTE, NLM_F_REPLACE
#define DELETE RTM_DELROUTE, 0

/* The plan, once settled, must be this text of world_plan(). */
void check_plan(struct notify_fixture *f, const char *plan);

#endif
