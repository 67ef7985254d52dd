// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "attach.h"
#include "cleanup.h"
#include "firewall.h"
#include "hook_tc.h"
#include "log.h"
#include "owner.h"
#include "port.h"
#include "tables.h"

/* Does a pinned link still hold a device of the owner? Then it lives, though out of our reach. */
static bool is_alive(const struct nsa_session *session, __u64 cookie)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;

	if (nsa_netns_find(session->list, cookie))
		return true;
	if (nsa_owner_ports(session, cookie, &ports, &count))
		return true;
	for (size_t i = 0; i < count; i++)
		if (nsa_tc_query(cookie, (int)ports[i].key.ifindex, NSACCEL_HOOK_TC_INGRESS) ==
		    NSA_TC_TCX)
			return true;
	return false;
}

/* Owners whose namespace is gone left records, but no device that they could be wrong about. */
static int remove_dead_owners(const struct nsa_session *session)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r;

	r = nsa_maps_ports(session->maps, &ports, &count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; !r && i < count; i++) {
		if (i && ports[i].port.owner_cookie == ports[i - 1].port.owner_cookie)
			continue;
		if (!is_alive(session, ports[i].port.owner_cookie))
			r = nsa_owner_remove(session, ports[i].port.owner_cookie);
	}
	return r;
}

static int check_device(const struct nsa_netns *owner, const char *dev, struct nsa_link *link)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	int r;

	r = nsa_rtnl_open(&rtnl, owner->fd);
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
	if (link->master)
		return nsa_err(-EBUSY,
			       "%s belongs to a %s, which forwards its frames; attach to "
			       "that instead, or take it out: ip link set %s nomaster",
			       dev, *link->master_kind ? link->master_kind : "master device", dev);
	return 0;
}

/* Filters that our program, running before them, would keep packets from. */
static int check_filters(const struct nsa_netns *owner, const struct nsa_link *link)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(owner->fd);
	struct nsa_tc_others others;

	if (token < 0)
		return nsa_err(token, "enter namespace %s: %s", owner->name, strerror(-token));
	nsa_tc_others(owner->cookie, link->ifindex, NSACCEL_HOOK_TC_INGRESS, &others);
	if (!others.filters)
		return 0;
	return nsa_err(
		-EBUSY,
		"tc filters at the ingress of %s would miss what the fast path takes; "
		"remove them (tc filter show dev %s ingress), or --firewall bypass goes past "
		"them",
		link->name, link->name);
}

static int check_firewall(const struct nsa_netns *owner, const struct nsa_link *link, bool bypass)
{
	struct nsa_firewall firewall = {};
	int r;

	if (bypass)
		return 0;
	r = check_filters(owner, link);
	if (r < 0)
		return r;
	r = nsa_firewall_detect(owner->fd, &firewall);
	if (r < 0)
		return nsa_err(r, "look for firewall rules in %s: %s", owner->name, strerror(-r));
	if (!firewall.active)
		return 0;
	return nsa_err(-EBUSY,
		       "namespace %s filters or changes what it forwards (%s), and the fast "
		       "path would go past that; --firewall bypass does so all the same",
		       owner->name, firewall.what);
}

static size_t count_requested(const struct nsa_port_entry *ports, size_t count)
{
	size_t n = 0;

	for (size_t i = 0; i < count; i++)
		n += ports[i].port.requested;
	return n;
}

/* Brings the owner to its requested ports; without any, removes all of it. */
static int settle(const struct nsa_session *session, const struct nsa_netns *owner)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r;

	r = nsa_owner_ports(session, owner->cookie, &ports, &count);
	if (r < 0)
		return r;
	return count_requested(ports, count) ? nsa_owner_converge(session, owner) :
					       nsa_owner_remove(session, owner->cookie);
}

static int set_delivery_of_all(const struct nsa_session *session, const struct nsa_netns *owner,
			       enum nsaccel_delivery delivery)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	size_t count = 0;
	int r;

	r = nsa_owner_ports(session, owner->cookie, &ports, &count);
	for (size_t i = 0; !r && i < count; i++) {
		if (ports[i].port.kind != NSACCEL_KIND_VETH)
			continue;
		ports[i].port.delivery = delivery;
		r = nsa_maps_port_put(session->maps, ports[i].key.owner_slot, ports[i].key.ifindex,
				      &ports[i].port);
	}
	return r;
}

static int request_port(const struct nsa_session *session, const struct nsa_netns *owner,
			const struct nsa_link *link, __u32 slot,
			const struct nsa_attach_request *request)
{
	struct nsaccel_port port = {};
	int r;

	nsa_maps_port_get(session->maps, slot, (__u32)link->ifindex, &port);
	port.owner_cookie = owner->cookie;
	port.requested = 1;
	if (request->set_mode)
		port.mode = request->mode;
	memcpy(port.name, link->name, sizeof(port.name));
	r = nsa_maps_port_put(session->maps, slot, (__u32)link->ifindex, &port);
	return r < 0 ? nsa_err(r, "write port %s: %s", link->name,
			       nsa_maps_strerror(r, NSA_MAP_PORTS)) :
		       0;
}

static bool was_there(const struct nsa_port_entry *ports, size_t count, __u32 ifindex)
{
	for (size_t i = 0; i < count; i++)
		if (ports[i].key.ifindex == ifindex)
			return true;
	return false;
}

/* Takes back what was asked of the ports: by the records as they were before. */
static void undo(const struct nsa_session *session, const struct nsa_netns *owner,
		 const struct nsa_port_entry *before, size_t count)
{
	__cleanup(nsa_freep) struct nsa_port_entry *now = NULL;
	size_t now_count = 0;

	if (nsa_owner_ports(session, owner->cookie, &now, &now_count))
		return;
	for (size_t i = 0; i < now_count; i++) {
		struct nsaccel_port *port = &now[i].port;

		port->requested = 0;
		port->delivery = NSACCEL_DELIVERY_TC;
		for (size_t j = 0; j < count; j++) {
			if (before[j].key.ifindex != now[i].key.ifindex)
				continue;
			port->requested = before[j].port.requested;
			port->mode = before[j].port.mode;
			port->delivery = before[j].port.delivery;
		}
		nsa_maps_port_put(session->maps, now[i].key.owner_slot, now[i].key.ifindex, port);
	}
	if (settle(session, owner) >= 0)
		return;
	/* What failed may fail again: at least no hook stays on what is new. */
	for (size_t i = 0; i < now_count; i++)
		if (!was_there(before, count, now[i].key.ifindex))
			nsa_port_down(session, owner->fd, &now[i]);
}

/* Routes that were given to the namespace while another routed for it would mean something else. */
static int check_routes(const struct nsa_session *session, const struct nsa_netns *owner,
			__u32 slot)
{
	__cleanup(nsa_freep) struct nsa_plan_route *statics = NULL;
	size_t count = 0;
	int r;

	r = nsa_tables_statics(session->maps, owner->cookie, &statics, &count);
	for (size_t i = 0; !r && i < count; i++)
		if (statics[i].nh.owner_slot != slot)
			r = nsa_err(-EBUSY,
				    "namespace %s has nsaccel routes in the namespace that routes "
				    "for it; nsaccel route flush --netns %s removes them",
				    owner->name, owner->name);
	return r;
}

static int attach(const struct nsa_session *session, const struct nsa_netns *owner,
		  const struct nsa_link *link, const struct nsa_attach_request *request)
{
	__cleanup(nsa_freep) struct nsa_port_entry *before = NULL;
	size_t count = 0;
	__u32 slot;
	int r;

	r = nsa_owner_ports(session, owner->cookie, &before, &count);
	if (r < 0)
		return r;
	r = nsa_maps_netns_register(session->maps, owner->cookie, owner->name, &slot);
	if (r < 0)
		return nsa_err(r, "register namespace %s: %s", owner->name,
			       nsa_maps_strerror(r, NSA_MAP_NETNS));
	r = check_routes(session, owner, slot);
	if (r < 0)
		return r;
	r = request_port(session, owner, link, slot, request);
	if (!r)
		r = nsa_owner_converge(session, owner);
	if (!r && request->set_delivery) {
		r = set_delivery_of_all(session, owner, request->delivery);
		if (!r)
			r = nsa_owner_converge(session, owner);
	}
	if (r < 0)
		undo(session, owner, before, count);
	return r;
}

int nsa_attach(const struct nsa_attach_request *request)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
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
		r = check_firewall(owner, &link, request->bypass_firewall);
	if (!r)
		r = remove_dead_owners(&session);
	if (!r)
		r = attach(&session, owner, &link, request);
	if (r < 0)
		nsa_owner_collect(&session); /* maps made for nothing */
	return r;
}

/* By its present name, or, if the device is gone or renamed, by the one it had. */
static const struct nsa_port_entry *find_port(const struct nsa_netns *owner, const char *dev,
					      const struct nsa_port_entry *ports, size_t count)
{
	__cleanup(nsa_rtnl_closep) struct nsa_rtnl *rtnl = NULL;
	struct nsa_link link = {};

	if (!nsa_rtnl_open(&rtnl, owner->fd))
		nsa_rtnl_link_by_name(rtnl, dev, &link);
	for (size_t i = 0; i < count; i++)
		if (link.ifindex && ports[i].key.ifindex == (__u32)link.ifindex)
			return &ports[i];
	for (size_t i = 0; i < count; i++)
		if (!strcmp(ports[i].port.name, dev))
			return &ports[i];
	return NULL;
}

/* The owner's port for dev. Finishes first what a killed attach or detach has left of the owner:
 * nothing, if no port of it is requested. */
static int open_port(const struct nsa_session *session, const char *netns, const char *dev,
		     const struct nsa_netns **owner, struct nsa_port_entry *out)
{
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	const struct nsa_port_entry *port = NULL;
	size_t count = 0;
	int r;

	r = nsa_session_netns(session, netns, owner);
	if (!r && session->maps)
		r = nsa_owner_ports(session, (*owner)->cookie, &ports, &count);
	if (r < 0)
		return r;
	port = find_port(*owner, dev, ports, count);
	if (port && count_requested(ports, count)) {
		*out = *port;
		return 0;
	}
	r = session->maps && !count_requested(ports, count) ?
		    nsa_owner_remove(session, (*owner)->cookie) :
		    0;
	if (r < 0 || port) /* it was half detached, and is detached now */
		return r < 0 ? r : -EALREADY;
	return nsa_err(-ENOENT, "%s is not attached in namespace %s; nsaccel status shows what is",
		       dev, (*owner)->name);
}

int nsa_detach(const char *bpffs, const char *netns, const char *dev)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *owner;
	struct nsa_port_entry entry;
	int r;

	r = nsa_session_lock(bpffs, false, &session);
	if (!r)
		r = open_port(&session, netns, dev, &owner, &entry);
	if (r)
		return r == -EALREADY ? 0 : r;
	if (!entry.port.requested && entry.port.kind == NSACCEL_KIND_VETH)
		return nsa_err(-EBUSY,
			       "%s is an endpoint's port that attach found; it goes with the "
			       "NIC: nsaccel detach NIC, or nsaccel detach --all",
			       dev);
	entry.port.requested = 0;
	r = nsa_maps_port_put(session.maps, entry.key.owner_slot, entry.key.ifindex, &entry.port);
	if (r < 0)
		return nsa_err(r, "write port %s: %s", dev, strerror(-r));
	return settle(&session, owner);
}

int nsa_detach_all(const char *bpffs, const char *netns)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	__cleanup(nsa_freep) struct nsa_port_entry *ports = NULL;
	const struct nsa_netns *only = NULL;
	size_t count = 0;
	int r;

	r = nsa_session_lock(bpffs, false, &session);
	if (!r && netns)
		r = nsa_session_netns(&session, netns, &only);
	if (r < 0 || !session.maps)
		return r;
	r = nsa_maps_ports(session.maps, &ports, &count);
	if (r < 0)
		return nsa_err(r, "read map ports: %s", strerror(-r));
	for (size_t i = 0; !r && i < count; i++) {
		__u64 cookie = ports[i].port.owner_cookie;

		if ((i && cookie == ports[i - 1].port.owner_cookie) ||
		    (only && cookie != only->cookie))
			continue;
		r = nsa_owner_remove(&session, cookie);
	}
	return r < 0 || count ? r : nsa_owner_collect(&session);
}

int nsa_endpoint_set_delivery(const char *bpffs, const char *netns, const char *dev,
			      enum nsaccel_delivery delivery)
{
	__cleanup(nsa_session_close) struct nsa_session session = { .lock = -1 };
	const struct nsa_netns *owner;
	struct nsa_port_entry entry;
	enum nsaccel_delivery before;
	int r;

	r = nsa_session_lock(bpffs, false, &session);
	if (!r)
		r = open_port(&session, netns, dev, &owner, &entry);
	if (r == -EALREADY)
		r = nsa_err(-ENOENT, "%s is not attached", dev);
	if (r)
		return r;
	if (entry.port.kind != NSACCEL_KIND_VETH)
		return nsa_err(-EOPNOTSUPP,
			       "%s is no veth endpoint's port: delivery can't be chosen", dev);
	before = entry.port.delivery;
	entry.port.delivery = delivery;
	r = nsa_maps_port_put(session.maps, entry.key.owner_slot, entry.key.ifindex, &entry.port);
	if (r < 0)
		return nsa_err(r, "write port %s: %s", dev, strerror(-r));
	r = nsa_owner_converge(&session, owner);
	if (r < 0) {
		entry.port.delivery = before;
		nsa_maps_port_put(session.maps, entry.key.owner_slot, entry.key.ifindex,
				  &entry.port);
		nsa_owner_converge(&session, owner);
	}
	return r;
}
