// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_fdb.c: entries of bridges are read and refreshed. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/netlink.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl_fdb.h"
#include "user/kernel/rtnl_neigh.h"

/* That of no VLAN: a kernel that filters VLANs has another of the bridge's default one. */
static bool find_fdb(const __u8 *mac, struct nsa_fdb *found)
{
	struct nsa_fdb *fdb;
	size_t i, count;
	bool is_there = false;

	assert_int_equal(nsa_rtnl_fdb(rtnl, 0, &fdb, &count), 0);
	for (i = 0; i < count && !is_there; i++) {
		is_there = !memcmp(fdb[i].mac, mac, sizeof(fdb[i].mac)) && !fdb[i].vlan;
		if (is_there)
			*found = fdb[i];
	}
	free(fdb);
	return is_there;
}

static void test_fdb(void **state)
{
	static const __u8 learnt[] = { 2, 0, 0, 0, 0, 9 }, fixed[] = { 2, 0, 0, 0, 0, 8 };
	static const __u8 multicast[] = { 0x33, 0x33, 0, 0, 0, 1 };
	struct nsa_link br1 = link_get(rtnl, "br1"), r0 = link_get(rtnl, "r0");
	struct nsa_fdb fdb;

	(void)state;
	sh("bridge fdb add 02:00:00:00:00:09 dev r0 master dynamic extern_learn && "
	   "bridge fdb add 02:00:00:00:00:08 dev r0 master static && "
	   "bridge fdb add 02:00:00:00:00:07 dev r0 self permanent");
	assert_int_equal(nsa_rtnl_fdb_get(rtnl, br1.ifindex, learnt, &fdb), 0);
	assert_int_equal(fdb.port, r0.ifindex);
	assert_int_equal(nsa_rtnl_fdb_get(rtnl, br1.ifindex, (__u8[]){ 2, 0, 0, 0, 0, 99 }, &fdb),
			 -ENOENT);
	assert_int_equal(nsa_rtnl_fdb_get(rtnl, r0.ifindex, learnt, &fdb), -ENOENT); /* no bridge */
	assert_int_equal(nsa_rtnl_fdb_get(rtnl, 9999, learnt, &fdb), -ENOENT);
	assert_true(find_fdb(learnt, &fdb));
	assert_int_equal(fdb.bridge, br1.ifindex);
	assert_int_equal(fdb.port, r0.ifindex);
	assert_int_equal(fdb.vlan, 0);
	assert_int_equal(fdb.state, NUD_REACHABLE);
	assert_true(fdb.flags & NTF_EXT_LEARNED);
	assert_false(fdb.local);
	assert_true(fdb.usable);
	assert_true(find_fdb(fixed, &fdb));
	assert_int_equal(fdb.state, NUD_NOARP);
	assert_false(fdb.local);
	assert_true(fdb.usable);
	assert_true(find_fdb(r0.mac, &fdb));
	assert_true(fdb.local);
	assert_false(fdb.usable);
	/* What devices take of themselves. */
	assert_false(find_fdb(multicast, &fdb));
	assert_false(find_fdb((__u8[]){ 2, 0, 0, 0, 0, 7 }, &fdb));
	sh("bridge fdb del 02:00:00:00:00:09 dev r0 master && "
	   "bridge fdb del 02:00:00:00:00:08 dev r0 master");
}

static struct nlmsghdr *fdb_message(int port, int bridge, __u16 state, __u16 vlan)
{
	static const __u8 mac[] = { 2, 0, 0, 0, 0, 9 };
	struct nlmsghdr *msg = message(AF_BRIDGE, sizeof(struct ndmsg));
	struct ndmsg *info = mnl_nlmsg_get_payload(msg);

	info->ndm_ifindex = port;
	info->ndm_state = state;
	mnl_attr_put(msg, NDA_LLADDR, sizeof(mac), mac);
	mnl_attr_put_u32(msg, NDA_MASTER, (__u32)bridge);
	if (vlan)
		mnl_attr_put_u16(msg, NDA_VLAN, vlan);
	return msg;
}

static void test_fdb_that_is_usable(void **state)
{
	struct nsa_fdb fdb;

	(void)state;
	assert_true(nsa_rtnl_parse_fdb(fdb_message(5, 4, NUD_REACHABLE, 0), &fdb) && fdb.usable);
	/* The kernel forwards by it until it is removed. */
	assert_true(nsa_rtnl_parse_fdb(fdb_message(5, 4, NUD_STALE, 0), &fdb) && fdb.usable);
	assert_true(nsa_rtnl_parse_fdb(fdb_message(5, 4, NUD_PERMANENT, 0), &fdb) && !fdb.usable);
	assert_true(nsa_rtnl_parse_fdb(fdb_message(4, 4, NUD_REACHABLE, 0), &fdb) && !fdb.usable);
	assert_true(nsa_rtnl_parse_fdb(fdb_message(5, 4, NUD_REACHABLE, 7), &fdb) && !fdb.usable);
	assert_int_equal(fdb.vlan, 7);
}

static bool is_new_fdb(const struct nlmsghdr *msg)
{
	static const __u8 mac[] = { 2, 0, 0, 0, 0, 9 };
	struct nsa_neigh neigh;
	struct nsa_fdb fdb;

	if (!nsa_rtnl_parse_fdb(msg, &fdb) || memcmp(fdb.mac, mac, sizeof(mac)))
		return false;
	assert_false(nsa_rtnl_parse_neigh(msg, &neigh));
	return msg->nlmsg_type == RTM_NEWNEIGH && fdb.usable;
}

static bool is_deleted_fdb(const struct nlmsghdr *msg)
{
	struct nsa_fdb fdb;

	return msg->nlmsg_type == RTM_DELNEIGH && nsa_rtnl_parse_fdb(msg, &fdb);
}

static bool is_new_neigh(const struct nlmsghdr *msg)
{
	struct nsa_neigh neigh;
	struct nsa_fdb fdb;

	if (!nsa_rtnl_parse_neigh(msg, &neigh))
		return false;
	assert_false(nsa_rtnl_parse_fdb(msg, &fdb));
	return neigh.has_mac && is_address(neigh.addr, "10.9.0.3");
}

static void test_neigh_events(void **state)
{
	struct mnl_socket *events = events_open(RTNLGRP_NEIGH);

	(void)state;
	sh("bridge fdb add 02:00:00:00:00:09 dev r0 master dynamic");
	await(events, is_new_fdb);
	sh("bridge fdb del 02:00:00:00:00:09 dev r0 master");
	await(events, is_deleted_fdb);
	sh("ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev v0 nud stale");
	await(events, is_new_neigh);
	sh("ip neigh del 10.9.0.3 dev v0");
	mnl_socket_close(events);
}

/* An entry marked as inactive, which the kernel takes off when it is refreshed. */
static void add_inactive(struct nsa_nl *nl, int port, const __u8 *mac)
{
	struct nlmsghdr *request;
	struct ndmsg *header;
	struct nlattr *nest;

	request = nsa_nl_request(nl, RTM_NEWNEIGH, NLM_F_ACK | NLM_F_CREATE, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = AF_BRIDGE;
	header->ndm_ifindex = port;
	header->ndm_flags = NTF_MASTER;
	header->ndm_state = NUD_REACHABLE;
	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	nest = mnl_attr_nest_start(request, NDA_FDB_EXT_ATTRS);
	mnl_attr_put_u8(request, NFEA_ACTIVITY_NOTIFY, FDB_NOTIFY_BIT | FDB_NOTIFY_INACTIVE_BIT);
	mnl_attr_nest_end(request, nest);
	assert_int_equal(nsa_nl_talk(nl, NULL, NULL), 0);
}

static int on_fdb(const struct nlmsghdr *msg, void *bits)
{
	const struct nlattr *tb[NDA_MAX + 1] = {}, *ext[NFEA_MAX + 1] = {};

	nsa_nl_parse(msg, sizeof(struct ndmsg), tb, NDA_MAX);
	nsa_nl_parse_nested(tb[NDA_FDB_EXT_ATTRS], ext, NFEA_MAX);
	nsa_nl_get(ext[NFEA_ACTIVITY_NOTIFY], bits, 1);
	return MNL_CB_OK;
}

static bool is_inactive(struct nsa_nl *nl, int port, const __u8 *mac)
{
	struct nlmsghdr *request;
	struct ndmsg *header;
	__u8 bits = 0;

	request = nsa_nl_request(nl, RTM_GETNEIGH, NLM_F_ACK, sizeof(*header));
	header = nsa_nl_header(request);
	header->ndm_family = AF_BRIDGE;
	header->ndm_ifindex = port;
	header->ndm_flags = NTF_MASTER;
	mnl_attr_put(request, NDA_LLADDR, 6, mac);
	assert_int_equal(nsa_nl_talk(nl, on_fdb, &bits), 0);
	assert_true(bits & FDB_NOTIFY_BIT);
	return bits & FDB_NOTIFY_INACTIVE_BIT;
}

static void test_fdb_use(void **state)
{
	static const __u8 mac[] = { 2, 0, 0, 0, 0, 9 }, unknown[] = { 2, 0, 0, 0, 0, 0xa };
	int r0 = link_get(rtnl, "r0").ifindex, s0 = link_get(rtnl, "s0").ifindex;
	struct nsa_fdb before, after;
	struct nsa_nl nl;

	(void)state;
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, &home), 0);
	add_inactive(&nl, r0, mac);
	assert_true(find_fdb(mac, &before));
	/* It never moves or makes an entry. */
	assert_int_equal(nsa_rtnl_fdb_use(rtnl, s0, mac), -ENOENT);
	assert_int_equal(nsa_rtnl_fdb_use(rtnl, r0, unknown), -ENOENT);
	assert_false(find_fdb(unknown, &after));
	assert_true(is_inactive(&nl, r0, mac));
	/* Within the jiffy that it was made in, there is nothing to refresh. */
	do
		assert_int_equal(nsa_rtnl_fdb_use(rtnl, r0, mac), 0);
	while (is_inactive(&nl, r0, mac));
	assert_true(find_fdb(mac, &after));
	assert_memory_equal(&before, &after, sizeof(after));
	sh("bridge fdb del 02:00:00:00:00:09 dev r0 master");
	assert_true(nsa_rtnl_fdb_use(rtnl, link_get(rtnl, "v0").ifindex, mac) < 0);
	nsa_nl_close(&nl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BRIDGE_TEST(test_fdb),
		BRIDGE_TEST(test_fdb_use),
		BRIDGE_TEST(test_neigh_events),
		cmocka_unit_test(test_fdb_that_is_usable),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
