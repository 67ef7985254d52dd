/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The daemon: keeps the state of every owner in memory, follows changes in all namespaces, and
 * writes the differences into maps and hooks. It takes the lock for each change and holds no
 * namespace. If it is killed, maps and hooks stay as they are.
 */
#ifndef NSA_DAEMON_DAEMON_H
#define NSA_DAEMON_DAEMON_H

#include <stdbool.h>

/* Runs until SIGTERM or SIGINT; with until_detached, also until nothing is attached. 0 or
 * -errno, logged. */
int nsa_daemon(const char *bpffs, bool until_detached);

#endif
