/* SPDX-License-Identifier: GPL-2.0-only */
/* Sysctls of the calling thread's network namespace: /proc/sys/net shows that of the thread that
 * opens the file. 0 or -errno. */
#ifndef NSA_KERNEL_SYSCTL_H
#define NSA_KERNEL_SYSCTL_H

/* path below /proc/sys, '/'-separated: "net/ipv4/conf/eth0/forwarding". */
int nsa_sysctl_read(const char *path, int *value);
int nsa_sysctl_write(const char *path, int value);

#endif
