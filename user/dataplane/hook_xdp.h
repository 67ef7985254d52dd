/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Native XDP on a NIC: through libxdp's dispatcher where the kernel allows freplace, so that
 * other programs can share the device; else by a pinned bpf_link. Generic XDP is never used,
 * since it drops GSO packets. All functions run in the owner's namespace.
 */
#ifndef NSA_DATAPLANE_HOOK_XDP_H
#define NSA_DATAPLANE_HOOK_XDP_H

#include "dataplane/programs.h"
#include "kernel/objects.h"
#include "maps/session.h"
#include "model/snapshot.h"

/* Attaches or replaces our program, and sets port->xdp and port->xdp_why to the result. A
 * refusal is no error in mode AUTO; in mode NATIVE it is. 0 or -errno, logged. */
int nsa_xdp_attach(const struct nsa_program_config *config, const struct nsa_link *link,
		   int prog_fd, struct nsaccel_port *port);
/* Has no program of ours at the device, and sets port->xdp and port->xdp_why to that. If it can't
 * be detached, port is left as it is, since it may be there. 0 or -errno, logged. */
int nsa_xdp_give_up(__u64 owner_cookie, const struct nsa_link *link, enum nsaccel_xdp_why why,
		    struct nsaccel_port *port);
/* Whether the port's mode and its device allow XDP. */
bool nsa_xdp_is_wanted(const struct nsa_link *link, const struct nsaccel_port *port);
/* Whether our program is attached to the device in the way that the port's record has. */
bool nsa_xdp_query(__u64 owner_cookie, int ifindex, enum nsaccel_xdp_attach how);
/* Removes only our program. A program that is not attached is no error. 0 or -errno, not logged. */
int nsa_xdp_detach(__u64 owner_cookie, int ifindex);
/* Whether the device, one of the snapshot's owner, can be a target of XDP redirects at this
 * moment. */
bool nsa_xdp_can_transmit(const struct nsa_session *session, const struct nsa_snapshot *snapshot,
			  const struct nsa_link *link);
/* A text for users; "" for NSACCEL_XDP_WHY_NONE. */
const char *nsa_xdp_why(enum nsaccel_xdp_why why);

#endif
