// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "attach.h"
#include "cleanup.h"
#include "collect.h"
#include "hook_tc.h"
#include "isolation.h"
#include "log.h"
#include "mirror.h"
#include "owner_requests.h"
#include "port.h"

/* Does a pinned link still hold a device of the owner? Then it lives, though out of our reach. */
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

int nsa_attach_remove_dead(struct nsa_mirror *mirror)
{
	const struct nsa_session *session = mirror->session;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r, first = 0;

	r = nsa_maps_ports(session->maps, &ports, &count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; i < count; i++) {
		if (i && ports[i].port.owner_cookie == ports[i - 1].port.owner_cookie)
			continue;
		if (is_alive(session, ports[i].port.owner_cookie))
			continue;
		r = nsa_owner_remove(mirror, ports[i].port.owner_cookie);
		first = first ? first : r;
	}
	return first;
}

static int check_device(const struct nsa_netns *owner, const char *dev, struct nsa_link *link)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r;

	r = nsa_rtnl_open(&rtnl, owner);
	if (!r)
		r = nsa_rtnl_link_by_name(rtnl, dev, link);
	if (r == -ENODEV)
		return nsa_err(r,
			       "no device \"%s\" in namespace %s; ip link shows what is there, "
			       "--netns looks in another namespace",
			       dev, owner->name);
	if (r)
		return nsa_err(r, "look up device %s: %s", dev, strerror(-r));
	if (!link->ethernet || (link->flags & IFF_LOOPBACK))
		return nsa_err(-EOPNOTSUPP, "%s is not an Ethernet device: nothing to steer", dev);
	if (link->master && strcmp(link->master_kind, "bridge") != 0)
		return nsa_err(-EBUSY,
			       "%s belongs to a %s, which forwards its frames; attach to "
			       "that instead, or take it out: ip link set %s nomaster",
			       dev, *link->master_kind ? link->master_kind : "master device", dev);
	return 0;
}

static size_t count_requested(const struct nsa_ports *ports)
{
	size_t n = 0;

	for (size_t i = 0; i < ports->count; i++)
		n += ports->entries[i].port.requested;
	return n;
}

/* Brings the owner to its requested ports, whose records have changed; without any, absent ones
 * included, removes all of it. */
static int settle(struct nsa_mirror *mirror, const struct nsa_netns *ns)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {}, absent = {};
	struct nsa_owner *owner;
	int r;

	r = nsa_owner_ports(mirror->session, ns->cookie, &ports);
	if (!r)
		r = nsa_owner_absent(mirror->session, ns->cookie, &absent);
	if (r < 0)
		return r;
	if (!count_requested(&ports) && !absent.count)
		return nsa_owner_remove(mirror, ns->cookie);
	r = nsa_mirror_owner(mirror, ns, &owner);
	if (r < 0)
		return r;
	nsa_ports_free(&owner->ports);
	nsa_ports_free(&owner->absent);
	owner->ports = ports;
	owner->absent = absent;
	ports = absent = (struct nsa_ports){};
	owner->waits = true;
	owner->dirty |= NSA_DIRTY_PORTS | NSA_DIRTY_HOOKS;
	r = nsa_owner_settle(owner);
	return r == -ENODEV ? nsa_owner_remove(mirror, ns->cookie) : r;
}

static int set_delivery_of_all(struct nsa_mirror *mirror, const struct nsa_netns *ns,
			       enum nsaccel_delivery delivery)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	int r;

	r = nsa_owner_ports(mirror->session, ns->cookie, &ports);
	for (size_t i = 0; !r && i < ports.count; i++) {
		struct nsa_port_entry *entry = &ports.entries[i];

		if (entry->port.kind != NSACCEL_KIND_VETH)
			continue;
		entry->port.delivery = delivery;
		r = nsa_maps_port_put(mirror->session->maps, entry->key.owner_slot,
				      entry->key.ifindex, &entry->port);
	}
	return r;
}

static int request_port(const struct nsa_owner *owner, const struct nsa_link *link,
			const struct nsa_attach_request *request)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	struct nsaccel_port port = {};
	int r;

	nsa_maps_port_get(maps, owner->slot, (__u32)link->ifindex, &port);
	port.owner_cookie = owner->cookie;
	port.requested = 1;
	if (request->set_mode)
		port.mode = request->mode;
	memcpy(port.name, link->name, sizeof(port.name));
	r = nsa_maps_port_put(maps, owner->slot, (__u32)link->ifindex, &port);
	return r < 0 ? nsa_err(r, "write port %s: %s", link->name,
			       nsa_maps_strerror(r, NSA_MAP_PORTS)) :
		       0;
}

/* How things were before they were changed. */
struct before {
	struct nsa_ports ports;
	enum nsaccel_firewall firewall;
	bool snapshot;
};

static const struct nsa_port_entry *find_before(const struct before *before, __u32 ifindex)
{
	for (size_t i = 0; i < before->ports.count; i++)
		if (before->ports.entries[i].key.ifindex == ifindex)
			return &before->ports.entries[i];
	return NULL;
}

/* Takes back what was asked of the owner and its ports. */
static void undo(struct nsa_mirror *mirror, struct nsa_owner *owner, const struct before *before)
{
	const struct nsa_session *session = mirror->session;
	__cleanup(nsa_ports_free) struct nsa_ports now = {};
	const struct nsa_netns *ns = owner->ns;

	if (nsa_owner_ports(session, owner->cookie, &now))
		return;
	for (size_t i = 0; i < now.count; i++) {
		struct nsa_port_entry *entry = &now.entries[i];
		const struct nsa_port_entry *old = find_before(before, entry->key.ifindex);

		entry->port.requested = old ? old->port.requested : 0;
		entry->port.delivery = old ? old->port.delivery : NSACCEL_DELIVERY_TC;
		if (old)
			entry->port.mode = old->port.mode;
		nsa_maps_port_put(session->maps, entry->key.owner_slot, entry->key.ifindex,
				  &entry->port);
	}
	nsa_owner_set_snapshot(owner, before->snapshot);
	nsa_owner_set_firewall(owner, before->firewall);
	if (settle(mirror, ns) >= 0)
		return;
	/* What failed may fail again: at least no hook stays on what is new. */
	for (size_t i = 0; i < now.count; i++)
		if (!find_before(before, now.entries[i].key.ifindex))
			nsa_port_down(session, ns, &now.entries[i]);
}

/* Routes that were given to the namespace while another routed for it would mean something else. */
static int check_route(void *data, struct nsa_node *node)
{
	const struct nsa_owner *owner = data;

	if (!node->fixed ||
	    nsa_hop(owner->mirror->hops, node->fixed)->key.owner_slot == owner->slot)
		return 0;
	return nsa_err(-EBUSY,
		       "namespace %s has nsaccel routes in the namespace that routes for it; "
		       "nsaccel route flush --netns %s removes them",
		       owner->ns->name, owner->ns->name);
}

static int change_owner(struct nsa_mirror *mirror, struct nsa_owner *owner,
			const struct nsa_link *link, const struct nsa_attach_request *request)
{
	const struct nsa_netns *ns = owner->ns;
	int r = 0;

	if (request->set_firewall)
		r = nsa_owner_set_firewall(owner, request->firewall);
	if (!r)
		r = nsa_owner_set_snapshot(owner, request->snapshot);
	if (!r)
		r = request_port(owner, link, request);
	if (!r)
		r = settle(mirror, ns);
	if (!r && request->set_delivery) {
		r = set_delivery_of_all(mirror, ns, request->delivery);
		if (!r)
			r = settle(mirror, ns);
	}
	return r;
}

static void before_free(struct before *before)
{
	nsa_ports_free(&before->ports);
}

/* Attached by name a host end is a wire, where nothing that was said of a namespace holds. */
static int check_endpoint(const struct nsa_owner *owner, const struct nsa_link *link)
{
	const struct nsa_maps *maps = owner->mirror->session->maps;
	struct nsaccel_isolation isolation = {};
	struct nsaccel_port port;
	const struct nsa_netns *ns;
	int r;

	if (nsa_maps_port_get(maps, owner->slot, (__u32)link->ifindex, &port) || port.requested ||
	    !port.endpoint_cookie)
		return 0;
	r = nsa_maps_isolation_get(maps, port.source_slot, port.endpoint_cookie, &isolation);
	if (r < 0)
		return nsa_err(r, "read map isolation: %s", strerror(-r));
	if (!isolation.cookie && !port.bound && !port.share_nic)
		return 0;
	ns = nsa_netns_find(owner->mirror->session->list,
			    port.bound_cookie ? port.bound_cookie : port.endpoint_cookie);
	return nsa_err(
		-EBUSY,
		"%s leads to namespace %s, of which nsaccel was told what it may do; attached "
		"by name the device would be a wire, where that doesn't hold. It is attached "
		"as an endpoint's already",
		link->name, ns ? ns->name : "?");
}

static int attach(struct nsa_mirror *mirror, const struct nsa_netns *ns,
		  const struct nsa_link *link, const struct nsa_attach_request *request)
{
	__cleanup(before_free) struct before before = {};
	struct nsa_owner *owner;
	int r;

	r = nsa_mirror_owner(mirror, ns, &owner); /* without ports that are no more */
	if (!r)
		r = nsa_owner_ports(mirror->session, ns->cookie, &before.ports);
	if (r)
		return r;
	before.firewall = owner->record.firewall;
	before.snapshot = owner->record.snapshot;
	r = check_endpoint(owner, link);
	if (!r)
		r = nsa_table_each(owner->table, check_route, owner);
	if (r < 0)
		return r;
	r = change_owner(mirror, owner, link, request);
	if (r < 0)
		undo(mirror, owner, &before);
	return r;
}

int nsa_attach(const struct nsa_attach_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_mirror_finishp) struct nsa_mirror *mirror = NULL;
	const struct nsa_netns *owner;
	struct nsa_link link;
	int r;

	r = nsa_session_lock(request->bpffs, true, &session);
	if (r < 0)
		return r;
	r = nsa_session_netns(&session, request->netns, &owner);
	if (!r)
		r = check_device(owner, request->dev, &link);
	if (!r)
		r = nsa_mirror_change(&session, &mirror);
	if (!r)
		r = nsa_attach_remove_dead(mirror);
	if (!r)
		r = attach(mirror, owner, &link, request);
	if (r < 0)
		nsa_collect_maps(&session); /* maps made for nothing */
	return r;
}

/* By its present name, or, if the device is gone or renamed, by the one it had. */
static const struct nsa_port_entry *find_port(const struct nsa_netns *owner, const char *dev,
					      const struct nsa_ports *ports)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	struct nsa_link link = {};

	if (!nsa_rtnl_open(&rtnl, owner))
		nsa_rtnl_link_by_name(rtnl, dev, &link);
	for (size_t i = 0; i < ports->count; i++)
		if (link.ifindex && ports->entries[i].key.ifindex == (__u32)link.ifindex)
			return &ports->entries[i];
	for (size_t i = 0; i < ports->count; i++)
		if (!strcmp(ports->entries[i].port.name, dev))
			return &ports->entries[i];
	return NULL;
}

static int not_attached(const char *dev, const struct nsa_netns *owner)
{
	return nsa_err(-ENOENT, "%s is not attached in namespace %s; nsaccel status shows what is",
		       dev, owner->name);
}

/* The owner's port for dev. Finishes first what a killed attach or detach has left of the owner:
 * nothing, if no port of it is requested. -EALREADY: so it was half detached, and is detached now.
 */
static int open_port(struct nsa_mirror *mirror, const struct nsa_netns *owner, const char *dev,
		     struct nsa_port_entry *out)
{
	__cleanup(nsa_ports_free) struct nsa_ports ports = {};
	const struct nsa_port_entry *port;
	int r;

	r = nsa_owner_all_ports(mirror->session, owner->cookie, &ports);
	if (r < 0)
		return r;
	port = find_port(owner, dev, &ports);
	if (port && count_requested(&ports)) {
		*out = *port;
		return 0;
	}
	if (!count_requested(&ports)) {
		r = nsa_owner_remove(mirror, owner->cookie);
		if (r < 0 || port)
			return r < 0 ? r : -EALREADY;
	}
	return not_attached(dev, owner);
}

/* The lock, the owner, and the mirror if there are maps. */
static int open_owner(const char *bpffs, const char *netns, struct nsa_session *session,
		      const struct nsa_netns **owner, struct nsa_mirror **mirror)
{
	int r = nsa_session_lock(bpffs, false, session);

	if (!r)
		r = nsa_session_netns(session, netns, owner);
	return r || !session->maps ? r : nsa_mirror_change(session, mirror);
}

/* What is to fail closed mustn't be opened unawares. cookie: the owner; 0: any. */
static int check_closed(const struct nsa_mirror *mirror, __u64 cookie)
{
	const struct nsa_netns *ns;
	struct nsaccel_netns entry = {};
	__u64 closed;
	int r = nsa_isolation_find_closed(mirror, cookie, &closed);

	if (r < 0 || !closed)
		return r;
	ns = nsa_netns_find(mirror->session->list, closed);
	nsa_maps_netns_get(mirror->session->maps, closed, &entry);
	return nsa_err(
		-EBUSY,
		"namespace %s is to fail closed, and without nsaccel the kernel would forward "
		"for it: nsaccel ns set %s --isolated=off says that it may, detach --force "
		"detaches all the same",
		ns ? ns->name : entry.name, ns ? ns->name : entry.name);
}

/* Does the device that it was asked for still exist? */
static bool is_present(const struct nsa_netns *owner, const struct nsa_port_entry *entry)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner);
	char name[IF_NAMESIZE];

	return token < 0 ||
	       (if_indextoname(entry->key.ifindex, name) && !nsa_port_is_replaced(entry));
}

/* Is this the last port that was asked for and is there, with which all of the owner goes? */
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

/* It isn't asked for any more. */
static int withdraw(struct nsa_mirror *mirror, const struct nsa_netns *owner,
		    struct nsa_port_entry *entry)
{
	const struct nsa_maps *maps = mirror->session->maps;
	__u32 slot = entry->key.owner_slot, ifindex = entry->key.ifindex;
	int r;

	entry->port.requested = 0;
	r = nsa_is_absent(entry) ? nsa_maps_port_del(maps, slot, ifindex) :
				   nsa_maps_port_put(maps, slot, ifindex, &entry->port);
	if (r < 0)
		return nsa_err(r, "write port %s: %s", entry->port.name, strerror(-r));
	return settle(mirror, owner);
}

int nsa_detach(const char *bpffs, const char *netns, const char *dev, bool force)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_mirror_finishp) struct nsa_mirror *mirror = NULL;
	const struct nsa_netns *owner;
	struct nsa_port_entry entry;
	bool last;
	int r;

	r = open_owner(bpffs, netns, &session, &owner, &mirror);
	if (!r)
		r = mirror ? open_port(mirror, owner, dev, &entry) : not_attached(dev, owner);
	if (r)
		return r == -EALREADY ? 0 : r;
	if (!entry.port.requested && entry.port.kind == NSACCEL_KIND_VETH)
		return nsa_err(-EBUSY,
			       "%s is an endpoint's port that attach found; it goes with the "
			       "NIC: nsaccel detach NIC, or nsaccel detach --all",
			       dev);
	r = is_last(&session, owner, &entry, &last);
	if (!r && last && !force)
		r = check_closed(mirror, owner->cookie);
	if (r < 0)
		return r;
	return last ? nsa_owner_remove(mirror, owner->cookie) : withdraw(mirror, owner, &entry);
}

static int remove_owners(struct nsa_mirror *mirror, const struct nsa_netns *only)
{
	const struct nsa_session *session = mirror->session;
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; !r && i < count; i++) {
		__u64 cookie = ports[i].port.owner_cookie;

		if ((i && cookie == ports[i - 1].port.owner_cookie) ||
		    (only && cookie != only->cookie))
			continue;
		r = nsa_owner_remove(mirror, cookie);
	}
	return r < 0 || count ? r : nsa_collect_maps(session);
}

int nsa_detach_all(const char *bpffs, const char *netns, bool force)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_mirror_finishp) struct nsa_mirror *mirror = NULL;
	const struct nsa_netns *only = NULL;
	int r;

	r = nsa_session_lock(bpffs, false, &session);
	if (!r && netns)
		r = nsa_session_netns(&session, netns, &only);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_mirror_change(&session, &mirror);
	if (!r && !force)
		r = check_closed(mirror, only ? only->cookie : 0);
	return r < 0 ? r : remove_owners(mirror, only);
}

static int put_delivery(struct nsa_mirror *mirror, const struct nsa_netns *owner,
			struct nsa_port_entry *entry, enum nsaccel_delivery delivery)
{
	int r;

	entry->port.delivery = delivery;
	r = nsa_maps_port_put(mirror->session->maps, entry->key.owner_slot, entry->key.ifindex,
			      &entry->port);
	if (r < 0)
		return nsa_err(r, "write port %s: %s", entry->port.name, strerror(-r));
	return settle(mirror, owner);
}

int nsa_endpoint_set_delivery(const char *bpffs, const char *netns, const char *dev,
			      enum nsaccel_delivery delivery)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_mirror_finishp) struct nsa_mirror *mirror = NULL;
	const struct nsa_netns *owner = NULL;
	struct nsa_port_entry entry;
	enum nsaccel_delivery before;
	int r;

	r = open_owner(bpffs, netns, &session, &owner, &mirror);
	if (!r)
		r = mirror ? open_port(mirror, owner, dev, &entry) : not_attached(dev, owner);
	if (r)
		return r == -EALREADY && owner ? not_attached(dev, owner) : r;
	if (entry.port.kind != NSACCEL_KIND_VETH)
		return nsa_err(-EOPNOTSUPP,
			       "%s is no veth endpoint's port: delivery can't be chosen", dev);
	before = entry.port.delivery;
	r = put_delivery(mirror, owner, &entry, delivery);
	if (r < 0)
		put_delivery(mirror, owner, &entry, before);
	return r;
}
