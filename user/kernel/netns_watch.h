/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When network namespaces may have come, gone or been renamed: mounts, as ip netns and container
 * runtimes make them, and whatever else changes in /run/netns. Nobody tells of a namespace that
 * only a process keeps; it is of interest once a device is in it, and nsa_rtnl_monitor has that.
 *
 * 0 or -errno, logged.
 */
#ifndef NSA_KERNEL_NETNS_WATCH_H
#define NSA_KERNEL_NETNS_WATCH_H

struct nsa_netns_watch;

int nsa_netns_watch_open(struct nsa_netns_watch **out);
void nsa_netns_watch_close(struct nsa_netns_watch *watch);
void nsa_netns_watch_closep(struct nsa_netns_watch **watch);
/* Readable when it is worth while to get a new nsa_netns_list. */
int nsa_netns_watch_fd(const struct nsa_netns_watch *watch);
/* Call it when that is readable, and before the list is made: then nothing is missed. */
void nsa_netns_watch_drain(struct nsa_netns_watch *watch);

#endif
