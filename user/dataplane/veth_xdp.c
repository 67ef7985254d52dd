// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>
#include <sys/sysinfo.h>

#include "dataplane/settings.h"
#include "dataplane/veth_xdp.h"
#include "kernel/ethtool.h"
#include "kernel/netdev.h"
#include "kernel/netns.h"
#include "kernel/netns_list.h"
#include "maps/maps.h"
#include "util/cleanup.h"
#include "util/log.h"

/* veth_xdp_xmit() needs NAPI on the peer: an XDP program there, or GRO (Linux 5.13). */
static int enable_gro(const struct nsa_session *session, const struct nsaccel_port *port,
		      const struct nsa_snapshot_endpoint *ep)
{
	struct nsaccel_setting_key key = { ep->cookie, (__u32)ep->link.ifindex,
					   NSACCEL_SETTING_GRO };

	if (ep->link.xdp_prog_id)
		return 0;
	return nsa_settings_change(session->maps, port->owner_cookie, &key, ep->link.name, 1);
}

/* If GRO was switched on while the endpoint was down and the host end was up, the host end does
 * not become a target of redirects (Linux <= 6.18). Switching GRO off and on again helps. */
static int make_target(const struct nsa_netns *owner, __u32 ifindex, const char *inner)
{
	__u64 features;
	int r;

	r = nsa_netdev_xdp_features(owner, (int)ifindex, &features);
	if (r < 0 || (features & NSA_XDP_ACT_NDO_XMIT))
		return r == -EOPNOTSUPP ? 0 : r;
	r = nsa_ethtool_set_gro(inner, 0);
	if (!r)
		r = nsa_ethtool_set_gro(inner, 1);
	if (!r)
		r = nsa_netdev_xdp_features(owner, (int)ifindex, &features);
	if (r < 0)
		return r;
	return features & NSA_XDP_ACT_NDO_XMIT ? 0 : -ENETDOWN;
}

/* One receive queue is one NAPI instance for all CPUs, so all queues that the endpoint was
 * created with are enabled. Best effort. Not with an XDP program on the endpoint: veth does not
 * run it on queues that are added later (seen on 6.18). */
static void spread_queues(const struct nsa_session *session, const struct nsaccel_port *port,
			  const struct nsa_snapshot_endpoint *ep)
{
	struct nsaccel_setting_key key = { ep->cookie, (__u32)ep->link.ifindex,
					   NSACCEL_SETTING_RX_QUEUES };
	__u32 count, max, cpus = (__u32)get_nprocs();
	int r;

	if (ep->link.xdp_prog_id || nsa_ethtool_get_rx_queues(ep->link.name, &count, &max) ||
	    count >= cpus || count >= max)
		return;
	r = nsa_settings_change(session->maps, port->owner_cookie, &key, ep->link.name,
				max < cpus ? max : cpus);
	if (r < 0)
		nsa_debug("receive queues of %s in %s stay: %s", ep->link.name, ep->netns,
			  strerror(-r));
}

static int prepare(const struct nsa_session *session, const struct nsaccel_port *port,
		   __u32 ifindex, const struct nsa_snapshot_endpoint *ep)
{
	const struct nsa_netns *owner = nsa_netns_find(session->list, port->owner_cookie);
	const struct nsa_netns *ns = nsa_netns_find(session->list, ep->cookie);
	__cleanup(nsa_netns_leavep) int token = ns ? nsa_netns_enter(ns) : -ENOENT;
	int r;

	if (token < 0)
		return token;
	r = enable_gro(session, port, ep);
	if (r < 0)
		return r;
	spread_queues(session, port, ep);
	return make_target(owner, ifindex, ep->link.name);
}

bool nsa_veth_xdp_takes(const struct nsa_session *session, const struct nsa_snapshot_endpoint *peer)
{
	const struct nsa_netns *ns = peer ? nsa_netns_find(session->list, peer->cookie) : NULL;
	__cleanup(nsa_netns_leavep) int token = ns ? nsa_netns_enter(ns) : -ENOENT;
	__u32 gro = 0;

	if (token < 0 || peer->unread)
		return false;
	return peer->link.xdp_attached == XDP_ATTACHED_DRV ||
	       (!nsa_ethtool_get_gro(peer->link.name, &gro) && gro);
}

bool nsa_veth_xdp_is_unprepared(const struct nsa_session *session, const struct nsa_netns *owner,
				const struct nsa_link *link, const struct nsa_snapshot_endpoint *ep)
{
	__u64 features = 0;
	int r;

	if (!ep || ep->unread || !(link->flags & ep->link.flags & IFF_UP))
		return false;
	r = nsa_netdev_xdp_features(owner, link->ifindex, &features);
	if (r == -EOPNOTSUPP)
		return !nsa_veth_xdp_takes(session, ep);
	return !r && !(features & NSA_XDP_ACT_NDO_XMIT);
}

const char *nsa_veth_xdp_strerror(int r)
{
	switch (r) {
	case -ENETDOWN:
		return "both ends must be up; ip link set DEV up";
	case -ENOENT:
		return "its namespace cannot be reached at present";
	default:
		return nsa_maps_strerror(r, NSA_MAP_SETTINGS);
	}
}

int nsa_veth_xdp_set(const struct nsa_session *session, const struct nsaccel_port *port,
		     __u32 ifindex, const struct nsa_snapshot_endpoint *ep)
{
	if (ep->unread)
		return port->delivery == NSACCEL_DELIVERY_TC ? 0 : -ENOENT;
	if (port->delivery == NSACCEL_DELIVERY_TC) {
		nsa_settings_restore_all(session->maps, session->list, port->owner_cookie,
					 ep->cookie, (__u32)ep->link.ifindex);
		return 0;
	}
	return prepare(session, port, ifindex, ep);
}
