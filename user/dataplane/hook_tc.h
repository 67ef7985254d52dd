/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TC hooks: tcx links (Linux 6.6), pinned; a clsact filter where there is no tcx.
 * All in the calling thread's namespace, which must be the owner. 0 or -errno.
 */
#ifndef NSA_DATAPLANE_HOOK_TC_H
#define NSA_DATAPLANE_HOOK_TC_H

#include <stdbool.h>

#include "maps/maps.h"

enum nsa_tc_kind {
	NSA_TC_NONE,
	NSA_TC_TCX,
	NSA_TC_CLSACT,
};

/* hook: TC_INGRESS or TC_EGRESS. Attaches prog_fd, or replaces ours without a gap. */
int nsa_tc_attach(const struct nsa_maps *maps, __u64 owner_cookie, int ifindex, const char *ifname,
		  enum nsaccel_hook hook, int prog_fd);
/* Removes only what nsa_tc_attach made; nothing there is no error. Needs no namespace for tcx. */
int nsa_tc_detach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook);
enum nsa_tc_kind nsa_tc_query(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook);

/* Is this another device than the one whose ingress was hooked, with its ifindex? A pinned link says
 * so; without tcx that there is no filter where there was one (hooked). */
bool nsa_tc_is_replaced(__u64 owner_cookie, int ifindex, bool hooked);

/* Programs of others at a hook: tcx ones, before ours or behind it, and clsact filters. What is behind
 * ours misses what ours sends on. Where ours isn't there yet it will be the last of tcx. -errno: *out has
 * what couldn't be read as if it were there. */
struct nsa_tc_others {
	bool tcx, filters;
	bool behind; /* any of them */
};
int nsa_tc_others(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook,
		  struct nsa_tc_others *out);

#endif
