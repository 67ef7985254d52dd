// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/rib.c: routes are added, replaced, deleted and read anew. */
#include <errno.h>
#include <stdbool.h>

#include "rib_fixture.h"
#include "sandbox.h"
#include "world.h"

static size_t count_routes(const struct rib *rib, const char *word)
{
	const struct nsa_node *node = rib_node(rib, word);
	size_t count = 0;

	for (const struct nsa_rib_route *route = node ? node->routes : NULL; route;
	     route = route->next)
		count++;
	return count;
}

static void test_add_and_del(void **state)
{
	struct nsa_node *node;
	struct rib rib;
	bool contested;

	(void)state;
	rib_make(&rib);
	assert_int_equal(rib_add(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	node = rib_node(&rib, "10.0.0.0/24");
	assert_true(node && node->dirty);
	assert_int_equal(rib.table->lengths[0][24], 1);
	assert_int_equal(rib_add(&rib, "10.0.0.0/24 dev eth0 metric 5", 2), 0);
	assert_int_equal(rib_add(&rib, "10.0.1.0/24 dev eth0", 2), 0);
	assert_int_equal(rib.table->lengths[0][24], 2);
	assert_int_equal(rib_number(&rib, nsa_rib_best(node, &contested)), 1);
	/* Of another metric, TOS or table there is none. */
	assert_int_equal(rib_del(&rib, "10.0.0.0/24 dev eth0 metric 6", 1), 0);
	assert_int_equal(rib_del(&rib, "10.0.0.0/24 dev eth0 tos 4", 1), 0);
	assert_int_equal(rib_del(&rib, "local 10.0.0.0/24", 1), 0);
	assert_int_equal(rib_del(&rib, "10.0.0.0/25 dev eth0", 1), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	assert_int_equal(rib_del(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	assert_int_equal(rib_number(&rib, nsa_rib_best(node, &contested)), 2);
	/* The kernel may tell of its next hop otherwise when it goes, e.g. as dead. */
	assert_int_equal(rib_del(&rib, "10.0.0.0/24 dev eth0 metric 5", 9), 0);
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
	assert_int_equal(rib_replace(&rib, "10.0.0.0/24 dev eth0", 1), 0); /* as if it were added */
	assert_int_equal(rib_add(&rib, "10.0.0.0/24 dev eth0 metric 5", 2), 0);
	assert_int_equal(rib_replace(&rib, "10.0.0.0/24 dev eth0", 3), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	assert_int_equal(rib_number(&rib, nsa_rib_best(rib_node(&rib, "10.0.0.0/24"), &contested)),
			 3);
	assert_int_equal(rib_replace(&rib, "10.0.0.0/24 dev eth0", 3), 0);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	rib_free(&rib);
}

/* The kernel replaces and removes the first of several in one place, which is not known here.
 * Nothing is changed, for all will be read anew. */
static void test_several_in_one_place(void **state)
{
	struct rib rib;

	(void)state;
	rib_make(&rib);
	assert_int_equal(rib_add(&rib, "10.0.0.0/24 dev eth0", 1), 0);
	assert_int_equal(rib_add(&rib, "10.0.0.0/24 dev eth1", 2), 0);
	assert_int_equal(rib_replace(&rib, "10.0.0.0/24 dev lone", 3), -EAGAIN);
	/* Nor if one of them is the new route: a message from before the reading may have added the
	 * other. */
	assert_int_equal(rib_replace(&rib, "10.0.0.0/24 dev lone", 1), -EAGAIN);
	assert_int_equal(rib_del(&rib, "10.0.0.0/24 dev lone", 3), -EAGAIN);
	assert_int_equal(count_routes(&rib, "10.0.0.0/24"), 2);
	/* One that is known by its next hop can't be another. */
	assert_int_equal(rib_del(&rib, "10.0.0.0/24 dev eth0", 1), 0);
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
	assert_int_equal(rib_add(&rib, "fd00::/64 dev eth0 from fd01::/64", 1), 0);
	assert_int_equal(rib_add(&rib, "fd00::/64 dev eth0 from fd02::/64", 1), 0);
	assert_int_equal(nsa_rib_end(rib.table, 0), 0);
	assert_int_equal(rib_del(&rib, "fd00::/64 dev eth0 from fd01::/64", 1), -EAGAIN);
	assert_int_equal(count_routes(&rib, "fd00::/64"), 1);
	assert_int_equal(rib_replace(&rib, "fd00::/64 dev eth0 from fd01::/64", 2), -EAGAIN);
	/* Read anew there is but one. */
	nsa_rib_begin(rib.table);
	assert_int_equal(rib_add(&rib, "fd00::/64 dev eth0 from fd02::/64", 1), 0);
	assert_int_equal(nsa_rib_end(rib.table, 0), 0);
	assert_int_equal(rib_del(&rib, "fd00::/64 dev eth0 from fd02::/64", 1), 0);
	assert_int_equal(count_routes(&rib, "fd00::/64"), 0);
	rib_free(&rib);
}

static void test_read_anew(void **state)
{
	struct rib rib;

	(void)state;
	rib_make(&rib);
	rib_add_lines(&rib,
		      "10.0.0.0/24 dev eth0\n10.0.0.0/24 dev eth1 metric 5\n10.1.0.0/24 dev eth0\n"
		      "fd00::/64 dev eth0\nlocal 10.2.0.0/16\nlocal 10.3.0.1");
	nsa_rib_begin(rib.table);
	assert_int_equal(rib_add(&rib, "10.0.0.0/24 dev eth0", 0), 0);
	assert_int_equal(rib_add(&rib, "10.5.0.0/24 dev eth0", 9), 0);
	assert_int_equal(rib_add(&rib, "local 10.3.0.1", 5), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add_and_del),
		cmocka_unit_test(test_replace),
		cmocka_unit_test(test_several_in_one_place),
		cmocka_unit_test(test_twins),
		cmocka_unit_test(test_read_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
