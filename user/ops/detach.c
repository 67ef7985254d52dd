// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/port.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "maps/follower.h"
#include "maps/isolation.h"
#include "maps/netns_name.h"
#include "maps/ports.h"
#include "model/device_kind.h"
#include "ops/detach.h"
#include "ops/requested.h"
#include "reconcile/gc.h"
#include "reconcile/owner.h"
#include "reconcile/owners.h"
#include "reconcile/requests.h"
#include "reconcile/session_lock.h"
#include "reconcile/teardown.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Finds a namespace that fails closed behind the owner (0: any), for which the kernel would forward
 * without nsaccel. *out: its cookie; 0: there is none. */
static int find_closed(const struct nsa_state *state, __u64 owner_cookie, __u64 *out)
{
	const struct nsa_maps *maps = state->session->maps;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r = nsa_maps_ports(maps, &ports, &count);

	*out = 0;
	for (size_t i = 0; !r && !*out && i < count; i++) {
		const struct nsaccel_port *port = &ports[i].port;
		struct nsaccel_isolation isolation;

		if (!port->bound_cookie || (owner_cookie && port->owner_cookie != owner_cookie))
			continue;
		r = nsa_maps_isolation_get(maps, port->source_slot, port->bound_cookie, &isolation);
		if (!r && (isolation.on_miss == NSACCEL_ON_MISS_DROP || isolation.isolated))
			*out = port->bound_cookie;
	}
	return r < 0 ? nsa_err(r, "read map ports: %s", strerror(-r)) : 0;
}

/* Namespaces that fail closed mustn't be opened unawares. cookie: the owner; 0: any. */
static int check_closed(const struct nsa_state *state, __u64 cookie)
{
	char name[NSACCEL_NETNS_NAME];
	__u64 closed;
	int r = find_closed(state, cookie, &closed);

	if (r < 0 || !closed)
		return r;
	nsa_netns_name(state->session, closed, name);
	return nsa_err(
		-EBUSY,
		"namespace %s is to fail closed, and without nsaccel the kernel would forward for "
		"it: nsaccel ns set %s --isolated=off says that it may, detach --force detaches "
		"all the same",
		name, name);
}

/* Does the port's device still exist? */
static bool is_present(const struct nsa_netns *owner, const struct nsa_port_entry *entry)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner);
	char name[IF_NAMESIZE];

	return token < 0 ||
	       (if_indextoname(entry->key.ifindex, name) && !nsa_port_is_replaced(entry));
}

/* Is this the owner's last requested port whose device exists? Then all of the owner is removed. */
static int is_last(const struct nsa_session *session, const struct nsa_netns *owner,
		   const struct nsa_port_entry *entry, bool *last)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	int r = nsa_owner_ports(session, owner->cookie, &ports);

	*last = !r;
	for (size_t i = 0; *last && i < ports.count; i++)
		*last = ports.entries[i].key.ifindex == entry->key.ifindex ||
			!ports.entries[i].port.requested || !is_present(owner, &ports.entries[i]);
	return r;
}

/* Hooks are removed first, and put back if one can't be removed: until then nothing is lost. Then
 * records are deleted; a failure there is tried once more, since deleted ones can't be put back. */
static int remove_owners(struct nsa_state *state, const __u64 *cookies, size_t count)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = nsa_teardown_unhook(state->session, cookies[i]);
	for (size_t i = 0; r < 0 && i < count; i++) {
		const struct nsa_netns *ns = nsa_netns_find(state->session->list, cookies[i]);

		if (ns)
			nsa_requested_reconcile(state, ns);
	}
	for (size_t i = 0; !r && i < count; i++) {
		r = nsa_teardown_owner(state, cookies[i]);
		if (r < 0)
			r = nsa_teardown_owner(state, cookies[i]);
		if (!r)
			nsa_log_forget();
		else
			nsa_log_err(
				"it is detached, but not all of its state could be removed: the "
				"same command, once more, goes on");
	}
	return r;
}

/* Releases one port of an owner that keeps others. */
static int release_port(struct nsa_state *state, const struct nsa_netns *ns,
			struct nsa_port_entry *entry)
{
	__cleanup(nsa_requested_free) struct nsa_requested before = {};
	int r;

	r = nsa_requested_get(state->session, ns, entry->key.owner_slot, &before);
	if (r < 0)
		return r;
	entry->port.requested = 0;
	r = nsa_is_absent(entry) ? nsa_maps_port_del(state->session->maps, entry->key.owner_slot,
						     entry->key.ifindex) :
				   nsa_maps_port_put(state->session->maps, entry->key.owner_slot,
						     entry->key.ifindex, &entry->port);
	if (r < 0)
		return nsa_err(r, "write port %s: %s", entry->port.name, strerror(-r));
	r = nsa_requested_reconcile(state, ns);
	if (r < 0)
		nsa_requested_undo(state, ns, &before);
	return r;
}

/* An endpoint's port can't be detached by itself. A killed run may have left it half released, so
 * the owner is reconciled. */
static int refuse_endpoint(struct nsa_state *state, const struct nsa_netns *owner, const char *dev)
{
	int r = nsa_requested_reconcile(state, owner);

	return r < 0 ? r :
		       nsa_err(-EBUSY,
			       "%s is an endpoint's port that attach found; it goes with the NIC: "
			       "nsaccel detach NIC, or nsaccel detach --all",
			       dev);
}

static int detach(const char *bpffs, const char *netns, const char *dev, bool force)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	const struct nsa_netns *owner;
	struct nsa_port_entry entry;
	bool last;
	int r;

	r = nsa_requested_open(bpffs, netns, &session, &owner, &state);
	if (!r)
		r = nsa_requested_port(state, owner, dev, &entry);
	if (r)
		return r == -EALREADY ? 0 : r;
	if (!entry.port.requested && nsa_kind(entry.port.kind)->owns_port)
		return refuse_endpoint(state, owner, dev);
	r = is_last(&session, owner, &entry, &last);
	if (!r && last && !force)
		r = check_closed(state, owner->cookie);
	if (r < 0)
		return r;
	return last ? remove_owners(state, &owner->cookie, 1) : release_port(state, owner, &entry);
}

int nsa_detach(const char *bpffs, const char *netns, const char *dev, bool force)
{
	int r = detach(bpffs, netns, dev, force);

	if (!r)
		nsa_follower_forget();
	return r;
}

/* Owners to detach. With no owner at all, maps that a killed attach or detach left are removed. */
static int list_owners(const struct nsa_session *session, const struct nsa_netns *only,
		       __u64 **cookies, size_t *count)
{
	size_t n = 0;
	int r = nsa_owners_list(session, cookies, count);

	if (r < 0 || !*count)
		return r < 0 ? r : nsa_gc_maps(session);
	for (size_t i = 0; only && i < *count; i++)
		if ((*cookies)[i] == only->cookie)
			(*cookies)[n++] = only->cookie;
	if (only)
		*count = n;
	return 0;
}

static int detach_all(const char *bpffs, const char *netns, bool force)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_state_finishp) struct nsa_state *state = NULL;
	__cleanup(nsa_freep) __u64 *cookies = NULL;
	const struct nsa_netns *only = NULL;
	size_t count = 0;
	int r;

	r = nsa_session_lock(bpffs, false, &session);
	if (!r && netns)
		r = nsa_session_netns(&session, netns, &only);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_state_change(&session, &state);
	if (!r && !force)
		r = check_closed(state, only ? only->cookie : 0);
	if (!r)
		r = list_owners(&session, only, &cookies, &count);
	return r < 0 ? r : remove_owners(state, cookies, count);
}

int nsa_detach_all(const char *bpffs, const char *netns, bool force)
{
	int r = detach_all(bpffs, netns, force);

	if (!r)
		nsa_follower_forget();
	return r;
}
