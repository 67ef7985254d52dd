// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "kernel/link.h"
#include "maps/shares.h"
#include "ops/requested.h"
#include "ops/share.h"
#include "ops/share_veth.h"
#include "ops/sharing.h"
#include "reconcile/snapshot_read_endpoints.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"
#include "util/text.h"

static void make_key(struct nsa_sharing *s)
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

/* A VLAN is either bound as a whole or shared by address. */
static bool is_at_odds(const struct nsaccel_share_key *a, const struct nsaccel_share_key *b)
{
	return a->nic == b->nic && a->vlan == b->vlan && a->vlan && !a->family != !b->family;
}

/* Is the address, or the VLAN, free? */
static int check_free(const struct nsa_sharing *s)
{
	const struct nsa_share_request *request = s->request;
	const struct nsa_owner *owner = s->owner;
	char text[INET6_ADDRSTRLEN];

	for (size_t i = 0; i < owner->share_count; i++) {
		if (is_at_odds(&owner->shares[i].key, &s->share.key))
			return nsa_err(-EEXIST, "VLAN %u of %s is %s already", request->vlan,
				       request->nic,
				       nsa_sharing_is_whole(request) ? "shared" : "bound");
		if (memcmp(&owner->shares[i].key, &s->share.key, sizeof(s->share.key)) != 0)
			continue;
		if (nsa_sharing_is_whole(request))
			return nsa_err(-EEXIST,
				       "VLAN %u of %s is bound already; nsaccel unbind %s vlan %u "
				       "frees it",
				       request->vlan, request->nic, request->nic, request->vlan);
		return nsa_err(-EEXIST,
			       "%s of %s is shared already; nsaccel share show lists with whom",
			       nsa_text_addr(request->family, request->addr, text), request->nic);
	}
	for (size_t i = 0;
	     !nsa_sharing_is_whole(request) && !request->vlan && i < owner->snapshot->addr_count;
	     i++)
		if (owner->snapshot->addrs[i].family == nsa_family_os(request->family) &&
		    !memcmp(owner->snapshot->addrs[i].addr, request->addr, sizeof(request->addr)))
			return nsa_err(-EEXIST, "%s is an address of namespace %s itself",
				       nsa_text_addr(request->family, request->addr, text),
				       owner->ns->name);
	return 0;
}

/* The veth by which the namespace uses this VLAN of the NIC for other addresses; NULL: there is
 * none. */
static const struct nsaccel_share *find_veth(const struct nsa_sharing *s)
{
	for (size_t i = 0; i < s->owner->share_count; i++) {
		const struct nsaccel_share *share = &s->owner->shares[i];

		if (share->netns_cookie == s->ns->cookie && share->key.nic == s->share.key.nic &&
		    share->key.vlan == s->share.key.vlan && share->key.family)
			return share;
	}
	return NULL;
}

static int add_address(struct nsa_sharing *s)
{
	const struct nsa_share_request *request = s->request;
	int r;

	if (nsa_sharing_is_whole(request))
		return 0;
	r = nsa_link_add_addr(s->ns, s->inner, nsa_family_os(request->family), request->addr,
			      request->length);
	if (r < 0)
		return nsa_err(r, "give namespace %s the address: %s", s->ns->name, strerror(-r));
	s->made_addr = true;
	return 0;
}

/* The namespace's end comes up first, then the hooks, then the host end, by which frames arrive. */
static int bring_up(struct nsa_sharing *s)
{
	int r = nsa_share_veth_keep_addresses_away(s);

	if (!r)
		r = add_address(s);
	if (r < 0)
		return r;
	if (s->made_veth)
		r = nsa_link_set_up(s->ns, s->inner, true);
	if (r < 0)
		return nsa_err(r, "bring up the device in namespace %s: %s", s->ns->name,
			       strerror(-r));
	r = nsa_sharing_reconcile(s);
	if (r < 0)
		return r;
	s->share.ready = 1;
	r = nsa_sharing_put(s);
	return r < 0 ? r : nsa_sharing_reconcile(s);
}

static void undo(struct nsa_sharing *s)
{
	const struct nsa_share_request *request = s->request;
	bool found;

	if (s->made_addr && !s->made_veth)
		nsa_link_del_addr(s->ns, s->inner, nsa_family_os(request->family), request->addr,
				  request->length);
	if (s->made_veth)
		nsa_link_del(s->owner->ns, (int)s->share.port);
	nsa_maps_share_del(s->session.maps, &s->share.key);
	/* A port that came up in part is taken down, too. */
	s->owner->dirty |= NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_PORTS | NSA_DIRTY_HOSTS;
	if (s->ns)
		nsa_snapshot_read_endpoints(&s->owner->reader, s->ns, &found);
	nsa_requested_reconcile(s->state, s->owner->ns);
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

static int join(struct nsa_sharing *s)
{
	const struct nsaccel_share *veth = nsa_sharing_is_whole(s->request) ? NULL : find_veth(s);
	char name[IF_NAMESIZE + 8];
	int r;

	default_name(s->request, name);
	if (strlen(name) >= IF_NAMESIZE)
		return nsa_err(-ENAMETOOLONG,
			       "\"%s\" is too long for a device's name; dev NAME gives another",
			       name);
	memcpy(s->share.name, name, strlen(name) + 1);
	if (veth) {
		s->share.port = veth->port;
		memcpy(s->share.name, veth->name, sizeof(s->share.name));
		r = nsa_sharing_put(s);
	} else {
		r = nsa_share_veth_make(s, name);
	}
	if (!r)
		r = nsa_share_veth_find_inner(s);
	if (!r)
		r = bring_up(s);
	if (r < 0)
		undo(s);
	return r;
}

int nsa_share(const struct nsa_share_request *request)
{
	__cleanup(nsa_sharing_close) struct nsa_sharing s = { .request = request,
							      .session = { .lock = -1 } };
	int r = nsa_sharing_open(&s);

	if (r < 0)
		return r;
	s.run.share_in_progress = true;
	make_key(&s);
	r = check_free(&s);
	return r < 0 ? r : join(&s);
}
