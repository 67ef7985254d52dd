// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/dispatcher.h"
#include "dataplane/settings.h"
#include "kernel/netns_list.h"
#include "maps/endpoints.h"
#include "maps/fdb.h"
#include "maps/isolation.h"
#include "maps/netns.h"
#include "maps/pin.h"
#include "maps/ports.h"
#include "maps/settings.h"
#include "maps/shares.h"
#include "maps/table.h"
#include "maps/tx.h"
#include "model/confinement.h"
#include "reconcile/gc.h"
#include "reconcile/policy.h"
#include "reconcile/sources_commit.h"
#include "util/cleanup.h"
#include "util/cookies.h"
#include "util/hash.h"
#include "util/log.h"
#include "util/sort.h"

/* Index of the owner's first port. Ports are sorted by owner slot and ifindex. */
static size_t first_port_of(const struct nsa_ports *ports, __u32 slot)
{
	const struct nsaccel_port_key first = { .owner_slot = slot };

	return LOWER_BOUND(&first, ports->entries, ports->count, nsa_port_entry_by_key);
}

static bool has_slot(const struct nsa_ports *ports, __u32 slot)
{
	size_t at = first_port_of(ports, slot);

	return at < ports->count && ports->entries[at].key.owner_slot == slot;
}

/* Cookies of namespaces that have ports. */
static int list_owners(const struct nsa_ports *ports, struct nsa_cookies *out)
{
	if (nsa_cookies_reserve(out, ports->count))
		return nsa_err(-ENOMEM, "list owners: %s", strerror(ENOMEM));
	for (size_t i = 0; i < ports->count; i++)
		out->items[out->count++] = ports->entries[i].port.owner_cookie;
	nsa_cookies_sort(out);
	return 0;
}

static int collect_settings(const struct nsa_session *session, const struct nsa_cookies *owners)
{
	__cleanup(nsa_freep) struct nsa_setting_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_settings(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (!nsa_cookies_have(owners, all[i].setting.owner_cookie))
			nsa_settings_restore(session->maps, session->list, &all[i].key);
	return r < 0 ? nsa_err(r, "read map settings: %s", strerror(-r)) : 0;
}

static int collect_endpoints(const struct nsa_session *session, const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_endpoints(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (!has_slot(ports, all[i].key.owner_slot))
			r = nsa_maps_endpoint_del(session->maps, &all[i].key);
	return r < 0 ? nsa_err(r, "remove endpoints: %s", strerror(-r)) : 0;
}

static int collect_fdb(const struct nsa_session *session, const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsa_fdb_entry *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_fdb(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (!has_slot(ports, all[i].key.owner_slot))
			r = nsa_maps_fdb_del(session->maps, &all[i].key);
	return r < 0 ? nsa_err(r, "remove bridge entries: %s", strerror(-r)) : 0;
}

static int collect_shares(const struct nsa_session *session, const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsaccel_share *all = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_shares(session->maps, &all, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (!has_slot(ports, all[i].key.owner_slot))
			r = nsa_maps_share_del(session->maps, &all[i].key);
	return r < 0 ? nsa_err(r, "remove shares: %s", strerror(-r)) : 0;
}

/* XDP targets */
static bool is_target(const struct nsa_port_entry *port, const struct nsaccel_tx_info *info)
{
	return port && port->port.owner_cookie == info->netns_cookie &&
	       port->key.ifindex == info->ifindex;
}

static const struct nsa_port_entry **ports_by_target(const struct nsa_ports *ports,
						     const struct nsaccel_tx_info *all)
{
	const struct nsa_port_entry **by_slot = calloc(NSACCEL_MAX_TX, sizeof(*by_slot));

	for (size_t i = 0; by_slot && i < ports->count; i++) {
		const struct nsa_port_entry *port = &ports->entries[i];
		__u32 slot = port->port.tx_slot;

		if (slot && slot < NSACCEL_MAX_TX && is_target(port, &all[slot]))
			by_slot[slot] = port;
	}
	return by_slot;
}

static int del_target(const struct nsa_maps *maps, __u32 slot, bool *waited)
{
	int r = *waited ? 0 : nsa_maps_wait(maps);

	*waited = true;
	return r < 0 ? r : nsa_maps_tx_del(maps, slot);
}

/* Runs after the routes that refer to the targets are gone, and waits for packets that still use
 * these routes: a slot that another device gets would misdirect them. */
static int collect_targets(const struct nsa_session *session, const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsaccel_tx_info *all = NULL;
	__cleanup(nsa_freep) const struct nsa_port_entry **used = NULL;
	int r = nsa_maps_targets(session->maps, &all);
	bool waited = false;

	used = r < 0 ? NULL : ports_by_target(ports, all);
	if (!r && !used)
		r = -ENOMEM;
	for (__u32 slot = 1; !r && slot < NSACCEL_MAX_TX; slot++)
		if (all[slot].netns_cookie && !used[slot])
			r = del_target(session->maps, slot, &waited);
	return r < 0 ? nsa_err(r, "remove XDP targets: %s", strerror(-r)) : 0;
}

/* The directories of pins are named after the owners' cookies. */
static int remove_unowned(const struct nsa_cookies *owners, const char *kind, DIR *dir)
{
	const struct dirent *entry;
	char path[PATH_MAX];
	int r = 0;

	while (!r && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    nsa_cookies_have(owners, strtoull(entry->d_name, NULL, 10)))
			continue;
		r = nsa_pin_path(path, "%s/%s", kind, entry->d_name);
		if (r)
			break;
		nsa_dispatcher_clean_owner(path);
		r = nsa_pin_remove(path);
	}
	return r;
}

static int remove_pins(const struct nsa_cookies *owners, const char *kind)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, "%s", kind);
	DIR *dir;

	if (r < 0)
		return r;
	dir = opendir(path);
	r = dir ? remove_unowned(owners, kind, dir) : -errno;
	if (dir)
		closedir(dir);
	return r < 0 && r != -ENOENT ? nsa_err(r, "remove pins in %s: %s", path, strerror(-r)) : 0;
}

/* Whether the user has configured the namespace: it is kept while it exists, although no
 * endpoint is visible. True if the configuration cannot be read. */
static bool is_configured(const struct nsa_session *session, const struct nsa_netns_entry *ns,
			  bool named)
{
	__cleanup(nsa_closep) int table = nsa_maps_table_open(ns->cookie);
	struct nsaccel_isolation isolation;

	if (!nsa_netns_find(session->list, ns->cookie))
		return false;
	return table != -ENOENT || named ||
	       nsa_maps_isolation_get(session->maps, ns->ns.slot, ns->cookie, &isolation) ||
	       isolation.cookie;
}

/* Cookies of all namespaces that ports and endpoints refer to. */
static int collect_referenced(const struct nsa_ports *ports,
			      const struct nsa_endpoint_entry *endpoints, size_t endpoint_count,
			      struct nsa_cookies *out)
{
	if (nsa_cookies_reserve(out, 3 * ports->count + endpoint_count))
		return nsa_err(-ENOMEM, "forget namespaces: %s", strerror(ENOMEM));
	for (size_t i = 0; i < ports->count; i++) {
		out->items[out->count++] = ports->entries[i].port.owner_cookie;
		out->items[out->count++] = ports->entries[i].port.endpoint_cookie;
		out->items[out->count++] = ports->entries[i].port.bound_cookie;
	}
	for (size_t i = 0; i < endpoint_count; i++)
		out->items[out->count++] = endpoints[i].ep.netns_cookie;
	nsa_cookies_sort(out);
	return 0;
}

/* All namespaces, whether rules name them, and whether they are to be removed. */
struct known {
	struct nsa_netns_entry *all;
	bool *named, *gone;
	size_t count;
};

static void known_free(struct known *known)
{
	free(known->all);
	free(known->named);
	free(known->gone);
}

static int read_known(const struct nsa_maps *maps, struct known *known)
{
	int r = nsa_maps_netns(maps, &known->all, &known->count);

	if (r < 0)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	known->named = calloc(known->count + 1, sizeof(*known->named));
	known->gone = calloc(known->count + 1, sizeof(*known->gone));
	if (!known->named || !known->gone)
		return nsa_err(-ENOMEM, "forget namespaces: %s", strerror(ENOMEM));
	return nsa_policy_named(maps, known->all, known->count, known->named);
}

/* Whether the namespace has a name given by a user. Generated names belong to one namespace, or
 * to any. */
static bool has_user_name(const struct nsa_netns_entry *ns)
{
	return strncmp(ns->ns.name, "pid ", 4) != 0 && strncmp(ns->ns.name, "cookie ", 7) != 0;
}

/* Records the name of a confined namespace that is gone, so that another namespace with that
 * name is recognized. */
static int record_lapsed(const struct nsa_maps *maps, const struct nsa_netns_entry *ns, bool named)
{
	const struct nsaccel_lapsed lapsed = { ns->cookie };
	struct nsaccel_isolation isolation = {};
	int r = nsa_maps_isolation_get(maps, ns->ns.slot, ns->cookie, &isolation);

	if (r < 0 || !has_user_name(ns) || !(named || nsa_confinement_is(&isolation)))
		return r;
	return nsa_maps_lapsed_put(maps, ns->ns.name, &lapsed);
}

/* Removes the rules first: programs would apply them to the next namespace that gets the slot. */
static int forget_namespaces(const struct nsa_maps *maps, const struct known *known)
{
	bool named = false;
	int r = 0;

	for (size_t i = 0; i < known->count; i++)
		named |= known->gone[i] && known->named[i];
	if (named)
		r = nsa_policy_forget(maps, known->all, known->count, known->gone);
	if (r < 0)
		return r;
	for (size_t i = 0; !r && i < known->count; i++)
		if (known->gone[i]) {
			r = record_lapsed(maps, &known->all[i], known->named[i]);
			if (!r)
				r = nsa_maps_netns_forget(maps, known->all[i].cookie);
		}
	return r < 0 ? nsa_err(r, "forget namespaces: %s", strerror(-r)) : 0;
}

static int count_directories(DIR *dir)
{
	const struct dirent *entry;
	int count = 0;

	while ((entry = readdir(dir)))
		count += entry->d_name[0] != '.';
	rewinddir(dir);
	return count;
}

/* Removes per-namespace maps of a run that was killed before it registered the namespace. */
static int remove_unregistered(const struct nsa_maps *maps, DIR *dir)
{
	const struct dirent *entry;
	struct nsaccel_netns ns;
	char path[PATH_MAX];
	int r = 0;

	while (!r && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.' ||
		    nsa_maps_netns_get(maps, strtoull(entry->d_name, NULL, 10), &ns) != -ENOENT)
			continue;
		r = nsa_pin_path(path, "by-netns/%s", entry->d_name);
		if (!r)
			r = nsa_pin_remove(path);
	}
	return r;
}

static int collect_own_maps(const struct nsa_maps *maps, int registered)
{
	char path[PATH_MAX];
	int r = nsa_pin_path(path, "by-netns");
	DIR *dir = r < 0 ? NULL : opendir(path);

	if (!dir)
		return 0;
	r = count_directories(dir) > registered ? remove_unregistered(maps, dir) : 0;
	closedir(dir);
	return r < 0 ? nsa_err(r, "remove pins in %s: %s", path, strerror(-r)) : 0;
}

static int collect_netns(const struct nsa_session *session, const struct nsa_ports *ports)
{
	__cleanup(nsa_freep) struct nsa_endpoint_entry *endpoints = NULL;
	__cleanup(known_free) struct known known = {};
	__cleanup(nsa_cookies_free) struct nsa_cookies needed = {};
	size_t endpoint_count = 0;
	int r, registered = 0;

	r = read_known(session->maps, &known);
	if (r < 0)
		return r;
	r = nsa_maps_endpoints(session->maps, &endpoints, &endpoint_count);
	if (r < 0)
		return nsa_err(r, "read map endpoints: %s", strerror(-r));
	r = collect_referenced(ports, endpoints, endpoint_count, &needed);
	if (r < 0)
		return r;
	for (size_t i = 0; i < known.count; i++) {
		known.gone[i] = !nsa_cookies_have(&needed, known.all[i].cookie) &&
				!is_configured(session, &known.all[i], known.named[i]);
		registered += !known.gone[i];
	}
	r = forget_namespaces(session->maps, &known);
	return r < 0 ? r : collect_own_maps(session->maps, registered);
}

/* The last port is gone. */
static int remove_everything(void)
{
	const struct nsa_cookies none = {};
	char path[PATH_MAX];
	int r;

	r = remove_pins(&none, "links");
	if (r < 0)
		return r;
	r = nsa_pin_path(path, "%s", "");
	if (!r)
		r = nsa_pin_remove(path);
	if (r < 0)
		return nsa_err(r, "remove %s: %s", path, strerror(-r));
	nsa_pin_remove_top();
	return 0;
}

int nsa_gc_maps(const struct nsa_session *session)
{
	static int (*const collectors[])(const struct nsa_session *, const struct nsa_ports *) = {
		collect_endpoints,
		collect_fdb,
		collect_shares,
		collect_targets,
	};
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	__cleanup(nsa_cookies_free) struct nsa_cookies owners = {};
	int r;

	r = nsa_maps_ports(session->maps, &ports.entries, &ports.count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	r = list_owners(&ports, &owners) ?: collect_settings(session, &owners);
	if (r < 0)
		return r;
	if (!ports.count)
		return remove_everything();
	for (size_t i = 0; !r && i < sizeof(collectors) / sizeof(*collectors); i++)
		r = collectors[i](session, &ports);
	if (r < 0)
		return r;
	r = remove_pins(&owners, "programs") ?: remove_pins(&owners, "links");
	return r ?: collect_netns(session, &ports) ?: nsa_policy_collect(session->maps);
}

static __u64 list_sum(const struct nsa_netns_list *list)
{
	__u64 sum = list->count;

	for (size_t i = 0; i < list->count; i++)
		sum += nsa_hash_word(0, list->ns[i].cookie);
	return sum;
}

bool nsa_gc_is_due(const struct nsa_state *state)
{
	return state->collected != list_sum(state->session->list);
}

/* The next namespace with a slot must not inherit sources. */
static int collect_sources(struct nsa_state *state)
{
	__cleanup(nsa_freep) struct nsa_netns_entry *all = NULL;
	size_t count = 0;
	int r = nsa_maps_netns(state->session->maps, &all, &count);

	if (!r)
		r = nsa_sources_keep(state->session->maps, state->sources, all, count);
	return r < 0 ? nsa_err(r, "remove sources: %s", strerror(-r)) : 0;
}

int nsa_gc(struct nsa_state *state)
{
	struct nsaccel_netns ns;
	int r = nsa_gc_maps(state->session);

	if (r < 0)
		return r;
	r = collect_sources(state);
	if (r < 0)
		return r;
	state->collected = list_sum(state->session->list);
	for (size_t i = state->table_count; i-- > 0;) {
		__u64 cookie = state->tables[i]->cookie;

		if (nsa_maps_netns_get(state->session->maps, cookie, &ns) == -ENOENT)
			nsa_state_forget(state, cookie);
	}
	return nsa_state_free_nexthops(state);
}
