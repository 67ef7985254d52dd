// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/rib.c: the nodes that a change of a route or host touches. */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "rib_fixture.h"
#include "sandbox.h"
#include "user/model/plan_key.h"
#include "world.h"

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
		assert_int_equal(nsa_rib_host_del(rib.table, rib_node(&rib, words[i])), 0);
		assert_true(rib_node(&rib, words[i])->dirty && !rib_node(&rib, words[i])->host);
		assert_int_equal(nsa_rib_host_del(rib.table, rib_node(&rib, words[i])), 0);
		check_sorted(&rib);
	}
	assert_int_equal(rib.table->host_count, ELEMENTS(words) / 2);
	for (size_t i = 1; i < ELEMENTS(words); i += 2)
		assert_true(rib_node(&rib, words[i])->host);
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
		if (rib_node(rib, hosts[j])->dirty != (touches[i].touched[j] == 'y'))
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
		assert_int_equal(rib_add(&rib, touches[i].line, 1), 0);
		check_touched(&rib, i);
		assert_int_equal(rib_add(&rib, touches[i].line, 1), 0); /* nothing new */
		assert_int_equal(rib.table->dirty_count, 0);
		assert_int_equal(rib_replace(&rib, touches[i].line, 2), -EAGAIN);
		nsa_rib_begin(rib.table);
		assert_int_equal(rib_add(&rib, touches[i].line, 1), 0);
		assert_int_equal(rib_replace(&rib, touches[i].line, 2), 0);
		check_touched(&rib, i);
		assert_int_equal(rib_del(&rib, touches[i].line, 2), 0);
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
	struct nsa_kernel_route k;
	struct rib rib;
	__u32 plain;

	(void)state;
	rib_make(&rib);
	rib_add_lines(&rib, "10.0.0.0/25 dev eth0\n11.0.0.0/16 dev eth0");
	low = rib_node(&rib, "10.0.0.0/25");
	high = rib_node(&rib, "11.0.0.0/16");
	for (size_t i = 0; i < 2; i++) {
		__u32 hop = nsa_nexthops_get(rib.hops, &key);

		nsa_table_want(rib.table, i ? high : low, hop, NSACCEL_ORIGIN_KERNEL);
		nsa_nexthops_put(rib.hops, hop);
	}
	for (size_t i = 0; i < ELEMENTS(lines); i++) {
		struct nsaccel_nexthop line_key;

		k = read_krt(lines[i].line);
		nsa_plan_kernel_key(1, &k, &line_key);
		forget_touched(&rib);
		assert_int_equal(
			nsa_rib_add(rib.table, &k, nsa_nexthops_get(rib.hops, &line_key), false),
			0);
		assert_true(low->dirty == lines[i].low && high->dirty == lines[i].high);
		forget_touched(&rib);
		assert_int_equal(nsa_rib_del(rib.table, &k, nsa_nexthops_get(rib.hops, &line_key)),
				 0);
		assert_true(low->dirty == lines[i].low && high->dirty == lines[i].high);
	}
	plain = rib_hop(&rib, 1);
	nsa_table_want(rib.table, low, plain, NSACCEL_ORIGIN_KERNEL);
	nsa_nexthops_put(rib.hops, plain);
	forget_touched(&rib);
	k = read_krt(lines[0].line);
	assert_int_equal(nsa_rib_add(rib.table, &k, rib_hop(&rib, 2), false), 0);
	assert_false(low->dirty); /* it doesn't ask any more */
	nsa_table_want(rib.table, low, 0, NSACCEL_ORIGIN_NONE);
	nsa_table_want(rib.table, high, 0, NSACCEL_ORIGIN_NONE);
	rib_free(&rib);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_touched),
		cmocka_unit_test(test_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
