// SPDX-License-Identifier: GPL-2.0-only
/* Sorted arrays: order, search, and where a key would be; empty ones, too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "user/util/sort.h"

static int compare(const void *a, const void *b)
{
	return CMP(*(const int *)a, *(const int *)b);
}

static void test_cmp(void **state)
{
	(void)state;
	assert_int_equal(CMP(1U, 2U), -1);
	assert_int_equal(CMP(2U, 1U), 1);
	assert_int_equal(CMP(1ULL << 40, 1ULL << 40), 0);
	assert_int_equal(CMP(1ULL << 40, 1), 1); /* a difference would not fit an int */
}

static void test_empty(void **state)
{
	int *none = NULL, key = 1;

	(void)state;
	SORT(none, 0, compare);
	assert_null(BSEARCH(&key, none, 0, compare));
	assert_int_equal(LOWER_BOUND(&key, none, 0, compare), 0);
}

static void test_search(void **state)
{
	int all[] = { 8, 2, 4, 6, 4 };
	const size_t count = sizeof(all) / sizeof(*all);
	static const size_t bounds[] = { 0, 0, 0, 1, 1, 3, 3, 4, 4, 5 };

	(void)state;
	SORT(all, count, compare);
	for (int key = 0; key < 10; key++) {
		const int *found = BSEARCH(&key, all, count, compare);

		assert_int_equal(LOWER_BOUND(&key, all, count, compare), bounds[key]);
		assert_int_equal(found != NULL, key && key % 2 == 0);
		if (found)
			assert_int_equal(*found, key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cmp),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_search),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
