/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Files of the processes that use one bpffs: /run/nsaccel/bpffs-MAJOR:MINOR.SUFFIX, by the device
 * number of its file system. "lock" is maps/lock.h's, "sock" daemon/event_socket.h's, "view"
 * maps/follower.h's. After nsa_pin_init().
 */
#ifndef NSA_MAPS_RUN_DIR_H
#define NSA_MAPS_RUN_DIR_H

#include <stddef.h>

/* The file's path, for size bytes. 0 or -errno, logged. */
int nsa_run_dir_path(char *path, size_t size, const char *suffix);
/* Makes the directory unless it is there. 0 or -errno. */
int nsa_run_dir_make(void);
/* What would mend it that a file there can't be opened or written, for the end of a message; "" if
 * that isn't known. */
const char *nsa_run_dir_remedy(int r);

#endif
