// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/rtnl_route.h"
#include "model/plan_host.h"
#include "model/rib.h"
#include "reconcile/carriers.h"
#include "reconcile/owner.h"
#include "reconcile/ports.h"
#include "reconcile/read.h"
#include "reconcile/read_firewall.h"
#include "reconcile/record.h"
#include "reconcile/snapshot_read_settings.h"
#include "util/cleanup.h"
#include "util/clock.h"
#include "util/log.h"

/* Attempts to read a dump that changes interrupt. */
#define MAX_TRIES 20
/* Reading of exceptions is paused for this many times the CPU time that it took. The kernel
 * walks all routes for a dump, and anyone who can send ICMP to the owner can cause it. */
#define EXCEPTIONS_COST 100

struct reading {
	struct nsa_state *state;
	struct nsa_owner *owner;
};

static int on_route(void *data, const struct nsa_kernel_route *k)
{
	const struct reading *reading = data;

	return nsa_record_dumped_route(reading->state, reading->owner, k);
}

static void reset_facts(struct nsa_table *table, __u8 family)
{
	table->least_mtu[family == AF_INET6] = 0;
	if (family != AF_INET)
		return;
	table->default_mtu = 0;
	table->other_locals = false;
}

static int read_routes(struct nsa_state *state, struct nsa_owner *owner, __u8 family)
{
	struct reading reading = { state, owner };
	__u32 default_mtu = owner->table->default_mtu;
	int r = -EINTR;

	for (int try = 0; r == -EINTR && try < MAX_TRIES; try++) {
		nsa_rib_begin(owner->table);
		reset_facts(owner->table, family);
		r = nsa_rtnl_each_route(owner->reader.rtnl, family, on_route, &reading);
	}
	if (r == -EAFNOSUPPORT) /* no IPv6 in this kernel */
		r = 0;
	if (!r)
		r = nsa_rib_end(owner->table, family);
	return r < 0 || owner->table->default_mtu == default_mtu ?
		       r :
		       nsa_table_touch_all(owner->table);
}

/* Policy rules send all but local traffic to the kernel's FIB lookup; ip_forward_use_pmtu sends
 * all IPv4 there. All routes are planned again. */
static int read_settings(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_snapshot_settings *now = &owner->snapshot->settings, before = *now;
	int r = nsa_snapshot_read_settings(&owner->reader);

	(void)run;
	if (r < 0 ||
	    (now->policy_rules == before.policy_rules && now->tunnel_rules == before.tunnel_rules &&
	     now->suppress_rules6 == before.suppress_rules6 && now->use_pmtu == before.use_pmtu &&
	     now->all_redirects4 == before.all_redirects4))
		return r;
	/* least_mtu is only kept with policy rules. */
	owner->dirty |= NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	return nsa_table_touch_all(owner->table);
}

static int touch_defaults(struct nsa_owner *owner)
{
	static const __u8 any[NSACCEL_ADDR_LEN];
	static const __u8 families[] = { AF_INET, AF_INET6 };
	int r = 0;

	for (size_t i = 0; !r && i < sizeof(families); i++) {
		struct nsaccel_prefix prefix = nsa_prefix(families[i], any, 0);
		struct nsa_node *node = nsa_table_node(owner->table, &prefix);

		r = node ? nsa_table_touch(owner->table, node) : -ENOMEM;
	}
	return r;
}

/* The links that were read may be newer than the messages, from which notify.c derives that
 * routes went with a link. When those messages arrive, they show no change any more. */
static bool is_link_lost(const struct nsa_run *run, struct nsa_owner *owner,
			 const struct nsa_link *before)
{
	const struct nsa_link *now = nsa_snapshot_link(owner->snapshot, before->ifindex);

	return !now || (nsa_snapshot_moves_routes(before, now) &&
			!nsa_carriers_defer(run, owner, before, now));
}

static void mark_new_mac(struct nsa_owner *owner, const struct nsa_link *before)
{
	const struct nsa_link *now = nsa_snapshot_link(owner->snapshot, before->ifindex);

	if (now && memcmp(now->mac, before->mac, sizeof(now->mac)) != 0)
		owner->snapshot->devices[now - owner->snapshot->links].new_mac = true;
}

/* Whether redirects may be followed, or have stopped being followed. */
static bool redirects_changed(const struct nsa_link *before, const struct nsa_link *now)
{
	return now && (now->forwarding4 != before->forwarding4 ||
		       now->accept_redirects4 != before->accept_redirects4 ||
		       now->takes_redirects6 != before->takes_redirects6);
}

static int read_links(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_link *before = NULL;
	size_t count = owner->snapshot->link_count;
	int r;

	before = calloc(count + 1, sizeof(*before));
	if (!before)
		return -ENOMEM;
	if (count)
		memcpy(before, owner->snapshot->links, count * sizeof(*before));
	r = nsa_snapshot_read_links(&owner->reader);
	for (size_t i = 0; !r && i < count; i++) {
		if (is_link_lost(run, owner, &before[i]))
			owner->dirty |= NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
		mark_new_mac(owner, &before[i]);
		if (redirects_changed(&before[i],
				      nsa_snapshot_link(owner->snapshot, before[i].ifindex)))
			r = nsa_table_touch_all(owner->table);
	}
	return r < 0 ? r : nsa_ports_drop_replaced(run->state, owner);
}

static int read_addrs(const struct nsa_run *run, struct nsa_owner *owner)
{
	(void)run;
	return nsa_snapshot_read_addrs(&owner->reader);
}

static int read_neighs(const struct nsa_run *run, struct nsa_owner *owner)
{
	(void)run;
	return nsa_snapshot_read_neighs(&owner->reader);
}

static int read_fdb(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r = nsa_snapshot_read_fdb(&owner->reader, NSACCEL_MAX_FDB); /* capacity of the map */

	(void)run;
	if (r > 0 && r & NSA_FDB_OWN)
		owner->dirty |= NSA_DIRTY_PORTS;
	return r < 0 ? r : 0;
}

static int read_routes4(const struct nsa_run *run, struct nsa_owner *owner)
{
	return read_routes(run->state, owner, AF_INET);
}

static int read_routes6(const struct nsa_run *run, struct nsa_owner *owner)
{
	return read_routes(run->state, owner, AF_INET6);
}

static int read_exceptions(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsa_kernel_route *before = NULL;
	__u64 spent = nsa_clock_spent();
	struct nsa_plan plan;
	size_t count = 0;
	int r = nsa_snapshot_read_exceptions(&owner->reader, &before, &count);

	spent = nsa_clock_spent() - spent;
	owner->next_exceptions = nsa_clock() + spent * EXCEPTIONS_COST;
	if (r < 0)
		return r;
	nsa_owner_plan(run->state, owner, &plan);
	return nsa_plan_exceptions(&plan, before, count);
}

struct part {
	unsigned int dirty, follows;
	int (*read)(const struct nsa_run *run, struct nsa_owner *owner);
};

/* The firewall first: a closed gate must not wait for the rest. */
static const struct part parts[] = {
	{ NSA_DIRTY_FIREWALL, 0, nsa_read_firewall },
	{ NSA_DIRTY_LINKS, NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS, read_links },
	{ NSA_DIRTY_ADDRS, NSA_DIRTY_PORTS, read_addrs },
	{ NSA_DIRTY_NEIGHS, NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS, read_neighs },
	{ NSA_DIRTY_FDB, NSA_DIRTY_HOPS | NSA_DIRTY_STEER, read_fdb },
	{ NSA_DIRTY_SETTINGS, NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS | NSA_DIRTY_HOPS, read_settings },
	{ NSA_DIRTY_ROUTES4, NSA_DIRTY_PORTS, read_routes4 },
	{ NSA_DIRTY_ROUTES6, NSA_DIRTY_PORTS, read_routes6 },
	{ NSA_DIRTY_EXCEPTIONS, 0, read_exceptions },
};

int nsa_read_dirty(const struct nsa_run *run, struct nsa_owner *owner)
{
	int r = nsa_snapshot_reader_open(&owner->reader);

	for (size_t i = 0; !r && i < sizeof(parts) / sizeof(*parts); i++) {
		if (!(owner->dirty & parts[i].dirty))
			continue;
		r = parts[i].read(run, owner);
		if (!r)
			owner->dirty = (owner->dirty & ~parts[i].dirty) | parts[i].follows;
	}
	if (!r)
		r = touch_defaults(owner);
	return r < 0 ? nsa_err(r, "read namespace %s: %s", owner->ns->name, strerror(-r)) : 0;
}
