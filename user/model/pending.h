/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be read anew, each at its time: what takes long to read, or changes all the time, waits
 * longer, so that whoever rules it delays nobody else; what couldn't be read is tried again, ever later.
 * Namespaces by their cookies, for their endpoints; devices by their ifindexes (reconcile/carriers.h). Pure.
 * Times are in microseconds, of one clock.
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
	__u64 paid;	       /* until when what its readings took is paid for */
	unsigned int failures; /* in a row */
	bool wanted;
	bool whole; /* not only the addresses of what is known of it */
	bool taken; /* it is being read, with others */
};

struct nsa_pending {
	struct nsa_pending_item *items;
	size_t count;
};

void nsa_pending_free(struct nsa_pending *pending);

/* It has changed; whole: in its devices, too. 0 or -ENOMEM. */
int nsa_pending_add(struct nsa_pending *pending, __u64 key, bool whole, __u64 now);
/* Is it wanted, and not being read? Is it the time for that? */
bool nsa_pending_waits(const struct nsa_pending *pending, __u64 key);
bool nsa_pending_is_due(const struct nsa_pending *pending, __u64 key, __u64 now);
/* Is all of it to be read? */
bool nsa_pending_is_whole(const struct nsa_pending *pending, __u64 key);
/* It is dead. */
void nsa_pending_forget(struct nsa_pending *pending, __u64 key);
/* Of those that are due the one that waits longest. */
bool nsa_pending_next(struct nsa_pending *pending, __u64 now, __u64 *key);
/* It was read, which took so long. ok false: it couldn't be, and is wanted again later. How often that
 * was so in a row. */
unsigned int nsa_pending_done(struct nsa_pending *pending, __u64 key, __u64 now, __u64 took,
			      bool ok);
/* What was read of it took so long to follow, too. */
void nsa_pending_charge(struct nsa_pending *pending, __u64 key, __u64 now, __u64 took);
/* All that are due are read together: how many they are. Each pays its part of what that took. */
size_t nsa_pending_take(struct nsa_pending *pending, __u64 now);
void nsa_pending_share(struct nsa_pending *pending, __u64 now, __u64 took);
/* None is wanted any more; what they took isn't forgotten. */
void nsa_pending_clear(struct nsa_pending *pending);
/* When the next one is due; ~0: none is wanted. */
__u64 nsa_pending_due(const struct nsa_pending *pending);

#endif
