/* SPDX-License-Identifier: GPL-2.0-only */
/* What a veth endpoint needs to receive frames from XDP. */
#ifndef NSA_DATAPLANE_VETH_XDP_H
#define NSA_DATAPLANE_VETH_XDP_H

#include "maps/session.h"
#include "model/snapshot.h"

/* Whether the other end of a veth takes frames from XDP, for kernels that don't say so of the veth
 * itself. False if that end is out of reach. peer NULL: it isn't known. */
bool nsa_veth_xdp_takes(const struct nsa_session *session,
			const struct nsa_snapshot_endpoint *peer);
/* Whether the endpoint takes no frames from XDP, although both ends are up: its root has switched
 * GRO off, or on while it was down. link: its host end; ep NULL: it isn't known. */
bool nsa_veth_xdp_is_unprepared(const struct nsa_session *session, const struct nsa_netns *owner,
				const struct nsa_link *link,
				const struct nsa_snapshot_endpoint *ep);
/* Prepares the endpoint ep, behind the veth host end ifindex, for port->delivery: changes its
 * settings for delivery by XDP, or restores them. Those of an unread endpoint stay as they are. 0
 * or -errno, not logged; -ENETDOWN: an end is down; -ENOENT: the endpoint is out of reach. */
int nsa_veth_xdp_set(const struct nsa_session *session, const struct nsaccel_port *port,
		     __u32 ifindex, const struct nsa_snapshot_endpoint *ep);
const char *nsa_veth_xdp_strerror(int r);

#endif
