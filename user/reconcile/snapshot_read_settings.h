/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the settings of a snapshot: sysctls, rules, and programs and qdiscs of others at
 * devices. The calling thread has to be in the owner. A setting that cannot be read gets its
 * safe value.
 */
#ifndef NSA_RECONCILE_SNAPSHOT_READ_SETTINGS_H
#define NSA_RECONCILE_SNAPSHOT_READ_SETTINGS_H

#include "reconcile/snapshot_read.h"

/* The settings of the namespace. Needs an open reader. 0 or -errno, not logged. */
int nsa_snapshot_read_settings(struct nsa_snapshot_reader *reader);
/* Whether sysctls have changed that have no notification. */
bool nsa_snapshot_sysctls_changed(const struct nsa_snapshot *snapshot);

/* The settings of a device; reads them if they are not known. */
const struct nsa_snapshot_device *nsa_snapshot_read_device(struct nsa_snapshot *snapshot,
							   const struct nsa_link *link);
/* Whether devices have changed without a notification (net.ipv6.conf.DEV.mtu, for example), or
 * some setting could not be read before. Opens the reader if needed. False if the kernel cannot
 * be asked. */
bool nsa_snapshot_devices_changed(struct nsa_snapshot_reader *reader);

#endif
