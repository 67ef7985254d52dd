// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dataplane/settings.h"
#include "kernel/link.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "maps/ports.h"
#include "maps/shares.h"
#include "model/device_kind.h"
#include "reconcile/shares.h"
#include "reconcile/state.h"
#include "util/cleanup.h"
#include "util/family.h"
#include "util/log.h"
#include "util/text.h"

/* Whether the share's veth still leads to its namespace. The ifindex may have been reused. */
static bool leads_to_namespace(const struct nsa_owner *owner, const struct nsaccel_share *share)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(owner->snapshot, (int)share->port);

	return ep && ep->cookie == share->netns_cookie;
}

static bool is_requested(const struct nsa_owner *owner, __u32 ifindex)
{
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, (int)ifindex);

	return port && port->port.requested && nsa_snapshot_link(owner->snapshot, (int)ifindex);
}

static bool is_wanted(const struct nsa_run *run, const struct nsa_owner *owner,
		      const struct nsaccel_share *share)
{
	return leads_to_namespace(owner, share) && is_requested(owner, share->key.nic) &&
	       (share->ready || run->share_in_progress);
}

bool nsa_share_is_host_end(const char *name)
{
	size_t prefix = strlen(NSA_SHARE_HOST_END);

	return !strncmp(name, NSA_SHARE_HOST_END, prefix) && name[prefix] &&
	       name[prefix + strspn(name + prefix, "0123456789")] == '\0';
}

/* Whether the device was created for the entry, wherever its peer is now. */
static bool is_made_for(const struct nsa_owner *owner, const struct nsaccel_share *share)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(owner->snapshot, (int)share->port);
	const struct nsa_link *link = nsa_snapshot_link(owner->snapshot, (int)share->port);
	const struct nsa_port_entry *port = nsa_ports_find(&owner->ports, (int)share->port);

	if (!link || !nsa_device_is_veth(link) || !nsa_share_is_host_end(link->name))
		return false;
	return (port && port->port.share_nic == share->key.nic) ||
	       (leads_to_namespace(owner, share) && !strcmp(ep->link.name, share->name));
}

static void report_share(struct nsa_state *state, const char *event,
			 const struct nsaccel_share *share)
{
	char text[INET6_ADDRSTRLEN + 16] = "all";

	if (share->key.family)
		nsa_text_addr(share->key.family, share->key.addr, text);
	if (share->key.vlan)
		snprintf(text + strlen(text), 16, " vlan %u", share->key.vlan);
	nsa_diff_report(&state->diff, event, share->netns_cookie, "address", text, "%s",
			share->name);
}

/* Removes the address from a veth that other entries still use. If that fails, the namespace keeps
 * an address that is no longer its: frames from it are dropped, and none for it comes in. */
static void remove_address(struct nsa_state *state, const struct nsa_owner *owner,
			   const struct nsaccel_share *share)
{
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(owner->snapshot, (int)share->port);
	const struct nsa_netns *ns = nsa_netns_find(state->session->list, share->netns_cookie);
	int r;

	if (!ns || !leads_to_namespace(owner, share))
		return;
	r = nsa_link_del_addr(ns, ep->link.ifindex, nsa_family_os(share->key.family),
			      share->key.addr, share->length);
	if (r < 0 && r != -EADDRNOTAVAIL && r != -ENODEV)
		nsa_warn("remove an address from %s in namespace %s: %s; it can't be used there "
			 "any more",
			 ep->link.name, ns->name, strerror(-r));
}

/* Removes the entry last, so that the next run finds it after a failure. */
static int remove_share(struct nsa_state *state, struct nsa_owner *owner,
			const struct nsaccel_share *share, bool used)
{
	int r = 0;

	report_share(state, "share-del", share);
	if (state->diff.dry)
		return 0;
	if (used)
		remove_address(state, owner, share);
	else if (is_made_for(owner, share))
		r = nsa_link_del(owner->ns, (int)share->port);
	if (!r || r == -ENODEV) /* the device of several entries may be gone already */
		r = nsa_maps_share_del(state->session->maps, &share->key);
	return r < 0 && r != -ENOENT ? nsa_err(r, "remove what shares a NIC with %s: %s",
					       share->name, strerror(-r)) :
				       0;
}

static bool is_used(const struct nsaccel_share *wanted, size_t count, __u32 port)
{
	for (size_t i = 0; i < count; i++)
		if (wanted[i].port == port)
			return true;
	return false;
}

/* Those that can't be removed stay among the owner's behind the wanted ones: the port's record
 * names the NIC as long as the device is there, or its namespace would reach the owner. Returns the
 * first error. */
static int remove_unwanted(const struct nsa_run *run, struct nsa_owner *owner,
			   const struct nsaccel_share *all, size_t count)
{
	size_t wanted = owner->share_count;
	int r, first = 0;

	for (size_t i = 0; i < count; i++) {
		if (all[i].key.owner_slot != owner->slot || is_wanted(run, owner, &all[i]))
			continue;
		r = remove_share(run->state, owner, &all[i],
				 is_used(owner->shares, wanted, all[i].port));
		if (r < 0)
			owner->shares[owner->share_count++] = all[i];
		first = first ?: r;
	}
	return first;
}

/* The changes that a VLAN device takes over from its lower device: up or down, the MTU, and the
 * MAC if it was the same. */
struct nic_changes {
	bool mac, mtu, up;
};

static __u64 mac_number(const __u8 *mac)
{
	__u64 number = 0;

	memcpy(&number, mac, NSACCEL_MAC_LEN);
	return number;
}

/* Whether the endpoint has a MAC that was the NIC's: at the last run, or when it could not
 * follow. */
static bool has_former_mac(const struct nsa_owner *owner, const struct nsa_port_entry *before,
			   const struct nsa_link *nic, const struct nsa_snapshot_endpoint *ep)
{
	if (!memcmp(nic->mac, ep->link.mac, NSACCEL_MAC_LEN))
		return false;
	return (before && !memcmp(before->port.mac, ep->link.mac, NSACCEL_MAC_LEN)) ||
	       nsa_cookies_have(&owner->former_macs, mac_number(ep->link.mac));
}

static struct nic_changes find_nic_changes(const struct nsa_owner *owner,
					   const struct nsa_link *nic, const struct nsa_link *host,
					   const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_port_entry *before = nsa_ports_find(&owner->ports, nic->ifindex);

	return (struct nic_changes){
		.mac = has_former_mac(owner, before, nic, ep),
		.mtu = ep->link.mtu > nic->mtu,
		.up = (host->flags ^ nic->flags) & IFF_UP,
	};
}

/* Once for each veth, whatever its device is called by then. */
static void warn_stays(struct nsa_owner *owner, const struct nsaccel_share *share,
		       const struct nsa_link *nic, const struct nsa_snapshot_endpoint *ep, int r)
{
	if (nsa_cookies_note_new(&owner->warned_share, share->port))
		nsa_warn("have %s in namespace %s follow %s: %s; what it sends is dropped until "
			 "its MAC address is that of %s, and unless it fits into %u bytes",
			 ep->link.name, ep->netns, nic->name, strerror(-r), nic->name, nic->mtu);
}

/*
 * Whatever fails in the namespace, its root may have caused. Nothing waits for it: with another MAC
 * its frames are dropped (nsa_share_guard()), and so are those that are too large. The NIC gets its
 * new MAC in any case, or those who have followed would be dropped. The snapshot is changed as if
 * the kernel's messages had arrived. Returns whether anything has changed.
 */
static bool change_endpoint(struct nsa_owner *owner, const struct nsaccel_share *share,
			    const struct nsa_netns *ns, const struct nic_changes *changes,
			    const struct nsa_link *nic, struct nsa_snapshot_endpoint *ep)
{
	int mac = -ENODATA, mtu = -ENODATA, r;

	if (changes->mac)
		mac = nsa_link_set_mac(ns, ep->link.ifindex, nic->mac);
	if (changes->mtu)
		mtu = nsa_link_set_mtu(ns, ep->link.ifindex, nic->mtu);
	if (changes->mac && mac && !nsa_cookies_note(&owner->former_macs, mac_number(ep->link.mac)))
		nsa_cookies_sort(&owner->former_macs);
	r = changes->mac && mac ? mac : changes->mtu ? mtu : 0;
	if (r < 0 && r != -ENODEV)
		warn_stays(owner, share, nic, ep, r);
	if (!mac)
		memcpy(ep->link.mac, nic->mac, sizeof(ep->link.mac));
	if (!mtu)
		ep->link.mtu = nic->mtu;
	return !mac || !mtu;
}

static int change_host_end(const struct nsa_owner *owner, const struct nsa_link *nic,
			   struct nsa_link *host)
{
	int r = nsa_link_set_up(owner->ns, host->ifindex, nic->flags & IFF_UP);

	if (!r)
		host->flags ^= IFF_UP;
	return r && r != -ENODEV ? nsa_err(r, "have %s follow %s up or down: %s", host->name,
					   nic->name, strerror(-r)) :
				   0;
}

static int follow_nic(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsaccel_share *share)
{
	struct nsa_link *host = (void *)nsa_snapshot_link(owner->snapshot, (int)share->port);
	const struct nsa_link *nic = nsa_snapshot_link(owner->snapshot, (int)share->key.nic);
	struct nsa_snapshot_endpoint *ep =
		(void *)nsa_snapshot_veth_endpoint(owner->snapshot, (int)share->port);
	const struct nsa_netns *ns;
	struct nic_changes changes;
	bool changed;

	if (!host || !nic || !ep)
		return 0;
	ns = nsa_netns_find(state->session->list, ep->cookie);
	changes = find_nic_changes(owner, nic, host, ep);
	if (!ns || !(changes.mac || changes.mtu || changes.up))
		return 0;
	changed = state->diff.dry || change_endpoint(owner, share, ns, &changes, nic, ep);
	if (changed || changes.up)
		report_share(state, "share-change", share);
	return changes.up && !state->diff.dry ? change_host_end(owner, nic, host) : 0;
}

int nsa_shares_reconcile(const struct nsa_run *run, struct nsa_owner *owner)
{
	__cleanup(nsa_freep) struct nsaccel_share *all = NULL;
	size_t count = 0, wanted;
	int r = nsa_maps_shares(run->state->session->maps, &all, &count);

	if (r < 0)
		return nsa_err(r, "read map shares: %s", strerror(-r));
	free(owner->shares);
	owner->share_count = 0;
	owner->shares = calloc(count + 1, sizeof(*all));
	if (!owner->shares)
		return nsa_err(-ENOMEM, "read map shares: %s", strerror(ENOMEM));
	for (size_t i = 0; i < count; i++)
		if (all[i].key.owner_slot == owner->slot && is_wanted(run, owner, &all[i]))
			owner->shares[owner->share_count++] = all[i];
	wanted = owner->share_count;
	r = remove_unwanted(run, owner, all, count);
	for (size_t i = 0; !r && i < wanted; i++)
		if (owner->shares[i].ready)
			r = follow_nic(run->state, owner, &owner->shares[i]);
	return r;
}

/* Filters of the NIC that have to be open. */
static void needed_filters(const struct nsa_owner *owner, __u32 nic, bool *vlans, bool *groups)
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

static int set_filter(struct nsa_state *state, struct nsa_owner *owner,
		      const struct nsa_port_entry *port, enum nsaccel_setting_kind kind, bool on)
{
	const struct nsa_session *session = state->session;
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

int nsa_shares_open_nics(const struct nsa_run *run, struct nsa_owner *owner)
{
	const struct nsa_ports *ports = &owner->planned;
	struct nsa_state *state = run->state;
	bool vlans, groups;
	int r = 0;

	if (state->diff.dry)
		return 0;
	for (size_t i = 0; !r && i < ports->count; i++) {
		if (!ports->entries[i].port.requested)
			continue;
		needed_filters(owner, ports->entries[i].key.ifindex, &vlans, &groups);
		r = set_filter(state, owner, &ports->entries[i], NSACCEL_SETTING_PROMISC, vlans);
		if (!r)
			r = set_filter(state, owner, &ports->entries[i], NSACCEL_SETTING_ALLMULTI,
				       groups);
	}
	return r;
}

/* Whether the host end still exists: hooked, its record has the NIC; after a killed run, it has the
 * name alone. Another device may have its ifindex. */
static int is_host_end_of(const struct nsa_session *session, const struct nsa_netns *ns,
			  const struct nsaccel_share *share)
{
	__cleanup(nsa_netns_leavep) int token = nsa_netns_enter(ns);
	struct nsaccel_port port;
	char name[IF_NAMESIZE];
	int r;

	if (token < 0)
		return token;
	if (!if_indextoname(share->port, name) || !nsa_share_is_host_end(name))
		return 0;
	r = nsa_maps_port_get(session->maps, share->key.owner_slot, share->port, &port);
	if (r == -ENOENT)
		return !share->ready;
	return r < 0 ? r : port.share_nic == share->key.nic;
}

/* Removes the entry last, so that the next run finds it after a failure. */
static int remove_with_device(const struct nsa_session *session, const struct nsa_netns *ns,
			      const struct nsaccel_share *share)
{
	int r = ns ? is_host_end_of(session, ns, share) : 0;

	if (r > 0)
		r = nsa_link_del(ns, (int)share->port);
	if (r < 0 && r != -ENODEV)
		return r;
	return nsa_maps_share_del(session->maps, &share->key);
}

int nsa_shares_remove(const struct nsa_session *session, __u32 slot, __u64 cookie)
{
	const struct nsa_netns *ns = nsa_netns_find(session->list, cookie);
	__cleanup(nsa_freep) struct nsaccel_share *all = NULL;
	size_t count = 0;
	int r = nsa_maps_shares(session->maps, &all, &count);

	for (size_t i = 0; !r && i < count; i++)
		if (all[i].key.owner_slot == slot)
			r = remove_with_device(session, ns, &all[i]);
	return r < 0 ? nsa_err(r, "remove shares: %s", strerror(-r)) : 0;
}
