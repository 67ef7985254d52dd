/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Changes in network namespaces as they happen, by rtnetlink's multicast groups. One kind of socket
 * reports devices and addresses of every namespace that has an id (nsid) in the socket's own, and
 * keeps none of them alive. The other kinds report everything, or bridge entries, of one namespace;
 * such a socket lives in that namespace, and keeps it alive.
 *
 * Messages arrive in the order of the changes, each with the cookie of its namespace; there is no
 * order between sockets. The kernel reuses the id of a dead namespace soon, so ids are learnt from
 * the stream itself: a message of a dead namespace is never attributed to a new one with its id.
 *
 * All functions return 0 or -errno; nothing is logged unless the comment says so.
 */
#ifndef NSA_KERNEL_RTNL_MONITOR_H
#define NSA_KERNEL_RTNL_MONITOR_H

#include <linux/netlink.h>
#include <linux/types.h>

struct nsa_rtnl_monitor;
struct nsa_netns;

/*
 * cookie: of the message's namespace; 0: that namespace was not added. The messages are those of
 * links (with bridge ports and VLANs) and addresses, and of ids
 *   RTM_NEWNSID with cookie 0: an id was given to a namespace that may be unknown, as happens when
 *     a device's peer moves there;
 *   RTM_DELNSID: the namespace of this cookie has died, and is forgotten.
 * A socket of one namespace also reports neighbours, routes (no cached ones), rules, next-hop
 * objects, forwarding settings (netconf), qdiscs and filters.
 */
typedef void (*nsa_rtnl_monitor_cb)(void *data, __u64 cookie, const struct nlmsghdr *msg);

/* Listens to the calling thread's namespace, and to those of nsa_rtnl_monitor_add(). Logged. */
int nsa_rtnl_monitor_open(struct nsa_rtnl_monitor **out);
/* Listens to everything in ns but bridges' forwarding entries. Logged. */
int nsa_rtnl_monitor_open_one(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out);
/* Listens to bridges' forwarding entries of ns only. Anybody on a bridge can cause any number of
 * them, so they have a socket that can overrun without losing other messages. Logged. */
int nsa_rtnl_monitor_open_bridges(const struct nsa_netns *ns, struct nsa_rtnl_monitor **out);
void nsa_rtnl_monitor_close(struct nsa_rtnl_monitor *events);
/* A descriptor for poll(); owned by events. */
int nsa_rtnl_monitor_fd(const struct nsa_rtnl_monitor *events);

/* Listens to ns, too: changes after this returns come with its cookie. Adding it again does no
 * harm. If ns can get no id, nsa_rtnl_monitor_read() logs a warning when it reads the answer. */
int nsa_rtnl_monitor_add(struct nsa_rtnl_monitor *events, const struct nsa_netns *ns);

/*
 * Calls cb for waiting messages, up to some thousand. 0: no more are waiting; 1: there may be more.
 * -ENOBUFS: messages were lost. The waiting ones are dropped, and deaths reported. The caller adds
 * all namespaces again and reads their state anew.
 */
int nsa_rtnl_monitor_read(struct nsa_rtnl_monitor *events, nsa_rtnl_monitor_cb cb, void *data);

#endif
