/* SPDX-License-Identifier: GPL-2.0-only */
/* Where bpffs is mounted, unless the user says otherwise. */
#ifndef NSA_UTIL_BPFFS_H
#define NSA_UTIL_BPFFS_H

#define NSA_BPFFS_DEFAULT "/sys/fs/bpf"

#endif
