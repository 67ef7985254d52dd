// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/snapshot_read_endpoints.c: endpoints that are read anew. */
#include <stdbool.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "snapshot_fixture.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/model/snapshot.h"
#include "user/model/snapshot_claims.h"
#include "user/model/snapshot_endpoints.h"
#include "user/reconcile/snapshot_read.h"
#include "user/reconcile/snapshot_read_endpoints.h"

/* What can't be read, or reached, is kept as it was; only death makes it go. */
static void test_unread(void **state)
{
	struct nsa_netns_list *list, *later;
	struct nsa_snapshot *snapshot;
	__u64 own, cookie;
	bool found;

	(void)state;
	sh("ip netns add nsa-a && ip link add h0 type veth peer name c0 netns nsa-a && "
	   "ip -n nsa-a addr add 10.0.0.2/24 dev c0 && ip -n nsa-a link set c0 up");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	cookie = only_endpoint(snapshot)->cookie;
	assert_false(only_endpoint(snapshot)->unread);
	assert_false(nsa_snapshot_is_missed(snapshot, cookie));
	/* It is to be found elsewhere now. */
	sh("touch /run/elsewhere && mount --bind /run/netns/nsa-a /run/elsewhere && "
	   "umount /run/netns/nsa-a");
	found = false;
	assert_true(nsa_snapshot_read_endpoints(&reader, nsa_netns_find(list, cookie), &found) < 0);
	assert_true(found);
	assert_true(only_endpoint(snapshot)->unread);
	assert_int_equal(only_endpoint(snapshot)->addr_count, 1);
	assert_true(nsa_snapshot_is_missed(snapshot, cookie));
	assert_int_equal(nsa_snapshot_miss(snapshot, cookie, &found), 0);
	assert_int_equal(snapshot->missed_count, 1);
	assert_int_equal(nsa_netns_list_get(&later), 0);
	assert_int_equal(
		nsa_snapshot_read_endpoints(&reader, nsa_netns_find(later, cookie), &found), 0);
	assert_false(only_endpoint(snapshot)->unread);
	assert_false(nsa_snapshot_is_missed(snapshot, cookie));
	assert_int_equal(nsa_snapshot_miss(snapshot, cookie, &found), 0);
	assert_int_equal(nsa_snapshot_reader_open(&reader), 0);
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	assert_int_equal(snapshot->endpoint_count, 1);
	sh("ip link del h0");
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	assert_int_equal(snapshot->endpoint_count, 0);
	assert_false(nsa_snapshot_forget_endpoints(snapshot, cookie));
	free_snapshot();
	nsa_netns_list_free(list);
	nsa_netns_list_free(later);
	sh("umount /run/elsewhere && rm /run/elsewhere /run/netns/nsa-a");
}

static bool is_dirty(const struct nsa_snapshot *snapshot, __u8 last)
{
	for (size_t i = 0; i < snapshot->dirty.count; i++)
		if (snapshot->dirty.hosts[i].family == AF_INET &&
		    snapshot->dirty.hosts[i].addr[3] == last)
			return true;
	return false;
}

static bool is_news(const struct nsa_netns *ns, const char *change)
{
	bool found = false;

	sh("%s", change);
	assert_int_equal(nsa_snapshot_read_endpoints(&reader, ns, &found), 0);
	nsa_snapshot_reader_close(&reader);
	return found;
}

static bool has_other_addrs(const struct nsa_netns *ns, const char *change)
{
	bool found = false;

	sh("%s", change);
	assert_int_equal(nsa_snapshot_read_addrs_of(&reader, ns, &found), 0);
	return found;
}

/* Addresses alone are read anew, of endpoints that are known; all of what couldn't be read. */
static void test_addrs(void **state)
{
	const __u8 addr[NSACCEL_ADDR_LEN] = { 10, 0, 0, 3 };
	const struct nsa_netns *ns;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	bool had;
	__u64 own;
	size_t n;

	(void)state;
	sh("ip netns add nsa-t && ip link add t0 type veth peer name c0 netns nsa-t && "
	   "ip -n nsa-t addr add 10.0.0.2/24 dev c0");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	ns = nsa_netns_find(list, only_endpoint(snapshot)->cookie);
	nsa_snapshot_reader_close(&reader);
	nsa_snapshot_clear_dirty(snapshot);
	assert_false(has_other_addrs(ns, "ip -n nsa-t addr add 10.0.0.3/32 dev lo"));
	assert_false(has_other_addrs(ns, "ip -n nsa-t link set c0 mtu 1400"));
	assert_true(has_other_addrs(ns, "ip -n nsa-t addr add 10.0.0.3/24 dev c0"));
	nsa_snapshot_claims(snapshot, AF_INET, addr, &n);
	assert_int_equal(n, 1);
	assert_true(is_dirty(snapshot, 3));
	assert_int_equal(only_endpoint(snapshot)->link.mtu, 1500);
	assert_true(has_other_addrs(ns, "ip -n nsa-t addr del 10.0.0.3/24 dev c0"));
	nsa_snapshot_claims(snapshot, AF_INET, addr, &n);
	assert_int_equal(n, 0);
	assert_int_equal(nsa_snapshot_miss(snapshot, ns->cookie, &had), 0);
	assert_true(has_other_addrs(ns, "true"));
	assert_false(only_endpoint(snapshot)->unread);
	assert_int_equal(only_endpoint(snapshot)->link.mtu, 1400);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del t0 && ip netns del nsa-t");
}

/* What is read again, and is the same, is no news: whatever else the namespace has. */
static void test_same(void **state)
{
	const struct nsa_netns *ns;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	__u64 own;

	(void)state;
	sh("ip netns add nsa-s && ip link add s0 type veth peer name c0 netns nsa-s && "
	   "ip link add s1 type veth peer name c1 netns nsa-s && "
	   "ip -n nsa-s addr add 10.0.0.2/24 dev c0");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	assert_int_equal(snapshot->endpoint_count, 2);
	ns = nsa_netns_find(list, snapshot->endpoints[0].cookie);
	snapshot->endpoints[0].slot = 77; /* stays with it */
	assert_false(is_news(ns, "ip -n nsa-s link add br0 type bridge"));
	assert_false(is_news(ns, "ip -n nsa-s addr add 10.9.0.1/32 dev br0"));
	assert_int_equal(snapshot->endpoint_count, 2);
	assert_int_equal(snapshot->endpoints[0].slot, 77);
	nsa_snapshot_clear_dirty(snapshot);
	assert_true(is_news(ns, "ip -n nsa-s addr add 10.0.0.3/24 dev c0"));
	assert_true(is_dirty(snapshot, 2) && is_dirty(snapshot, 3));
	nsa_snapshot_clear_dirty(snapshot);
	assert_false(is_news(ns, "true"));
	assert_false(is_dirty(snapshot, 2));
	assert_true(is_news(ns, "ip -n nsa-s addr del 10.0.0.3/24 dev c0"));
	assert_true(is_dirty(snapshot, 3));
	assert_true(is_news(ns, "ip -n nsa-s link set c1 mtu 1400"));
	assert_true(is_news(ns, "ip -n nsa-s link set c1 address 02:00:00:00:00:99"));
	assert_true(is_news(ns, "ip link del s1"));
	assert_int_equal(snapshot->endpoint_count, 1);
	assert_true(is_news(ns, "ip link add s1 type veth peer name c1 netns nsa-s"));
	assert_int_equal(snapshot->endpoint_count, 2);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del s0 && ip link del s1 && ip netns del nsa-s");
}

/* Those that stay are found by their addresses still, wherever they stand now. */
static void test_gone(void **state)
{
	const __u8 stays[NSACCEL_ADDR_LEN] = { 10, 0, 1, 2 },
		   goes[NSACCEL_ADDR_LEN] = { 10, 0, 0, 2 };
	const struct nsa_snapshot_claim *claim;
	const struct nsa_link *port;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	__u64 own;
	size_t n;
	bool had;

	(void)state;
	for (int i = 0; i < 2; i++)
		sh("ip netns add nsa-%d && ip link add h%d type veth peer name c0 netns nsa-%d && "
		   "ip -n nsa-%d addr add 10.0.%d.2/24 dev c0",
		   i, i, i, i, i);
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	assert_int_equal(snapshot->endpoint_count, 2);
	port = nsa_snapshot_link_by_name(snapshot, "h0");
	assert_int_equal(snapshot->endpoints[0].port, port->ifindex);
	assert_int_equal(nsa_snapshot_miss(snapshot, snapshot->endpoints[0].cookie, &had), 0);
	sh("ip link del h0");
	assert_int_equal(nsa_snapshot_reader_open(&reader), 0);
	assert_int_equal(nsa_snapshot_read_links(&reader), 0);
	port = nsa_snapshot_link_by_name(snapshot, "h1");
	claim = nsa_snapshot_claims(snapshot, AF_INET, stays, &n);
	assert_int_equal(n, 1);
	assert_int_equal(claim->endpoint, 0);
	assert_int_equal(only_endpoint(snapshot)->port, port->ifindex);
	nsa_snapshot_claims(snapshot, AF_INET, goes, &n);
	assert_int_equal(n, 0);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip netns del nsa-0 && ip netns del nsa-1");
}

static bool is_taken(struct nsa_snapshot *snapshot, const char *name)
{
	return nsa_snapshot_is_taken(snapshot, nsa_snapshot_link_by_name(snapshot, name)->ifindex);
}

/* What another namespace has on a device here, and is no endpoint there. */
static void test_taken(void **state)
{
	const struct nsa_netns *ns;
	struct nsa_netns_list *list;
	struct nsa_snapshot *snapshot;
	__u64 own;

	(void)state;
	sh("ip netns add nsa-k && ip link add k0 type veth peer name c0 netns nsa-k && "
	   "ip link add k1 type veth peer name c1 netns nsa-k");
	assert_int_equal(nsa_netns_own_cookie(&own), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	snapshot = read_all(nsa_netns_find(list, own), list);
	ns = nsa_netns_find(list, snapshot->endpoints[0].cookie);
	assert_false(is_news(ns, "ip link add m0 link k0 netns nsa-k type macvtap mode vepa"));
	assert_false(is_taken(snapshot, "k0"));
	assert_true(is_news(ns, "ip link add m1 link k1 netns nsa-k type macvtap mode passthru"));
	assert_true(is_taken(snapshot, "k1"));
	assert_true(is_news(ns, "ip -n nsa-k link set m0 type macvtap mode source"));
	assert_true(is_taken(snapshot, "k0"));
	assert_true(is_news(ns, "ip -n nsa-k link del m1"));
	assert_false(is_taken(snapshot, "k1"));
	assert_true(is_news(ns, "ip link add m2 link k0 netns nsa-k type macvlan mode bridge"));
	assert_true(is_news(ns, "ip -n nsa-k link del m0"));
	assert_false(is_taken(snapshot, "k0"));
	assert_true(is_news(ns, "ip -n nsa-k link set m2 type macvlan mode source"));
	assert_true(is_taken(snapshot, "k0"));
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip link del k0 && ip link del k1 && ip netns del nsa-k");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unread), cmocka_unit_test(test_gone),
		cmocka_unit_test(test_same),   cmocka_unit_test(test_addrs),
		cmocka_unit_test(test_taken),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
