/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether somebody follows what changes in the kernel: the daemon of a bpffs, of which there is one at
 * most. It holds a lock on the file /run/nsaccel/bpffs-MAJOR:MINOR.view, whose time is when the maps
 * were known to be true last. After nsa_pin_init(). 0 or -errno, logged.
 */
#ifndef NSA_DAEMON_FOLLOWER_H
#define NSA_DAEMON_FOLLOWER_H

#include <stdbool.h>
#include <time.h>

struct nsa_follower {
	bool runs;
	bool died; /* one ran, and was not asked to end */
	/* When the maps were known to be true last, and for how many seconds that was so; 0: that isn't
	 * known. */
	time_t time;
	double age;
};

void nsa_follower_look(struct nsa_follower *out);

/* To be the daemon, until *lock is closed; stopgap: until another one wants to be. -EADDRINUSE: there
 * is one already. */
int nsa_follower_claim(bool stopgap, int *lock);
/* Its end is in order. */
void nsa_follower_resign(int lock);
/* The maps are true now. */
void nsa_follower_confirm(void);
/* The user wants none: that it isn't there is no loss. */
void nsa_follower_dismiss(void);
/* If nothing is attached any more, there is nothing to be old. */
void nsa_follower_forget(void);

/* Has a daemon run: the service, where systemd has it, else one of its own, which ends when nothing is
 * attached any more. Waits until it is ready. */
int nsa_follower_start(void);

#endif
