// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "model/fdb.h"

#define FIRST_BUCKETS 64

/* A multiplication with a secret odd number spreads any keys evenly. */
static size_t bucket(const struct nsa_fdb_set *set, int bridge, const __u8 *mac)
{
	__u64 key = (__u64)(__u32)bridge << 48;

	memcpy(&key, mac, 6); /* the other bytes are the bridge's */
	return (size_t)((key * set->secret) >> (64 - __builtin_ctzll(set->bucket_count)));
}

static bool is_of(const struct nsa_fdb_node *node, int bridge, const __u8 *mac)
{
	return node->fdb.bridge == bridge && !memcmp(node->fdb.mac, mac, sizeof(node->fdb.mac));
}

static struct nsa_fdb_node **slot_of(const struct nsa_fdb_set *set, int bridge, const __u8 *mac)
{
	struct nsa_fdb_node **link = &set->buckets[bucket(set, bridge, mac)];

	while (*link && !is_of(*link, bridge, mac))
		link = &(*link)->next;
	return link;
}

static int grow(struct nsa_fdb_set *set)
{
	size_t count = set->bucket_count ? 2 * set->bucket_count : FIRST_BUCKETS;
	struct nsa_fdb_node **old = set->buckets, *node, *next, **link;
	size_t old_count = set->bucket_count;

	set->buckets = calloc(count, sizeof(struct nsa_fdb_node *));
	if (!set->buckets) {
		set->buckets = old;
		return -ENOMEM;
	}
	if (!old) {
		TAILQ_INIT(&set->dirty);
		/* So early after boot that there are no random bytes, nobody attacks. */
		if (getrandom(&set->secret, sizeof(set->secret), GRND_NONBLOCK) < 0)
			set->secret = 0x9e3779b97f4a7c15ULL;
		set->secret |= 1;
	}
	set->bucket_count = count;
	for (size_t i = 0; old && i < old_count; i++)
		for (node = old[i]; node; node = next) {
			next = node->next;
			link = &set->buckets[bucket(set, node->fdb.bridge, node->fdb.mac)];
			node->next = *link;
			*link = node;
		}
	free(old);
	return 0;
}

/* Ports */

static struct nsa_fdb_port **port_slot(struct nsa_fdb_set *set, int ifindex)
{
	struct nsa_fdb_port **link = &set->ports[(unsigned int)ifindex % NSA_FDB_PORTS];

	while (*link && (*link)->ifindex != ifindex)
		link = &(*link)->next;
	return link;
}

static struct nsa_fdb_port *get_port(struct nsa_fdb_set *set, int ifindex)
{
	struct nsa_fdb_port **link = port_slot(set, ifindex), *port = *link;

	if (port)
		return port;
	port = calloc(1, sizeof(*port));
	if (!port)
		return NULL;
	port->ifindex = ifindex;
	for (int i = 0; i < NSA_FDB_LISTS; i++)
		TAILQ_INIT(&port->lists[i]);
	*link = port;
	return port;
}

static void mark_dirty(struct nsa_fdb_set *set, struct nsa_fdb_port *port)
{
	set->news = true;
	if (!port->is_dirty)
		TAILQ_INSERT_TAIL(&set->dirty, port, dirty);
	port->is_dirty = true;
}

static bool is_empty(const struct nsa_fdb_port *port)
{
	for (int i = 0; i < NSA_FDB_LISTS; i++)
		if (port->counts[i])
			return false;
	return true;
}

void nsa_fdb_clear_dirty(struct nsa_fdb_set *set, struct nsa_fdb_port *port)
{
	if (port->counts[NSA_FDB_CHANGED])
		return;
	if (port->is_dirty)
		TAILQ_REMOVE(&set->dirty, port, dirty);
	port->is_dirty = false;
	if (!is_empty(port))
		return;
	*port_slot(set, port->ifindex) = port->next;
	free(port);
}

/* Entries */

static void leave(struct nsa_fdb_node *node)
{
	if (node->where == NSA_FDB_NOWHERE)
		return;
	TAILQ_REMOVE(&node->port->lists[node->where], node, others);
	node->port->counts[node->where]--;
	node->where = NSA_FDB_NOWHERE;
}

static void enter(struct nsa_fdb_node *node, struct nsa_fdb_port *port, enum nsa_fdb_where where)
{
	node->port = port;
	node->where = where;
	TAILQ_INSERT_TAIL(&port->lists[where], node, others);
	port->counts[where]++;
}

void nsa_fdb_move(struct nsa_fdb_node *node, enum nsa_fdb_where where)
{
	leave(node);
	if (where != NSA_FDB_NOWHERE)
		enter(node, node->port, where);
}

void nsa_fdb_drop(struct nsa_fdb_set *set, struct nsa_fdb_node *node)
{
	leave(node);
	*slot_of(set, node->fdb.bridge, node->fdb.mac) = node->next;
	set->count--;
	free(node);
}

struct nsa_fdb_node *nsa_fdb_find(const struct nsa_fdb_set *set, int bridge, const __u8 *mac)
{
	struct nsa_fdb_node *node = set->bucket_count ? *slot_of(set, bridge, mac) : NULL;

	return node && !node->gone ? node : NULL;
}

static struct nsa_fdb_node *add(struct nsa_fdb_set *set, const struct nsa_fdb *fdb)
{
	struct nsa_fdb_node *node = calloc(1, sizeof(*node)), **link;

	if (!node)
		return NULL;
	if (set->count >= set->bucket_count)
		(void)grow(set); /* without memory the buckets get longer */
	node->fdb = *fdb;
	node->where = NSA_FDB_NOWHERE;
	node->gone = true; /* until the caller says otherwise */
	link = &set->buckets[bucket(set, fdb->bridge, fdb->mac)];
	node->next = *link;
	*link = node;
	set->count++;
	return node;
}

/* Entries of VLANs are for tagged frames; others that are neither usable nor local forward
 * nothing. */
static bool is_kept(const struct nsa_fdb *fdb)
{
	return fdb->usable || fdb->local;
}

static bool is_same(const struct nsa_fdb *before, const struct nsa_fdb *now)
{
	return before->local == now->local && (now->local || before->port == now->port);
}

static void change(struct nsa_fdb_set *set, struct nsa_fdb_node *node, struct nsa_fdb_port *port,
		   const struct nsa_fdb *fdb, bool gone)
{
	if (node->where != NSA_FDB_NOWHERE) /* its former port has room for another entry */
		mark_dirty(set, node->port);
	leave(node);
	if (!gone)
		node->fdb = *fdb;
	node->gone = gone;
	node->unsure = true;
	enter(node, port, NSA_FDB_CHANGED);
	mark_dirty(set, port);
}

int nsa_fdb_note(struct nsa_fdb_set *set, const struct nsa_fdb *fdb, bool gone)
{
	struct nsa_fdb_node *node;
	struct nsa_fdb_port *port;
	bool known, was_own;

	if (fdb->vlan)
		return 0;
	if (!set->bucket_count && grow(set))
		return -ENOMEM;
	node = *slot_of(set, fdb->bridge, fdb->mac);
	known = node && !node->gone;
	was_own = known && node->fdb.local;
	gone |= !is_kept(fdb);
	if (known ? !gone && is_same(&node->fdb, fdb) : gone) {
		if (known)
			node->fdb = *fdb;
		return 0;
	}
	port = get_port(set, gone ? node->fdb.port : fdb->port);
	node = node || !port ? node : add(set, fdb);
	if (!port || !node)
		return -ENOMEM;
	change(set, node, port, fdb, gone);
	return NSA_FDB_NEWS | (was_own != (!gone && fdb->local) ? NSA_FDB_OWN : 0);
}

static void forget_seen(struct nsa_fdb_set *set)
{
	for (size_t i = 0; i < set->bucket_count; i++)
		for (struct nsa_fdb_node *node = set->buckets[i]; node; node = node->next)
			node->seen = false;
}

static int note_unseen(struct nsa_fdb_set *set, bool whole)
{
	int r, news = 0;

	for (size_t i = 0; i < set->bucket_count; i++)
		for (struct nsa_fdb_node *node = set->buckets[i]; node; node = node->next) {
			if (node->seen || node->gone)
				continue;
			node->unsure = true;
			if (!whole)
				continue;
			r = nsa_fdb_note(set, &node->fdb, true);
			if (r < 0)
				return r;
			news |= r;
		}
	return news;
}

int nsa_fdb_note_all(struct nsa_fdb_set *set, const struct nsa_fdb *all, size_t count, bool whole)
{
	struct nsa_fdb_node *node;
	int r, news = 0;

	forget_seen(set);
	for (size_t i = 0; i < count; i++) {
		r = nsa_fdb_note(set, &all[i], false);
		if (r < 0)
			return r;
		news |= r;
		node = all[i].vlan ? NULL : nsa_fdb_find(set, all[i].bridge, all[i].mac);
		if (node) {
			node->seen = true;
			node->unsure = false;
		}
	}
	r = note_unseen(set, whole);
	return r < 0 ? r : news | r;
}

static void reset_list(struct nsa_fdb_set *set, struct nsa_fdb_port *port, enum nsa_fdb_where where)
{
	struct nsa_fdb_node *node;

	while ((node = TAILQ_FIRST(&port->lists[where]))) {
		node->written = false;
		if (node->gone)
			nsa_fdb_drop(set, node);
		else
			nsa_fdb_move(node, node->fdb.local ? NSA_FDB_NOWHERE : NSA_FDB_OTHER);
	}
}

void nsa_fdb_reset(struct nsa_fdb_set *set)
{
	struct nsa_fdb_port *port, *next;

	set->news = false;
	for (size_t i = 0; i < NSA_FDB_PORTS; i++)
		for (port = set->ports[i]; port; port = next) {
			next = port->next;
			for (int list = 0; list < NSA_FDB_OTHER; list++)
				reset_list(set, port, (enum nsa_fdb_where)list);
			nsa_fdb_clear_dirty(set, port);
		}
}

void nsa_fdb_free(struct nsa_fdb_set *set)
{
	struct nsa_fdb_node *node;
	struct nsa_fdb_port *port;

	for (size_t i = 0; i < set->bucket_count; i++)
		while ((node = set->buckets[i])) {
			set->buckets[i] = node->next;
			free(node);
		}
	for (size_t i = 0; i < NSA_FDB_PORTS; i++)
		while ((port = set->ports[i])) {
			set->ports[i] = port->next;
			free(port);
		}
	free(set->buckets);
	*set = (struct nsa_fdb_set){};
}
