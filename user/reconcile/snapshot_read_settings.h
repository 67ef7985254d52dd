/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the settings in a snapshot: sysctls, rules, and what others have attached to devices. The calling
 * thread has to be in the owner. What cannot be read gets its safe value.
 */
#ifndef NSA_RECONCILE_SNAPSHOT_READ_SETTINGS_H
#define NSA_RECONCILE_SNAPSHOT_READ_SETTINGS_H

#include "reconcile/snapshot_read.h"

/* The settings of the namespace. Needs an open reader. 0 or -errno, not logged. */
int nsa_snapshot_read_settings(struct nsa_snapshot_reader *reader);
/* Have sysctls changed that the kernel does not report? */
bool nsa_snapshot_sysctls_changed(const struct nsa_snapshot *snapshot);

/* The settings of a device; reads them if they are not known. */
const struct nsa_snapshot_device *nsa_snapshot_read_device(struct nsa_snapshot *snapshot,
							   const struct nsa_link *link);
/* Have devices changed without a notification (net.ipv6.conf.DEV.mtu, for example), or was something not
 * readable? Opens the reader if needed. If the kernel cannot be asked: false. */
bool nsa_snapshot_devices_changed(struct nsa_snapshot_reader *reader);

#endif
