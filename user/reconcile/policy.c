// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "maps/conns.h"
#include "maps/endpoints.h"
#include "maps/isolation.h"
#include "maps/meta.h"
#include "maps/netns.h"
#include "maps/owners.h"
#include "maps/rules.h"
#include "model/policy_compile.h"
#include "reconcile/policy.h"
#include "util/cleanup.h"
#include "util/log.h"
#include "util/sort.h"

static int cmp_number(const void *a, const void *b)
{
	const __u32 *x = a, *y = b;

	return CMP(*x, *y);
}

/* Numbers of the rules that the owner's policy was compiled from, sorted. */
static int rules_in_force(const struct nsa_maps *maps, __u32 owner_slot, __u32 **out, size_t *count)
{
	struct nsaccel_owner record;
	int r;

	*out = NULL;
	*count = 0;
	r = nsa_maps_owner_get(maps, owner_slot, &record);
	if (r < 0 || !record.policy)
		return r;
	r = nsa_maps_policy_rules(maps, record.policy, out, count);
	if (!r)
		SORT(*out, *count, cmp_number);
	return r;
}

int nsa_policy_load(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		    size_t *count)
{
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	__cleanup(nsa_freep) __u32 *in_force = NULL;
	size_t all = 0, known = 0, n = 0;
	int r;

	r = nsa_maps_rules(maps, owner_slot, &rules, &all);
	if (!r)
		r = rules_in_force(maps, owner_slot, &in_force, &known);
	for (size_t i = 0; !r && i < all; i++) {
		if (BSEARCH(&rules[i].number, in_force, known, cmp_number))
			rules[n++] = rules[i];
		else
			r = nsa_maps_rule_del(maps, rules[i].number);
	}
	if (r < 0)
		return nsa_err(r, "read rules: %s", strerror(-r));
	nsa_policy_sort(rules, n);
	*out = TAKE_PTR(rules);
	*count = n;
	return 0;
}

/* *slot is 0 for cookie 0, and for a namespace that is gone. */
static int find_slot(const struct nsa_maps *maps, __u64 cookie, __u32 *slot)
{
	struct nsaccel_netns ns = {};
	int r = cookie ? nsa_maps_netns_get(maps, cookie, &ns) : 0;

	if (r < 0 && r != -ENOENT)
		return nsa_err(r, "read map netns: %s", strerror(-r));
	*slot = ns.slot;
	return 0;
}

static int find_slots(const struct nsa_maps *maps, struct nsa_policy_rule *rule)
{
	int r = find_slot(maps, rule->rule.from_cookie, &rule->from_slot);

	return r < 0 ? r : find_slot(maps, rule->rule.to_cookie, &rule->to_slot);
}

static int compile(const struct nsa_maps *maps, struct nsa_policy_rule *rules, size_t count,
		   __u32 *number)
{
	__cleanup(nsa_policy_freep) struct nsa_policy *policy = NULL;
	int r = 0;

	*number = 0;
	if (!count)
		return 0;
	for (size_t i = 0; !r && i < count; i++)
		r = find_slots(maps, &rules[i]);
	if (r < 0)
		return r;
	r = nsa_policy_compile(rules, count, &policy);
	if (r < 0)
		return nsa_err(r, "compile %zu rules: %s", count,
			       nsa_maps_strerror(r, NSA_MAP_RULES));
	r = nsa_maps_policy_add(maps, policy, number);
	return r < 0 ? nsa_err(r, "write policy of %zu rules: %s", count,
			       nsa_maps_strerror(r, NSA_MAP_POLICY_HEAD)) :
		       0;
}

/* Creates a connection map for each namespace that a rule names. */
static int add_conns(const struct nsa_maps *maps, __u32 owner_slot,
		     const struct nsa_policy_rule *rules, size_t count)
{
	int r = count ? nsa_maps_conns_add(maps, owner_slot, owner_slot) : 0;

	for (size_t i = 0; !r && i < count; i++) {
		if (rules[i].from_slot)
			r = nsa_maps_conns_add(maps, rules[i].from_slot, owner_slot);
		if (!r && rules[i].to_slot)
			r = nsa_maps_conns_add(maps, rules[i].to_slot, owner_slot);
	}
	return r < 0 ? nsa_err(r, "make a map of connections: %s", strerror(-r)) : 0;
}

/* Generations are never reused: connections of a namespace behind several owners are in one map. */
static int put_policy(const struct nsa_maps *maps, __u32 owner_slot, struct nsaccel_owner *record)
{
	int r = nsa_maps_generation(maps, &record->policy_generation);

	if (!r)
		r = nsa_maps_owner_put(maps, owner_slot, record);
	return r < 0 ? nsa_err(r, "write map owners: %s", strerror(-r)) : 0;
}

static int get_record(const struct nsa_maps *maps, __u32 owner_slot, struct nsaccel_owner *out)
{
	int r = nsa_maps_owner_get(maps, owner_slot, out);

	return r < 0 ? nsa_err(r, "read map owners: %s", strerror(-r)) : 0;
}

static int drop_policy(const struct nsa_maps *maps, __u32 number)
{
	int r = number ? nsa_maps_policy_del(maps, number) : 0;

	return r < 0 ? nsa_err(r, "remove policy %u: %s", number, strerror(-r)) : 0;
}

int nsa_policy_swap(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule *rules,
		    size_t count)
{
	struct nsaccel_owner record;
	__u32 number, old;
	int r;

	r = get_record(maps, owner_slot, &record) ?: compile(maps, rules, count, &number);
	if (r < 0)
		return r;
	old = record.policy;
	r = add_conns(maps, owner_slot, rules, count);
	if (!r) {
		record.policy = number;
		r = put_policy(maps, owner_slot, &record);
	}
	if (r < 0) {
		if (number)
			nsa_maps_policy_del(maps, number);
		return r;
	}
	/* The new policy is in force, whatever fails from here on. nsa_policy_collect() removes
	 * an old one that is left. */
	if (!nsa_maps_wait(maps))
		drop_policy(maps, old);
	return 0;
}

int nsa_policy_renew(const struct nsa_maps *maps, __u32 owner_slot)
{
	struct nsaccel_owner record;
	int r = get_record(maps, owner_slot, &record) ?: put_policy(maps, owner_slot, &record);

	if (r < 0)
		return r;
	r = nsa_maps_wait(maps);
	return r < 0 ? nsa_err(r, "wait for packets that are on their way: %s", strerror(-r)) : 0;
}

int nsa_policy_remove(const struct nsa_maps *maps, __u32 owner_slot)
{
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	struct nsaccel_owner record;
	size_t count = 0;
	int r;

	r = get_record(maps, owner_slot, &record);
	if (!r && record.policy)
		r = nsa_policy_swap(maps, owner_slot, NULL, 0);
	if (!r)
		r = nsa_maps_rules(maps, owner_slot, &rules, &count);
	for (size_t i = 0; !r && i < count; i++)
		r = nsa_maps_rule_del(maps, rules[i].number);
	if (!r)
		r = nsa_maps_conns_del(maps, owner_slot);
	return r < 0 ? nsa_err(r, "remove rules: %s", strerror(-r)) : 0;
}

/* Namespaces that come and go */

/* True if the record cannot be read. */
static bool has_policy(const struct nsa_maps *maps, const struct nsa_netns_entry *ns)
{
	struct nsaccel_owner record;

	return nsa_maps_owner_get(maps, ns->ns.slot, &record) ||
	       (record.cookie == ns->cookie && record.policy);
}

int nsa_policy_names(const struct nsa_maps *maps, struct nsa_cookies *out)
{
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	size_t rule_count = 0;
	int r = nsa_maps_rules(maps, 0, &rules, &rule_count);

	if (r < 0)
		return nsa_err(r, "read rules: %s", strerror(-r));
	if (nsa_cookies_reserve(out, 2 * rule_count))
		return nsa_err(-ENOMEM, "read rules: %s", strerror(ENOMEM));
	for (size_t i = 0; i < rule_count; i++) {
		out->items[out->count++] = rules[i].rule.from_cookie;
		out->items[out->count++] = rules[i].rule.to_cookie;
	}
	nsa_cookies_sort(out);
	return 0;
}

int nsa_policy_named(const struct nsa_maps *maps, const struct nsa_netns_entry *all, size_t count,
		     bool *named)
{
	__cleanup(nsa_cookies_free) struct nsa_cookies names = {};
	bool any = false;
	int r;

	for (size_t i = 0; i < count && !any; i++)
		any = has_policy(maps, &all[i]);
	if (!any)
		return 0;
	r = nsa_policy_names(maps, &names);
	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++)
		named[i] = nsa_cookies_have(&names, all[i].cookie);
	return 0;
}

static bool names_gone(const struct nsa_policy_rule *rule, const struct nsa_netns_entry *all,
		       size_t count, const bool *gone)
{
	for (size_t i = 0; i < count; i++)
		if (gone[i] && (rule->rule.from_cookie == all[i].cookie ||
				rule->rule.to_cookie == all[i].cookie))
			return true;
	return false;
}

static int forget_rules(const struct nsa_maps *maps, __u32 owner_slot,
			const struct nsa_netns_entry *all, size_t count, const bool *gone)
{
	__cleanup(nsa_freep) struct nsa_policy_rule *rules = NULL;
	__cleanup(nsa_freep) __u32 *dead = NULL;
	size_t rule_count = 0, kept = 0, dead_count = 0;
	int r;

	r = nsa_policy_load(maps, owner_slot, &rules, &rule_count);
	if (r < 0)
		return r;
	dead = calloc(rule_count + 1, sizeof(*dead));
	if (!dead)
		return nsa_err(-ENOMEM, "forget rules: %s", strerror(ENOMEM));
	for (size_t i = 0; i < rule_count; i++) {
		if (names_gone(&rules[i], all, count, gone))
			dead[dead_count++] = rules[i].number;
		else
			rules[kept++] = rules[i];
	}
	if (!dead_count)
		return 0;
	r = nsa_policy_swap(maps, owner_slot, rules, kept);
	for (size_t i = 0; !r && i < dead_count; i++)
		r = nsa_maps_rule_del(maps, dead[i]);
	return r;
}

int nsa_policy_forget(const struct nsa_maps *maps, const struct nsa_netns_entry *all, size_t count,
		      const bool *gone)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		if (!gone[i] && has_policy(maps, &all[i]))
			r = forget_rules(maps, all[i].ns.slot, all, count, gone);
	return r;
}

/* Collection of unused policies */

struct needs {
	struct nsa_netns_entry *namespaces;
	struct nsa_endpoint_entry *endpoints;
	size_t netns_count, endpoint_count;
	/* Indexed by slot. */
	bool denies[NSACCEL_MAX_NETNS];
	bool polices[NSACCEL_MAX_NETNS]; /* owners */
	bool conns[NSACCEL_MAX_NETNS];
	bool policies[NSACCEL_MAX_POLICIES];
};

static void needs_freep(struct needs **needs)
{
	if (!*needs)
		return;
	free((*needs)->namespaces);
	free((*needs)->endpoints);
	free(*needs);
}

static int find_owners(const struct nsa_maps *maps, struct needs *needs)
{
	int r = 0;

	for (size_t i = 0; !r && i < needs->netns_count; i++) {
		const struct nsa_netns_entry *ns = &needs->namespaces[i];
		struct nsaccel_isolation isolation;
		struct nsaccel_owner owner;

		r = nsa_maps_owner_get(maps, ns->ns.slot, &owner);
		if (!r)
			r = nsa_maps_isolation_get(maps, ns->ns.slot, ns->cookie, &isolation);
		if (r)
			return r;
		needs->denies[ns->ns.slot] = isolation.policy == NSACCEL_VERDICT_DENY;
		if (owner.cookie != ns->cookie)
			continue;
		needs->policies[owner.policy % NSACCEL_MAX_POLICIES] = true;
		needs->polices[ns->ns.slot] = owner.policy || needs->denies[ns->ns.slot];
	}
	return r;
}

/* The map may contain any value. */
static bool has_slots(const struct nsa_endpoint_entry *entry)
{
	return entry->ep.slot < NSACCEL_MAX_NETNS && entry->key.owner_slot < NSACCEL_MAX_NETNS;
}

static int find_needs(const struct nsa_maps *maps, struct needs *needs)
{
	int r;

	r = nsa_maps_netns(maps, &needs->namespaces, &needs->netns_count);
	if (!r)
		r = nsa_maps_endpoints(maps, &needs->endpoints, &needs->endpoint_count);
	if (!r)
		r = find_owners(maps, needs);
	for (size_t i = 0; !r && i < needs->endpoint_count; i++)
		if (has_slots(&needs->endpoints[i]) && needs->denies[needs->endpoints[i].ep.slot])
			needs->polices[needs->endpoints[i].key.owner_slot] = true;
	for (size_t i = 0; !r && i < needs->endpoint_count; i++)
		if (has_slots(&needs->endpoints[i]) &&
		    needs->polices[needs->endpoints[i].key.owner_slot])
			needs->conns[needs->endpoints[i].ep.slot] = true;
	return r;
}

int nsa_policy_collect(const struct nsa_maps *maps)
{
	__cleanup(needs_freep) struct needs *needs = calloc(1, sizeof(*needs));
	int r = needs ? find_needs(maps, needs) : -ENOMEM;
	bool used[NSACCEL_MAX_POLICIES];

	for (size_t i = 0; !r && i < needs->netns_count; i++) {
		__u32 slot = needs->namespaces[i].ns.slot;

		if (!needs->conns[slot] && !needs->polices[slot])
			r = nsa_maps_conns_del(maps, slot);
	}
	if (!r)
		r = nsa_maps_policy_numbers(maps, used);
	for (__u32 i = 1; !r && i < NSACCEL_MAX_POLICIES; i++)
		if (used[i] && !needs->policies[i])
			r = nsa_maps_policy_del(maps, i);
	return r < 0 ? nsa_err(r, "remove policies: %s", strerror(-r)) : 0;
}
