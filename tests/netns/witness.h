/* SPDX-License-Identifier: GPL-2.0-only */
/* Shared by the sources of witness. */
#ifndef NSA_TEST_WITNESS_H
#define NSA_TEST_WITNESS_H

#include <stdbool.h>
#include <stdio.h>
#include "nsaccel/abi.h"

#define MAX_NAMESPACES 64
#define MAX_WORD       160

/* A namespace. */
struct space {
	char name[64];
	int fd; /* packet socket on all its devices; -1: not open */
	__u64 cookie;
	bool watched, counted;
	bool known; /* "before" is its counters */
	struct nsaccel_stats before[NSACCEL_HOOK_COUNT];
};

extern struct space witness_spaces[MAX_NAMESPACES];
extern size_t witness_space_count;

/* The namespace that it was started in, and a packet socket on its lo. */
extern int witness_home, witness_lo;

/* Keeps the first failure of the commands since the last answer (witness.c). */
void witness_failed(const char *why);

/* ---- namespaces (witness_spaces.c) ---- */

int witness_packet_socket(void);

/* The namespace of that name, open; NULL if it can't be. */
struct space *witness_space(const char *name);

/* An inotify descriptor that tells of names of namespaces. */
int witness_watch_names(void);
/* Closes the sockets of names that are gone, or are given anew. */
void witness_let_go(int inotify);

/* ---- frames (witness_frames.c) ---- */

/* Sends frames (hex, a line each) out of NAMESPACE/DEVICE, and waits until all of them have
 * arrived. Errors are lines in "received", unless that is NULL. */
void witness_send(const char *spec, FILE *frames, FILE *received);

/* Prints what the socket of the namespace received; NULL: forgets it. */
void witness_drain(const struct space *s, FILE *received);

#endif
