// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "model/policy_compile.h"
#include "util/array.h"
#include "util/cleanup.h"
#include "util/hash.h"
#include "util/sort.h"

#define CHUNK_RULES (64 * NSACCEL_POLICY_CHUNK)
#define PORTS	    65536

struct compiler {
	const struct nsa_policy_rule *rules;
	size_t count, words; /* of a set */
	struct nsa_policy *policy;
	size_t chunk_room, value_room, prefix_room;
	__u32 *buckets; /* classes by the hash of their set; 0: none, else 1 more */
	size_t bucket_count;
	/* Sets that are being made. */
	__u64 *any, *set;
	__u64 *nested; /* of the prefixes that the present one is in: one for each length */
};

static int by_order(const void *a, const void *b)
{
	const struct nsa_policy_rule *x = a, *y = b;

	return CMP(x->rule.pref, y->rule.pref) ?: CMP(x->number, y->number);
}

void nsa_policy_sort(struct nsa_policy_rule *rules, size_t count)
{
	SORT(rules, count, by_order);
}

void nsa_policy_free(struct nsa_policy *policy)
{
	if (!policy)
		return;
	free(policy->head);
	free(policy->sets);
	free(policy->values);
	free(policy->prefixes);
	free(policy);
}

void nsa_policy_freep(struct nsa_policy **policy)
{
	nsa_policy_free(*policy);
}

/* Sets and their classes */

static void add(__u64 *set, size_t rule)
{
	set[rule / 64] |= 1ULL << rule % 64;
}

static __u64 *set_of(const struct compiler *c, size_t class)
{
	return (__u64 *)c->policy->sets + class * c->words;
}

static size_t hash(const struct compiler *c, const __u64 *set)
{
	return nsa_hash(set, c->words * sizeof(*set));
}

static void remember(struct compiler *c, size_t class)
{
	size_t at = hash(c, set_of(c, class)) % c->bucket_count;

	while (c->buckets[at])
		at = (at + 1) % c->bucket_count;
	c->buckets[at] = (__u32) class + 1;
}

static int widen(struct compiler *c)
{
	size_t count = c->bucket_count ? 2 * c->bucket_count : 256;
	__u32 *buckets = calloc(count, sizeof(*buckets));

	if (!buckets)
		return -ENOMEM;
	free(c->buckets);
	c->buckets = buckets;
	c->bucket_count = count;
	for (size_t class = 0; class < c->policy->class_count; class ++)
		remember(c, class);
	return 0;
}

/* A class of its own. */
static int new_class(struct compiler *c, const __u64 *set)
{
	struct nsa_policy *policy = c->policy;
	size_t chunks = (policy->class_count + 1) * c->words / NSACCEL_POLICY_CHUNK;

	if (ARRAY_RESERVE(policy->sets, c->chunk_room, chunks) || !policy->sets)
		return -ENOMEM;
	if (2 * (policy->class_count + 1) > c->bucket_count && widen(c))
		return -ENOMEM;
	memcpy(set_of(c, policy->class_count), set, c->words * sizeof(*set));
	remember(c, policy->class_count++);
	return 0;
}

/* The class of the set, made if there is none. */
static int find_class(struct compiler *c, const __u64 *set, __u32 *class)
{
	size_t at = hash(c, set) % c->bucket_count;
	int r;

	for (; c->buckets[at]; at = (at + 1) % c->bucket_count) {
		if (memcmp(set_of(c, c->buckets[at] - 1), set, c->words * sizeof(*set)) != 0)
			continue;
		*class = c->buckets[at] - 1;
		return 0;
	}
	r = new_class(c, set);
	if (!r)
		*class = (__u32)c->policy->class_count - 1;
	return r;
}

/* What rules ask for */

static bool is_dead(const struct nsa_policy_rule *rule)
{
	return (rule->rule.from_cookie && !rule->from_slot) ||
	       (rule->rule.to_cookie && !rule->to_slot);
}

static const struct nsaccel_prefix *prefix_of(const struct nsa_policy_rule *rule,
					      enum nsaccel_dimension dimension)
{
	return dimension == NSACCEL_DIMENSION_FROM_PREFIX ? &rule->rule.from : &rule->rule.to;
}

/* The value that the rule names, of a dimension with single ones. */
static __u32 value_of(const struct nsa_policy_rule *rule, enum nsaccel_dimension dimension)
{
	switch (dimension) {
	case NSACCEL_DIMENSION_FROM_NETNS:
		return rule->from_slot;
	case NSACCEL_DIMENSION_TO_NETNS:
		return rule->to_slot;
	default:
		return rule->rule.proto;
	}
}

static bool is_any(const struct nsa_policy_rule *rule, enum nsaccel_dimension dimension)
{
	switch (dimension) {
	case NSACCEL_DIMENSION_FROM_NETNS:
		return !rule->rule.from_cookie;
	case NSACCEL_DIMENSION_TO_NETNS:
		return !rule->rule.to_cookie;
	case NSACCEL_DIMENSION_FROM_PREFIX:
	case NSACCEL_DIMENSION_TO_PREFIX:
		return prefix_of(rule, dimension)->family == NSACCEL_FAMILY_NONE;
	case NSACCEL_DIMENSION_PROTO:
		return rule->rule.any_proto;
	default:
		return rule->rule.any_port;
	}
}

static void any_set(struct compiler *c, enum nsaccel_dimension dimension)
{
	memset(c->any, 0, c->words * sizeof(*c->any));
	for (size_t i = 0; i < c->count; i++)
		if (!is_dead(&c->rules[i]) && is_any(&c->rules[i], dimension))
			add(c->any, i);
}

/* The classes that programs know by number. */
static int fixed_classes(struct compiler *c)
{
	int r = 0;

	for (int dimension = 0; !r && dimension < NSACCEL_DIMENSION_COUNT; dimension++) {
		any_set(c, (enum nsaccel_dimension)dimension);
		r = new_class(c, c->any);
	}
	memset(c->set, 0, c->words * sizeof(*c->set));
	for (size_t i = 0; i < c->count; i++)
		if (!is_dead(&c->rules[i]))
			add(c->set, i);
	return r < 0 ? r : new_class(c, c->set);
}

/* Namespaces and protocols */

struct named {
	__u32 value;
	__u32 rule;
};

static int by_value(const void *a, const void *b)
{
	const struct named *x = a, *y = b;

	return CMP(x->value, y->value);
}

static int add_value(struct compiler *c, enum nsaccel_dimension dimension, __u32 value)
{
	struct nsa_policy *policy = c->policy;
	struct nsa_policy_class *entry =
		ARRAY_ADD(policy->values, policy->value_count, c->value_room);
	int r;

	if (!entry)
		return -ENOMEM;
	entry->value = (struct nsaccel_policy_value){ dimension, value };
	r = find_class(c, c->set, &entry->class);
	if (r < 0)
		policy->value_count--;
	return r;
}

static int compile_values(struct compiler *c, enum nsaccel_dimension dimension)
{
	__cleanup(nsa_freep) struct named *all = calloc(c->count + 1, sizeof(*all));
	size_t count = 0;
	int r = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < c->count; i++)
		if (!is_dead(&c->rules[i]) && !is_any(&c->rules[i], dimension))
			all[count++] =
				(struct named){ value_of(&c->rules[i], dimension), (__u32)i };
	SORT(all, count, by_value);
	any_set(c, dimension);
	for (size_t i = 0; !r && i < count;) {
		__u32 value = all[i].value;

		memcpy(c->set, c->any, c->words * sizeof(*c->set));
		for (; i < count && all[i].value == value; i++)
			add(c->set, all[i].rule);
		r = add_value(c, dimension, value);
	}
	return r;
}

/* Ports */

struct edge {
	__u32 port; /* from which on the rule matches, or doesn't any more */
	__u32 rule;
};

static int by_port(const void *a, const void *b)
{
	const struct edge *x = a, *y = b;

	return CMP(x->port, y->port);
}

static size_t find_edges(const struct compiler *c, struct edge *edges)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++) {
		const struct nsa_policy_rule *rule = &c->rules[i];

		if (is_dead(rule) || rule->rule.any_port ||
		    rule->rule.port_low > rule->rule.port_high)
			continue;
		edges[count++] = (struct edge){ rule->rule.port_low, (__u32)i };
		edges[count++] = (struct edge){ rule->rule.port_high + 1U, (__u32)i };
	}
	SORT(edges, count, by_port);
	return count;
}

/* Before all others but the fixed ones: their numbers have to fit into 16 bits. */
static int compile_ports(struct compiler *c)
{
	__cleanup(nsa_freep) struct edge *edges = calloc(2 * c->count + 1, sizeof(*edges));
	__u32 class = NSACCEL_DIMENSION_PORT, port = 0;
	size_t count, i = 0;
	int r = 0;

	if (!edges)
		return -ENOMEM;
	count = find_edges(c, edges);
	any_set(c, NSACCEL_DIMENSION_PORT);
	memcpy(c->set, c->any, c->words * sizeof(*c->set));
	while (!r && port < PORTS) {
		__u32 until = i < count ? edges[i].port : PORTS;

		while (port < until)
			c->policy->head->port_class[port++] = (__u16) class;
		for (; i < count && edges[i].port == until; i++)
			c->set[edges[i].rule / 64] ^= 1ULL << edges[i].rule % 64;
		if (port < PORTS)
			r = find_class(c, c->set, &class);
	}
	return r;
}

/* Prefixes */

struct place {
	const struct nsaccel_prefix *prefix;
	__u32 rule;
};

static unsigned int length(const struct nsaccel_prefix *prefix)
{
	return prefix->prefixlen - NSACCEL_PREFIX_FAMILY_BITS;
}

/* Each before those that are in it. */
static int by_place(const void *a, const void *b)
{
	const struct nsaccel_prefix *x = ((const struct place *)a)->prefix;
	const struct nsaccel_prefix *y = ((const struct place *)b)->prefix;
	int r;

	if (x->family != y->family)
		return CMP(x->family, y->family);
	r = memcmp(x->addr, y->addr, sizeof(x->addr));
	return r ? r : CMP(x->prefixlen, y->prefixlen);
}

static bool covers(const struct nsaccel_prefix *outer, const struct nsaccel_prefix *inner)
{
	unsigned int len = length(outer), bytes = len / 8, bits = len % 8;

	if (outer->family != inner->family || len > length(inner) ||
	    memcmp(outer->addr, inner->addr, bytes) != 0)
		return false;
	return !bits || !((outer->addr[bytes] ^ inner->addr[bytes]) >> (8 - bits));
}

static int add_prefix(struct compiler *c, enum nsaccel_dimension dimension,
		      const struct nsaccel_prefix *prefix, const __u64 *set)
{
	struct nsa_policy *policy = c->policy;
	struct nsa_policy_prefix *entry =
		ARRAY_ADD(policy->prefixes, policy->prefix_count, c->prefix_room);
	int r;

	if (!entry)
		return -ENOMEM;
	entry->prefix = (struct nsaccel_policy_prefix){
		.prefixlen = NSACCEL_POLICY_STATIC_BITS + length(prefix),
		.dimension = dimension,
		.family = prefix->family,
	};
	memcpy(entry->prefix.addr, prefix->addr, sizeof(prefix->addr));
	r = find_class(c, set, &entry->class);
	if (r < 0)
		policy->prefix_count--;
	return r;
}

static size_t find_places(const struct compiler *c, enum nsaccel_dimension dimension,
			  struct place *places)
{
	size_t count = 0;

	for (size_t i = 0; i < c->count; i++)
		if (!is_dead(&c->rules[i]) && !is_any(&c->rules[i], dimension))
			places[count++] =
				(struct place){ prefix_of(&c->rules[i], dimension), (__u32)i };
	SORT(places, count, by_place);
	return count;
}

/* A packet finds the longest prefix alone: its set has the rules of those around it, too. */
static int compile_prefixes(struct compiler *c, enum nsaccel_dimension dimension)
{
	__cleanup(nsa_freep) struct place *places = calloc(c->count + 1, sizeof(*places));
	const struct nsaccel_prefix *around[8 * NSACCEL_ADDR_LEN + 1];
	size_t count, depth = 0;
	int r = 0;

	if (!places)
		return -ENOMEM;
	count = find_places(c, dimension, places);
	any_set(c, dimension);
	for (size_t i = 0; !r && i < count;) {
		const struct nsaccel_prefix *prefix = places[i].prefix;
		__u64 *set;

		while (depth && !covers(around[depth - 1], prefix))
			depth--;
		set = c->nested + depth * c->words;
		memcpy(set, depth ? set - c->words : c->any, c->words * sizeof(*set));
		around[depth++] = prefix;
		for (; i < count && !by_place(&places[i], &(struct place){ prefix, 0 }); i++)
			add(set, places[i].rule);
		r = add_prefix(c, dimension, prefix, set);
	}
	return r;
}

/* All */

static void fill_head(struct compiler *c)
{
	struct nsaccel_policy_head *head = c->policy->head;

	head->chunks = (__u32)(c->words / NSACCEL_POLICY_CHUNK);
	for (size_t i = 0; i < c->count; i++) {
		head->order[i].rule = c->rules[i].number;
		head->order[i].verdict = (__u16)c->rules[i].rule.verdict;
		head->order[i].any_port = c->rules[i].rule.any_port;
		head->order[i].any_proto = c->rules[i].rule.any_proto;
	}
}

static int compile(struct compiler *c)
{
	int r = fixed_classes(c);

	if (!r)
		r = compile_ports(c);
	for (int dimension = 0; !r && dimension < NSACCEL_DIMENSION_PORT; dimension++) {
		bool prefixes = dimension == NSACCEL_DIMENSION_FROM_PREFIX ||
				dimension == NSACCEL_DIMENSION_TO_PREFIX;

		r = prefixes ? compile_prefixes(c, (enum nsaccel_dimension)dimension) :
			       compile_values(c, (enum nsaccel_dimension)dimension);
	}
	if (!r)
		fill_head(c);
	return r;
}

static void compiler_free(struct compiler *c)
{
	free(c->buckets);
	free(c->any);
	free(c->set);
	free(c->nested);
	nsa_policy_free(c->policy);
}

int nsa_policy_compile(struct nsa_policy_rule *rules, size_t count, struct nsa_policy **out)
{
	__cleanup(compiler_free) struct compiler c = { .rules = rules, .count = count };
	size_t chunks = count ? (count + CHUNK_RULES - 1) / CHUNK_RULES : 1;
	int r;

	if (count > NSACCEL_MAX_RULES)
		return -E2BIG;
	nsa_policy_sort(rules, count);
	c.words = chunks * NSACCEL_POLICY_CHUNK;
	c.any = calloc(c.words, sizeof(*c.any));
	c.set = calloc(c.words, sizeof(*c.set));
	c.nested = calloc((8 * NSACCEL_ADDR_LEN + 1) * c.words, sizeof(*c.nested));
	c.policy = calloc(1, sizeof(*c.policy));
	if (c.policy)
		c.policy->head = calloc(1, sizeof(*c.policy->head));
	if (!c.any || !c.set || !c.nested || !c.policy || !c.policy->head)
		return -ENOMEM;
	r = compile(&c);
	if (r < 0)
		return r;
	*out = TAKE_PTR(c.policy);
	return 0;
}
