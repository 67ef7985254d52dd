/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our XDP program by way of libxdp's dispatcher, which calls those of several users. In the owner's
 * namespace; where the kernel allows freplace.
 */
#ifndef NSA_DATAPLANE_DISPATCHER_H
#define NSA_DATAPLANE_DISPATCHER_H

#include "dataplane/programs.h"

/* Attaches, or replaces ours if it's older than common, the owner's XDP program: libxdp loads one for each
 * device. -errno; nothing is logged. */
int nsa_dispatcher_attach(const struct nsa_program_config *config, int ifindex, int common);
/* Removes only ours, and what of it a device has left behind that is gone; nothing there is no error. */
int nsa_dispatcher_detach(__u64 owner_cookie, int ifindex);
/* Has the device a dispatcher? Does it call our program? */
bool nsa_dispatcher_is_there(int ifindex);
bool nsa_dispatcher_has_ours(int ifindex);

/* Of dispatchers of devices with that ifindex: removes libxdp's pins of the program with the id. When
 * a device goes its dispatcher does, but for those, which nobody else would remove: for libxdp a
 * dispatcher is where its device is. */
void nsa_dispatcher_clean(int ifindex, __u32 id);
/* The same for all of an owner that is gone; links: the directory with the pins of its links. */
void nsa_dispatcher_clean_owner(const char *links);

#endif
