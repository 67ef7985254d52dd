/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a daemon follows the changes of the kernel's state: the one of this bpffs, of which there
 * is at most one. It holds a lock on the file /run/nsaccel/bpffs-MAJOR:MINOR.view, whose time is
 * when the maps were last known to be true. After nsa_pin_init(). 0 or -errno, logged unless said.
 */
#ifndef NSA_MAPS_FOLLOWER_H
#define NSA_MAPS_FOLLOWER_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

struct nsa_follower {
	bool runs;
	bool died; /* one ran, and ended without having been asked to */
	/* When the maps were last known to be true (CLOCK_REALTIME, s), and how many seconds ago
	 * that was; 0: that isn't known. */
	time_t time;
	double age;
};

void nsa_follower_look(struct nsa_follower *out);
/* Records that the maps are true now. */
void nsa_follower_confirm(void);
/* Records that the user wants no daemon, so that its absence is no loss. */
void nsa_follower_dismiss(void);
/* Forgets the time if nothing is attached any more. */
void nsa_follower_forget(void);

/* Becomes the daemon until *lock, a file descriptor, is closed; stopgap: until another one wants to
 * be. -EAGAIN, not logged: there is one already, and *replaceable tells whether it is a stopgap. */
int nsa_follower_claim(bool stopgap, int *lock, bool *replaceable);
/* The process that is the daemon; 0: it is not visible here. */
pid_t nsa_follower_holder(void);
/* Records that the daemon ends in order. */
void nsa_follower_resign(int lock);

#endif
