/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Settings of devices and namespaces that nsaccel changes. The old value is recorded in the map
 * "settings" before the change, so that detach can restore it, also after a crash.
 */
#ifndef NSA_DATAPLANE_SETTINGS_H
#define NSA_DATAPLANE_SETTINGS_H

#include "kernel/objects.h"
#include "maps/maps.h"

/* Changes a setting in the calling thread's namespace, whose cookie is key->netns_cookie. ifname
 * is "" for a setting of the namespace. 0 or -errno, not logged; -EOPNOTSUPP if the device has
 * no such setting, 0 if the namespace has none. */
int nsa_settings_change(const struct nsa_maps *maps, __u64 owner_cookie,
			const struct nsaccel_setting_key *key, const char *ifname, __u32 value);
/* Restores a setting, unless it has been changed by others since. Nothing is to be done for a
 * device or namespace that is gone. Errors are logged as warnings. */
void nsa_settings_restore(const struct nsa_maps *maps, const struct nsa_netns_list *list,
			  const struct nsaccel_setting_key *key);
/* Restores an owner's settings of one device, or all of them (netns_cookie 0). */
void nsa_settings_restore_all(const struct nsa_maps *maps, const struct nsa_netns_list *list,
			      __u64 owner_cookie, __u64 netns_cookie, __u32 ifindex);

/* Forgets the records of a device that is gone, so that its ifindex can be used again. */
void nsa_settings_forget(const struct nsa_maps *maps, __u64 netns_cookie, __u32 ifindex);

#endif
