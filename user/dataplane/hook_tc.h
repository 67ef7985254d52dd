/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TC hooks: pinned tcx links (Linux 6.6), or a clsact filter where the kernel has no tcx. All
 * functions run in the owner's namespace and return 0 or -errno, not logged.
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

/* Attaches prog_fd, or replaces our program without a gap. hook: NSACCEL_HOOK_TC_INGRESS or
 * _EGRESS. Without tcx the device gets a clsact qdisc, recorded in the map "settings". */
int nsa_tc_attach(const struct nsa_maps *maps, __u64 owner_cookie, int ifindex, const char *ifname,
		  enum nsaccel_hook hook, int prog_fd);
/* Removes only what nsa_tc_attach() attached. A hook that is not attached is no error. A tcx
 * link is removed from any namespace. */
int nsa_tc_detach(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook);
enum nsa_tc_kind nsa_tc_query(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook);

/* Whether the device with this ifindex is another one than the device whose ingress was hooked.
 * With tcx the pinned link tells them apart; without it, a missing filter at a port that was
 * hooked. */
bool nsa_tc_is_replaced(__u64 owner_cookie, int ifindex, bool hooked);

/* Programs of others at a hook: tcx programs before or after ours, and clsact filters. Programs
 * after ours do not see packets that ours redirects. If ours is not attached yet, all tcx
 * programs count as before it, since it is appended. On -errno, a part that could not be read
 * counts as present. */
struct nsa_tc_others {
	bool tcx, filters;
	bool behind; /* some of them run after ours */
};
int nsa_tc_others(__u64 owner_cookie, int ifindex, enum nsaccel_hook hook,
		  struct nsa_tc_others *out);

#endif
