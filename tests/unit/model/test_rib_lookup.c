// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/rib.c: which route is in use for an address or a prefix. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rib_fixture.h"
#include "sandbox.h"
#include "world.h"

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
		const struct nsa_rib_route *route;
		__u8 addr[NSACCEL_ADDR_LEN], family;
		struct rib rib;
		bool contested;

		rib_make(&rib);
		rib_add_lines(&rib, lookups[i].fib);
		family = read_addr(lookups[i].addr, addr);
		route = nsa_rib_lookup(rib.table, family, addr, &contested);
		if ((route ? rib_number(&rib, route) : NONE) != lookups[i].answer)
			fail_msg("%s in\n%s", lookups[i].addr, lookups[i].fib);
		rib_free(&rib);
	}
}

/* A letter a line, of its prefix: is this the route in use, or another, or are several, or is it in
 * a table that nobody asks? A capital: hidden by a wider local prefix. */
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
	struct nsa_kernel_route k = read_krt(line);
	struct nsaccel_prefix prefix = nsa_prefix(k.family, k.dst, k.dst_len);
	const struct nsa_node *node = nsa_table_find(rib->table, &prefix);
	const struct nsa_rib_route *best;
	bool contested;
	char letter;

	if (!nsa_rib_is_mirrored(&k))
		return '-';
	best = nsa_rib_best(node, &contested);
	assert_non_null(best);
	letter = contested ? 'c' : rib_number(rib, best) == number ? 'y' : 'n';
	return nsa_rib_is_hidden(rib->table, node) ? (char)(letter - 'a' + 'A') : letter;
}

static void test_rivals(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(rivals); i++) {
		char *copy = strdup(rivals[i].fib), *rest = copy, *line;
		struct rib rib;

		rib_make(&rib);
		rib_add_lines(&rib, rivals[i].fib);
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
		struct nsa_kernel_route k = read_krt(lines[i].line);

		if (nsa_rib_is_mirrored(&k) != lines[i].mirrored)
			fail_msg("%s", lines[i].line);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup),
		cmocka_unit_test(test_rivals),
		cmocka_unit_test(test_mirrored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
