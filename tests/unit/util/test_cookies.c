// SPDX-License-Identifier: GPL-2.0-only
/* Sets of namespaces: each once, found whatever the order they came in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "user/util/cookies.h"

static void test_empty(void **state)
{
	struct nsa_cookies cookies = {};

	(void)state;
	nsa_cookies_sort(&cookies);
	assert_false(nsa_cookies_have(&cookies, 0));
	nsa_cookies_free(&cookies);
}

static void test_note(void **state)
{
	struct nsa_cookies cookies = {};

	(void)state;
	assert_int_equal(nsa_cookies_note(&cookies, 7), 0);
	assert_int_equal(nsa_cookies_note(&cookies, 5), 0);
	assert_int_equal(nsa_cookies_note(&cookies, 7), 0);
	assert_int_equal(cookies.count, 2);
	assert_false(nsa_cookies_note_new(&cookies, 5));
	assert_true(nsa_cookies_note_new(&cookies, 6));
	assert_false(nsa_cookies_note_new(&cookies, 6));
	assert_int_equal(cookies.count, 3);
	nsa_cookies_free(&cookies);
}

/* Also those that differ in the upper half alone, as cookies are 64 bits long. */
static void test_sorted(void **state)
{
	static const __u64 all[] = { 1ULL << 40, 3, 1ULL << 33, 3, 2 };
	struct nsa_cookies cookies = {};

	(void)state;
	assert_int_equal(nsa_cookies_reserve(&cookies, 5), 0);
	assert_int_equal(cookies.count, 0);
	for (size_t i = 0; i < 5; i++)
		cookies.items[cookies.count++] = all[i];
	nsa_cookies_sort(&cookies);
	for (size_t i = 0; i < 5; i++)
		assert_true(nsa_cookies_have(&cookies, all[i]));
	assert_false(nsa_cookies_have(&cookies, 0));
	assert_false(nsa_cookies_have(&cookies, 4));
	assert_false(nsa_cookies_have(&cookies, (1ULL << 40) + 3));
	nsa_cookies_free(&cookies);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_note),
		cmocka_unit_test(test_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
