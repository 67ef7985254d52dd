// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/model/nexthops*.c: each next hop once, and how next hops are found. */
#include <stdbool.h>
#include <string.h>

#include "hops.h"
#include "sandbox.h"
#include "user/model/nexthops.h"
#include "user/reconcile/nexthops_commit.h"

#define ELEMENTS(array) (sizeof(array) / sizeof(*(array)))

/* Every field that a key can have set, and what a resolved record has beside. */
static struct nsaccel_nexthop record_of(enum nsaccel_target target)
{
	return (struct nsaccel_nexthop){
		.generation = 7,
		.sequence = 4,
		.action = NSACCEL_ACTION_NIC,
		.reason = NSACCEL_FWD_NIC,
		.owner_slot = 3,
		.ifindex = 11,
		.l3_ifindex = 12,
		.tx_slot = 13,
		.mtu = 1400,
		.route_mtu = 1350,
		.confirm_neigh = 1,
		.dst_slot = 14,
		.dst_cookie = 15,
		.dst_mac = { 2, 0, 0, 0, 0, 1 },
		.src_mac = { 2, 0, 0, 0, 0, 2 },
		.target = target,
		.target_ifindex = 16,
		.gateway_family = NSACCEL_FAMILY_INET6,
		.gateway = { 0xfd, [15] = 1 },
	};
}

/* Which fields make a next hop another one. */
static const struct {
	enum nsaccel_target target;
	bool reason, ifindex, cookie, gateway, mtu;
} keys[] = {
	{ .target = NSACCEL_TARGET_VIA, .gateway = true },
	{ .target = NSACCEL_TARGET_DEV, .ifindex = true, .gateway = true, .mtu = true },
	{ .target = NSACCEL_TARGET_NETNS, .ifindex = true, .cookie = true },
	{ .target = NSACCEL_TARGET_BLACKHOLE },
	{ .target = NSACCEL_TARGET_UNREACHABLE },
	{ .target = NSACCEL_TARGET_PROHIBIT },
	{ .target = NSACCEL_TARGET_PASS, .reason = true, .ifindex = true },
	{ .target = NSACCEL_TARGET_NEIGHBOUR, .ifindex = true, .gateway = true, .mtu = true },
	{ .target = NSACCEL_TARGET_LINK, .ifindex = true, .gateway = true, .mtu = true },
	{ .target = NSACCEL_TARGET_FIB, .mtu = true },
	{ .target = NSACCEL_TARGET_MULTIPATH, .mtu = true },
};

static bool is_another(const struct nsaccel_nexthop *x, const struct nsaccel_nexthop *y)
{
	struct nsaccel_nexthop a, b;

	nsa_nexthop_key(x, &a);
	nsa_nexthop_key(y, &b);
	return memcmp(&a, &b, sizeof(a)) != 0;
}

static void test_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ELEMENTS(keys); i++) {
		const struct nsaccel_nexthop record = record_of(keys[i].target);
		struct nsaccel_nexthop key, again, other;

		nsa_nexthop_key(&record, &key);
		nsa_nexthop_key(&key, &again);
		assert_memory_equal(&key, &again, sizeof(key));
		assert_int_equal(key.generation, 0);
		assert_int_equal(key.sequence, 0);

		other = (other = record, other.owner_slot++, other);
		assert_true(is_another(&record, &other));
		other = (other = record, other.reason++, other);
		assert_int_equal(is_another(&record, &other), keys[i].reason);
		other = (other = record, other.target_ifindex++, other);
		assert_int_equal(is_another(&record, &other), keys[i].ifindex);
		other = (other = record, other.dst_cookie++, other);
		assert_int_equal(is_another(&record, &other), keys[i].cookie);
		other = (other = record, other.gateway[15]++, other);
		assert_int_equal(is_another(&record, &other), keys[i].gateway);
		other = (other = record, other.route_mtu++, other);
		assert_int_equal(is_another(&record, &other), keys[i].mtu);
		/* What it resolves to is not what it is. */
		other = (other = record, other.action++, other.ifindex++, other.l3_ifindex++,
			 other.tx_slot++, other.mtu++, other.confirm_neigh = 0, other.dst_slot++,
			 other.dst_mac[5]++, other.src_mac[5]++, other.sequence++, other);
		assert_false(is_another(&record, &other));
	}
}

static void test_interned(void **state)
{
	struct nsa_nexthops *hops;
	__u32 a, b;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&hops), 0);
	a = hops_get(hops, 1);
	b = hops_get(hops, 2);
	assert_true(a && b && a != b);
	assert_int_equal(hops_get(hops, 1), a);
	assert_int_equal(nsa_nexthop(hops, a)->refs, 2);
	assert_int_equal(nsa_nexthop(hops, b)->refs, 1);
	nsa_nexthops_put(hops, a);
	nsa_nexthops_put(hops, 0); /* nobody */
	assert_int_equal(hops_get(hops, 1), a);
	nsa_nexthops_put(hops, a);
	nsa_nexthops_put(hops, a);
	assert_int_equal(nsa_nexthop(hops, a)->refs, 0);
	/* Its number is another's now, and b still b. */
	assert_int_equal(hops_get(hops, 3), a);
	assert_int_equal(nsa_nexthop(hops, a)->key.target_ifindex, 3);
	assert_int_equal(hops_get(hops, 2), b);
	assert_int_not_equal(hops_get(hops, 1), a);
	nsa_nexthops_free(hops);
}

/* Behind a MAC, in any order. */
static __u32 count_behind(const struct nsa_nexthops *hops, const __u8 *mac)
{
	__u32 hop, count = 0;

	for (hop = nsa_nexthops_first_behind(hops, mac); hop;
	     hop = nsa_nexthops_next_behind(hops, hop, mac))
		count++;
	return count;
}

static void test_behind(void **state)
{
	const __u8 one[] = { 2, 0, 0, 0, 0, 1 }, other[] = { 2, 0, 0, 0, 0, 2 };
	struct nsa_nexthops *hops;
	__u32 a, b;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&hops), 0);
	a = hops_get(hops, 1);
	b = hops_get(hops, 2);
	assert_int_equal(count_behind(hops, one), 0);
	nsa_nexthops_set_behind(hops, a, one);
	nsa_nexthops_set_behind(hops, a, one);
	nsa_nexthops_set_behind(hops, b, one);
	assert_int_equal(count_behind(hops, one), 2);
	nsa_nexthops_set_behind(hops, a, other);
	assert_int_equal(count_behind(hops, one), 1);
	assert_int_equal(nsa_nexthops_first_behind(hops, other), a);
	nsa_nexthops_set_behind(hops, a, NULL);
	assert_int_equal(count_behind(hops, other), 0);
	/* One that is gone is behind nothing. */
	nsa_nexthops_put(hops, b);
	assert_int_equal(count_behind(hops, one), 0);
	nsa_nexthops_free(hops);
}

/* Those by 10.0.0.1, an owner's and on a device. */
static __u32 count_by(const struct nsa_nexthops *hops, __u32 owner_slot, __u32 ifindex)
{
	const struct nsa_nexthops_neigh by = { .owner_slot = owner_slot,
					       .ifindex = ifindex,
					       .family = NSACCEL_FAMILY_INET,
					       .addr = { 10, 0, 0, 1 } };
	__u32 hop, count = 0;

	for (hop = nsa_nexthops_first_by(hops, &by); hop;
	     hop = nsa_nexthops_next_by(hops, hop, &by))
		count++;
	return count;
}

static void test_by_gateway(void **state)
{
	struct nsaccel_nexthop key = { .owner_slot = 1,
				       .target = NSACCEL_TARGET_NEIGHBOUR,
				       .gateway_family = NSACCEL_FAMILY_INET };
	struct nsa_nexthops *hops;
	__u32 first, via;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&hops), 0);
	memcpy(key.gateway, (const __u8[]){ 10, 0, 0, 1 }, 4);
	assert_int_equal(nsa_nexthops_find(hops, &key), 0);
	for (key.target_ifindex = 1; key.target_ifindex <= 3; key.target_ifindex++)
		assert_true(nsa_nexthops_get(hops, &key));
	key.target_ifindex = 1;
	first = nsa_nexthops_find(hops, &key);
	assert_true(first);
	key.route_mtu = 1400;
	assert_true(nsa_nexthops_get(hops, &key));
	assert_int_equal(count_by(hops, 1, 1), 2);
	assert_int_equal(count_by(hops, 1, 2), 1);
	assert_int_equal(count_by(hops, 1, 4), 0);
	assert_int_equal(count_by(hops, 2, 1), 0);
	/* The same bytes are no address of the other family's. */
	key.gateway_family = NSACCEL_FAMILY_INET6;
	assert_true(nsa_nexthops_get(hops, &key));
	assert_int_equal(count_by(hops, 1, 1), 2);
	/* By a device that isn't said: whichever it is. */
	key = (struct nsaccel_nexthop){ .owner_slot = 1,
					.target = NSACCEL_TARGET_VIA,
					.gateway_family = NSACCEL_FAMILY_INET,
					.gateway = { 10, 0, 0, 1 } };
	via = nsa_nexthops_get(hops, &key);
	assert_int_equal(nsa_nexthops_first_via(hops), via);
	assert_int_equal(nsa_nexthops_next_via(hops, via), 0);
	assert_int_equal(count_by(hops, 1, 1), 3);
	assert_int_equal(count_by(hops, 1, 4), 1);
	assert_int_equal(count_by(hops, 2, 1), 0);
	nsa_nexthops_put(hops, via);
	assert_int_equal(nsa_nexthops_first_via(hops), 0);
	nsa_nexthops_put(hops, first);
	assert_int_equal(count_by(hops, 1, 1), 1);
	nsa_nexthops_free(hops);
}

/* Numbers of those in the list, as digits. */
static const char *due(const struct nsa_nexthops *hops, enum nsa_nexthops_due which)
{
	static char text[10];
	size_t n = 0;

	for (__u32 hop = nsa_nexthops_first_due(hops, which); hop;
	     hop = nsa_nexthops_next_due(hops, hop))
		text[n++] = (char)('0' + hop);
	text[n] = '\0';
	return text;
}

/* What is to be resolved, and what lacks a neighbour then. */
static void test_due(void **state)
{
	struct nsaccel_nexthop key = { .target = NSACCEL_TARGET_NEIGHBOUR,
				       .gateway_family = NSACCEL_FAMILY_INET };
	struct nsaccel_nexthop record;
	struct nsa_nexthops *hops;
	bool changed;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&hops), 0);
	for (key.gateway[0] = 1; key.gateway[0] <= 4; key.gateway[0]++)
		assert_true(nsa_nexthops_get(hops, &key));
	assert_string_equal(due(hops, NSA_NEXTHOPS_DIRTY), "4321");
	nsa_nexthops_put(hops, 3);
	assert_string_equal(due(hops, NSA_NEXTHOPS_DIRTY), "421");
	for (__u32 hop = 1; hop <= 4; hop++) {
		record = nsa_nexthop(hops, hop)->key;
		record.reason = hop == 1 ? NSACCEL_FWD_NIC : NSACCEL_PASS_NO_NEIGH;
		if (hop != 3)
			assert_int_equal(
				nsa_nexthops_commit_resolve(NULL, hops, hop, &record, &changed), 0);
	}
	assert_string_equal(due(hops, NSA_NEXTHOPS_DIRTY), "");
	assert_string_equal(due(hops, NSA_NEXTHOPS_UNRESOLVED), "42");
	nsa_nexthops_clear_unresolved(hops, 2);
	nsa_nexthops_mark_dirty(hops, 1);
	nsa_nexthops_clear_unresolved(hops, 1); /* it stays to be resolved */
	assert_string_equal(due(hops, NSA_NEXTHOPS_UNRESOLVED), "4");
	assert_string_equal(due(hops, NSA_NEXTHOPS_DIRTY), "1");
	assert_false(nsa_nexthop(hops, 1)->resolved);
	/* A route comes to one that nobody asked for, since none needed it. */
	nsa_nexthops_route(hops, 2, 1);
	assert_string_equal(due(hops, NSA_NEXTHOPS_UNRESOLVED), "24");
	nsa_nexthops_put(hops, 4);
	assert_string_equal(due(hops, NSA_NEXTHOPS_UNRESOLVED), "2");
	nsa_nexthops_free(hops);
}

/* More than there are buckets, released in another order than they came. */
static void test_many(void **state)
{
	enum {
		MANY = 50000
	};
	struct nsa_nexthops *hops;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&hops), 0);
	for (__u32 i = 0; i < MANY; i++)
		assert_int_equal(hops_get(hops, i), i + 1);
	for (__u32 i = 0; i < MANY; i += 2)
		nsa_nexthops_put(hops, i + 1);
	for (__u32 i = 1; i < MANY; i += 2) {
		assert_int_equal(hops_get(hops, i), i + 1);
		assert_int_equal(nsa_nexthop(hops, i + 1)->refs, 2);
	}
	for (__u32 i = 0; i < MANY; i += 2)
		assert_true(hops_get(hops, i) <= MANY);
	assert_int_equal(nsa_nexthops_last(hops), MANY);
	nsa_nexthops_free(hops);
}

/* Of one link so many, others' don't count. */
static void test_quota(void **state)
{
	struct nsaccel_nexthop other = { .owner_slot = 1,
					 .target = NSACCEL_TARGET_LINK,
					 .target_ifindex = 8 };
	struct nsaccel_nexthop key = other;
	struct nsa_nexthops *hops;
	__u32 on_link[4], elsewhere;

	(void)state;
	assert_int_equal(nsa_nexthops_new(&hops), 0);
	for (__u32 i = 0; i < 4; i++) {
		key.target_ifindex = 7;
		key.route_mtu = 1000 + i;
		on_link[i] = nsa_nexthops_get(hops, &key);
	}
	elsewhere = nsa_nexthops_get(hops, &other);
	for (__u32 i = 0; i < 3; i++)
		assert_true(nsa_nexthops_admit(hops, on_link[i], 3));
	assert_false(nsa_nexthops_refused(hops, 1, 7));
	assert_false(nsa_nexthops_admit(hops, on_link[3], 3));
	assert_true(nsa_nexthops_admit(hops, on_link[0], 3)); /* it is one of them */
	assert_true(nsa_nexthops_admit(hops, elsewhere, 3));
	assert_true(nsa_nexthops_refused(hops, 1, 7));
	assert_false(nsa_nexthops_refused(hops, 1, 8));
	assert_false(nsa_nexthops_refused(hops, 2, 7));
	assert_int_equal(nsa_nexthops_refusals(hops), 1);
	assert_false(nsa_nexthops_retry(hops, 1, 7, 3));
	nsa_nexthops_put(hops, on_link[1]);
	assert_true(nsa_nexthops_retry(hops, 1, 7, 3));
	assert_false(nsa_nexthops_refused(hops, 1, 7));
	assert_true(nsa_nexthops_admit(hops, on_link[3], 3));
	assert_false(nsa_nexthops_retry(hops, 1, 7, 3));
	nsa_nexthops_free(hops);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_key),	   cmocka_unit_test(test_interned),
		cmocka_unit_test(test_by_gateway), cmocka_unit_test(test_due),
		cmocka_unit_test(test_behind),	   cmocka_unit_test(test_many),
		cmocka_unit_test(test_quota),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
