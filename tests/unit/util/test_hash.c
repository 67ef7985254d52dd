// SPDX-License-Identifier: GPL-2.0-only
/* The hash function of tables: each bit of a key counts, and keys are spread over buckets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka.h needs those before it. */
#include <cmocka.h>

#include "user/util/hash.h"

#define KEYS	4096
#define BUCKETS 4096

/* Throwing as many keys into as many buckets at random never leaves half of them empty, nor puts 16
 * into one. */
static void check_spread(const __u64 hashes[KEYS], unsigned int shift)
{
	static unsigned char used[BUCKETS];
	unsigned int most = 0, empty = 0;

	memset(used, 0, sizeof(used));
	for (size_t i = 0; i < KEYS; i++)
		used[(hashes[i] >> shift) % BUCKETS]++;
	for (size_t i = 0; i < BUCKETS; i++) {
		most = used[i] > most ? used[i] : most;
		empty += !used[i];
	}
	assert_true(most < 16);
	assert_true(empty < BUCKETS / 2);
}

/* Numbers that follow each other, in the first and in the last bytes of a key. */
static void test_spread(void **state)
{
	static __u64 first[KEYS], last[KEYS];
	__u32 key[5] = {};

	(void)state;
	for (__u32 i = 0; i < KEYS; i++) {
		key[0] = i;
		key[4] = 0;
		first[i] = nsa_hash(key, sizeof(key));
		key[0] = 0;
		key[4] = i << 20;
		last[i] = nsa_hash(key, sizeof(key));
	}
	check_spread(first, 0);
	check_spread(first, 40);
	check_spread(last, 0);
	check_spread(last, 40);
}

static void test_each_bit(void **state)
{
	unsigned char key[13] = {};
	const __u64 zero = nsa_hash(key, sizeof(key));

	(void)state;
	for (size_t bit = 0; bit < 8 * sizeof(key); bit++) {
		key[bit / 8] = (unsigned char)(1 << bit % 8);
		assert_int_not_equal(nsa_hash(key, sizeof(key)), zero);
		key[bit / 8] = 0;
	}
}

static void test_words(void **state)
{
	static const __u64 words[] = { 1, 2 };

	(void)state;
	assert_int_equal(nsa_hash(words, 0), 0);
	assert_int_equal(nsa_hash(words, sizeof(words)), nsa_hash_word(nsa_hash_word(0, 1), 2));
	assert_int_not_equal(nsa_hash_word(nsa_hash_word(0, 2), 1), nsa_hash(words, sizeof(words)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spread),
		cmocka_unit_test(test_each_bit),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
