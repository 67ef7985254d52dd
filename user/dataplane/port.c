// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/if.h>
#include <string.h>

#include "dataplane/hook_tc.h"
#include "dataplane/hook_xdp.h"
#include "dataplane/port.h"
#include "dataplane/settings.h"
#include "dataplane/veth_xdp.h"
#include "kernel/ethtool.h"
#include "kernel/neigh_release.h"
#include "kernel/netns.h"
#include "maps/ports.h"
#include "maps/tx.h"
#include "model/device_kind.h"
#include "util/cleanup.h"
#include "util/log.h"

int nsa_port_write_record(const struct nsa_maps *maps, const struct nsa_port_entry *entry)
{
	int r = nsa_maps_port_put(maps, entry->key.owner_slot, entry->key.ifindex, &entry->port);

	if (r < 0)
		return nsa_err(r, "write port %s: %s", entry->port.name,
			       nsa_maps_strerror(r, NSA_MAP_PORTS));
	return 0;
}

/* The egress hook serves macvlans, which send through their lower device; admits flows where the
 * kernel sends them; and applies isolation and policies to packets that the kernel sends. */
static bool needs_egress(const struct nsaccel_port *port)
{
	return port->macvlan_lower || port->close_unknown || port->police_egress || port->shared ||
	       port->gate != NSACCEL_GATE_OPEN || port->bridge_gate != NSACCEL_GATE_OPEN;
}

static int attach_tc(const struct nsa_port_context *ctx, const struct nsa_port_entry *entry)
{
	const struct nsaccel_port *port = &entry->port;
	int ifindex = (int)entry->key.ifindex;
	int r;

	r = nsa_tc_attach(ctx->session->maps, port->owner_cookie, ifindex, port->name,
			  NSACCEL_HOOK_TC_INGRESS, ctx->programs.tc_ingress);
	if (r == -ENODEV && !port->requested)
		return r;
	if (r < 0)
		return nsa_err(r, "attach to TC ingress of %s: %s", port->name, strerror(-r));
	if (needs_egress(port))
		r = nsa_tc_attach(ctx->session->maps, port->owner_cookie, ifindex, port->name,
				  NSACCEL_HOOK_TC_EGRESS, ctx->programs.tc_egress);
	else
		r = nsa_tc_detach(port->owner_cookie, ifindex, NSACCEL_HOOK_TC_EGRESS);
	if (r < 0)
		return nsa_err(r, "change TC egress of %s: %s", port->name, strerror(-r));
	return 0;
}

static struct nsaccel_setting_key tags_setting(const struct nsa_port_entry *entry)
{
	return (struct nsaccel_setting_key){ entry->port.owner_cookie, entry->key.ifindex,
					     NSACCEL_SETTING_RX_VLAN };
}

/* XDP does not see VLAN tags that the NIC strips, and would route a tagged frame as an untagged
 * one. rx-vlan-offload is therefore switched off before the program is attached, and restored
 * after it is detached. */
static int attach_xdp(const struct nsa_port_context *ctx, const struct nsa_link *link,
		      struct nsa_port_entry *entry)
{
	const struct nsa_session *session = ctx->session;
	const struct nsaccel_setting_key key = tags_setting(entry);
	struct nsaccel_port *port = &entry->port;
	int r = 0;

	if (nsa_xdp_is_wanted(link, port))
		r = nsa_settings_change(session->maps, port->owner_cookie, &key, port->name, 0);
	if (r && r != -EOPNOTSUPP) /* -EOPNOTSUPP: no such setting, the NIC strips no tags */
		return nsa_xdp_give_up(port->owner_cookie, link, NSACCEL_XDP_WHY_VLAN, port);
	r = nsa_xdp_attach(&ctx->config, link, ctx->programs.xdp, port);
	if (r < 0 || port->xdp == NSACCEL_XDP_NONE)
		nsa_settings_restore(session->maps, session->list, &key);
	return r;
}

bool nsa_port_hides_tags(const struct nsa_port_entry *entry)
{
	char name[IF_NAMESIZE];
	__u32 on = 0;

	return entry->port.xdp != NSACCEL_XDP_NONE && if_indextoname(entry->key.ifindex, name) &&
	       !nsa_ethtool_get_rx_vlan(name, &on) && on;
}

/* Frames for the namespaces that share a NIC are redirected at its TC egress, which XDP
 * bypasses. */
static bool may_be_target(const struct nsaccel_port *port)
{
	bool target = nsa_kind(port->kind)->owns_port ? port->delivery == NSACCEL_DELIVERY_XDP :
							port->xdp != NSACCEL_XDP_NONE;

	return target && !port->egress_hooked && !port->shared;
}

static bool is_target(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
		      const struct nsa_link *link, const struct nsaccel_port *port)
{
	return may_be_target(port) && nsa_xdp_can_transmit(session, snapshot, link);
}

/* Whether the endpoint refused to be prepared, and would not by now. */
static bool is_unprepared(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			  const struct nsa_link *link, const struct nsaccel_port *port)
{
	return nsa_kind(port->kind)->owns_port && may_be_target(port) &&
	       nsa_veth_xdp_is_unprepared(session, snapshot->owner, link,
					  nsa_snapshot_veth_endpoint(snapshot, link->ifindex));
}

bool nsa_port_target_changed(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			     const struct nsa_port_entry *entry)
{
	const struct nsa_link *link = nsa_snapshot_link(snapshot, (int)entry->key.ifindex);

	if (!link)
		return false;
	if (is_target(session, snapshot, link, &entry->port))
		return !entry->port.tx_slot;
	return entry->port.tx_slot || is_unprepared(session, snapshot, link, &entry->port);
}

/* Gives the port a slot in the devmap if XDP may send to it, else clears it. */
static int set_target(const struct nsa_port_context *ctx, const struct nsa_link *link,
		      struct nsa_port_entry *entry)
{
	struct nsaccel_tx_info info = {
		.netns_cookie = entry->port.owner_cookie,
		.ifindex = entry->key.ifindex,
		.mtu = entry->port.mtu,
	};
	int r;

	memcpy(info.name, entry->port.name, sizeof(info.name));
	if (is_target(ctx->session, ctx->snapshot, link, &entry->port)) {
		r = nsa_maps_tx_set(ctx->session->maps, &info, &entry->port.tx_slot);
	} else { /* next hops may still refer to the slot: nsa_gc() frees it */
		entry->port.tx_slot = 0;
		r = 0;
	}
	return r < 0 ? nsa_err(r, "register %s as XDP target: %s", entry->port.name,
			       nsa_maps_strerror(r, NSA_MAP_TX_INFO)) :
		       0;
}

/* What the endpoint's root does to its device must not cost the owner's other ports anything.
 * set_target() asks the kernel whether XDP can send there all the same, and
 * nsa_port_target_changed() tells when to try again. */
static int prepare_endpoint(const struct nsa_port_context *ctx, const struct nsa_port_entry *entry,
			    const struct nsa_snapshot_endpoint *ep)
{
	int ifindex = (int)entry->key.ifindex;
	int r = nsa_veth_xdp_set(ctx->session, &entry->port, entry->key.ifindex, ep);

	if (r >= 0)
		return 0;
	if (ctx->deliver_to == ifindex || (ctx->deliver_to == NSA_EACH_PORT && !ep->unread))
		return nsa_err(r, "prepare %s in %s for XDP delivery: %s", ep->link.name, ep->netns,
			       nsa_veth_xdp_strerror(r));
	/* Without a slot it was said before, if only by another process. */
	if (!ep->unread && entry->port.tx_slot && nsa_cookies_note_new(ctx->warned, (__u64)ifindex))
		nsa_warn("prepare %s in %s for XDP delivery: %s; it gets its packets by TC until "
			 "it takes frames from XDP again",
			 ep->link.name, ep->netns, nsa_veth_xdp_strerror(r));
	return 0;
}

int nsa_port_up(const struct nsa_port_context *ctx, struct nsa_port_entry *entry)
{
	const struct nsa_link *link = nsa_snapshot_link(ctx->snapshot, (int)entry->key.ifindex);
	const struct nsa_snapshot_endpoint *ep =
		nsa_snapshot_veth_endpoint(ctx->snapshot, link->ifindex);
	const struct nsa_maps *maps = ctx->session->maps;
	int r;

	/* The record is written first: by it, a later run or detach can undo the rest. */
	r = nsa_port_write_record(maps, entry) ?: attach_tc(ctx, entry);
	if (!r)
		r = attach_xdp(ctx, link, entry);
	if (!r && ep && nsa_kind(entry->port.kind)->owns_port)
		r = prepare_endpoint(ctx, entry, ep);
	return r ?: set_target(ctx, link, entry) ?: nsa_port_write_record(maps, entry);
}

/* A record without an XDP mode and without a reason against XDP was only requested: its hooks
 * were never attached. */
static bool was_hooked(const struct nsaccel_port *port)
{
	return port->xdp != NSACCEL_XDP_NONE || port->xdp_why != NSACCEL_XDP_WHY_NONE;
}

bool nsa_port_is_replaced(const struct nsa_port_entry *entry)
{
	return nsa_tc_is_replaced(entry->port.owner_cookie, (int)entry->key.ifindex,
				  was_hooked(&entry->port));
}

size_t nsa_port_missing(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			const struct nsa_port_entry *entry, const char *names[NSA_PORT_HOOKS])
{
	const struct nsaccel_port *port = &entry->port;
	int ifindex = (int)entry->key.ifindex;
	__u64 cookie = port->owner_cookie;
	size_t n = 0;

	if (nsa_tc_query(cookie, ifindex, NSACCEL_HOOK_TC_INGRESS) == NSA_TC_NONE)
		names[n++] = "tc_ingress";
	if (needs_egress(port) &&
	    nsa_tc_query(cookie, ifindex, NSACCEL_HOOK_TC_EGRESS) == NSA_TC_NONE)
		names[n++] = "tc_egress";
	if (port->xdp != NSACCEL_XDP_NONE && !nsa_xdp_query(cookie, ifindex, port->xdp))
		names[n++] = "xdp";
	if (nsa_port_target_changed(session, snapshot, entry) ||
	    (port->tx_slot &&
	     !nsa_maps_tx_is_set(session->maps, port->tx_slot, cookie, entry->key.ifindex)))
		names[n++] = "tx";
	if (nsa_port_hides_tags(entry))
		names[n++] = "xdp, blind to VLAN tags by rx-vlan-offload";
	return n;
}

int nsa_port_unhook(const struct nsa_port_entry *entry)
{
	int ifindex = (int)entry->key.ifindex;
	__u64 cookie = entry->port.owner_cookie;
	int r, first = 0;

	r = nsa_xdp_detach(cookie, ifindex);
	first = r;
	r = nsa_tc_detach(cookie, ifindex, NSACCEL_HOOK_TC_INGRESS);
	first = first ?: r;
	r = nsa_tc_detach(cookie, ifindex, NSACCEL_HOOK_TC_EGRESS);
	return first ?: r;
}

int nsa_port_down(const struct nsa_session *session, const struct nsa_netns *owner,
		  const struct nsa_port_entry *entry)
{
	__cleanup(nsa_netns_leavep) int token = -1;
	const struct nsaccel_port *port = &entry->port;
	int r;

	if (owner) {
		token = nsa_netns_enter(owner);
		if (token < 0)
			return nsa_err(token, "enter the namespace of %s: %s", port->name,
				       strerror(-token));
		nsa_neigh_release(owner, (int)entry->key.ifindex);
	}
	/* A namespace out of reach: only the pins can be removed. A device with the same ifindex
	 * in the current namespace is another one. */
	r = owner ? nsa_port_unhook(entry) : 0;
	if (r < 0 && r != -ENODEV)
		return nsa_err(r, "detach from %s: %s", port->name, strerror(-r));
	nsa_settings_restore_all(session->maps, session->list, port->owner_cookie,
				 port->owner_cookie, entry->key.ifindex);
	if (port->endpoint_cookie)
		nsa_settings_restore_all(session->maps, session->list, port->owner_cookie,
					 port->endpoint_cookie, port->endpoint_ifindex);
	r = nsa_maps_port_del(session->maps, entry->key.owner_slot, entry->key.ifindex);
	return r < 0 && r != -ENOENT ? nsa_err(r, "remove port %s: %s", port->name, strerror(-r)) :
				       0;
}
