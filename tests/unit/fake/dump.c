// SPDX-License-Identifier: GPL-2.0-only
/* All that nsaccel has made on the fake machine, as text. */
#include <ftw.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sandbox.h"
#include "fake/bpf.h"
#include "fake/dump.h"
#include "fake/kernel.h"
#include "user/maps/maps.h"
#include "user/util/prefix.h"
#include "user/util/sort.h"

static void put_bytes(FILE *out, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		fprintf(out, "%02x", ((const unsigned char *)bytes)[i]);
}

/* A slot is as good as any other: the namespace's number is written in its place. */
static void name_slot(__u32 *slot)
{
	const struct fake_object *map = fake_map_of(NSA_MAP_NETNS);

	for (__u32 i = 0; map && i < map->count; i++)
		if (((struct nsaccel_netns *)map->elements[i].value)->slot == *slot) {
			*slot = i + 1;
			return;
		}
}

/* What differs between two runs with the same outcome becomes equal. Keys begin with a slot. */

static void keep(void *key, void *value)
{
	(void)key;
	(void)value;
}

static void by_slot(void *key, void *value)
{
	(void)value;
	name_slot(key);
}

static void plain_netns(void *key, void *value)
{
	(void)key;
	name_slot(&((struct nsaccel_netns *)value)->slot);
}

static void plain_owner(void *key, void *value)
{
	struct nsaccel_owner *owner = value;

	name_slot(key);
	owner->ruleset = owner->policy = owner->policy_generation = 0;
	owner->mark_sent = owner->mark_wire = 0;
	/* Features stay, once they were needed: nsa_dataplane_digest(). */
	owner->programs &= ~((__u32)NSACCEL_FEATURE_ALL << 24);
	owner->features = 0;
}

static void plain_port(void *key, void *value)
{
	name_slot(key);
	name_slot(&((struct nsaccel_port *)value)->source_slot);
}

static void plain_endpoint(void *key, void *value)
{
	name_slot(key);
	memcpy(value, key, sizeof(struct nsaccel_endpoint_key));
	name_slot(&((struct nsaccel_endpoint *)value)->slot);
}

static void plain_source(void *key, void *value)
{
	__u32 *slot = &((struct nsaccel_source_key *)key)->slot;
	__u32 bare = *slot & ~NSACCEL_SOURCE_OF_OWNER;

	(void)value;
	name_slot(&bare);
	*slot = (*slot & NSACCEL_SOURCE_OF_OWNER) | bare;
}

/* The maps that say how packets fare. Of arrays the lowest elements are used first. */
static const struct {
	enum nsa_map map;
	void (*plain)(void *key, void *value);
} maps[] = {
	{ NSA_MAP_NETNS, plain_netns },	   { NSA_MAP_OWNERS, plain_owner },
	{ NSA_MAP_PORTS, plain_port },	   { NSA_MAP_ENDPOINTS, plain_endpoint },
	{ NSA_MAP_SOURCES, plain_source }, { NSA_MAP_ISOLATION, by_slot },
	{ NSA_MAP_LIMITS, by_slot },	   { NSA_MAP_FDB, by_slot },
	{ NSA_MAP_SHARES, by_slot },	   { NSA_MAP_TX_INFO, keep },
	{ NSA_MAP_SETTINGS, keep },	   { NSA_MAP_LAPSED, keep },
};

static void put_element(FILE *out, size_t which, const struct fake_object *map, const void *key,
			const void *value)
{
	size_t at = (map->key_size + 7) & ~7U; /* of the value, aligned */
	char *copy = calloc(1, at + map->value_size), *of_value = copy + at;
	bool any = !fake_map_is_array(map);

	assert_non_null(copy);
	memcpy(copy, key, map->key_size);
	memcpy(of_value, value, map->value_size);
	for (size_t i = 0; i < map->value_size; i++)
		any |= of_value[i];
	if (any) {
		maps[which].plain(copy, of_value);
		fprintf(out, "%s ", nsa_map_names[maps[which].map].pin);
		put_bytes(out, copy, map->key_size);
		fputc(' ', out);
		put_bytes(out, of_value, map->value_size);
		fputc('\n', out);
	}
	free(copy);
}

static void put_map(FILE *out, size_t which)
{
	const struct fake_object *map = fake_map_of(maps[which].map);

	for (__u32 i = 0; map && i < map->count; i++)
		if (fake_map_is_array(map))
			put_element(out, which, map, &i, fake_map_value(map, &i));
		else
			put_element(out, which, map, map->elements[i].key, map->elements[i].value);
}

static void put_route(FILE *out, __u64 cookie, const struct fake_element *element)
{
	const struct fake_object *nexthops = fake_map_of(NSA_MAP_NEXTHOPS);
	const struct nsaccel_route *route = element->value;
	struct nsaccel_nexthop nexthop =
		*(struct nsaccel_nexthop *)fake_map_value(nexthops, &route->nexthop);

	fprintf(out, "route %llu %s ", cookie,
		nexthop.generation == route->generation ? "valid" : "INVALID");
	nexthop.generation = nexthop.sequence = nexthop.confirm_neigh = 0;
	name_slot(&nexthop.owner_slot);
	name_slot(&nexthop.dst_slot);
	put_bytes(out, element->key, sizeof(struct nsaccel_prefix));
	fprintf(out, " %d ", route->origin);
	put_bytes(out, &nexthop, sizeof(nexthop));
	fputc('\n', out);
}

static void put_routes(FILE *out)
{
	const struct fake_object *tables = fake_map_of(NSA_MAP_ROUTES);

	for (size_t i = 0; tables && i < tables->count; i++) {
		const struct fake_object *table =
			fake_object_by_id(*(__u32 *)tables->elements[i].value);

		for (size_t j = 0; table && j < table->count; j++)
			put_route(out, *(__u64 *)tables->elements[i].key, &table->elements[j]);
	}
}

/* The rules that hold, in their order. Those that don't any more may still be there. */
static void put_policy(FILE *out, const struct nsaccel_owner *owner)
{
	const struct fake_object *heads = fake_map_of(NSA_MAP_POLICY_HEAD),
				 *rules = fake_map_of(NSA_MAP_RULES);
	const __u32 *id = fake_map_value(heads, &owner->policy), zero = 0;
	const struct nsaccel_policy_head *head = fake_map_value(fake_object_by_id(*id), &zero);

	for (size_t i = 0; i < NSACCEL_MAX_RULES && head->order[i].rule; i++) {
		struct nsaccel_policy_rule rule =
			*(struct nsaccel_policy_rule *)fake_map_value(rules, &head->order[i].rule);

		name_slot(&rule.owner_slot);
		fprintf(out, "policy %llu %zu ", owner->cookie, i);
		put_bytes(out, &rule, sizeof(rule));
		fputc('\n', out);
	}
}

static void put_policies(FILE *out)
{
	const struct fake_object *owners = fake_map_of(NSA_MAP_OWNERS);

	for (__u32 i = 0; owners && i < owners->count; i++) {
		const struct nsaccel_owner *owner = fake_map_value(owners, &i);

		if (owner->policy)
			put_policy(out, owner);
	}
}

static FILE *pins_to;

static int put_pin(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_F)
		fprintf(pins_to, "pin %s\n", path + strlen(fake_bpf_directory()));
	return 0;
}

static void put_pins(FILE *out)
{
	pins_to = out;
	nftw(fake_bpf_directory(), put_pin, 16, FTW_PHYS);
}

static void put_links(FILE *out)
{
	const struct fake_object *link;
	size_t at = 0;

	while ((link = fake_bpf_next_link(&at)))
		fprintf(out, "attached %llu %d hook %d\n", link->netns, link->ifindex, link->hook);
}

static bool is_hooked(__u64 netns, int ifindex)
{
	const struct fake_object *link;
	size_t at = 0;

	while ((link = fake_bpf_next_link(&at)))
		if (link->netns == netns && link->ifindex == ifindex)
			return true;
	return false;
}

static void put_device(FILE *out, const struct fake_netns *ns, const struct fake_link *l)
{
	fprintf(out,
		"device %s %s up %d mtu %u gro %d queues %u tags %d promisc %d %d clsact %d %d "
		"%d\n",
		ns->name, l->link.name, !!(l->link.flags & IFF_UP), l->link.mtu, l->gro, l->queues,
		l->rx_vlan, l->promisc, l->allmulti, l->clsact, l->filters[0], l->filters[1]);
	for (size_t i = 0; i < ns->addr_count; i++)
		if (ns->addrs[i].ifindex == l->link.ifindex) {
			fprintf(out, "address %s %s ", ns->name, l->link.name);
			put_bytes(out, ns->addrs[i].addr, nsa_address_size(ns->addrs[i].family));
			fprintf(out, "/%u\n", ns->addrs[i].prefixlen);
		}
}

static void put_kernel(FILE *out)
{
	const struct fake_netns *ns;

	for (size_t n = 0; (ns = fake_kernel_nth(n)); n++) {
		for (size_t i = 0; i < ns->link_count; i++)
			put_device(out, ns, &ns->links[i]);
		for (size_t i = 0; i < ns->sysctl_count; i++)
			fprintf(out, "sysctl %s %s %d\n", ns->name, ns->sysctls[i].path,
				ns->sysctls[i].value);
		for (size_t i = 0; i < ns->neigh_count; i++) {
			const struct nsa_neigh *neigh = &ns->neighs[i];

			if (neigh->managed && !is_hooked(ns->cookie, neigh->ifindex))
				fprintf(out, "neighbour %s %d is managed\n", ns->name,
					neigh->ifindex);
		}
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sort_lines(char *text)
{
	size_t count = 0, n = 0, size = strlen(text) + 1;
	char *sorted = calloc(1, size), *end = sorted, *line, *rest = NULL;
	char **lines;

	for (const char *c = text; *c; c++)
		count += *c == '\n';
	lines = calloc(count + 1, sizeof(*lines));
	assert_true(sorted && lines);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		lines[n++] = line;
	SORT(lines, n, by_text);
	for (size_t i = 0; i < n; i++)
		end += sprintf(end, "%s\n", lines[i]);
	free(lines);
	free(text);
	return sorted;
}

char *fake_dump(void)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	for (size_t i = 0; i < sizeof(maps) / sizeof(*maps); i++)
		put_map(out, i);
	put_routes(out);
	put_policies(out);
	put_pins(out);
	put_links(out);
	put_kernel(out);
	fclose(out);
	return sort_lines(text);
}

/* Of the first line, with its end. */
static size_t line_length(const char *text)
{
	const char *end = strchr(text, '\n');

	return end ? (size_t)(end - text) + 1 : strlen(text);
}

static void print_missing(char sign, const char *from, const char *in)
{
	for (; *from; from += line_length(from)) {
		size_t length = line_length(from);
		const char *at = in;

		while (*at && (line_length(at) != length || memcmp(at, from, length) != 0))
			at += line_length(at);
		if (!*at)
			print_error("%c%.*s", sign, (int)length, from);
	}
}

void fake_check_equal(const char *what, const char *expected, const char *now)
{
	if (!strcmp(expected, now))
		return;
	print_missing('-', expected, now);
	print_missing('+', now, expected);
	fail_msg("%s", what);
}

void fake_check_state(const char *what, const char *expected)
{
	char *now = fake_dump();

	fake_check_equal(what, expected, now);
	free(now);
}
