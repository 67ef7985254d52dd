/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A queue of things to be read anew: namespaces by cookie, for their endpoints, and devices by
 * ifindex (reconcile/carriers.h). An item that takes long to read, or changes all the time, waits
 * longer, so that it delays no other. One that could not be read is tried again, after increasing
 * times. No system calls; all times are in microseconds of one clock.
 */
#ifndef NSA_MODEL_PENDING_H
#define NSA_MODEL_PENDING_H

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

struct nsa_pending_item {
	__u64 key;
	__u64 due;	       /* the earliest time at which it may be read */
	__u64 since;	       /* it waits since then */
	__u64 paid;	       /* the time until which its earlier readings delay it */
	unsigned int failures; /* in a row */
	bool wanted;
	bool whole; /* all of it; otherwise the addresses of its known endpoints */
	bool taken; /* it is being read together with others */
};

struct nsa_pending {
	struct nsa_pending_item *items; /* by key */
	size_t count, room;
};

void nsa_pending_free(struct nsa_pending *pending);

/* The item has changed; whole: also its devices. 0 or -ENOMEM. */
int nsa_pending_add(struct nsa_pending *pending, __u64 key, bool whole, __u64 now);
/* Does the item wait to be read? Is it due? */
bool nsa_pending_waits(const struct nsa_pending *pending, __u64 key);
bool nsa_pending_is_due(const struct nsa_pending *pending, __u64 key, __u64 now);
/* Is all of it to be read? */
bool nsa_pending_is_whole(const struct nsa_pending *pending, __u64 key);
/* Removes an item that is dead. */
void nsa_pending_forget(struct nsa_pending *pending, __u64 key);
/* The due item that waits longest, in *key. false: none is due. */
bool nsa_pending_next(struct nsa_pending *pending, __u64 now, __u64 *key);
/* The item was read in that time. ok false: it could not be, and is tried again later. The number
 * of failures in a row. */
unsigned int nsa_pending_done(struct nsa_pending *pending, __u64 key, __u64 now, __u64 took,
			      bool ok);
/* Adds the time that the consequences of its reading took. */
void nsa_pending_charge(struct nsa_pending *pending, __u64 key, __u64 now, __u64 took);
/* Takes all due items, to be read together; their number. nsa_pending_share() divides the time
 * among them. */
size_t nsa_pending_take(struct nsa_pending *pending, __u64 now);
void nsa_pending_share(struct nsa_pending *pending, __u64 now, __u64 took);
/* No item waits any more. The time that they took still counts. */
void nsa_pending_clear(struct nsa_pending *pending);
/* The time at which the next item is due; ~0: none waits. */
__u64 nsa_pending_due(const struct nsa_pending *pending);

#endif
