// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "link.h"
#include "log.h"
#include "mirror.h"
#include "owner_shares.h"
#include "settings.h"

/* Is the veth still there, with the same namespace behind it? A number may be another's by now. */
static bool leads_there(const struct nsa_owner *owner, const struct nsaccel_share *share)
{
	const struct nsa_view_endpoint *ep = nsa_view_veth_endpoint(owner->view, (int)share->port);

	return ep && ep->cookie == share->netns_cookie;
}

static bool is_requested(const struct nsa_owner *owner, __u32 ifindex)
{
	for (size_t i = 0; i < owner->ports.count; i++)
		if (owner->ports.entries[i].key.ifindex == ifindex)
			return owner->ports.entries[i].port.requested &&
			       nsa_view_link(owner->view, (int)ifindex);
	return false;
}

static void tell(struct nsa_owner *owner, const struct nsaccel_share *share)
{
	char text[INET6_ADDRSTRLEN + 16] = "all";

	if (share->key.family)
		inet_ntop((int)share->key.family, share->key.addr, text, INET6_ADDRSTRLEN);
	if (share->key.vlan)
		snprintf(text + strlen(text), 16, " vlan %u", share->key.vlan);
	nsa_change(&owner->mirror->changes, "share-del", share->netns_cookie, "address", text, "%s",
		   share->name);
}

static int take_out(struct nsa_owner *owner, const struct nsaccel_share *share, bool with_device)
{
	int r;

	tell(owner, share);
	if (owner->mirror->changes.dry)
		return 0;
	r = nsa_maps_share_del(owner->mirror->session->maps, &share->key);
	if (!r && with_device) /* another entry's device, too: then it is gone already */
		r = nsa_link_del(owner->ns, (int)share->port);
	return r < 0 && r != -ENOENT && r != -ENODEV ?
		       nsa_err(r, "remove what shared a NIC with %s: %s", share->name,
			       strerror(-r)) :
		       0;
}

int nsa_owner_settle_shares(struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsaccel_share *all = NULL;
	size_t count = 0, n = 0;
	int r = nsa_maps_shares(owner->mirror->session->maps, &all, &count);

	if (r < 0)
		return nsa_err(r, "read map shares: %s", strerror(-r));
	for (size_t i = 0; !r && i < count; i++) {
		if (all[i].key.owner_slot != owner->slot)
			continue;
		if (!leads_there(owner, &all[i]))
			r = take_out(owner, &all[i], false);
		else if (!is_requested(owner, all[i].key.nic))
			r = take_out(owner, &all[i], true);
		else
			all[n++] = all[i];
	}
	if (r < 0)
		return r;
	free(owner->shares);
	owner->shares = TAKE_PTR(all);
	owner->share_count = n;
	return 0;
}

/* What of its filters has to be open for it. */
static void needs_of(const struct nsa_owner *owner, __u32 nic, bool *vlans, bool *groups)
{
	*vlans = *groups = false;
	for (size_t i = 0; i < owner->share_count; i++) {
		const struct nsaccel_share_key *key = &owner->shares[i].key;

		if (key->nic != nic)
			continue;
		*vlans |= key->vlan;
		*groups |= key->family != NSACCEL_FAMILY_INET;
	}
}

static int set(struct nsa_owner *owner, const struct nsa_port_entry *port,
	       enum nsaccel_setting_kind kind, bool on)
{
	const struct nsa_session *session = owner->mirror->session;
	struct nsaccel_setting_key key = { owner->cookie, port->key.ifindex, kind };
	int r;

	if (!on) {
		nsa_settings_restore(session->maps, session->list, &key);
		return 0;
	}
	r = nsa_settings_change(session->maps, owner->cookie, &key, port->port.name, 1);
	return r < 0 ? nsa_err(r, "open filters of %s: %s", port->port.name,
			       nsa_maps_strerror(r, NSA_MAP_SETTINGS)) :
		       0;
}

int nsa_owner_open_nics(struct nsa_owner *owner, const struct nsa_ports *ports)
{
	bool vlans, groups;
	int r = 0;

	if (owner->mirror->changes.dry)
		return 0;
	for (size_t i = 0; !r && i < ports->count; i++) {
		if (!ports->entries[i].port.requested)
			continue;
		needs_of(owner, ports->entries[i].key.ifindex, &vlans, &groups);
		r = set(owner, &ports->entries[i], NSACCEL_SETTING_PROMISC, vlans);
		if (!r)
			r = set(owner, &ports->entries[i], NSACCEL_SETTING_ALLMULTI, groups);
	}
	return r;
}

int nsa_owner_remove_shares(const struct nsa_session *session, __u32 slot, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_freep) struct nsaccel_share *all = NULL;
	struct nsaccel_port port;
	size_t count = 0;
	int r = nsa_maps_shares(session->maps, &all, &count);

	for (size_t i = 0; !r && i < count; i++) {
		if (all[i].key.owner_slot != slot)
			continue;
		/* Hooked as what it was made for, it still is that. */
		if (ns && !nsa_maps_port_get(session->maps, slot, all[i].port, &port) &&
		    port.share_nic == all[i].key.nic)
			nsa_link_del(ns, (int)all[i].port);
		r = nsa_maps_share_del(session->maps, &all[i].key);
	}
	return r < 0 && r != -ENOENT ? nsa_err(r, "remove shares: %s", strerror(-r)) : 0;
}
