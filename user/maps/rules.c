// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>

#include "maps/mapped.h"
#include "maps/percpu.h"
#include "maps/rules.h"
#include "util/cleanup.h"

#define SIZE (NSACCEL_RULE_NUMBERS * sizeof(struct nsaccel_policy_rule))

static int open_rules(const struct nsa_maps *maps, const struct nsaccel_policy_rule **out)
{
	_Static_assert(sizeof(**out) % 8 == 0, "in the map they follow each other without padding");
	return nsa_maps_view(maps, NSA_MAP_RULES, SIZE, (const void **)out);
}

static void close_rulesp(const struct nsaccel_policy_rule **all)
{
	nsa_maps_unview(*all, SIZE);
}

static bool is_of(const struct nsaccel_policy_rule *rule, __u32 owner_slot)
{
	return owner_slot ? rule->owner_slot == owner_slot : rule->owner_slot != 0;
}

int nsa_maps_rules(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		   size_t *count)
{
	__cleanup(close_rulesp) const struct nsaccel_policy_rule *all = NULL;
	struct nsa_policy_rule *rules;
	size_t total = 0, n = 0;
	int r;

	r = open_rules(maps, &all);
	if (r < 0)
		return r;
	for (__u32 i = 1; i < NSACCEL_RULE_NUMBERS; i++)
		total += is_of(&all[i], owner_slot);
	rules = calloc(total + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	for (__u32 i = 1; i < NSACCEL_RULE_NUMBERS && n < total; i++) {
		const struct nsaccel_policy_rule rule = all[i];

		if (is_of(&rule, owner_slot))
			rules[n++] = (struct nsa_policy_rule){ .rule = rule, .number = i };
	}
	*out = rules;
	*count = n;
	return 0;
}

int nsa_maps_rule_del(const struct nsa_maps *maps, __u32 number)
{
	const struct nsaccel_policy_rule none = {};

	return bpf_map_update_elem(maps->fd[NSA_MAP_RULES], &number, &none, BPF_ANY);
}

static int clear_stats(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count)
{
	__cleanup(nsa_freep) struct nsaccel_counter *zero = NULL;
	int cpus, r = nsa_percpu_new(sizeof(*zero), (void **)&zero, &cpus);

	for (size_t i = 0; !r && i < count; i++)
		r = bpf_map_update_elem(maps->fd[NSA_MAP_RULE_STATS], &rules[i]->number, zero,
					BPF_ANY);
	return r;
}

static int write_rules(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count)
{
	int r = 0;

	for (size_t i = 0; !r && i < count; i++)
		r = bpf_map_update_elem(maps->fd[NSA_MAP_RULES], &rules[i]->number, &rules[i]->rule,
					BPF_ANY);
	return r;
}

static int give_numbers(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count)
{
	__cleanup(close_rulesp) const struct nsaccel_policy_rule *all = NULL;
	__u32 next = 1;
	int r = open_rules(maps, &all);

	if (r < 0)
		return r;
	for (size_t i = 0; i < count; i++, next++) {
		while (next < NSACCEL_RULE_NUMBERS && all[next].owner_slot)
			next++;
		if (next >= NSACCEL_RULE_NUMBERS)
			return -E2BIG;
		rules[i]->number = next;
	}
	return 0;
}

int nsa_maps_rules_add(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count)
{
	int r;

	if (!count)
		return 0;
	r = give_numbers(maps, rules, count);
	if (!r)
		r = clear_stats(maps, rules, count);
	if (r < 0)
		return r;
	r = write_rules(maps, rules, count);
	for (size_t i = 0; r < 0 && i < count; i++)
		nsa_maps_rule_del(maps, rules[i]->number);
	return r;
}

int nsa_maps_rule_stats(const struct nsa_maps *maps, __u32 number, struct nsaccel_counter *out)
{
	return nsa_percpu_sum(maps->fd[NSA_MAP_RULE_STATS], &number, out, 1);
}
