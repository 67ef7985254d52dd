/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What changes in network namespaces, as it happens: an rtnetlink socket that hears the devices and
 * addresses of every namespace which has an id (nsid) in its own, and keeps none of them alive; and
 * sockets that hear everything of one namespace, which live in it and so keep it alive.
 *
 * Messages come in the order of the changes, each with the cookie of the namespace that it is from;
 * between one socket and another there is no order. Ids are given out again soon after a namespace
 * died, so what an id means is learnt in the stream itself: never is a message of a dead namespace
 * taken for one of its successor.
 *
 * 0 or -errno; not logged unless said.
 */
#ifndef NSA_KERNEL_RTNL_MONITOR_H
#define NSA_KERNEL_RTNL_MONITOR_H

#include <linux/netlink.h>
#include <linux/types.h>

struct nsa_events;
struct nsa_netns;

/*
 * cookie 0: of a namespace that wasn't added. Else: links (bridge ports and VLANs), addresses; of the
 * namespaces' ids
 *   RTM_NEWNSID with cookie 0: somebody gave an id to a namespace that may be unknown, as happens
 *     when a device's other end gets into it;
 *   RTM_DELNSID: the namespace of this cookie has died, and is forgotten;
 * and of one namespace also neighbours, forwarding entries, routes (not cached ones), rules, next
 * hops, forwarding settings (netconf), qdiscs and filters.
 */
typedef void (*nsa_events_cb)(void *data, __u64 cookie, const struct nlmsghdr *msg);

/* Hears the calling thread's namespace from now on. Logged. */
int nsa_events_open(struct nsa_events **out);
/* Hears everything of ns, and of ns alone, but for bridges' forwarding entries. Logged. */
int nsa_events_open_one(const struct nsa_netns *ns, struct nsa_events **out);
/* Hears those alone: others make as many as they like, and shall drown nothing else in them. Logged. */
int nsa_events_open_bridges(const struct nsa_netns *ns, struct nsa_events **out);
void nsa_events_close(struct nsa_events *events);
void nsa_events_closep(struct nsa_events **events);
/* Readable when there is something to read. */
int nsa_events_fd(const struct nsa_events *events);

/* Hears ns, too: what changes after this returns comes with its cookie. To add it again does no
 * harm. A namespace that can get no id is warned of when that is read. */
int nsa_events_add(struct nsa_events *events, const struct nsa_netns *ns);

/*
 * Calls cb for what there is, up to some thousand messages. 0: that was all; 1: there is more.
 * -ENOBUFS: messages were lost. Those still waiting are thrown away, deaths are told, and all
 * namespaces but the socket's own forgotten; all has to be added and its state read anew.
 */
int nsa_events_read(struct nsa_events *events, nsa_events_cb cb, void *data);

#endif
