/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bridges' forwarding databases, as the kernel tells of them: of each address where the bridge sends
 * untagged frames for it, or that it takes them up. To find an entry, to change or to remove one takes as
 * long with a million of them as with one, whoever has chosen the addresses. Each stands in one list of its
 * port: of what has changed, of those by which frames are steered, of others. Pure, but for memory.
 */
#ifndef NSA_MODEL_FDB_H
#define NSA_MODEL_FDB_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "kernel/objects.h"

enum nsa_fdb_where {
	NSA_FDB_CHANGED,  /* somebody has to look at it */
	NSA_FDB_WAITING,  /* it was looked at, and has to wait: nobody goes by it meanwhile */
	NSA_FDB_STEERING, /* frames are steered by it */
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
	bool gone;    /* and only kept until somebody has looked */
	bool written; /* the map has one for its address, of whatever port */
	bool seen;    /* by the dump that is being read */
	bool unsure;  /* it comes from a message, not from a dump */
};

TAILQ_HEAD(nsa_fdb_list, nsa_fdb_node);

/* Those behind one port. */
struct nsa_fdb_port {
	int ifindex;
	struct nsa_fdb_port *next;	   /* in its bucket */
	TAILQ_ENTRY(nsa_fdb_port) stirred; /* those of which something has changed */
	bool is_stirred;
	struct nsa_fdb_list lists[NSA_FDB_LISTS];
	size_t counts[NSA_FDB_LISTS];
};

#define NSA_FDB_PORTS 1024

struct nsa_fdb_set {
	struct nsa_fdb_node **buckets;
	size_t bucket_count; /* a power of two, or 0 */
	__u64 secret;	     /* by it what goes into one bucket nobody can foretell */
	size_t count;
	struct nsa_fdb_port *ports[NSA_FDB_PORTS]; /* in buckets, too */
	TAILQ_HEAD(nsa_fdb_ports, nsa_fdb_port) stirred;
	bool news; /* more has changed since somebody looked, and set it to false */
};

#define NSA_FDB_NEWS 1 /* where the bridge sends frames for the address is new */
#define NSA_FDB_OWN  2 /* it takes them up, or doesn't any more */

void nsa_fdb_free(struct nsa_fdb_set *set);
/* NULL: there is none, or it is gone. */
struct nsa_fdb_node *nsa_fdb_find(const struct nsa_fdb_set *set, int bridge, const __u8 *mac);
/* The kernel says so. What is new of it (NSA_FDB_*), or -ENOMEM. */
int nsa_fdb_note(struct nsa_fdb_set *set, const struct nsa_fdb *fdb, bool gone);
/* Many of them at one time, likewise. Are they all that there are? Then others are gone, else unsure. */
int nsa_fdb_note_all(struct nsa_fdb_set *set, const struct nsa_fdb *all, size_t count, bool whole);

/* Of its own port. */
void nsa_fdb_move(struct nsa_fdb_node *node, enum nsa_fdb_where where);
/* One that is gone, and has been looked at. */
void nsa_fdb_drop(struct nsa_fdb_set *set, struct nsa_fdb_node *node);
/* Nothing has changed, nothing is written, all are others. */
void nsa_fdb_reset(struct nsa_fdb_set *set);
/* Is it stirred no more, since all has been looked at? It is no more if it has no entries. */
void nsa_fdb_calm(struct nsa_fdb_set *set, struct nsa_fdb_port *port);

#endif
