// SPDX-License-Identifier: GPL-2.0-only
/* Prefixes: their bits beyond the length are zero, and only those within it are compared. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "user/util/prefix.h"

static void test_prefix(void **state)
{
	static const __u8 ones[NSACCEL_ADDR_LEN] = { [0 ... 15] = 0xff };

	(void)state;
	for (__u8 len = 0; len <= 128; len++) {
		struct nsaccel_prefix prefix = nsa_prefix(NSACCEL_FAMILY_INET6, ones, len);

		assert_int_equal(prefix.family, NSACCEL_FAMILY_INET6);
		assert_int_equal(nsa_prefix_len(&prefix), len);
		for (__u8 bit = 0; bit < 128; bit++)
			assert_int_equal(!!(prefix.addr[bit / 8] & 0x80 >> bit % 8), bit < len);
	}
}

static void test_covers(void **state)
{
	static const __u8 a[] = { 0xaa, 0xaa }, b[] = { 0xaa, 0xab }, c[] = { 0x2a, 0xaa };

	(void)state;
	for (__u8 len = 0; len <= 16; len++) {
		assert_true(nsa_prefix_covers(a, len, a));
		assert_int_equal(nsa_prefix_covers(a, len, b), len < 16);
		assert_int_equal(nsa_prefix_covers(a, len, c), len < 1);
	}
}

static void test_bits(void **state)
{
	(void)state;
	assert_int_equal(nsa_addr_bits(NSACCEL_FAMILY_INET), 32);
	assert_int_equal(nsa_addr_bits(NSACCEL_FAMILY_INET6), 128);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_covers),
		cmocka_unit_test(test_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
