/* SPDX-License-Identifier: GPL-2.0-only */
/* What a veth endpoint needs to receive frames from XDP. */
#ifndef NSA_DATAPLANE_VETH_XDP_H
#define NSA_DATAPLANE_VETH_XDP_H

#include "maps/session.h"
#include "model/snapshot.h"

/* Whether the other end of a veth takes frames from XDP, for kernels that don't say so of the veth itself.
 * False if that end is out of reach. peer NULL: it isn't known. */
bool nsa_veth_xdp_takes(const struct nsa_session *session,
			const struct nsa_snapshot_endpoint *peer);
/* Prepares the endpoint ep, behind the veth host end ifindex, for port->delivery: changes its
 * settings for delivery by XDP, or restores them. 0 or -errno, logged. */
int nsa_veth_xdp_set(const struct nsa_session *session, const struct nsaccel_port *port,
		     __u32 ifindex, const struct nsa_snapshot_endpoint *ep);

#endif
