// SPDX-License-Identifier: GPL-2.0-only
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "maps/inner.h"
#include "maps/policy.h"
#include "util/cleanup.h"

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

/* Parts of a policy. The first is added first and deleted last: numbers for which it is there are
 * in use. */
static const struct part {
	enum nsa_map outer, template;
	const char *name;
	int (*put)(int fd, const struct nsa_policy *policy);
} parts[] = {
	{ NSA_MAP_POLICY_SETS, NSA_MAP_SETS_TEMPLATE, "nsa_sets", put_sets },
	{ NSA_MAP_POLICY_HASH, NSA_MAP_HASH_TEMPLATE, "nsa_hash", put_values },
	{ NSA_MAP_POLICY_LPM, NSA_MAP_LPM_TEMPLATE, "nsa_lpm", put_prefixes },
	{ NSA_MAP_POLICY_HEAD, NSA_MAP_HEAD_TEMPLATE, "nsa_head", put_head },
};

#define PARTS (sizeof(parts) / sizeof(*parts))

static int add_part(const struct nsa_maps *maps, const struct part *part,
		    const struct nsa_policy *policy, __u32 number)
{
	__u32 size = part->outer == NSA_MAP_POLICY_SETS ?
			     (__u32)policy->class_count * policy->head->chunks :
			     0;
	__cleanup(nsa_closep) int fd = nsa_maps_inner_new(maps, part->template, part->name, size);
	int r;

	if (fd < 0)
		return fd;
	r = part->put(fd, policy);
	return r < 0 ? r : bpf_map_update_elem(maps->fd[part->outer], &number, &fd, BPF_ANY);
}

/* Keys alone: before Linux 6.8 a lookup in a map of maps waits for an RCU grace period, found or
 * not. */
int nsa_maps_policy_numbers(const struct nsa_maps *maps, bool used[NSACCEL_MAX_POLICIES])
{
	const int fd = maps->fd[parts[0].outer];
	__u32 number;
	int r = bpf_map_get_next_key(fd, NULL, &number);

	memset(used, 0, NSACCEL_MAX_POLICIES * sizeof(*used));
	while (!r) {
		if (number < NSACCEL_MAX_POLICIES)
			used[number] = true;
		r = bpf_map_get_next_key(fd, &number, &number);
	}
	return r == -ENOENT ? 0 : r;
}

static int free_number(const struct nsa_maps *maps, __u32 *number)
{
	bool used[NSACCEL_MAX_POLICIES];
	int r = nsa_maps_policy_numbers(maps, used);

	for (__u32 i = 1; !r && i < NSACCEL_MAX_POLICIES; i++)
		if (!used[i]) {
			*number = i;
			return 0;
		}
	return r < 0 ? r : -E2BIG;
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
	__cleanup(nsa_closep) int fd = nsa_maps_inner_open(maps, NSA_MAP_POLICY_HEAD, &number);
	__u32 zero = 0;

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
