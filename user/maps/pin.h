/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pins in bpffs:
 *
 *   <bpffs>/nsaccel/v9/MAP                           maps by name
 *   <bpffs>/nsaccel/v9/templates/{table,mtrie,stats} templates of a namespace's own maps
 *   <bpffs>/nsaccel/v9/by-netns/COOKIE/{routes,mtrie,stats}
 *                                                    a namespace's own maps
 *   <bpffs>/nsaccel/v9/netfilter_probe/VERSION        see dataplane/netfilter_probe.h
 *   <bpffs>/nsaccel/v9/programs/COOKIE/PROGRAM       programs of an owner
 *   <bpffs>/nsaccel/v9/links/COOKIE/IFINDEX-HOOK     links of an owner's ports
 */
#ifndef NSA_MAPS_PIN_H
#define NSA_MAPS_PIN_H

#include <linux/types.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "nsaccel/abi.h"
#include "util/bpffs.h"

/* Checks that a bpffs is mounted at the path, which the process uses from now on. 0 or -errno,
 * logged. */
int nsa_pin_init(const char *bpffs);
const char *nsa_pin_bpffs(void);

/* Device number of the bpffs, which changes when another is mounted in its place; 0: there is
 * none. */
dev_t nsa_pin_device(void);

/* Is the bpffs mounted so that pins can change? 0, or -errno (-EROFS), logged. */
int nsa_pin_check_writable(void);

/* "<bpffs>/nsaccel/v9" plus a printf'ed rest. -ENAMETOOLONG. */
int nsa_pin_path(char path[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* The object pinned at that path: a descriptor, which the caller closes, or -errno. */
int nsa_pin_open(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* mkdir -p of the directory part of path. */
int nsa_pin_mkdir_for(const char *path);
/* Pins fd at path, replacing what is there in one step. */
int nsa_pin_replace(int fd, const char *path);
/* rm -rf below and including path; 0 if there is nothing. */
int nsa_pin_remove(const char *path);
/* 0, or -EPROTO if pins of another ABI version are there (logged), -ENOENT if none at all. */
int nsa_pin_check_abi(void);
/* Removes the top directories if they have become empty. */
void nsa_pin_remove_top(void);

/* Wakes processes that watch the pin of map "meta" (inotify: IN_ATTRIB). */
void nsa_pin_touch(void);

#endif
