// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "kernel/sysctl.h"
#include "maps/shares.h"
#include "ops/requested.h"
#include "ops/share.h"
#include "reconcile/owner.h"
#include "reconcile/owner_open.h"
#include "reconcile/reconcile.h"
#include "reconcile/session_lock.h"
#include "reconcile/shares.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/log.h"

/* Names of host ends: so many are tried. */
#define NAMES 100000

struct sharing {
	const struct nsa_share_request *request;
	struct nsa_session session;
	struct nsa_state *state;
	struct nsa_run run;
	struct nsa_owner *owner;
	const struct nsa_netns *ns; /* who is to use the NIC */
	const struct nsa_link *nic;
	struct nsaccel_share share; /* the entry */
	bool made_veth, made_addr;
	int inner; /* ifindex of the veth's end there */
};

static void sharing_close(struct sharing *sharing)
{
	nsa_state_finishp(&sharing->state);
	nsa_session_close(&sharing->session);
}

static __u8 os_family(enum nsaccel_family family)
{
	return family == NSACCEL_FAMILY_INET ? AF_INET : AF_INET6;
}

static bool is_whole(const struct nsa_share_request *request)
{
	return !request->family;
}

static int find_nic(struct sharing *s)
{
	const char *nic = s->request->nic;
	struct nsa_plan plan;
	const struct nsaccel_port *port;

	s->nic = nsa_snapshot_link_by_name(s->owner->snapshot, nic);
	if (!s->nic)
		return nsa_err(-ENODEV, "no device \"%s\" in namespace %s", nic,
			       s->owner->ns->name);
	nsa_owner_plan(s->state, s->owner, &plan);
	port = nsa_plan_find_port(&plan, s->nic->ifindex);
	if (!port || !port->requested)
		return nsa_err(-ENOENT, "%s is not attached; nsaccel attach %s comes first", nic,
			       nic);
	if (port->bridge)
		return nsa_err(
			-EOPNOTSUPP,
			"%s is a port of a bridge, to which its frames go: it can't be shared",
			nic);
	return 0;
}

/* The lock, the state, the owner as it is now, and the NIC in it. */
static int open_sharing(struct sharing *s)
{
	const struct nsa_netns *owner;
	int r;

	r = nsa_session_lock(s->request->bpffs, false, &s->session);
	if (!r)
		r = nsa_session_netns(&s->session, s->request->owner, &owner);
	if (!r && s->request->netns)
		r = nsa_session_netns(&s->session, s->request->netns, &s->ns);
	if (r)
		return r;
	if (!s->session.maps)
		return nsa_err(-ENOENT, "%s is not attached; nsaccel attach %s comes first",
			       s->request->nic, s->request->nic);
	if (s->ns && s->ns->cookie == owner->cookie)
		return nsa_err(-EINVAL, "%s is namespace %s's own already", s->request->nic,
			       s->ns->name);
	r = nsa_state_change(&s->session, &s->state);
	if (!r)
		r = nsa_owner_open(s->state, owner, &s->owner);
	if (r)
		return r;
	s->run = (struct nsa_run){ .state = s->state, .synchronous = true };
	r = nsa_reconcile(&s->run, s->owner);
	return r < 0 ? r : find_nic(s);
}

static void make_key(struct sharing *s)
{
	const struct nsa_share_request *request = s->request;

	s->share.key = (struct nsaccel_share_key){
		.owner_slot = s->owner->slot,
		.nic = (__u32)s->nic->ifindex,
		.vlan = request->vlan,
		.family = request->family,
	};
	memcpy(s->share.key.addr, request->addr, sizeof(request->addr));
	s->share.length = request->length;
	if (s->ns)
		s->share.netns_cookie = s->ns->cookie;
}

static const char *address_text(const struct nsa_share_request *request,
				char text[INET6_ADDRSTRLEN])
{
	return inet_ntop(os_family(request->family), request->addr, text, INET6_ADDRSTRLEN);
}

/* All of a VLAN, and addresses in it, can't be had both. */
static bool is_at_odds(const struct nsaccel_share_key *a, const struct nsaccel_share_key *b)
{
	return a->nic == b->nic && a->vlan == b->vlan && a->vlan && !a->family != !b->family;
}

/* Is the address, or the VLAN, somebody's already? */
static int check_free(const struct sharing *s)
{
	const struct nsa_share_request *request = s->request;
	const struct nsa_owner *owner = s->owner;
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < owner->share_count; i++) {
		if (is_at_odds(&owner->shares[i].key, &s->share.key))
			return nsa_err(-EEXIST, "VLAN %u of %s is %s already", request->vlan,
				       request->nic, is_whole(request) ? "shared" : "bound");
		if (memcmp(&owner->shares[i].key, &s->share.key, sizeof(s->share.key)) != 0)
			continue;
		if (is_whole(request))
			return nsa_err(-EEXIST,
				       "VLAN %u of %s is bound already; nsaccel unbind %s vlan "
				       "%u frees it",
				       request->vlan, request->nic, request->nic, request->vlan);
		return nsa_err(-EEXIST,
			       "%s of %s is shared already; nsaccel share show lists with whom",
			       address_text(request, text), request->nic);
	}
	for (size_t i = 0; !is_whole(request) && !request->vlan && i < owner->snapshot->addr_count;
	     i++)
		if (owner->snapshot->addrs[i].family == os_family(request->family) &&
		    !memcmp(owner->snapshot->addrs[i].addr, request->addr, sizeof(request->addr)))
			return nsa_err(-EEXIST, "%s is an address of namespace %s itself",
				       address_text(request, text), owner->ns->name);
	return 0;
}

/* The veth by which the namespace uses this VLAN of the NIC for other addresses. */
static const struct nsaccel_share *find_veth(const struct sharing *s)
{
	for (size_t i = 0; i < s->owner->share_count; i++) {
		const struct nsaccel_share *share = &s->owner->shares[i];

		if (share->netns_cookie == s->ns->cookie && share->key.nic == s->share.key.nic &&
		    share->key.vlan == s->share.key.vlan && share->key.family)
			return share;
	}
	return NULL;
}

static int free_ifindex(const struct nsa_snapshot *snapshot, int above)
{
	int last = above;

	for (size_t i = 0; i < snapshot->link_count; i++)
		if (snapshot->links[i].ifindex > last)
			last = snapshot->links[i].ifindex;
	return last + 1;
}

static int put_share(const struct sharing *s)
{
	int r = nsa_maps_share_put(s->session.maps, &s->share);

	return r < 0 ? nsa_err(r, "write map shares: %s", nsa_maps_strerror(r, NSA_MAP_SHARES)) : 0;
}

/* Whatever the answer to the request was, which may be lost. */
static bool is_made(const struct sharing *s, const char *name)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(s->owner->ns);

	return token >= 0 && if_nametoindex(name) == s->share.port;
}

/* The entry before the device: whoever finds it after a killed run takes it out. */
static int make_veth(struct sharing *s, const char *dev)
{
	struct nsa_veth veth = {
		.host_ns = s->owner->ns, .peer_ns = s->ns, .peer_name = dev, .mtu = s->nic->mtu
	};
	char name[IF_NAMESIZE];
	int r = -EEXIST;

	memcpy(veth.peer_mac, s->nic->mac, sizeof(veth.peer_mac));
	veth.host_name = name;
	for (int i = 0; r == -EEXIST && i < NAMES; i++) {
		snprintf(name, sizeof(name), NSA_SHARE_HOST_END "%d", i);
		if (nsa_snapshot_link_by_name(s->owner->snapshot, name))
			continue;
		veth.host_ifindex = free_ifindex(s->owner->snapshot, veth.host_ifindex);
		s->share.port = (__u32)veth.host_ifindex;
		r = put_share(s);
		if (r < 0)
			return r;
		r = nsa_link_add_veth(&veth);
		if (r == -EEXIST && i > 2) /* it's not the number that is taken: the name there */
			break;
	}
	if (r == -EEXIST)
		return nsa_err(r,
			       "namespace %s has a device \"%s\" already; dev NAME gives another "
			       "name",
			       s->ns->name, dev);
	s->made_veth = !r || is_made(s, name);
	return r < 0 ? nsa_err(r, "make a veth to namespace %s: %s", s->ns->name, strerror(-r)) : 0;
}

static int find_inner(struct sharing *s)
{
	const struct nsa_snapshot_endpoint *ep;
	bool found;
	int r;

	s->owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	r = nsa_snapshot_read_endpoints(&s->owner->reader, s->ns, &found);
	if (!r)
		r = nsa_snapshot_reader_open(&s->owner->reader);
	if (!r)
		r = nsa_snapshot_read_links(&s->owner->reader);
	ep = r ? NULL : nsa_snapshot_veth_endpoint(s->owner->snapshot, (int)s->share.port);
	if (!ep)
		return nsa_err(r ? r : -ENODEV, "find the veth in namespace %s: %s", s->ns->name,
			       strerror(r ? -r : ENODEV));
	s->inner = ep->link.ifindex;
	return 0;
}

static int settle(struct sharing *s)
{
	bool found;
	int r = s->ns ? nsa_snapshot_read_endpoints(&s->owner->reader, s->ns, &found) : 0;

	if (r < 0)
		return nsa_err(r, "read namespace %s: %s", s->ns->name, strerror(-r));
	s->owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	return nsa_reconcile(&s->run, s->owner);
}

/* The owner's kernel says nothing on the host end, not even which groups it hears. */
static int hush_host_end(const struct sharing *s)
{
	const struct nsa_link *link = nsa_snapshot_link(s->owner->snapshot, (int)s->share.port);
	__cleanup(nsa_netns_leavep) int token = link ? nsa_netns_enter(s->owner->ns) : -ENODEV;
	char path[64];
	int r;

	if (token < 0)
		return token;
	snprintf(path, sizeof(path), "net/ipv6/conf/%s/disable_ipv6", link->name);
	r = nsa_sysctl_write(path, 1);
	return r == -ENOENT ? 0 : r; /* no IPv6 here */
}

/* A link-local address made from the NIC's MAC would be the NIC's own, and others'. */
static int keep_addresses_away(const struct sharing *s)
{
	int r = 0;

	if (s->made_veth)
		r = hush_host_end(s);
	if (!r && s->made_veth && !is_whole(s->request))
		r = nsa_link_no_addresses(s->ns, s->inner);
	return r < 0 ? nsa_err(r, "keep the kernel's IPv6 addresses from the veth: %s",
			       strerror(-r)) :
		       0;
}

static int add_address(struct sharing *s)
{
	const struct nsa_share_request *request = s->request;
	int r;

	if (is_whole(request))
		return 0;
	r = nsa_link_add_addr(s->ns, s->inner, os_family(request->family), request->addr,
			      request->length);
	if (r < 0)
		return nsa_err(r, "give namespace %s the address: %s", s->ns->name, strerror(-r));
	s->made_addr = true;
	return 0;
}

/* The end there first, then the hooks, and the host end, by which frames come, when they are there. */
static int bring_up(struct sharing *s)
{
	int r = keep_addresses_away(s);

	if (!r)
		r = add_address(s);
	if (r < 0)
		return r;
	if (s->made_veth)
		r = nsa_link_set_up(s->ns, s->inner, true);
	if (r < 0)
		return nsa_err(r, "bring up the device in namespace %s: %s", s->ns->name,
			       strerror(-r));
	r = settle(s);
	if (r < 0)
		return r;
	s->share.ready = 1;
	r = put_share(s);
	return r < 0 ? r : settle(s);
}

static void undo(struct sharing *s)
{
	const struct nsa_share_request *request = s->request;
	bool found;

	if (s->made_addr && !s->made_veth)
		nsa_link_del_addr(s->ns, s->inner, os_family(request->family), request->addr,
				  request->length);
	if (s->made_veth)
		nsa_link_del(s->owner->ns, (int)s->share.port);
	nsa_maps_share_del(s->session.maps, &s->share.key);
	/* With all ports that there are by now, also one that came up in part. */
	s->owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	if (s->ns)
		nsa_snapshot_read_endpoints(&s->owner->reader, s->ns, &found);
	nsa_requested_settle(s->state, s->owner->ns);
}

static void default_name(const struct nsa_share_request *request, char name[IF_NAMESIZE + 8])
{
	if (request->dev)
		snprintf(name, IF_NAMESIZE + 8, "%s", request->dev);
	else if (request->vlan)
		snprintf(name, IF_NAMESIZE + 8, "%s.%u", request->nic, request->vlan);
	else
		snprintf(name, IF_NAMESIZE + 8, "%s", request->nic);
}

static int join(struct sharing *s)
{
	const struct nsaccel_share *veth = is_whole(s->request) ? NULL : find_veth(s);
	char name[IF_NAMESIZE + 8];
	int r;

	default_name(s->request, name);
	if (strlen(name) >= IF_NAMESIZE)
		return nsa_err(-ENAMETOOLONG,
			       "\"%s\" is too long for a device's name; dev NAME gives "
			       "another",
			       name);
	memcpy(s->share.name, name, strlen(name) + 1);
	if (veth) {
		s->share.port = veth->port;
		memcpy(s->share.name, veth->name, sizeof(s->share.name));
		r = put_share(s);
	} else {
		r = make_veth(s, name);
	}
	if (!r)
		r = find_inner(s);
	if (!r)
		r = bring_up(s);
	if (r < 0)
		undo(s);
	return r;
}

int nsa_share_add(const struct nsa_share_request *request)
{
	__cleanup(sharing_close) struct sharing s = { .request = request,
						      .session = { .lock = -1 } };
	int r = open_sharing(&s);

	if (r < 0)
		return r;
	s.run.share_in_progress = true;
	make_key(&s);
	r = check_free(&s);
	return r < 0 ? r : join(&s);
}

/* Taking away */

static bool is_meant(const struct sharing *s, const struct nsaccel_share *share)
{
	const struct nsa_share_request *request = s->request;

	if (share->key.nic != (__u32)s->nic->ifindex || share->key.vlan != request->vlan ||
	    (s->ns && share->netns_cookie != s->ns->cookie))
		return false;
	if (!request->netns) /* unbind */
		return !share->key.family;
	return share->key.family && (!request->family || (share->key.family == request->family &&
							  !memcmp(share->key.addr, request->addr,
								  sizeof(request->addr))));
}

/* What isn't ready any more is taken out when the owner is settled, by whoever comes to do that. */
static int set_ready(struct sharing *s, bool ready, size_t *found)
{
	int r = 0;

	*found = 0;
	for (size_t i = 0; !r && i < s->owner->share_count; i++) {
		if (!is_meant(s, &s->owner->shares[i]))
			continue;
		s->share = s->owner->shares[i];
		s->share.ready = ready;
		r = put_share(s);
		*found += !r;
	}
	return r;
}

static int give_up_all(struct sharing *s)
{
	size_t found;
	int r = set_ready(s, false, &found);

	if (r < 0 && found)
		set_ready(s, true, &found);
	if (!r && !found)
		return nsa_err(-ENOENT, "%s is not shared so; nsaccel share show lists how it is",
			       s->request->nic);
	return r;
}

/* Twice: with what it takes away, then without. */
static int take_away(struct sharing *s)
{
	int r = 0;

	for (int i = 0; !r && i < 2; i++) {
		s->ns = nsa_netns_find(s->session.list, s->share.netns_cookie);
		r = settle(s);
	}
	return r;
}

/* A device that is gone can't come back as it was, so what fails is tried once more. */
int nsa_share_del(const struct nsa_share_request *request)
{
	__cleanup(sharing_close) struct sharing s = { .request = request,
						      .session = { .lock = -1 } };
	int r = open_sharing(&s);

	if (!r)
		r = give_up_all(&s);
	if (r < 0)
		return r;
	r = take_away(&s);
	if (r < 0 && !take_away(&s)) {
		nsa_log_forget();
		r = 0;
	}
	return r;
}
