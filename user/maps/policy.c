// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "maps/policy.h"
#include "util/cleanup.h"

/* Rules */

static int read_rules(const struct nsa_maps *maps, struct nsaccel_rule **out)
{
	_Static_assert(sizeof(**out) % 8 == 0, "in the map they follow each other without padding");
	return nsa_maps_copy(maps, NSA_MAP_RULES, NSACCEL_RULE_NUMBERS * sizeof(**out),
			     (void **)out);
}

static bool is_of(const struct nsaccel_rule *rule, __u32 owner_slot)
{
	return owner_slot ? rule->owner_slot == owner_slot : rule->owner_slot != 0;
}

int nsa_maps_rules(const struct nsa_maps *maps, __u32 owner_slot, struct nsa_policy_rule **out,
		   size_t *count)
{
	__cleanup(nsa_freep) struct nsaccel_rule *all = NULL;
	struct nsa_policy_rule *rules;
	size_t n = 0;
	int r;

	r = read_rules(maps, &all);
	if (r < 0)
		return r;
	for (__u32 i = 1; i < NSACCEL_RULE_NUMBERS; i++)
		n += is_of(&all[i], owner_slot);
	rules = calloc(n + 1, sizeof(*rules));
	if (!rules)
		return -ENOMEM;
	n = 0;
	for (__u32 i = 1; i < NSACCEL_RULE_NUMBERS; i++)
		if (is_of(&all[i], owner_slot))
			rules[n++] = (struct nsa_policy_rule){ .rule = all[i], .number = i };
	*out = rules;
	*count = n;
	return 0;
}

int nsa_maps_rule_get(const struct nsa_maps *maps, __u32 number, struct nsaccel_rule *out)
{
	return bpf_map_lookup_elem(maps->fd[NSA_MAP_RULES], &number, out);
}

int nsa_maps_rule_del(const struct nsa_maps *maps, __u32 number)
{
	const struct nsaccel_rule none = {};

	return bpf_map_update_elem(maps->fd[NSA_MAP_RULES], &number, &none, BPF_ANY);
}

static int clear_stats(const struct nsa_maps *maps, struct nsa_policy_rule **rules, size_t count)
{
	__cleanup(nsa_freep) struct nsaccel_counter *zero = NULL;
	int cpus = libbpf_num_possible_cpus(), r = 0;

	if (cpus < 0)
		return cpus;
	zero = calloc((size_t)cpus, sizeof(*zero));
	if (!zero)
		return -ENOMEM;
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
	__cleanup(nsa_freep) struct nsaccel_rule *all = NULL;
	__u32 next = 1;
	int r = read_rules(maps, &all);

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
	__cleanup(nsa_freep) struct nsaccel_counter *per_cpu = NULL;
	int cpus = libbpf_num_possible_cpus(), r;

	if (cpus < 0)
		return cpus;
	per_cpu = calloc((size_t)cpus, sizeof(*per_cpu));
	if (!per_cpu)
		return -ENOMEM;
	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_RULE_STATS], &number, per_cpu);
	if (r < 0)
		return r;
	*out = (struct nsaccel_counter){};
	for (int i = 0; i < cpus; i++) {
		out->packets += per_cpu[i].packets;
		out->bytes += per_cpu[i].bytes;
	}
	return 0;
}

/* Compiled policies */

static int put_head(int fd, const struct nsa_policy *policy)
{
	__u32 zero = 0;

	return bpf_map_update_elem(fd, &zero, policy->head, BPF_ANY);
}

static int put_sets(int fd, const struct nsa_policy *policy)
{
	__u32 count = (__u32)policy->class_count * policy->head->chunks;
	__cleanup(nsa_freep) __u32 *keys = calloc(count, sizeof(*keys));

	if (!keys)
		return -ENOMEM;
	for (__u32 i = 0; i < count; i++)
		keys[i] = i;
	return bpf_map_update_batch(fd, keys, policy->sets, &count, NULL);
}

static int put_values(int fd, const struct nsa_policy *policy)
{
	int r = 0;

	for (size_t i = 0; !r && i < policy->value_count; i++)
		r = bpf_map_update_elem(fd, &policy->values[i].value, &policy->values[i].class,
					BPF_ANY);
	return r;
}

static int put_prefixes(int fd, const struct nsa_policy *policy)
{
	int r = 0;

	for (size_t i = 0; !r && i < policy->prefix_count; i++)
		r = bpf_map_update_elem(fd, &policy->prefixes[i].prefix, &policy->prefixes[i].class,
					BPF_ANY);
	return r;
}

/* What a policy consists of. The first is made first, and goes last: it says which numbers are in
 * use. */
static const struct part {
	enum nsa_map outer, template;
	const char *name;
	int (*put)(int fd, const struct nsa_policy *policy);
} parts[] = {
	{ NSA_MAP_POLICY_SETS, NSA_MAP_SETS_TEMPLATE, "nsaccel_pset", put_sets },
	{ NSA_MAP_POLICY_CLASSES, NSA_MAP_CLASSES_TEMPLATE, "nsaccel_pclass", put_values },
	{ NSA_MAP_POLICY_PREFIX, NSA_MAP_PREFIX_TEMPLATE, "nsaccel_pprefix", put_prefixes },
	{ NSA_MAP_POLICY_HEADS, NSA_MAP_HEAD_TEMPLATE, "nsaccel_phead", put_head },
};

#define PARTS (sizeof(parts) / sizeof(*parts))

static int add_part(const struct nsa_maps *maps, const struct part *part,
		    const struct nsa_policy *policy, __u32 number)
{
	__u32 size = part->outer == NSA_MAP_POLICY_SETS ?
			     (__u32)policy->class_count * policy->head->chunks :
			     0;
	__cleanup(nsa_closep) int fd =
		nsa_maps_new_like(maps->fd[part->template], part->name, size);
	int r;

	if (fd < 0)
		return fd;
	r = part->put(fd, policy);
	return r < 0 ? r : bpf_map_update_elem(maps->fd[part->outer], &number, &fd, BPF_ANY);
}

static int free_number(const struct nsa_maps *maps, __u32 *number)
{
	for (__u32 i = 1; i < NSACCEL_MAX_POLICIES; i++)
		if (!nsa_maps_policy_is(maps, i)) {
			*number = i;
			return 0;
		}
	return -E2BIG;
}

bool nsa_maps_policy_is(const struct nsa_maps *maps, __u32 number)
{
	__u32 id;

	/* What can't be read may be in force, and is nobody else's number. */
	return bpf_map_lookup_elem(maps->fd[parts[0].outer], &number, &id) != -ENOENT;
}

int nsa_maps_policy_add(const struct nsa_maps *maps, const struct nsa_policy *policy, __u32 *number)
{
	__u32 at;
	int r = free_number(maps, &at);

	if (r < 0)
		return r;
	for (size_t i = 0; !r && i < PARTS; i++)
		r = add_part(maps, &parts[i], policy, at);
	if (r < 0) {
		nsa_maps_policy_del(maps, at);
		return r;
	}
	*number = at;
	return 0;
}

int nsa_maps_policy_del(const struct nsa_maps *maps, __u32 number)
{
	int r = 0, one;

	for (size_t i = PARTS; i-- > 0;) {
		one = bpf_map_delete_elem(maps->fd[parts[i].outer], &number);
		if (one < 0 && one != -ENOENT)
			r = one;
	}
	return r;
}

static int read_head(const struct nsa_maps *maps, __u32 number, struct nsaccel_policy_head *out)
{
	__cleanup(nsa_closep) int fd = -1;
	__u32 id, zero = 0;
	int r;

	r = bpf_map_lookup_elem(maps->fd[NSA_MAP_POLICY_HEADS], &number, &id);
	if (r < 0)
		return r;
	fd = bpf_map_get_fd_by_id(id);
	return fd < 0 ? fd : bpf_map_lookup_elem(fd, &zero, out);
}

int nsa_maps_policy_rules(const struct nsa_maps *maps, __u32 number, __u32 **out, size_t *count)
{
	__cleanup(nsa_freep) struct nsaccel_policy_head *head = malloc(sizeof(*head));
	size_t n = 0;
	__u32 *all;
	int r;

	if (!head)
		return -ENOMEM;
	r = read_head(maps, number, head);
	if (r < 0)
		return r;
	while (n < NSACCEL_MAX_RULES && head->order[n].rule)
		n++;
	all = calloc(n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		all[i] = head->order[i].rule;
	*out = all;
	*count = n;
	return 0;
}

/* Conns */

static int open_conns(const struct nsa_maps *maps, __u32 slot)
{
	__u32 id;
	int r = bpf_map_lookup_elem(maps->fd[NSA_MAP_CONNS], &slot, &id);

	return r < 0 ? r : bpf_map_get_fd_by_id(id);
}

/* What the slot has begun is copied; what of it is there stays as it is. */
static void copy_conns(int from, int to, __u32 slot)
{
	struct nsaccel_conn_key key;
	struct nsaccel_conn conn;
	int r = bpf_map_get_next_key(from, NULL, &key);

	/* It goes on changing: if it never came to its end there would be enough, too. */
	for (int i = 0; !r && i < 2 * NSACCEL_MAX_CONNS; i++) {
		if (key.slot == slot && !bpf_map_lookup_elem(from, &key, &conn))
			bpf_map_update_elem(to, &key, &conn, BPF_NOEXIST);
		r = bpf_map_get_next_key(from, &key, &key);
	}
}

int nsa_maps_conns_add(const struct nsa_maps *maps, __u32 slot, __u32 owner_slot)
{
	__cleanup(nsa_closep) int old = open_conns(maps, slot);
	__cleanup(nsa_closep) int shared = -1;
	__cleanup(nsa_closep) int fd = -1;
	int r;

	if (old != -ENOENT)
		return old < 0 ? old : 0;
	fd = nsa_maps_new_like(maps->fd[NSA_MAP_CONNS_TEMPLATE], "nsaccel_conn", 0);
	if (fd < 0)
		return fd;
	if (slot != owner_slot)
		shared = open_conns(maps, owner_slot);
	if (shared >= 0)
		copy_conns(shared, fd, slot);
	r = bpf_map_update_elem(maps->fd[NSA_MAP_CONNS], &slot, &fd, BPF_ANY);
	if (!r && shared >= 0) /* what came in between */
		copy_conns(shared, fd, slot);
	return r;
}

int nsa_maps_conns_del(const struct nsa_maps *maps, __u32 slot)
{
	int r = bpf_map_delete_elem(maps->fd[NSA_MAP_CONNS], &slot);

	return r == -ENOENT ? 0 : r;
}
