/* SPDX-License-Identifier: GPL-2.0-only */
/* The places where network namespaces can be found. */
#ifndef NSA_KERNEL_NETNS_WALK_H
#define NSA_KERNEL_NETNS_WALK_H

#include <stdbool.h>

/* Called with a path that may be a namespace's, and the name for display. A result other than 0
 * ends the walk. */
typedef int (*nsa_netns_visit)(void *data, const char *path, const char *name);

/* Visits /run/netns, the processes by PID, then bind mounts. A namespace may be visited several
 * times, first by the path that names it. 0, the result that ended the walk, or -errno. */
int nsa_netns_walk(nsa_netns_visit visit, void *data);

/* Is the error that of one place, which is gone, inaccessible or no namespace? Otherwise the walk
 * cannot go on: no memory or descriptors are left. */
bool nsa_netns_is_skippable(int r);

#endif
