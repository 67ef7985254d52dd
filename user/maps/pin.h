/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where things are pinned in bpffs, and the lock around every change of state.
 *
 *   <bpffs>/nsaccel/v5/MAP                           maps by name
 *   <bpffs>/nsaccel/v5/templates/{table,stats}       what a namespace's own maps look like
 *   <bpffs>/nsaccel/v5/by-netns/COOKIE/{routes,stats} a namespace's own maps
 *   <bpffs>/nsaccel/v5/programs/COOKIE/PROGRAM       programs of an owner
 *   <bpffs>/nsaccel/v5/links/COOKIE/IFINDEX-HOOK     links of an owner's ports
 *
 *   /run/nsaccel/bpffs-MAJOR:MINOR.{lock,sock}       the lock; the daemon's socket, see daemon/publish.h
 */
#ifndef NSA_MAPS_PIN_H
#define NSA_MAPS_PIN_H

#include <linux/types.h>
#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "nsaccel/abi.h"
#include "util/bpffs.h"

/* Checks that bpffs is mounted at path (logs how to mend it) and uses it from now on. */
int nsa_pin_init(const char *bpffs);
const char *nsa_pin_bpffs(void);

/* Of the file system: another one, once that is replaced. 0: there is none. */
dev_t nsa_pin_device(void);

/* 0, or -EROFS, logged. */
int nsa_pin_check_writable(void);

/* "<bpffs>/nsaccel/v5" plus a printf'ed rest. -ENAMETOOLONG. */
int nsa_pin_path(char path[PATH_MAX], const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* mkdir -p of the directory part of path. */
int nsa_pin_mkdir_for(const char *path);
/* Pins fd at path, replacing what is there in one step. */
int nsa_pin_replace(int fd, const char *path);
/* rm -rf below and including path; 0 if there is nothing. */
int nsa_pin_remove(const char *path);
/* Is anything pinned below that directory of ours? */
bool nsa_pin_any(const char *directory);
/* 0, or -EPROTO if pins of another ABI version are there (logged), -ENOENT if none at all. */
int nsa_pin_check_abi(void);
/* Removes the top directories if they have become empty. */
void nsa_pin_remove_top(void);

/* Wakes who watches the pin of map "meta" (inotify: IN_ATTRIB). */
void nsa_pin_touch(void);

/* Where processes that mind this bpffs meet: "/run/nsaccel/bpffs-MAJOR:MINOR." plus suffix. 0 or
 * -errno, logged. */
int nsa_pin_run_path(char *path, size_t size, const char *suffix);
/* The directory of these, if it isn't there yet. */
int nsa_pin_mkdir_run(void);

/* Waits for and takes the lock: an fd to close, or -errno (logged). Says who holds it if that takes
 * more than a second. */
int nsa_pin_lock(void);
/* Doesn't wait. -EAGAIN: another process holds it; tell: which, is said. */
int nsa_pin_trylock(bool tell);

#endif
