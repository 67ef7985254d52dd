// SPDX-License-Identifier: GPL-2.0-only
/* Arrays that grow: their items stay, new ones are zero, and room is made in good time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include <stdlib.h>

#include "user/util/array.h"

struct numbers {
	int *items;
	size_t count, room;
};

static void test_add(void **state)
{
	struct numbers numbers = {};
	size_t grown = 0, room = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		int *item = ARRAY_ADD(numbers.items, numbers.count, numbers.room);

		assert_non_null(item);
		assert_int_equal(*item, 0);
		*item = i + 1;
		grown += numbers.room != room;
		room = numbers.room;
		assert_true(numbers.count <= room);
	}
	assert_int_equal(numbers.count, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(numbers.items[i], i + 1);
	assert_true(grown <= 8); /* 8 << 7 is 1024 */
	free(numbers.items);
}

static void test_insert_remove(void **state)
{
	static const int expected[] = { 9, 1, 0, 2, 3, 4, 5, 6, 7, 8 };
	struct numbers numbers = {};

	(void)state;
	for (int i = 1; i <= 8; i++)
		*ARRAY_ADD(numbers.items, numbers.count, numbers.room) = i;
	*ARRAY_INSERT(numbers.items, numbers.count, numbers.room, 0) = 9;
	assert_int_equal(*ARRAY_INSERT(numbers.items, numbers.count, numbers.room, 2), 0);
	assert_int_equal(numbers.count, 10);
	assert_memory_equal(numbers.items, expected, sizeof(expected));
	ARRAY_REMOVE(numbers.items, numbers.count, 9);
	ARRAY_REMOVE(numbers.items, numbers.count, 0);
	assert_int_equal(numbers.count, 8);
	assert_memory_equal(numbers.items, &expected[1], 8 * sizeof(int));
	free(numbers.items);
}

static void test_reserve(void **state)
{
	struct numbers numbers = {};

	(void)state;
	assert_int_equal(ARRAY_RESERVE(numbers.items, numbers.room, 0), 0);
	assert_null(numbers.items);
	assert_int_equal(ARRAY_RESERVE(numbers.items, numbers.room, 100), 0);
	assert_int_equal(numbers.room, 100);
	*ARRAY_ADD(numbers.items, numbers.count, numbers.room) = 7;
	assert_int_equal(ARRAY_RESERVE(numbers.items, numbers.room, SIZE_MAX / 2), -ENOMEM);
	assert_int_equal(numbers.room, 100);
	assert_int_equal(numbers.items[0], 7);
	free(numbers.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_insert_remove),
		cmocka_unit_test(test_reserve),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
