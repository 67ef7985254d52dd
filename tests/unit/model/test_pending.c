// SPDX-License-Identifier: GPL-2.0-only
/* When a namespace is read: at once, unless it takes more than its share, or can't be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stddef.h>
#include <cmocka.h>

#include "user/model/pending.h"

#define MS     1000ULL
#define SECOND (1000 * MS)

static struct nsa_pending pending;
static __u64 now;

static int setup(void **state)
{
	(void)state;
	now = 1000 * SECOND;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	nsa_pending_free(&pending);
	return 0;
}

static void add(__u64 cookie)
{
	assert_int_equal(nsa_pending_add(&pending, cookie, true, now), 0);
}

/* 0: none. */
static __u64 next(void)
{
	__u64 cookie = 0;

	nsa_pending_next(&pending, now, &cookie);
	return cookie;
}

static void read_ok(__u64 cookie, __u64 took)
{
	assert_true(next() == cookie);
	nsa_pending_done(&pending, cookie, now, took, true);
}

static void test_order(void **state)
{
	(void)state;
	assert_true(nsa_pending_due(&pending) == ~0ULL);
	assert_int_equal(next(), 0);
	for (__u64 cookie = 1; cookie <= 9; cookie++, now += 1)
		add(cookie);
	add(1); /* its turn is what it was */
	for (__u64 cookie = 1; cookie <= 9; cookie++)
		read_ok(cookie, 1);
	assert_int_equal(next(), 0);
	assert_true(nsa_pending_due(&pending) == ~0ULL);
	now += SECOND;
	next();
	assert_int_equal(pending.count, 0);
}

/* A start-up isn't delayed; a change without end gets its hundredth. */
static void test_share(void **state)
{
	__u64 start = now, reads = 0;

	(void)state;
	for (int i = 0; i < 100; i++, now += MS) {
		add(1);
		read_ok(1, MS / 4);
	}
	while (now < start + 100 * SECOND) {
		add(1);
		add(2);
		if (next() == 1) {
			nsa_pending_done(&pending, 1, now, 2 * MS, true);
			reads++;
		}
		if (next() == 2)
			nsa_pending_done(&pending, 2, now, 0, true);
		now += MS;
	}
	assert_in_range(reads, 450, 550);
	/* What takes long has nobody else wait. */
	now += 10 * SECOND;
	add(1);
	read_ok(1, 100 * MS);
	add(1);
	add(2);
	read_ok(2, 0);
	assert_int_equal(next(), 0);
	assert_true(nsa_pending_due(&pending) > now + 5 * SECOND);
	now = nsa_pending_due(&pending);
	assert_int_equal(next(), 1);
}

static void test_failures(void **state)
{
	__u64 waited = 0;

	(void)state;
	add(1);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(next(), 1);
		nsa_pending_done(&pending, 1, now, 0, false);
		assert_int_equal(next(), 0);
		add(1); /* does not hurry it */
		assert_int_equal(next(), 0);
		assert_true(nsa_pending_due(&pending) - now >= waited);
		waited = nsa_pending_due(&pending) - now;
		now += waited;
	}
	assert_in_range(waited, SECOND, 10 * SECOND);
	read_ok(1, 0);
	add(1);
	assert_int_equal(next(), 1);
	nsa_pending_clear(&pending);
	assert_int_equal(next(), 0);
	add(1);
	add(2);
	nsa_pending_forget(&pending, 1);
	assert_int_equal(next(), 2);
}

/* What follows from a change counts as its, up to a limit; a time that was set for later stays. */
static void test_charge(void **state)
{
	(void)state;
	nsa_pending_charge(&pending, 1, now, MS); /* never heard of */
	add(1);
	read_ok(1, MS);
	nsa_pending_charge(&pending, 1, now, 9 * MS);
	add(1);
	read_ok(1, 22 * MS); /* 3.2 s are paid, of which three are an advance */
	add(1);
	assert_int_equal(next(), 0);
	now += 200 * MS;
	read_ok(1, 0);
	nsa_pending_charge(&pending, 1, now, 1000 * MS);
	add(1);
	now += 2999 * MS;
	assert_int_equal(next(), 0);
	now += MS;
	assert_true(next() == 1);
	nsa_pending_done(&pending, 1, now, 0, false);
	nsa_pending_charge(&pending, 1, now, 0);
	assert_int_equal(next(), 0);
}

/* What is wanted whole once stays so until it has been read. */
static void test_whole(void **state)
{
	(void)state;
	assert_true(nsa_pending_is_whole(&pending, 1));
	assert_int_equal(nsa_pending_add(&pending, 1, false, now), 0);
	assert_false(nsa_pending_is_whole(&pending, 1));
	add(1);
	assert_int_equal(nsa_pending_add(&pending, 1, false, now), 0);
	assert_true(nsa_pending_is_whole(&pending, 1));
	read_ok(1, 1);
	assert_int_equal(nsa_pending_add(&pending, 1, false, now), 0);
	assert_false(nsa_pending_is_whole(&pending, 1));
	nsa_pending_done(&pending, 1, now, 1, false);
	assert_true(nsa_pending_is_whole(&pending, 1));
}

/* Those that are due are read together, and each pays its part. */
static void test_taken(void **state)
{
	(void)state;
	assert_int_equal(nsa_pending_take(&pending, now), 0);
	add(1);
	add(2);
	add(3);
	read_ok(1, SECOND);
	add(1);
	assert_int_equal(nsa_pending_take(&pending, now), 2);
	add(2); /* is being read */
	nsa_pending_share(&pending, now, SECOND);
	assert_int_equal(next(), 0);
	add(2);
	add(3);
	assert_true(nsa_pending_due(&pending) == now + 47 * SECOND);
	now += 47 * SECOND;
	assert_int_equal(nsa_pending_take(&pending, now), 2);
	nsa_pending_share(&pending, now, 0);
	assert_true(nsa_pending_due(&pending) == now + 50 * SECOND);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_order),  TEST(test_share), TEST(test_failures),
		TEST(test_charge), TEST(test_whole), TEST(test_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
