// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/snapshot_read.c: bridge entries, and namespaces that are missed. */
#include "sandbox.h"
#include "snapshot_fixture.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_list.h"
#include "user/kernel/netns_open.h"
#include "user/model/snapshot.h"

/* Of a bridge's entries those by which it sends frames out of a port. */
static void test_fdb(void **state)
{
	const __u8 known[] = { 2, 0, 0, 0, 0, 1 }, unknown[] = { 2, 0, 0, 0, 0, 2 };
	const struct nsa_link *bridge, *port;
	const struct nsa_fdb *fdb;
	struct nsa_netns ns;
	struct nsa_snapshot *snapshot;

	(void)state;
	sh("ip link add br0 type bridge && ip link add p0 type veth peer name p1 && "
	   "ip link set p0 master br0 up && ip link set p1 up && ip link set br0 up");
	sh("bridge fdb add 02:00:00:00:00:01 dev p0 master static");
	snapshot = read_snapshot(&ns);
	bridge = nsa_snapshot_link_by_name(snapshot, "br0");
	port = nsa_snapshot_link_by_name(snapshot, "p0");
	assert_true(bridge && port);
	fdb = nsa_snapshot_fdb(snapshot, bridge->ifindex, known);
	assert_true(fdb && fdb->port == port->ifindex);
	assert_null(nsa_snapshot_fdb(snapshot, port->ifindex, known));
	assert_null(nsa_snapshot_fdb(snapshot, bridge->ifindex, port->mac)); /* the bridge's own */
	assert_null(nsa_snapshot_fdb(snapshot, bridge->ifindex, unknown));
	assert_true(nsa_snapshot_takes_up(snapshot, bridge->ifindex, port->mac));
	assert_false(nsa_snapshot_takes_up(snapshot, bridge->ifindex, known));
	assert_false(nsa_snapshot_takes_up(snapshot, bridge->ifindex, unknown));
	free_snapshot();
	nsa_netns_close(&ns);
	sh("ip link del p0 && ip link del br0");
}

/* Whose path leads elsewhere by now. */
static void test_missed(void **state)
{
	struct nsa_netns_list *list;
	const struct nsa_netns *own;
	struct nsa_snapshot *snapshot;
	struct nsa_netns ns;
	__u64 own_cookie, cookie;

	(void)state;
	sh("ip netns add nsa-a && ip netns add nsa-b");
	assert_int_equal(nsa_netns_open("nsa-a", &ns), 0);
	cookie = ns.cookie;
	nsa_netns_close(&ns);
	assert_int_equal(nsa_netns_own_cookie(&own_cookie), 0);
	assert_int_equal(nsa_netns_list_get(&list), 0);
	own = nsa_netns_find(list, own_cookie);
	snapshot = read_all(own, list);
	assert_int_equal(snapshot->missed_count, 0);
	free_snapshot();
	sh("ip netns del nsa-a && ip netns add nsa-a");
	snapshot = read_all(own, list);
	assert_int_equal(snapshot->missed_count, 1);
	assert_true(snapshot->missed[0] == cookie);
	free_snapshot();
	nsa_netns_list_free(list);
	sh("ip netns del nsa-a && ip netns del nsa-b");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fdb),
		cmocka_unit_test(test_missed),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
