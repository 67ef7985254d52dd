/* SPDX-License-Identifier: GPL-2.0-only */
/* A network namespace that the user names. 0 or -errno; nothing is logged. */
#ifndef NSA_KERNEL_NETNS_OPEN_H
#define NSA_KERNEL_NETNS_OPEN_H

#include "kernel/objects.h"

/* spec: a name in /run/netns, a PID, or a path (contains '/'); NULL: the caller's own namespace.
 * The result is held open until nsa_netns_close(), and has no tenant. -ENOENT: no such name.
 * -ESRCH: no such process. -EINVAL: the file is no network namespace. */
int nsa_netns_open(const char *spec, struct nsa_netns *out);
/* The caller's own; its name is "cookie N". */
int nsa_netns_open_own(struct nsa_netns *out);
/* Sets the name for display, which is cut if it is too long, and made valid UTF-8. */
void nsa_netns_set_name(struct nsa_netns *ns, const char *name);

#endif
