/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bridges' forwarding databases, as the kernel reports them: for each MAC, the port that the bridge
 * sends untagged frames to, or that the bridge passes them up. Finding, changing and removing an
 * entry take constant time, also if somebody chooses the MACs to collide. Each entry is in one list
 * of its port: changed, waiting, forwarding or other. No system calls but getrandom().
 */
#ifndef NSA_MODEL_FDB_H
#define NSA_MODEL_FDB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "kernel/objects.h"

enum nsa_fdb_where {
	NSA_FDB_CHANGED,    /* not handled yet */
	NSA_FDB_WAITING,    /* handled, but has to wait; no next hop uses it meanwhile */
	NSA_FDB_FORWARDING, /* in the map: programs forward frames by it */
	NSA_FDB_OTHER,
	NSA_FDB_LISTS,
	NSA_FDB_NOWHERE = NSA_FDB_LISTS, /* the bridge's own */
};

struct nsa_fdb_node {
	struct nsa_fdb fdb;
	struct nsa_fdb_node *next;	  /* in its bucket */
	TAILQ_ENTRY(nsa_fdb_node) others; /* in its list */
	struct nsa_fdb_port *port;	  /* whose list that is */
	enum nsa_fdb_where where;
	bool gone;    /* removed from the bridge; kept until that is handled */
	bool written; /* the map has an entry for its MAC, of any port */
	bool seen;    /* in the dump that is being read */
	bool unsure;  /* from a notification, not from a dump */
};

TAILQ_HEAD(nsa_fdb_list, nsa_fdb_node);

/* The entries of one port. */
struct nsa_fdb_port {
	int ifindex;
	struct nsa_fdb_port *next;	 /* in its bucket */
	TAILQ_ENTRY(nsa_fdb_port) dirty; /* among the ports with changes */
	bool is_dirty;
	struct nsa_fdb_list lists[NSA_FDB_LISTS];
	size_t counts[NSA_FDB_LISTS];
};

#define NSA_FDB_PORTS 1024

struct nsa_fdb_set {
	struct nsa_fdb_node **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	__u64 secret; /* random factor of the hash, so that nobody can choose MACs for one bucket */
	size_t count;
	struct nsa_fdb_port *ports[NSA_FDB_PORTS]; /* a hash by ifindex */
	TAILQ_HEAD(nsa_fdb_ports, nsa_fdb_port) dirty;
	bool news; /* something has changed since the caller set this to false */
};

/* Results of nsa_fdb_note(), or-ed. */
#define NSA_FDB_NEWS 1 /* the bridge sends frames for the MAC to another port */
#define NSA_FDB_OWN  2 /* it passes them up now, or no more */

void nsa_fdb_free(struct nsa_fdb_set *set);
/* The entry for untagged frames; NULL: none, or it is gone. */
struct nsa_fdb_node *nsa_fdb_find(const struct nsa_fdb_set *set, int bridge, const __u8 *mac);
/* Records an entry that the kernel reports, or (gone) its removal. NSA_FDB_*, or -ENOMEM. */
int nsa_fdb_note(struct nsa_fdb_set *set, const struct nsa_fdb *fdb, bool gone);
/* The same of a dump. whole: it has all entries, so the others are gone; otherwise the others are
 * unsure. */
int nsa_fdb_note_all(struct nsa_fdb_set *set, const struct nsa_fdb *all, size_t count, bool whole);

/* Moves the entry to another list of its port. */
void nsa_fdb_move(struct nsa_fdb_node *node, enum nsa_fdb_where where);
/* Frees an entry that is gone and handled. */
void nsa_fdb_drop(struct nsa_fdb_set *set, struct nsa_fdb_node *node);
/* Moves all entries to the list of others, as if nothing was changed or written. */
void nsa_fdb_reset(struct nsa_fdb_set *set);
/* Takes the port from the list of those with changes if all its changes are handled. Frees a port
 * without entries. */
void nsa_fdb_clear_dirty(struct nsa_fdb_set *set, struct nsa_fdb_port *port);

#endif
