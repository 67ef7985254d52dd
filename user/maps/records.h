/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Entries of maps as user space has them: a key and its value; and compiled policies. Plain data,
 * for code without system calls, too.
 */
#ifndef NSA_MAPS_RECORDS_H
#define NSA_MAPS_RECORDS_H

#include <stddef.h>
#include <string.h>

#include "nsaccel/abi.h"
#include "util/sort.h"

struct nsa_netns_entry {
	__u64 cookie;
	struct nsaccel_netns ns;
};

/* The order of these by cookie: for SORT() and BSEARCH(). */
static inline int nsa_netns_entry_by_cookie(const void *a, const void *b)
{
	const struct nsa_netns_entry *x = a, *y = b;

	return CMP(x->cookie, y->cookie);
}

/* The namespace's entry among those, which are in that order; NULL: it has none. */
static inline const struct nsa_netns_entry *nsa_netns_entry_find(const struct nsa_netns_entry *all,
								 size_t count, __u64 cookie)
{
	const struct nsa_netns_entry key = { .cookie = cookie };

	return BSEARCH(&key, all, count, nsa_netns_entry_by_cookie);
}

struct nsa_port_entry {
	struct nsaccel_port_key key;
	struct nsaccel_port port;
};

/* The order of these, and of their keys: by owner and ifindex. */
static inline int nsa_port_entry_by_key(const void *a, const void *b)
{
	const struct nsaccel_port_key *x = a, *y = b;

	return CMP(x->owner_slot, y->owner_slot) ?: CMP(x->ifindex, y->ifindex);
}

/* The port's entry among those, which are in that order; NULL: it has none. */
static inline const struct nsa_port_entry *
nsa_port_entry_find(const struct nsa_port_entry *all, size_t count, __u32 owner_slot, __u32 ifindex)
{
	const struct nsaccel_port_key key = { owner_slot, ifindex };

	return BSEARCH(&key, all, count, nsa_port_entry_by_key);
}

/* The same among entries of one owner. */
static inline const struct nsa_port_entry *
nsa_port_entry_of_device(const struct nsa_port_entry *all, size_t count, __u32 ifindex)
{
	return count ? nsa_port_entry_find(all, count, all->key.owner_slot, ifindex) : NULL;
}

struct nsa_endpoint_entry {
	struct nsaccel_endpoint_key key;
	struct nsaccel_endpoint ep;
};

struct nsa_setting_entry {
	struct nsaccel_setting_key key;
	struct nsaccel_setting setting;
};

struct nsa_route_entry {
	struct nsaccel_prefix prefix;
	struct nsaccel_route route;
};

struct nsa_fdb_entry {
	struct nsaccel_fdb_key key;
	struct nsaccel_fdb fdb;
};

struct nsa_source_entry {
	struct nsaccel_source_key key;
	enum nsaccel_source source;
};

/* The order of these: by slot, family, address and length. */
static inline int nsa_source_compare(const struct nsaccel_source_key *a,
				     const struct nsaccel_source_key *b)
{
	return CMP(a->slot, b->slot)				 ?:
		       CMP(a->family, b->family)		 ?:
		       memcmp(a->addr, b->addr, sizeof(a->addr)) ?:
								   CMP(a->prefixlen, b->prefixlen);
}

/* Policies */

struct nsa_policy_rule {
	struct nsaccel_policy_rule rule;
	__u32 number; /* in map "rules"; 0: none yet */
	/* Slots of the namespaces that the rule names. 0: there is none; a rule that names one then
	 * matches nothing. */
	__u32 from_slot, to_slot;
};

struct nsa_policy_class {
	struct nsaccel_policy_value value;
	__u32 class;
};

struct nsa_policy_prefix {
	struct nsaccel_policy_prefix prefix;
	__u32 class;
};

/* A compiled policy, as the maps "policy_*" take it. */
struct nsa_policy {
	struct nsaccel_policy_head *head;
	struct nsaccel_policy_chunk *sets; /* class_count * head->chunks */
	struct nsa_policy_class *values;
	struct nsa_policy_prefix *prefixes;
	size_t class_count, value_count, prefix_count;
};

#endif
