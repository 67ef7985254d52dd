// SPDX-License-Identifier: GPL-2.0-only
/* rtnetlink's notifications: of all namespaces, and of an owner, who notes what they say. */
#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "targets.h"
#include "tests/unit/world.h"
#include "user/kernel/rtnl_monitor.h"
#include "user/reconcile/notify.h"

/* While seeds are recorded: what happens in the namespace meanwhile. */
static void let_happen(void)
{
	const char *what = getenv("NSA_RECORD_EVENTS");

	if (what && system(what)) /* some of it isn't everywhere */
		return;
}

static int read_all(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data)
{
	int r = 1;

	while (r > 0)
		r = nsa_rtnl_monitor_read(events, cb, data);
	return r;
}

static void on_any(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	static const struct nsa_state none;
	__u64 *own = data;

	if (cookie && cookie != *own)
		abort();
	nsa_notify_namespace(&none, cookie, msg);
}

static void run_all(void)
{
	__u64 own = targets_netns()->cookie;
	struct nsa_rtnl_monitor *events;

	if (nsa_rtnl_monitor_open(&events))
		abort();
	if (nsa_rtnl_monitor_add(events, targets_netns()))
		abort();
	let_happen();
	read_all(events, on_any, &own);
	nsa_rtnl_monitor_close(events);
}

static void on_owners(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	struct nsa_run *run = data;

	(void)cookie;
	nsa_notify_owner(run, run->state->owners[0], msg);
}

/* Of the heap, as an owner's are. */
static void own_neighs(struct nsa_snapshot *snapshot)
{
	snapshot->neighs = calloc(snapshot->neigh_room, sizeof(*snapshot->neighs));
	if (!snapshot->neighs)
		abort();
}

/* What it notes can be planned, and in the end nobody but the table has held a next hop. */
static void run_one(void)
{
	struct world world;
	struct nsa_owner owner = {};
	struct nsa_owner *owners[] = { &owner };
	struct nsa_state state = { .owners = owners, .owner_count = 1 };
	struct nsa_run run = { .state = &state };
	struct nsa_rtnl_monitor *events;

	memset(&world, 0, sizeof(world));
	world_make(&world);
	own_neighs(&world.snapshot);
	state.hops = world.hops;
	owner = (struct nsa_owner){
		.cookie = world.snapshot.owner->cookie,
		.slot = OWNER_SLOT,
		.snapshot = &world.snapshot,
		.reader = { .snapshot = &world.snapshot },
		.table = world.table,
		.ports = { .entries = world.ports, .count = PORT_COUNT },
	};
	if (nsa_rtnl_monitor_open_one(targets_netns(), &events))
		abort();
	let_happen();
	if (read_all(events, on_owners, &run) == -ENOBUFS)
		nsa_notify_lost(&state, &owner);
	world_settle_touched(&world);
	nsa_rtnl_monitor_close(events);
	nsa_pending_free(&owner.carriers);
	nsa_pending_free(&owner.learners);
	free(world.snapshot.neighs);
	world_free(&world);
}

const struct target targets[] = {
	{ "all", run_all },
	{ "one", run_one },
	{ NULL, NULL },
};
