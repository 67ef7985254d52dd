/* SPDX-License-Identifier: GPL-2.0-only */
/* Removal of the neighbours that nsaccel asked the kernel to resolve. */
#ifndef NSA_KERNEL_NEIGH_RELEASE_H
#define NSA_KERNEL_NEIGH_RELEASE_H

struct nsa_netns;

/* Deletes all entries that nsaccel requested on the device of the namespace; ifindex 0: on all its
 * devices. An entry that somebody has made permanent or external since stays. Failures are ignored:
 * a remaining entry ages in the kernel. */
void nsa_neigh_release(const struct nsa_netns *ns, int ifindex);

#endif
