/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attaches the XDP program through libxdp's dispatcher, which calls programs of several users on
 * one device. Requires freplace. All functions run in the owner's namespace.
 */
#ifndef NSA_DATAPLANE_DISPATCHER_H
#define NSA_DATAPLANE_DISPATCHER_H

#include "dataplane/programs.h"

/* Attaches the program, or replaces ours if it was loaded before common, the fd of the owner's
 * XDP program. libxdp loads one copy of the program for each device. 0 or -errno, not logged. */
int nsa_dispatcher_attach(const struct nsa_program_config *config, int ifindex, int common);
/* Detaches only our program, and removes pins that a device which is gone left behind. A program
 * that is not attached is no error. 0 or -errno. */
int nsa_dispatcher_detach(__u64 owner_cookie, int ifindex);
/* Whether the device has a dispatcher; whether that dispatcher calls our program. */
bool nsa_dispatcher_is_there(int ifindex);
bool nsa_dispatcher_has_ours(int ifindex);

/* Removes libxdp's pins of the program id for dispatchers of devices that had this ifindex. The
 * kernel frees a dispatcher with its device, but libxdp never removes its pins: it looks for
 * dispatchers by device only. */
void nsa_dispatcher_clean(int ifindex, __u32 id);
/* The same for every device of an owner that is gone. links: the directory with the owner's
 * pinned links. */
void nsa_dispatcher_clean_owner(const char *links);

#endif
