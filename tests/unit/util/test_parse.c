// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/util/parse.c: amounts, prefixes and addresses that the user writes. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sandbox.h"
#include "user/util/parse.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))
#define LONG_WORD	"0123456789012345678901234567890123456789012345678901234567890123456789"

#define NOT_AN_ADDRESS "is not an IPv4 or IPv6 address"
#define NOT_A_PREFIX   "is not a prefix"
#define BAD_LENGTH_4   "has a length that is not 0 to 32"
#define BAD_LENGTH_6   "has a length that is not 0 to 128"
#define HOST_BITS      "has bits set beyond its length"

static const struct {
	const char *word;
	enum nsaccel_family family;
	unsigned int len;
	__u8 addr[NSACCEL_ADDR_LEN];
} prefixes[] = {
	{ "10.0.0.0/8", NSACCEL_FAMILY_INET, 8, { 10 } },
	{ "10.0.0.1", NSACCEL_FAMILY_INET, 32, { 10, 0, 0, 1 } },
	{ "10.0.0.1/32", NSACCEL_FAMILY_INET, 32, { 10, 0, 0, 1 } },
	{ "10.0.0.0/08", NSACCEL_FAMILY_INET, 8, { 10 } },
	{ "0.0.0.0/0", NSACCEL_FAMILY_INET, 0, {} },
	{ "default", NSACCEL_FAMILY_INET, 0, {} },
	{ "128.0.0.0/1", NSACCEL_FAMILY_INET, 1, { 128 } },
	{ "10.255.255.254/31", NSACCEL_FAMILY_INET, 31, { 10, 255, 255, 254 } },
	{ "255.255.255.255/32", NSACCEL_FAMILY_INET, 32, { 255, 255, 255, 255 } },
	{ "::/0", NSACCEL_FAMILY_INET6, 0, {} },
	{ "::", NSACCEL_FAMILY_INET6, 128, {} },
	{ "2001:db8::/32", NSACCEL_FAMILY_INET6, 32, { 0x20, 0x01, 0x0d, 0xb8 } },
	{ "2001:DB8::/33", NSACCEL_FAMILY_INET6, 33, { 0x20, 0x01, 0x0d, 0xb8 } },
	{ "fd00::1", NSACCEL_FAMILY_INET6, 128, { 0xfd, [15] = 1 } },
	{ "fd00::1/128", NSACCEL_FAMILY_INET6, 128, { 0xfd, [15] = 1 } },
	{ "fd00::2/127", NSACCEL_FAMILY_INET6, 127, { 0xfd, [15] = 2 } },
	{ "::ffff:192.0.2.0/120",
	  NSACCEL_FAMILY_INET6,
	  120,
	  { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2 } },
	{ "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128",
	  NSACCEL_FAMILY_INET6,
	  128,
	  { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 } },
};

static const struct {
	const char *word, *why;
} bad_prefixes[] = {
	{ "", NOT_AN_ADDRESS },
	{ "/", NOT_AN_ADDRESS },
	{ "/8", NOT_AN_ADDRESS },
	{ "10", NOT_AN_ADDRESS },
	{ "10/8", NOT_AN_ADDRESS },
	{ "10.0.0/24", NOT_AN_ADDRESS },
	{ "10.0.0.0.0/8", NOT_AN_ADDRESS },
	{ "300.0.0.0/8", NOT_AN_ADDRESS },
	{ "256.0.0.0", NOT_AN_ADDRESS },
	{ "010.0.0.0/8", NOT_AN_ADDRESS },
	{ "0x0a.0.0.0/8", NOT_AN_ADDRESS },
	{ "-1.0.0.0/8", NOT_AN_ADDRESS },
	{ " 10.0.0.0/8", NOT_AN_ADDRESS },
	{ "10.0.0.0 /8", NOT_AN_ADDRESS },
	{ "10.0.0.0\n", NOT_AN_ADDRESS },
	{ "ten.0.0.0/8", NOT_AN_ADDRESS },
	{ "localhost", NOT_AN_ADDRESS },
	{ "Default", NOT_AN_ADDRESS },
	{ "default/0", NOT_AN_ADDRESS },
	{ "fd00:::/64", NOT_AN_ADDRESS },
	{ "fd00::1::/64", NOT_AN_ADDRESS },
	{ "fd00:0:0:0:0:0:0/64", NOT_AN_ADDRESS },
	{ "1:2:3:4:5:6:7:8:9", NOT_AN_ADDRESS },
	{ "fd00::12345/128", NOT_AN_ADDRESS },
	{ "fd00::g", NOT_AN_ADDRESS },
	{ "[fd00::1]/128", NOT_AN_ADDRESS },
	{ "fe80::1%eth0", NOT_AN_ADDRESS },
	{ "\xff\xfe", NOT_AN_ADDRESS },
	{ "%s%n/8", NOT_AN_ADDRESS },
	{ "10.0.0.0/", BAD_LENGTH_4 },
	{ "10.0.0.0/33", BAD_LENGTH_4 },
	{ "10.0.0.0/-1", BAD_LENGTH_4 },
	{ "10.0.0.0/+8", BAD_LENGTH_4 },
	{ "10.0.0.0/ 8", BAD_LENGTH_4 },
	{ "10.0.0.0/8 ", BAD_LENGTH_4 },
	{ "10.0.0.0/8x", BAD_LENGTH_4 },
	{ "10.0.0.0/0x8", BAD_LENGTH_4 },
	{ "10.0.0.0/x", BAD_LENGTH_4 },
	{ "10.0.0.0/8/8", BAD_LENGTH_4 },
	{ "10.0.0.0//8", BAD_LENGTH_4 },
	{ "10.0.0.0/255.0.0.0", BAD_LENGTH_4 },
	{ "10.0.0.0/4294967304", BAD_LENGTH_4 },	   /* 2^32 + 8 */
	{ "10.0.0.0/18446744073709551624", BAD_LENGTH_4 }, /* 2^64 + 8 */
	{ "10.0.0.0/" LONG_WORD, BAD_LENGTH_4 },
	{ "fd00::/129", BAD_LENGTH_6 },
	{ "fd00::/", BAD_LENGTH_6 },
	{ "fd00::/-1", BAD_LENGTH_6 },
	{ "fd00::/4294967296", BAD_LENGTH_6 },
	{ "10.0.0.1/24", HOST_BITS },
	{ "10.0.0.1/0", HOST_BITS },
	{ "10.0.0.1/31", HOST_BITS },
	{ "10.128.0.0/8", HOST_BITS },
	{ "fd00::1/64", HOST_BITS },
	{ "fd00::1/127", HOST_BITS },
	{ "fd00::1/0", HOST_BITS },
	{ LONG_WORD, NOT_A_PREFIX },
	{ LONG_WORD "/8", NOT_A_PREFIX },
};

static const struct {
	const char *word;
	enum nsa_unit unit;
	__u64 amount;
} amounts[] = {
	{ "0", NSA_UNIT_RATE, 0 },
	{ "1000", NSA_UNIT_RATE, 1000 },
	{ "1bit", NSA_UNIT_RATE, 1 },
	{ "64kbit", NSA_UNIT_RATE, 64000 },
	{ "100mbit", NSA_UNIT_RATE, 100000000 },
	{ "100Mbit", NSA_UNIT_RATE, 100000000 },
	{ "10GBIT", NSA_UNIT_RATE, 10000000000 },
	{ "1tbit", NSA_UNIT_RATE, 1000000000000 },
	{ "1000tbit", NSA_UNIT_RATE, 1000000000000000 },
	{ "1500", NSA_UNIT_SIZE, 1500 },
	{ "1500b", NSA_UNIT_SIZE, 1500 },
	{ "64k", NSA_UNIT_SIZE, 65536 },
	{ "64kb", NSA_UNIT_SIZE, 65536 },
	{ "1m", NSA_UNIT_SIZE, 1048576 },
	{ "1mb", NSA_UNIT_SIZE, 1048576 },
	{ "2gb", NSA_UNIT_SIZE, 2147483648 },
	{ "2g", NSA_UNIT_SIZE, 2147483648 },
	{ "1", NSA_UNIT_COUNT, 1 },
	{ "20k", NSA_UNIT_COUNT, 20000 },
	{ "1m", NSA_UNIT_COUNT, 1000000 },
	{ "007", NSA_UNIT_COUNT, 7 },
};

static const struct {
	const char *word;
	enum nsa_unit unit;
} bad_amounts[] = {
	{ "", NSA_UNIT_RATE },
	{ "mbit", NSA_UNIT_RATE },
	{ "-1", NSA_UNIT_RATE },
	{ "+1", NSA_UNIT_RATE },
	{ " 1", NSA_UNIT_RATE },
	{ "1 ", NSA_UNIT_RATE },
	{ "1.5mbit", NSA_UNIT_RATE },
	{ "1e6", NSA_UNIT_RATE },
	{ "0x10", NSA_UNIT_RATE },
	{ "1mb", NSA_UNIT_RATE },
	{ "1m", NSA_UNIT_RATE },
	{ "1mbps", NSA_UNIT_RATE },
	{ "1001tbit", NSA_UNIT_RATE },
	{ "18446744073709551616", NSA_UNIT_RATE },
	{ "18446744073709551615", NSA_UNIT_RATE },
	{ "18446744073709551615tbit", NSA_UNIT_RATE },
	{ LONG_WORD, NSA_UNIT_RATE },
	{ "1mbit", NSA_UNIT_SIZE },
	{ "1t", NSA_UNIT_SIZE },
	{ "1000000g", NSA_UNIT_SIZE },
	{ "1g", NSA_UNIT_COUNT },
	{ "1kb", NSA_UNIT_COUNT },
	{ "%s%n", NSA_UNIT_COUNT },
	{ "1\xff", NSA_UNIT_COUNT },
};

static void test_amounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(amounts); i++) {
		const char *why = NULL;
		__u64 amount;

		if (nsa_parse_amount(amounts[i].word, amounts[i].unit, &amount, &why))
			fail_msg("\"%s\": %s", amounts[i].word, why);
		if (amount != amounts[i].amount)
			fail_msg("\"%s\": %llu", amounts[i].word, amount);
	}
}

static void test_bad_amounts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad_amounts); i++) {
		const char *why = NULL;
		__u64 amount = 4711;

		if (nsa_parse_amount(bad_amounts[i].word, bad_amounts[i].unit, &amount, &why) !=
		    -EINVAL)
			fail_msg("\"%s\" is taken", bad_amounts[i].word);
		assert_int_equal(amount, 4711);
		assert_non_null(strstr(why, "is not a"));
	}
}

static void test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(prefixes); i++) {
		struct nsaccel_prefix prefix;
		const char *why = NULL;

		if (nsa_parse_prefix(prefixes[i].word, &prefix, &why))
			fail_msg("\"%s\": %s", prefixes[i].word, why);
		assert_int_equal(prefix.family, prefixes[i].family);
		assert_int_equal(prefix.prefixlen, NSACCEL_PREFIX_FAMILY_BITS + prefixes[i].len);
		assert_memory_equal(prefix.addr, prefixes[i].addr, NSACCEL_ADDR_LEN);
	}
}

static void test_bad_prefixes(void **state)
{
	struct nsaccel_prefix prefix, before;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	for (size_t i = 0; i < ELEMENTS(bad_prefixes); i++) {
		const char *why = "(nothing said)";
		int r;

		prefix = before;
		r = nsa_parse_prefix(bad_prefixes[i].word, &prefix, &why);
		if (r != -EINVAL || strcmp(why, bad_prefixes[i].why))
			fail_msg("\"%s\": %d, %s", bad_prefixes[i].word, r, why);
		assert_memory_equal(&prefix, &before, sizeof(before));
	}
}

/* The last bit of the address is set: beyond every length but the greatest. */
static void check_lengths(const char *addr, unsigned int max)
{
	struct nsaccel_prefix prefix;
	const char *why = NULL;
	char word[64];
	int r;

	for (unsigned int len = 0; len <= max; len++) {
		snprintf(word, sizeof(word), "%s/%u", addr, len);
		r = nsa_parse_prefix(word, &prefix, &why);
		assert_int_equal(r, len < max ? -EINVAL : 0);
		assert_string_equal(why, HOST_BITS);
	}
}

static void test_lengths(void **state)
{
	(void)state;
	check_lengths("0.0.0.1", 32);
	check_lengths("::1", 128);
}

static const struct {
	const char *word;
	enum nsaccel_family family;
	__u8 addr[NSACCEL_ADDR_LEN];
} addresses[] = {
	{ "10.0.0.1", NSACCEL_FAMILY_INET, { 10, 0, 0, 1 } },
	{ "0.0.0.0", NSACCEL_FAMILY_INET, {} },
	{ "255.255.255.255", NSACCEL_FAMILY_INET, { 255, 255, 255, 255 } },
	{ "::", NSACCEL_FAMILY_INET6, {} },
	{ "::1", NSACCEL_FAMILY_INET6, { [15] = 1 } },
	{ "fd00::A", NSACCEL_FAMILY_INET6, { 0xfd, [15] = 10 } },
	{ "::192.0.2.1", NSACCEL_FAMILY_INET6, { [12] = 192, [14] = 2, [15] = 1 } },
};

static const char *const bad_addresses[] = {
	"",	      "default",      "10.0.0",	   "10.0.0.0/8", "10.0.0.1/32", "10.0.0.256",
	"10.0.0.01",  "10.0.0.1 ",    "10.0.0.1x", ".",		 ":",		":::",
	"fd00::1/64", "fe80::1%eth0", "1::2::3",   LONG_WORD,	 "\xc3\x28",	"%n",
};

static void test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(addresses); i++) {
		__u8 addr[NSACCEL_ADDR_LEN];
		enum nsaccel_family family;
		const char *why = NULL;

		memset(addr, 0xa5, sizeof(addr));
		if (nsa_parse_addr(addresses[i].word, &family, addr, &why))
			fail_msg("\"%s\": %s", addresses[i].word, why);
		assert_int_equal(family, addresses[i].family);
		assert_memory_equal(addr, addresses[i].addr, NSACCEL_ADDR_LEN);
	}
}

static void test_bad_addresses(void **state)
{
	static const __u8 before[NSACCEL_ADDR_LEN] = { 0xa5, 0xa5, [15] = 0xa5 };

	(void)state;
	for (size_t i = 0; i < ELEMENTS(bad_addresses); i++) {
		enum nsaccel_family family = NSACCEL_FAMILY_NONE;
		const char *why = "(nothing said)";
		__u8 addr[NSACCEL_ADDR_LEN];
		int r;

		memcpy(addr, before, sizeof(addr));
		r = nsa_parse_addr(bad_addresses[i], &family, addr, &why);
		if (r != -EINVAL || strcmp(why, NOT_AN_ADDRESS))
			fail_msg("\"%s\": %d, %s", bad_addresses[i], r, why);
		assert_int_equal(family, NSACCEL_FAMILY_NONE);
		assert_memory_equal(addr, before, sizeof(addr));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_amounts),	      cmocka_unit_test(test_bad_amounts),
		cmocka_unit_test(test_prefixes),      cmocka_unit_test(test_bad_prefixes),
		cmocka_unit_test(test_lengths),	      cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_bad_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
