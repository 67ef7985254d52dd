// SPDX-License-Identifier: GPL-2.0-only
/* The kernel's routes in a table: each line of a text has a next hop of its own, so that the answers
 * are numbers of lines. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/model/plan_key.h"
#include "world.h"

struct rib {
	struct nsa_hops *hops;
	struct nsa_table *table;
};

static void rib_make(struct rib *rib)
{
	assert_int_equal(nsa_hops_new(&rib->hops), 0);
	assert_int_equal(nsa_table_new(rib->hops, 1, 1, &rib->table), 0);
}

static void rib_free(struct rib *rib)
{
	nsa_table_free(rib->table);
	for (__u32 hop = 1; hop <= nsa_hops_last(rib->hops); hop++)
		assert_int_equal(nsa_hop(rib->hops, hop)->refs, 0);
	nsa_hops_free(rib->hops);
}

/* A reference to the next hop that stands for a number. */
static __u32 hop_of(struct rib *rib, int number)
{
	const struct nsaccel_nexthop key = { .target = NSACCEL_TARGET_PASS,
					     .target_ifindex = (__u32)number };

	return nsa_hops_get(rib->hops, &key);
}

static int number_of(const struct rib *rib, const struct nsa_kroute *route)
{
	return (int)nsa_hop(rib->hops, route->hop)->key.target_ifindex;
}

static int add(struct rib *rib, const char *line, int number)
{
	struct nsa_krt k = read_krt(line);

	return nsa_rib_add(rib->table, &k, hop_of(rib, number), false);
}

static int replace(struct rib *rib, const char *line, int number)
{
	struct nsa_krt k = read_krt(line);

	return nsa_rib_add(rib->table, &k, hop_of(rib, number), true);
}

static int del(struct rib *rib, const char *line, int number)
{
	struct nsa_krt k = read_krt(line);

	return nsa_rib_del(rib->table, &k, hop_of(rib, number));
}

/* All lines that are mirrored, with their numbers. */
static void add_lines(struct rib *rib, const char *text)
{
	char *copy = strdup(text), *rest = copy, *line;

	for (int number = 0; (line = strsep(&rest, "\n")); number++) {
		struct nsa_krt k;

		if (!*line)
			continue;
		k = read_krt(line);
		if (nsa_rib_is_mirrored(&k))
			assert_int_equal(add(rib, line, number), 0);
	}
	free(copy);
}

static struct nsa_node *node_of(const struct rib *rib, const char *word)
{
	struct nsaccel_prefix prefix = read_prefix(word);

	return nsa_table_find(rib->table, &prefix);
}

static size_t count_routes(const struct rib *rib, const char *word)
{
	const struct nsa_node *node = node_of(rib, word);
	size_t count = 0;

	for (const struct nsa_kroute *route = node ? node->routes : NULL; route;
	     route = route->next)
		count++;
	return count;
}

/* Asking */

#define NONE -1

/* The answer is the number of a line. */
static const struct {
	const char *fib, *addr;
	int answer;
} lookups[] = {
	{ "", "10.0.0.1", NONE },
	{ "default dev eth0", "10.0.0.1", 0 },
	{ "default dev eth0", "::1", NONE },
	{ "::/0 dev eth0", "10.0.0.1", NONE },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth1", "10.0.0.127", 1 },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth1", "10.0.0.128", 0 },
	{ "10.0.0.0/25 dev eth1\n10.0.0.0/24 dev eth0", "10.0.0.127", 0 },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth1", "10.0.1.0", NONE },
	{ "10.0.0.1 dev eth0\ndefault dev eth1", "10.0.0.1", 0 },
	{ "128.0.0.0/1 dev eth0", "127.255.255.255", NONE },
	{ "128.0.0.0/1 dev eth0", "255.255.255.255", 0 },
	{ "fd00::/33 dev eth0", "fd00:0:7fff::1", 0 },
	{ "fd00::/33 dev eth0", "fd00:0:8000::1", NONE },
	{ "fd00::1 dev eth0\nfd00::/64 dev eth1", "fd00::1", 0 },
	{ "fd00::1 dev eth0\nfd00::/64 dev eth1", "fd00::2", 1 },
	/* of one prefix the lowest metric */
	{ "10.0.0.0/24 dev eth0 metric 9\n10.0.0.0/24 dev eth1 metric 5", "10.0.0.1", 1 },
	{ "10.0.0.0/24 dev eth0 metric 5\n10.0.0.0/24 dev eth1 metric 9", "10.0.0.1", 0 },
	{ "10.0.0.0/24 dev eth0 metric 9\n10.0.0.0/16 dev eth1 metric 1", "10.0.0.1", 0 },
	/* the local table comes first, whatever the length; other tables never */
	{ "10.0.0.1 dev eth0\nlocal 10.0.0.0/24", "10.0.0.1", 1 },
	{ "10.0.0.1 dev eth0 table 100", "10.0.0.1", NONE },
	{ "10.0.0.1 dev eth0 table 100\ndefault dev eth1", "10.0.0.1", 1 },
	/* routes that drop are answers, too */
	{ "default dev eth0\nunreachable 10.0.0.0/8", "10.0.0.1", 1 },
};

static void test_lookup(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(lookups); i++) {
		const struct nsa_kroute *route;
		__u8 addr[NSACCEL_ADDR_LEN], family;
		struct rib rib;
		bool contested;

		rib_make(&rib);
		add_lines(&rib, lookups[i].fib);
		family = read_addr(lookups[i].addr, addr);
		route = nsa_rib_lookup(rib.table, family, addr, &contested);
		if ((route ? number_of(&rib, route) : NONE) != lookups[i].answer)
			fail_msg("%s in\n%s", lookups[i].addr, lookups[i].fib);
		rib_free(&rib);
	}
}

/* A letter a line, of its prefix: is this the route in use, or another, or are several, or is it in a
 * table that nobody asks? A capital: hidden by a wider local prefix. */
static const struct {
	const char *fib, *answer;
} rivals[] = {
	{ "10.0.0.0/24 dev eth0", "y" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/25 dev eth0\n10.0.1.0/24 dev eth0", "yyy" },
	{ "10.0.0.0/24 dev eth0 metric 5\n10.0.0.0/24 dev eth1 metric 9", "yn" },
	{ "10.0.0.0/24 dev eth0 metric 9\n10.0.0.0/24 dev eth1 metric 5", "ny" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1", "cc" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1 tos 8 metric 9", "cc" },
	{ "fd00::/64 dev eth0\nfd00::/64 dev eth1 from fd01::/64 metric 9", "cc" },
	{ "fd00::/64 dev eth1 from fd01::/64", "c" },
	{ "10.0.0.0/24 dev eth0 metric 9\n10.0.0.0/24 dev eth1 metric 9\n"
	  "10.0.0.0/24 dev eth1 metric 5",
	  "nny" },
	{ "0.0.0.0/0 dev eth0\n::/0 dev eth1", "yy" },
	{ "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1 table 100", "y-" },
	/* hidden by the local table, and only by that */
	{ "10.0.0.1 dev eth0\nlocal 10.0.0.1", "ny" },
	{ "10.0.0.1 dev eth0 tos 8\nlocal 10.0.0.1", "ny" },
	{ "10.0.0.0/24 dev eth0\nlocal 10.0.0.0/16", "Yy" },
	{ "10.0.0.0/24 dev eth0\nlocal 10.0.0.1", "yy" },
	{ "10.0.0.0/8 dev eth0\nlocal 10.0.0.0/16", "yy" },
	{ "fd00:1::/64 dev eth0\nlocal fd00::/16\n10.0.0.0/24 dev eth0", "Yyy" },
	{ "10.0.0.1 dev eth0\nblackhole 10.0.0.0/8", "yy" },
};

static char rival(const struct rib *rib, const char *line, int number)
{
	struct nsa_krt k = read_krt(line);
	struct nsaccel_prefix prefix = nsa_prefix(k.family, k.dst, k.dst_len);
	const struct nsa_node *node = nsa_table_find(rib->table, &prefix);
	const struct nsa_kroute *best;
	bool contested;
	char letter;

	if (!nsa_rib_is_mirrored(&k))
		return '-';
	best = nsa_rib_best(node, &contested);
	assert_non_null(best);
	letter = contested ? 'c' : number_of(rib, best) == number ? 'y' : 'n';
	return nsa_rib_is_hidden(rib->table, node) ? (char)(letter - 'a' + 'A') : letter;
}

static void test_rivals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(rivals); i++) {
		char *copy = strdup(rivals[i].fib), *rest = copy, *line;
		struct rib rib;

		rib_make(&rib);
		add_lines(&rib, rivals[i].fib);
		for (int number = 0; (line = strsep(&rest, "\n")); number++)
			if (rival(&rib, line, number) != rivals[i].answer[number])
				fail_msg("line %d: %c in\n%s", number, rival(&rib, line, number),
					 rivals[i].fib);
		free(copy);
		rib_free(&rib);
	}
}

static void test_mirrored(void **state)
{
	static const struct {
		const char *line;
		bool mirrored;
	} lines[] = {
		{ "10.0.0.0/24 dev eth0", true }, { "10.0.0.0/24 dev eth0 table 100", false },
		{ "local 127.0.0.0/8", false },	  { "local 127.0.0.1", false },
		{ "0.0.0.0/0 dev eth0", true },	  { "126.0.0.0/7 dev eth0", true },
		{ "local ::1", false },		  { "local ::2", true },
		{ "fe80::/64 dev eth0", false },  { "febf::/64 dev eth0", false },
		{ "fec0::/64 dev eth0", true },	  { "fe00::/8 dev eth0", true },
		{ "fe80::/9 dev eth0", true }, /* and so is fec0:: */
		{ "fe80::/10 dev eth0", false },  { "multicast ff00::/8 dev eth0", false },
		{ "::/0 dev eth0", true },
	};

	(void)state;
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		struct nsa_krt k = read_krt(lines[i].line);

		if (nsa_rib_is_mirrored(&k) != lines[i].mirrored)
			fail_msg("%s", lines[i].line);
	}
}

/* Changing */

static void test_add_and_del(void **state)
{
	struct nsa_node *node;
	struct rib rib;
	bool contested;

	(void)state;
	rib_make(&rib);
	assert_int_equal(add(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	node = node_of(&rib, "10.0.0.0/24");
	assert_true(node && node->dirty);
	assert_int_equal(rib.table->lengths[0][24], 1);
	assert_int_equal(add(&rib, "10.0.0.0/24 dev eth0 metric 5", 2), 0);
	assert_int_equal(add(&rib, "10.0.1.0/24 dev eth0", 2), 0);
	assert_int_equal(rib.table->lengths[0][24], 2);
	assert_int_equal(number_of(&rib, nsa_rib_best(node, &contested)), 1);
	/* Of another metric, TOS or table there is none. */
	assert_int_equal(del(&rib, "10.0.0.0/24 dev eth0 metric 6", 1), 0);
	assert_int_equal(del(&rib, "10.0.0.0/24 dev eth0 tos 4", 1), 0);
	assert_int_equal(del(&rib, "local 10.0.0.0/24", 1), 0);
	assert_int_equal(del(&rib, "10.0.0.0/25 dev eth0", 1), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	assert_int_equal(del(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	assert_int_equal(number_of(&rib, nsa_rib_best(node, &contested)), 2);
	/* The kernel may tell of its next hop otherwise when it goes, e.g. as dead. */
	assert_int_equal(del(&rib, "10.0.0.0/24 dev eth0 metric 5", 9), 0);
	assert_null(nsa_rib_best(node, &contested));
	assert_int_equal(rib.table->lengths[0][24], 1);
	rib_free(&rib);
}

static void test_replace(void **state)
{
	struct rib rib;
	bool contested;

	(void)state;
	rib_make(&rib);
	assert_int_equal(replace(&rib, "10.0.0.0/24 dev eth0", 1), 0); /* as if it were added */
	assert_int_equal(add(&rib, "10.0.0.0/24 dev eth0 metric 5", 2), 0);
	assert_int_equal(replace(&rib, "10.0.0.0/24 dev eth0", 3), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	assert_int_equal(number_of(&rib, nsa_rib_best(node_of(&rib, "10.0.0.0/24"), &contested)),
			 3);
	assert_int_equal(replace(&rib, "10.0.0.0/24 dev eth0", 3), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	rib_free(&rib);
}

/* The kernel replaces and removes the first of several in one place: which that is isn't known here.
 * Nothing is changed, for all will be read anew. */
static void test_several_in_one_place(void **state)
{
	struct rib rib;

	(void)state;
	rib_make(&rib);
	assert_int_equal(add(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	assert_int_equal(add(&rib, "10.0.0.0/24 dev eth1", 2), 0);
	assert_int_equal(replace(&rib, "10.0.0.0/24 dev lone", 3), -EAGAIN);
	/* Nor when one of them is what comes: a message of before the reading may have added the other. */
	assert_int_equal(replace(&rib, "10.0.0.0/24 dev lone", 1), -EAGAIN);
	assert_int_equal(del(&rib, "10.0.0.0/24 dev lone", 3), -EAGAIN);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	/* One that is known by its next hop can't be another. */
	assert_int_equal(del(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 1);
	rib_free(&rib);
}

/* Two that look the same here: with one gone the other is still there. */
static void test_twins(void **state)
{
	struct rib rib;

	(void)state;
	rib_make(&rib);
	nsa_rib_begin(rib.table);
	assert_int_equal(add(&rib, "fd00::/64 dev eth0 from fd01::/64", 1), 0);
	assert_int_equal(add(&rib, "fd00::/64 dev eth0 from fd02::/64", 1), 0);
	assert_int_equal(nsa_rib_end(rib.table, 0), 0);
	assert_int_equal(del(&rib, "fd00::/64 dev eth0 from fd01::/64", 1), -EAGAIN);
	assert_int_equal(count_routes(&rib, "fd00::/64"), 1);
	assert_int_equal(replace(&rib, "fd00::/64 dev eth0 from fd01::/64", 2), -EAGAIN);
	/* Read anew there is but one. */
	nsa_rib_begin(rib.table);
	assert_int_equal(add(&rib, "fd00::/64 dev eth0 from fd02::/64", 1), 0);
	assert_int_equal(nsa_rib_end(rib.table, 0), 0);
	assert_int_equal(del(&rib, "fd00::/64 dev eth0 from fd02::/64", 1), 0);
	assert_int_equal(count_routes(&rib, "fd00::/64"), 0);
	rib_free(&rib);
}

static void test_read_anew(void **state)
{
	struct rib rib;

	(void)state;
	rib_make(&rib);
	add_lines(&rib,
		  "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1 metric 5\n10.1.0.0/24 dev eth0\n"
		  "fd00::/64 dev eth0\nlocal 10.2.0.0/16\nlocal 10.3.0.1");
	nsa_rib_begin(rib.table);
	assert_int_equal(add(&rib, "10.0.0.0/24 dev eth0", 0), 0);
	assert_int_equal(add(&rib, "10.5.0.0/24 dev eth0", 9), 0);
	assert_int_equal(add(&rib, "local 10.3.0.1", 5), 0);
	assert_int_equal(nsa_rib_end(rib.table, AF_INET), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 1);
	assert_int_equal(count_routes(&rib, "10.1.0.0/24"), 0);
	assert_int_equal(count_routes(&rib, "10.5.0.0/24"), 1);
	assert_int_equal(count_routes(&rib, "fd00::/64"), 1); /* the other family wasn't read */
	assert_int_equal(rib.table->local_count, 1);
	assert_false(rib.table->wide_locals);
	nsa_rib_begin(rib.table);
	assert_int_equal(nsa_rib_end(rib.table, AF_INET6), 0);
	assert_int_equal(count_routes(&rib, "fd00::/64"), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 1);
	nsa_rib_begin(rib.table);
	assert_int_equal(nsa_rib_end(rib.table, 0), 0);
	for (size_t len = 0; len <= 128; len++)
		assert_int_equal(rib.table->lengths[0][len] + rib.table->lengths[1][len], 0);
	assert_int_equal(rib.table->local_count, 0);
	rib_free(&rib);
}

/* Touching */

static void forget_touched(struct rib *rib)
{
	for (size_t i = 0; i < rib->table->dirty_count; i++)
		rib->table->dirty[i]->dirty = false;
	rib->table->dirty_count = 0;
}

static struct nsa_node *add_host(struct rib *rib, const char *word)
{
	struct nsaccel_prefix prefix = read_prefix(word);
	struct nsa_node *node = nsa_table_node(rib->table, &prefix);

	assert_int_equal(nsa_rib_host_add(rib->table, node), 0);
	return node;
}

static void check_sorted(const struct rib *rib)
{
	for (size_t i = 1; i < rib->table->host_count; i++) {
		const struct nsaccel_prefix *a = &rib->table->hosts[i - 1]->prefix;
		const struct nsaccel_prefix *b = &rib->table->hosts[i]->prefix;

		assert_true(
			a->family < b->family ||
			(a->family == b->family && memcmp(a->addr, b->addr, sizeof(a->addr)) < 0));
	}
}

static void test_hosts(void **state)
{
	static const char *const words[] = { "10.0.0.9",   "10.0.0.1", "255.255.255.255", "0.0.0.0",
					     "10.0.1.1",   "fd00::2",  "fd00::1",	  "9.9.9.9",
					     "10.0.0.200", "fd01::1" };
	struct rib rib;

	(void)state;
	rib_make(&rib);
	for (size_t i = 0; i < ELEMENTS(words); i++) {
		assert_true(add_host(&rib, words[i])->dirty);
		check_sorted(&rib);
	}
	forget_touched(&rib);
	assert_true(add_host(&rib, "10.0.0.1")->dirty); /* again: it may be another's now */
	assert_int_equal(rib.table->host_count, ELEMENTS(words));
	for (size_t i = 0; i < ELEMENTS(words); i += 2) {
		forget_touched(&rib);
		assert_int_equal(nsa_rib_host_del(rib.table, node_of(&rib, words[i])), 0);
		assert_true(node_of(&rib, words[i])->dirty && !node_of(&rib, words[i])->host);
		assert_int_equal(nsa_rib_host_del(rib.table, node_of(&rib, words[i])), 0);
		check_sorted(&rib);
	}
	assert_int_equal(rib.table->host_count, ELEMENTS(words) / 2);
	for (size_t i = 1; i < ELEMENTS(words); i += 2)
		assert_true(node_of(&rib, words[i])->host);
	rib_free(&rib);
}

/* What a change of a route touches: its prefix, and the hosts in it. */
static const struct {
	const char *line, *touched; /* a letter for each of hosts, below */
} touches[] = {
	{ "10.0.0.0/24 dev eth0", "ynynnn" },
	{ "10.0.0.0/25 dev eth0", "yn"
				  "nnnn" },
	{ "10.0.0.128/25 dev eth0", "nnynnn" },
	{ "10.0.0.1 dev eth0", "ynnnnn" },
	{ "default dev eth0", "yyyynn" },
	{ "::/0 dev eth0", "nnnnyy" },
	{ "fd00::/64 dev eth0", "nnnnyn" },
	{ "local 10.0.0.1", "ynnnnn" },
	{ "255.255.255.0/24 dev eth0", "nnnynn" },
	{ "11.0.0.0/8 dev eth0", "nnnnnn" },
	{ "local 11.0.0.0/8", "yyyyyy" }, /* rare: everything */
};
static const char *const hosts[] = { "10.0.0.1",	"10.0.1.1", "10.0.0.200",
				     "255.255.255.255", "fd00::1",  "fd01::1" };

static void check_touched(struct rib *rib, size_t i)
{
	for (size_t j = 0; j < ELEMENTS(hosts); j++)
		if (node_of(rib, hosts[j])->dirty != (touches[i].touched[j] == 'y'))
			fail_msg("%s: %s", touches[i].line, hosts[j]);
	forget_touched(rib);
}

static void test_touched(void **state)
{
	struct rib rib;

	(void)state;
	rib_make(&rib);
	for (size_t i = 0; i < ELEMENTS(hosts); i++)
		add_host(&rib, hosts[i]);
	for (size_t i = 0; i < ELEMENTS(touches); i++) {
		forget_touched(&rib);
		assert_int_equal(add(&rib, touches[i].line, 1), 0);
		check_touched(&rib, i);
		assert_int_equal(add(&rib, touches[i].line, 1), 0); /* nothing new */
		assert_int_equal(rib.table->dirty_count, 0);
		assert_int_equal(replace(&rib, touches[i].line, 2), -EAGAIN);
		nsa_rib_begin(rib.table);
		assert_int_equal(add(&rib, touches[i].line, 1), 0);
		assert_int_equal(replace(&rib, touches[i].line, 2), 0);
		check_touched(&rib, i);
		assert_int_equal(del(&rib, touches[i].line, 2), 0);
		check_touched(&rib, i);
	}
	rib_free(&rib);
}

/* Of two that the kernel's own lookup tells of, which of them does a route touch? */
static void test_asking(void **state)
{
	static const struct {
		const char *line;
		bool low, high;
	} lines[] = {
		{ "10.0.0.0/8 dev eth0 mtu 1400", true, false },
		{ "10.0.0.0/24 dev eth0 mtu 1400", true, false },
		{ "default dev eth0 mtu 1400", true, true },
		{ "10.1.0.0/25 dev eth0 mtu 1400", false, false }, /* below it */
		{ "::/0 dev eth0 mtu 1400", false, false },
		{ "default dev eth0 metric 2", false, false }, /* no MTU */
	};
	const struct nsaccel_nexthop key = { .target = NSACCEL_TARGET_FIB };
	struct nsa_node *low, *high;
	struct nsa_krt k;
	struct rib rib;
	__u32 plain;

	(void)state;
	rib_make(&rib);
	add_lines(&rib, "10.0.0.0/25 dev eth0\n11.0.0.0/16 dev eth0");
	low = node_of(&rib, "10.0.0.0/25");
	high = node_of(&rib, "11.0.0.0/16");
	for (size_t i = 0; i < 2; i++) {
		__u32 hop = nsa_hops_get(rib.hops, &key);

		nsa_table_want(rib.table, i ? high : low, hop, NSACCEL_ORIGIN_KERNEL);
		nsa_hops_put(rib.hops, hop);
	}
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		struct nsaccel_nexthop line_key;

		k = read_krt(lines[i].line);
		nsa_plan_kernel_key(1, &k, &line_key);
		forget_touched(&rib);
		assert_int_equal(
			nsa_rib_add(rib.table, &k, nsa_hops_get(rib.hops, &line_key), false), 0);
		assert_true(low->dirty == lines[i].low && high->dirty == lines[i].high);
		forget_touched(&rib);
		assert_int_equal(nsa_rib_del(rib.table, &k, nsa_hops_get(rib.hops, &line_key)), 0);
		assert_true(low->dirty == lines[i].low && high->dirty == lines[i].high);
	}
	plain = hop_of(&rib, 1);
	nsa_table_want(rib.table, low, plain, NSACCEL_ORIGIN_KERNEL);
	nsa_hops_put(rib.hops, plain);
	forget_touched(&rib);
	k = read_krt(lines[0].line);
	assert_int_equal(nsa_rib_add(rib.table, &k, hop_of(&rib, 2), false), 0);
	assert_false(low->dirty); /* it doesn't ask any more */
	nsa_table_want(rib.table, low, 0, NSACCEL_ORIGIN_NONE);
	nsa_table_want(rib.table, high, 0, NSACCEL_ORIGIN_NONE);
	rib_free(&rib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),	 cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_mirrored), cmocka_unit_test(test_add_and_del),
		cmocka_unit_test(test_replace),	 cmocka_unit_test(test_several_in_one_place),
		cmocka_unit_test(test_twins),	 cmocka_unit_test(test_read_anew),
		cmocka_unit_test(test_hosts),	 cmocka_unit_test(test_touched),
		cmocka_unit_test(test_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
