// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/hook_tc.h"
#include "dataplane/port.h"
#include "kernel/neigh_release.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/rtnl.h"
#include "maps/endpoints.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "maps/table.h"
#include "reconcile/gc.h"
#include "reconcile/neighbours.h"
#include "reconcile/owner.h"
#include "reconcile/owners.h"
#include "reconcile/policy.h"
#include "reconcile/requests.h"
#include "reconcile/shares.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Static routes of another namespace that this owner resolved. */
static int drop_statics(struct nsa_state *state, __u32 owner_slot, struct nsa_table *table)
{
	bool found = false;
	int r = 0;

	for (size_t i = 0; i < table->bucket_count; i++)
		for (struct nsa_node *node = table->buckets[i]; !r && node; node = node->next) {
			if (!node->static_nh ||
			    nsa_nexthop(state->hops, node->static_nh)->key.owner_slot != owner_slot)
				continue;
			found = true;
			nsa_table_set_static(table, node, 0);
			nsa_table_want(table, node, 0, NSACCEL_ORIGIN_NONE);
			r = nsa_table_touch(table, node);
		}
	if (r < 0)
		return nsa_err(r, "drop routes of namespace %llu: %s", table->cookie, strerror(-r));
	return found ? nsa_state_commit_table(state, table) : 0;
}

static int drop_routes(struct nsa_state *state, __u64 cookie)
{
	struct nsaccel_netns ns;
	int r = nsa_maps_netns_get(state->session->maps, cookie, &ns);

	if (r < 0)
		return r == -ENOENT ? 0 : nsa_err(r, "read map netns: %s", strerror(-r));
	r = nsa_maps_table_drop(state->session->maps, cookie, ns.slot);
	if (r < 0)
		return nsa_err(r, "drop table of namespace %llu: %s", cookie, strerror(-r));
	nsa_state_forget(state, cookie);
	for (size_t i = 0; !r && i < state->table_count; i++)
		r = drop_statics(state, ns.slot, state->tables[i]);
	if (!r)
		r = nsa_policy_remove(state->session->maps, ns.slot);
	if (r < 0)
		return r;
	r = nsa_maps_owner_put(state->session->maps, ns.slot, &(struct nsaccel_owner){});
	return r < 0 ? nsa_err(r, "remove namespace %s of map owners: %s", ns.name, strerror(-r)) :
		       0;
}

/* Endpoints and routes are not reported; they are removed with the owner. */
static void report_removal(struct nsa_state *state, __u64 cookie, const struct nsa_ports *ports)
{
	struct nsaccel_netns entry = {};

	nsa_maps_netns_get(state->session->maps, cookie, &entry);
	nsa_diff_report(&state->diff, "owner-del", cookie, "netns", entry.name,
			"no attached device of it is left");
	for (size_t i = 0; i < ports->count; i++)
		nsa_diff_report(&state->diff, "port-del", cookie, "dev",
				ports->entries[i].port.name, "%s", "");
}

int nsa_teardown_unhook(const struct nsa_session *session, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_netns_leavep) int token = ns ? nsa_netns_enter(ns) : -1;
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	int r;

	if (!ns)
		return 0;
	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", ns->name, strerror(-token));
	r = nsa_owner_ports(session, cookie, &ports);
	for (size_t i = 0; !r && i < ports.count; i++) {
		const struct nsaccel_port *port = &ports.entries[i].port;

		/* A namespace that shares a NIC must not reach the owner: the hook stays until
		 * its device is removed. */
		if (port->share_nic)
			continue;
		r = nsa_port_unhook(&ports.entries[i]);
		if (r == -ENODEV)
			r = 0;
		if (r < 0)
			nsa_err(r, "detach from %s: %s", port->name, strerror(-r));
	}
	return r;
}

/* The macvlans lost their endpoints with their lower devices' hooks. */
static void forget_macvlans(const struct nsa_session *session, const struct nsa_netns *ns,
			    const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *all = NULL;
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	size_t count = 0, own = 0;

	if (!ports->count || nsa_maps_endpoints(session->maps, &all, &count))
		return;
	for (size_t i = 0; i < count; i++)
		if (all[i].key.owner_slot == ports->entries[0].key.owner_slot)
			all[own++] = all[i];
	if (own && !nsa_rtnl_open(&rtnl, ns))
		nsa_neighbours_forget(rtnl, ports, all, own, NULL);
}

int nsa_teardown_owner(struct nsa_state *state, __u64 cookie)
{
	const struct nsa_session *session = state->session;
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_ports_free) struct nsa_ports ports = {}, absent = {};
	int r;

	r = nsa_owner_ports(session, cookie, &ports);
	if (r < 0)
		return r;
	r = nsa_requests_read(session, cookie, &absent);
	if (r < 0)
		return r;
	report_removal(state, cookie, &ports);
	if (state->diff.dry)
		return 0;
	/* Nothing uses a dead owner's routes. They go before its ports, by which a run after a
	 * failure finds the owner. */
	if (!ns)
		r = drop_routes(state, cookie);
	/* Remove devices of shares while they are hooked: their namespaces must not reach the
	 * owner. */
	if (!r && ports.count)
		r = nsa_shares_remove(session, ports.entries[0].key.owner_slot, cookie);
	if (!r && ns)
		nsa_neigh_release(ns, 0);
	/* Hooks first: without them the rest is not used. */
	for (size_t i = 0; !r && i < ports.count; i++)
		r = nsa_port_down(session, ns, &ports.entries[i]);
	for (size_t i = 0; !r && i < absent.count; i++)
		r = nsa_port_down(session, NULL, &absent.entries[i]);
	if (!r && ns) {
		forget_macvlans(session, ns, &ports);
		r = drop_routes(state, cookie);
	}
	return r < 0 ? r : nsa_gc(state);
}

/* A namespace that cannot be reached is alive if a pinned link still has one of its devices. */
static bool is_alive(const struct nsa_session *session, __u64 cookie)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};

	if (nsa_netns_find(session->list, cookie))
		return true;
	if (nsa_owner_ports(session, cookie, &ports))
		return true;
	for (size_t i = 0; i < ports.count; i++)
		if (nsa_tc_query(cookie, (int)ports.entries[i].key.ifindex,
				 NSACCEL_HOOK_TC_INGRESS) == NSA_TC_TCX)
			return true;
	return false;
}

int nsa_teardown_dead(struct nsa_state *state)
{
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	size_t count = 0;
	int r, first;

	first = nsa_owners_list(state->session, &cookies, &count);
	for (size_t i = 0; i < count; i++) {
		if (is_alive(state->session, cookies[i]))
			continue;
		r = nsa_teardown_owner(state, cookies[i]);
		first = first ?: r;
	}
	return first;
}
