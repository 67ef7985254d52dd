/* SPDX-License-Identifier: GPL-2.0-only */
/* What the fake kernel tells the daemon: messages for those that listen to a namespace. */
#ifndef NSA_TEST_FAKE_MONITOR_H
#define NSA_TEST_FAKE_MONITOR_H

#include "fake/kernel.h"

/* An rtnetlink message, RTM_*, of the namespace. The object is the struct of user/kernel/objects.h
 * that the message's parser returns; for qdiscs and filters a struct tcmsg; RTM_DELNSID: none. */
void fake_notify(const struct fake_netns *ns, __u16 type, const void *object, size_t size);
/* RTM_NEWLINK of the device as it is now. */
void fake_notify_link(const struct fake_netns *ns, const struct fake_link *fake);
/* Messages for those that listen to the namespace alone are lost. */
void fake_notify_lost(const struct fake_netns *ns);
/* Are there messages that weren't read? */
bool fake_monitor_is_waiting(void);
/* Namespaces have come or gone. */
void fake_netns_changed(void);
/* Rules of the firewall have changed. */
void fake_firewall_changed(const struct fake_netns *ns);

#endif
