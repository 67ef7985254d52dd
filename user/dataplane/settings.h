/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of devices and namespaces that attach changes: written down in the map
 * "settings" before they are changed, so that detach, also after a crash, can put
 * each one back.
 */
#ifndef NSA_DATAPLANE_SETTINGS_H
#define NSA_DATAPLANE_SETTINGS_H

#include "kernel/objects.h"
#include "maps/maps.h"

/* In the calling thread's namespace, whose cookie is key->netns_cookie. -EOPNOTSUPP where the
 * device has no such setting, 0 where the namespace has none; nothing is logged. ifname is "" with
 * a setting of the namespace. */
int nsa_settings_change(const struct nsa_maps *maps, __u64 owner_cookie,
			const struct nsaccel_setting_key *key, const char *ifname, __u32 value);
/* Puts one setting back unless somebody has changed it since; a device or namespace that is gone
 * needs nothing. Failures are logged as warnings. */
void nsa_settings_restore(const struct nsa_maps *maps, const struct nsa_netns_list *list,
			  const struct nsaccel_setting_key *key);
/* Of one owner: those of a device, or of all (netns_cookie 0). */
void nsa_settings_restore_all(const struct nsa_maps *maps, const struct nsa_netns_list *list,
			      __u64 owner_cookie, __u64 netns_cookie, __u32 ifindex);

/* The device is no more: whatever has its ifindex keeps its settings. */
void nsa_settings_forget(const struct nsa_maps *maps, __u64 netns_cookie, __u32 ifindex);

#endif
