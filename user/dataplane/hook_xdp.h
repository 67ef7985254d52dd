/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Native XDP on a NIC: through libxdp's dispatcher, so that other programs can
 * share the device, where the kernel allows freplace; else a pinned bpf_link.
 * Generic XDP is never used: it drops GSO packets. In the owner's namespace.
 */
#ifndef NSA_DATAPLANE_HOOK_XDP_H
#define NSA_DATAPLANE_HOOK_XDP_H

#include "dataplane/programs.h"
#include "kernel/objects.h"
#include "maps/maps.h"

/* Attaches, or replaces ours, and says in port->xdp and port->xdp_why what came of it. In mode AUTO
 * a refusal is no error; in NATIVE it is, and logged. */
int nsa_xdp_attach(const struct nsa_program_config *config, const struct nsa_link *link,
		   int prog_fd, struct nsaccel_port *port);
/* Does the port's mode ask for XDP on this device? */
bool nsa_xdp_is_wanted(const struct nsa_link *link, const struct nsaccel_port *port);
/* Removes only ours; nothing there is no error. */
/* Does our program hang on the device, in the way that the port's record says? */
bool nsa_xdp_query(__u64 owner_cookie, int ifindex, enum nsaccel_xdp_attach how);
int nsa_xdp_detach(__u64 owner_cookie, int ifindex);
/* Can the device be a target of XDP redirects? Of the calling thread's namespace. */
bool nsa_xdp_can_transmit(const struct nsa_netns *ns, const struct nsa_link *link);
const char *nsa_xdp_why(enum nsaccel_xdp_why why);

#endif
