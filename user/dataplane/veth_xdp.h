/* SPDX-License-Identifier: GPL-2.0-only */
/* What a veth endpoint needs to take frames from XDP, and putting it back. */
#ifndef NSA_DATAPLANE_VETH_XDP_H
#define NSA_DATAPLANE_VETH_XDP_H

#include "maps/session.h"
#include "model/snapshot.h"

/* Prepares ep, behind the veth host end ifindex, for port->delivery. 0 or -errno, logged. */
int nsa_veth_xdp_set(const struct nsa_session *session, const struct nsaccel_port *port,
		     __u32 ifindex, const struct nsa_snapshot_endpoint *ep);

#endif
