// SPDX-License-Identifier: GPL-2.0-only
/* Routes in a table, for tests of user/model/rib.c. */
#include <stdlib.h>
#include <string.h>

#include "rib_fixture.h"
#include "world.h"

void rib_make(struct rib *rib)
{
	assert_int_equal(nsa_nexthops_new(&rib->hops), 0);
	assert_int_equal(nsa_table_new(rib->hops, 1, 1, &rib->table), 0);
}

void rib_free(struct rib *rib)
{
	nsa_table_free(rib->table);
	for (__u32 hop = 1; hop <= nsa_nexthops_last(rib->hops); hop++)
		assert_int_equal(nsa_nexthop(rib->hops, hop)->refs, 0);
	nsa_nexthops_free(rib->hops);
}

/* A reference to the next hop that stands for a number. */
__u32 rib_hop(struct rib *rib, int number)
{
	const struct nsaccel_nexthop key = { .target = NSACCEL_TARGET_PASS,
					     .target_ifindex = (__u32)number };

	return nsa_nexthops_get(rib->hops, &key);
}

int rib_number(const struct rib *rib, const struct nsa_rib_route *route)
{
	return (int)nsa_nexthop(rib->hops, route->hop)->key.target_ifindex;
}

int rib_add(struct rib *rib, const char *line, int number)
{
	struct nsa_kernel_route k = read_krt(line);

	return nsa_rib_add(rib->table, &k, rib_hop(rib, number), false);
}

int rib_replace(struct rib *rib, const char *line, int number)
{
	struct nsa_kernel_route k = read_krt(line);

	return nsa_rib_add(rib->table, &k, rib_hop(rib, number), true);
}

int rib_del(struct rib *rib, const char *line, int number)
{
	struct nsa_kernel_route k = read_krt(line);

	return nsa_rib_del(rib->table, &k, rib_hop(rib, number));
}

/* All lines that are mirrored, with their numbers. */
void rib_add_lines(struct rib *rib, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	for (int number = 0; (line = strsep(&rest, "\n")); number++) {
		struct nsa_kernel_route k;

		if (!*line)
			continue;
		k = read_krt(line);
		if (nsa_rib_is_mirrored(&k))
			assert_int_equal(rib_add(rib, line, number), 0);
	}
	free(copy);
}

struct nsa_node *rib_node(const struct rib *rib, const char *word)
{
	struct nsaccel_prefix prefix = read_prefix(word);

	return nsa_table_find(rib->table, &prefix);
}
