/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings that a veth endpoint needs to receive frames from XDP. */
#ifndef NSA_DATAPLANE_VETH_XDP_H
#define NSA_DATAPLANE_VETH_XDP_H

#include "maps/session.h"
#include "model/snapshot.h"

/* Prepares the endpoint ep, behind the veth host end ifindex, for port->delivery: changes its
 * settings for delivery by XDP, or restores them. 0 or -errno, logged. */
int nsa_veth_xdp_set(const struct nsa_session *session, const struct nsaccel_port *port,
		     __u32 ifindex, const struct nsa_snapshot_endpoint *ep);

#endif
