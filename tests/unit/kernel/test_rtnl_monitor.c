// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <linux/if_bridge.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/rtnl.h"
#include "user/util/cleanup.h"
#include "user/kernel/rtnl_monitor.h"
#include "user/kernel/netlink.h"

#define PATIENCE_MS 60000

static struct nsa_rtnl_monitor *events; /* of all namespaces */
static struct nsa_rtnl_monitor *one;	/* of one */
static __u64 home;

/* What was heard since the last clear(). */
static struct heard {
	__u64 cookie;
	__u16 type;
	__u8 family; /* the first byte after the header */
} heard[4096];
static size_t heard_count;
static bool marked;
static __u64 marked_cookie;

static void clear(void)
{
	heard_count = 0;
}

static bool is_mark(__u64 cookie, const struct nlmsghdr *msg)
{
	const struct nlattr *tb[IFLA_MAX + 1] = {};
	char name[IFNAMSIZ] = "";

	if (cookie != marked_cookie || msg->nlmsg_type != RTM_DELLINK)
		return false;
	nsa_nl_parse(msg, sizeof(struct ifinfomsg), tb, IFLA_MAX);
	nsa_nl_get_string(tb[IFLA_IFNAME], name, sizeof(name));
	return !strcmp(name, "nsa-mark");
}

static void on_event(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	(void)data;
	marked |= is_mark(cookie, msg);
	assert_true(heard_count < sizeof(heard) / sizeof(heard[0]));
	heard[heard_count++] = (struct heard){ cookie, msg->nlmsg_type,
					       *(const __u8 *)mnl_nlmsg_get_payload(msg) };
}

static size_t count_heard(__u64 cookie, __u16 type, int family)
{
	size_t count = 0;

	for (size_t i = 0; i < heard_count; i++)
		count += heard[i].cookie == cookie && heard[i].type == type &&
			 (family < 0 || heard[i].family == family);
	return count;
}

static int wait_and_read(struct nsa_rtnl_monitor *from)
{
	struct pollfd fd = { .fd = nsa_rtnl_monitor_fd(from), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	return nsa_rtnl_monitor_read(from, on_event, NULL);
}

static void hear_until_mark(struct nsa_rtnl_monitor *from, __u64 cookie)
{
	marked_cookie = cookie;
	for (marked = false; !marked;)
		assert_true(wait_and_read(from) >= 0);
}

/* All that happened until now: the socket keeps the order. */
static void hear(void)
{
	sh("ip link add nsa-mark type bridge && ip link del nsa-mark");
	hear_until_mark(events, home);
}

static void hear_one(const char *name, __u64 cookie)
{
	sh("ip -n %s link add nsa-mark type bridge && ip -n %s link del nsa-mark", name, name);
	hear_until_mark(one, cookie);
}

static struct nsa_netns open_ns(const char *spec)
{
	struct nsa_netns ns;

	assert_int_equal(nsa_netns_open(spec, &ns), 0);
	return ns;
}

static __u64 listen_to(const char *name)
{
	struct nsa_netns ns = open_ns(name);

	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	nsa_netns_close(&ns);
	return ns.cookie;
}

/* A namespace, added or not, that nobody holds. */
static __u64 add_ns(const char *name, bool listen)
{
	struct nsa_netns ns;

	sh("ip netns add %s", name);
	if (listen)
		return listen_to(name);
	ns = open_ns(name);
	nsa_netns_close(&ns);
	return ns.cookie;
}

static int nsid_of(const char *name)
{
	struct nsa_netns ns = open_ns(name);
	struct nsa_rtnl *rtnl;
	int nsid;

	assert_int_equal(nsa_rtnl_open(&rtnl, NULL), 0);
	assert_int_equal(nsa_rtnl_nsid(rtnl, &ns, &nsid), 0);
	nsa_rtnl_close(rtnl);
	nsa_netns_close(&ns);
	return nsid;
}

static bool is_gone(void *name)
{
	return !if_nametoindex(name);
}

/* Until the kernel has taken the namespace to pieces, and its id back. */
static void del_ns(const char *name)
{
	sh("ip link add nsa-end type veth peer name nsa-far netns %s && ip netns del %s", name,
	   name);
	assert_true(nsa_nl_wait(NULL, RTNLGRP_LINK, PATIENCE_MS, is_gone, "nsa-end"));
}

static int setup(void **state)
{
	(void)state;
	home = current_cookie();
	clear();
	return nsa_rtnl_monitor_open(&events);
}

static int teardown(void **state)
{
	(void)state;
	nsa_rtnl_monitor_close(one);
	one = NULL;
	nsa_rtnl_monitor_close(events);
	return 0;
}

static void open_one(const char *name)
{
	struct nsa_netns ns = open_ns(name);

	assert_int_equal(nsa_rtnl_monitor_open_one(&ns, &one), 0);
	nsa_netns_close(&ns);
}

static void open_bridges(const char *name)
{
	struct nsa_netns ns = open_ns(name);

	assert_int_equal(nsa_rtnl_monitor_open_bridges(&ns, &one), 0);
	nsa_netns_close(&ns);
}

static void test_own(void **state)
{
	struct nsa_netns own = open_ns(NULL);

	(void)state;
	assert_int_equal(nsa_rtnl_monitor_read(events, on_event, NULL), 0);
	assert_int_equal(heard_count, 0);
	sh("ip link add nsa0 type veth peer name nsa9 && ip link del nsa0");
	hear();
	assert_true(count_heard(home, RTM_NEWLINK, -1) > 0);

	assert_int_equal(nsa_rtnl_monitor_add(events, &own), 0);
	clear();
	hear();
	assert_true(count_heard(home, RTM_NEWLINK, -1) > 0);
	assert_int_equal(count_heard(0, RTM_NEWNSID, -1), 0);

	/* It can be given an id like any other; then its messages come with one. */
	sh("ip netns attach nsa-self $$ && ip netns set nsa-self 7");
	assert_int_equal(nsa_rtnl_monitor_add(events, &own), 0);
	hear();
	clear();
	hear();
	assert_true(count_heard(home, RTM_NEWLINK, -1) > 0);
	nsa_netns_close(&own);
	sh("ip netns del nsa-self");
}

static void test_only_what_was_added(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", false);

	(void)state;
	sh("ip -n nsa-a link set lo up && ip -n nsa-b link set lo up");
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);
	assert_int_equal(count_heard(b, RTM_NEWLINK, -1), 0);
	assert_int_equal(count_heard(0, RTM_NEWLINK, -1), 0); /* it has no id: not a sound */
	assert_int_equal(count_heard(0, RTM_NEWNSID, -1), 0); /* it's our own doing */
	sh("ip netns del nsa-a && ip netns del nsa-b");
}

static void test_all_kinds(void **state)
{
	static const struct {
		const char *change;
		__u16 type;
		int family;
	} kinds[] = {
		{ "ip link add nsa0 type veth peer name nsa9 && ip link set nsa0 up && ip link set "
		  "nsa9 up",
		  RTM_NEWLINK, AF_UNSPEC },
		{ "ip addr add 10.1.0.1/24 dev nsa0", RTM_NEWADDR, AF_INET },
		{ "ip addr add fd01::1/64 dev nsa0", RTM_NEWADDR, AF_INET6 },
		{ "ip route add 10.2.0.0/24 dev nsa0", RTM_NEWROUTE, AF_INET },
		{ "ip route add fd02::/64 dev nsa0", RTM_NEWROUTE, AF_INET6 },
		{ "ip route del 10.2.0.0/24", RTM_DELROUTE, AF_INET },
		{ "ip rule add from 10.9.0.0/16 lookup 9", RTM_NEWRULE, AF_INET },
		{ "ip -6 rule add from fd09::/16 lookup 9", RTM_NEWRULE, AF_INET6 },
		{ "ip neigh add 10.1.0.9 lladdr 02:00:00:00:00:09 dev nsa0", RTM_NEWNEIGH,
		  AF_INET },
		{ "ip neigh add fd01::9 lladdr 02:00:00:00:00:09 dev nsa0", RTM_NEWNEIGH,
		  AF_INET6 },
		{ "ip neigh del 10.1.0.9 dev nsa0", RTM_DELNEIGH, AF_INET },
		{ "sysctl -qw net.ipv4.conf.nsa0.forwarding=1", RTM_NEWNETCONF, AF_INET },
		{ "sysctl -qw net.ipv6.conf.nsa0.forwarding=1", RTM_NEWNETCONF, AF_INET6 },
		{ "ip nexthop add id 9 via 10.1.0.9 dev nsa0", RTM_NEWNEXTHOP, AF_INET },
		{ "ip nexthop del id 9", RTM_DELNEXTHOP, AF_INET },
		{ "tc qdisc add dev nsa0 clsact", RTM_NEWQDISC, AF_UNSPEC },
		{ "tc filter add dev nsa0 ingress bpf bytecode 1,6\\ 0\\ 0\\ 0", RTM_NEWTFILTER,
		  AF_UNSPEC },
		{ "ip link add nsa1 type bridge && ip link set nsa0 master nsa1", RTM_NEWLINK,
		  AF_BRIDGE },
		{ "ip link del nsa0", RTM_DELLINK, AF_UNSPEC },
	};
	__u64 a = add_ns("nsa-a", true);

	(void)state;
	open_one("nsa-a");
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		clear();
		sh("ip netns exec nsa-a sh -ec '%s'", kinds[i].change);
		hear_one("nsa-a", a);
		if (!count_heard(a, kinds[i].type, kinds[i].family))
			fail_msg("not heard: %s", kinds[i].change);
	}
	/* Of these, all namespaces' owners can make as many as they like. */
	clear();
	hear();
	for (size_t i = 0; i < heard_count; i++)
		assert_true(heard[i].type == RTM_NEWLINK || heard[i].type == RTM_DELLINK ||
			    heard[i].type == RTM_NEWADDR || heard[i].type == RTM_DELADDR);
	assert_true(count_heard(a, RTM_NEWADDR, AF_INET6) > 0);
	sh("ip netns del nsa-a");
}

/* What bridges learn comes by a socket of its own, and nothing else by that. */
static void test_bridges(void **state)
{
	__u64 a = add_ns("nsa-a", true);
	struct nsa_rtnl_monitor *all;

	(void)state;
	open_one("nsa-a");
	all = one;
	open_bridges("nsa-a");
	sh("ip netns exec nsa-a sh -ec 'ip link add nsa0 type veth peer name nsa9 && ip link add "
	   "nsa1 type "
	   "bridge && ip link set nsa0 master nsa1 && ip link set nsa0 up && ip neigh add 10.1.0.9 "
	   "lladdr "
	   "02:00:00:00:00:09 dev nsa0 && bridge fdb add 02:00:00:00:00:08 dev nsa0 master && "
	   "bridge fdb del 02:00:00:00:00:08 dev nsa0 master'");
	clear();
	while (!count_heard(a, RTM_DELNEIGH, AF_BRIDGE))
		assert_int_equal(wait_and_read(one), 0);
	assert_true(count_heard(a, RTM_NEWNEIGH, AF_BRIDGE) > 0);
	for (size_t i = 0; i < heard_count; i++)
		assert_true(heard[i].family == AF_BRIDGE &&
			    (heard[i].type == RTM_NEWNEIGH || heard[i].type == RTM_DELNEIGH));
	nsa_rtnl_monitor_close(one);
	one = all;
	clear();
	hear_one("nsa-a", a);
	assert_int_equal(count_heard(a, RTM_NEWNEIGH, AF_BRIDGE), 0);
	assert_int_equal(count_heard(a, RTM_DELNEIGH, AF_BRIDGE), 0);
	assert_true(count_heard(a, RTM_NEWNEIGH, AF_INET) > 0);
	sh("ip netns del nsa-a");
}

/* Neither hears what the other alone should: its own namespace's, and that of all. */
static void test_one(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", true);

	(void)state;
	open_one("nsa-a");
	sh("ip -n nsa-b link set lo up && ip link add nsa0 type bridge && ip link del nsa0");
	hear_one("nsa-a", a);
	for (size_t i = 0; i < heard_count; i++)
		assert_true(heard[i].cookie == a);
	clear();
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);
	assert_true(count_heard(b, RTM_NEWLINK, -1) > 0);
	sh("ip netns del nsa-b");

	/* It keeps its namespace alive, and no longer than it is there itself. */
	sh("ip link add nsa-end type veth peer name nsa-far netns nsa-a && ip netns del nsa-a");
	clear();
	hear();
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 0);
	assert_false(is_gone("nsa-end"));
	nsa_rtnl_monitor_close(one);
	one = NULL;
	assert_true(nsa_nl_wait(NULL, RTNLGRP_LINK, PATIENCE_MS, is_gone, "nsa-end"));
	hear();
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 1);
}

static bool is_readable(const struct nsa_rtnl_monitor *from)
{
	struct pollfd fd = { .fd = nsa_rtnl_monitor_fd(from), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

/* Pretends to be the kernel, as far as the filter can tell: to the socket alone, or to a group. */
static ssize_t inject(__u32 route_flags, size_t size, bool multicast)
{
	static struct {
		struct nlmsghdr header;
		struct rtmsg route;
		char rest[1 << 17];
	} msg;
	struct sockaddr_nl to;
	socklen_t len = sizeof(to);
	struct nsa_nl *nl = malloc(sizeof(*nl));
	ssize_t sent;

	msg.header = (struct nlmsghdr){ .nlmsg_len = (__u32)size, .nlmsg_type = RTM_NEWROUTE };
	msg.route = (struct rtmsg){ .rtm_family = AF_INET6, .rtm_flags = route_flags };
	assert_int_equal(getsockname(nsa_rtnl_monitor_fd(events), (struct sockaddr *)&to, &len), 0);
	to.nl_groups = multicast ? RTMGRP_LINK : 0;
	to.nl_pid = multicast ? 0 : to.nl_pid;
	assert_int_equal(nsa_nl_open(nl, NETLINK_ROUTE, NULL), 0);
	sent = sendto(nl->fd, &msg, size, 0, (struct sockaddr *)&to, sizeof(to));
	nsa_nl_close(nl);
	free(nl);
	return sent;
}

static void test_filter(void **state)
{
	const size_t size = NLMSG_LENGTH(sizeof(struct rtmsg));
	struct nsa_netns own = open_ns(NULL);

	(void)state;
	inject(RTM_F_CLONED | RTM_F_NOTIFY, size, true);
	assert_false(is_readable(events));
	/* Only the kernel is believed. */
	assert_int_equal(inject(RTM_F_NOTIFY, size, false), -1);
	assert_false(is_readable(events));
	inject(RTM_F_NOTIFY, size, true);
	assert_true(is_readable(events));
	assert_int_equal(nsa_rtnl_monitor_read(events, on_event, NULL), 0);
	assert_int_equal(heard_count, 0);
	/* However much is said. */
	inject(RTM_F_NOTIFY, 100000, true);
	assert_true(is_readable(events));
	assert_int_equal(nsa_rtnl_monitor_read(events, on_event, NULL), 0);
	assert_int_equal(heard_count, 0);

	assert_int_equal(nsa_rtnl_monitor_open_one(&own, &one), 0);
	nsa_netns_close(&own);

	sh("ip link add nsa0 type veth peer name nsa9 && tc qdisc add dev nsa0 root handle 1: htb "
	   "&& "
	   "tc class add dev nsa0 parent 1: classid 1:1 htb rate 1mbit");
	sh("ip link add nsa-mark type bridge && ip link del nsa-mark");
	hear_until_mark(one, home);
	assert_true(count_heard(home, RTM_NEWQDISC, -1) > 0);
	assert_int_equal(count_heard(home, RTM_NEWTCLASS, -1), 0);
	sh("ip link del nsa0");
}

/* As long as the kernel makes it. */
static void test_long_message(void **state)
{
	(void)state;
	sh("ip link add nsa0 type bridge && for i in $(seq 100 550); do echo link property add dev "
	   "nsa0 altname n$i$(printf %%0120d 0); done | ip -b -");
	hear();
	clear();
	sh("ip link set nsa0 mtu 1400");
	hear();
	assert_int_equal(count_heard(home, RTM_NEWLINK, AF_UNSPEC), 2); /* the mark is one */
	sh("ip link del nsa0");
}

static void test_ids(void **state)
{
	__u64 a = add_ns("nsa-a", false), b = add_ns("nsa-b", false);
	struct nsa_netns ns = open_ns("nsa-a");

	(void)state;
	/* By anybody, and any number. */
	sh("ip netns set nsa-a 1000000");
	hear();
	assert_int_equal(count_heard(0, RTM_NEWNSID, -1), 1);
	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	nsa_netns_close(&ns);
	sh("ip -n nsa-a link set lo up");
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);

	/* By a device whose other end gets into a namespace, from any that is listened to. */
	clear();
	sh("ip -n nsa-a link add nsa0 type veth peer name nsa1 netns nsa-b");
	hear();
	assert_true(count_heard(0, RTM_NEWNSID, -1) > 0);
	assert_int_equal(count_heard(b, RTM_NEWLINK, -1), 0);
	sh("ip netns del nsa-a && ip netns del nsa-b");
}

static void test_death(void **state)
{
	__u64 a = add_ns("nsa-a", true);

	(void)state;
	hear();
	clear();
	del_ns("nsa-a");
	hear();
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 1);
}

/* The id of a dead namespace belongs to another before anything is read. */
static void test_reused_id(void **state)
{
	__u64 a = add_ns("nsa-a", true), b;
	size_t i = 0;
	int nsid = nsid_of("nsa-a");

	(void)state;
	sh("ip -n nsa-a link add nsa-only-a type bridge && ip -n nsa-a addr add 10.9.0.1/32 dev "
	   "lo");
	del_ns("nsa-a");
	b = add_ns("nsa-b", true);
	assert_int_equal(nsid_of("nsa-b"), nsid);
	sh("ip -n nsa-b addr add 10.9.0.1/32 dev lo");
	hear();
	assert_int_equal(count_heard(a, RTM_NEWADDR, -1), 1);
	assert_int_equal(count_heard(b, RTM_NEWADDR, -1), 1);
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 1);
	while (heard[i].type != RTM_DELNSID)
		assert_true(heard[i++].cookie != b);
	while (++i < heard_count)
		assert_true(heard[i].cookie != a);
	sh("ip netns del nsa-b");
}

static void shrink(const struct nsa_rtnl_monitor *from)
{
	int small = 1;

	assert_int_equal(
		setsockopt(nsa_rtnl_monitor_fd(from), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
		0);
}

static void test_overrun(void **state)
{
	__u64 a = add_ns("nsa-a", true);
	struct nsa_netns ns = open_ns("nsa-a");
	int r;

	(void)state;
	hear();
	shrink(events);
	sh("ip -n nsa-a link set lo up && seq -f 'addr add 10.1.0.%%g/32 dev lo' 100 | "
	   "ip -n nsa-a -b -");
	for (r = 0; r >= 0;)
		r = wait_and_read(events);
	assert_int_equal(r, -ENOBUFS);
	assert_false(is_readable(events));

	clear();
	sh("ip -n nsa-a addr add 10.9.0.1/32 dev lo");
	assert_int_equal(wait_and_read(events), 0);
	assert_int_equal(count_heard(a, RTM_NEWADDR, -1), 1);
	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	assert_int_equal(wait_and_read(events), 0);
	sh("ip -n nsa-a addr del 10.9.0.1/32 dev lo");
	assert_int_equal(wait_and_read(events), 0);
	assert_int_equal(count_heard(a, RTM_DELADDR, -1), 1);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-a");
}

/* By what happens in nsa-a. */
static void overrun(void)
{
	shrink(events);
	sh("ip -n nsa-a link set lo up && seq -f 'addr add 10.1.0.%%g/32 dev lo' 100 | "
	   "ip -n nsa-a -b -");
}

static void read_overrun(void)
{
	int r = 0;

	while (r >= 0)
		r = wait_and_read(events);
	assert_int_equal(r, -ENOBUFS);
}

/* A death that isn't heard of is told all the same: nobody else would. */
static void test_overrun_death(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", true);

	(void)state;
	hear();
	overrun();
	del_ns("nsa-b");
	clear();
	read_overrun();
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 1);
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 0);
	sh("ip netns del nsa-a");
}

/* What was found alive then is heard of when it dies, though nobody adds it again. */
static void test_death_after_overrun(void **state)
{
	__u64 a = add_ns("nsa-a", true), b = add_ns("nsa-b", true);

	(void)state;
	hear();
	overrun();
	read_overrun();
	clear();
	del_ns("nsa-b");
	while (!count_heard(b, RTM_DELNSID, -1)) /* it may overrun again */
		wait_and_read(events);
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 1);
	assert_int_equal(count_heard(a, RTM_DELNSID, -1), 0);
	sh("ip netns del nsa-a");
}

/* By its id it looks alive. */
static void test_reused_id_after_overrun(void **state)
{
	__u64 b, c;
	int nsid;

	(void)state;
	add_ns("nsa-a", true);
	b = add_ns("nsa-b", true);
	nsid = nsid_of("nsa-b");
	hear();
	overrun();
	del_ns("nsa-b");
	sh("ip netns add nsa-c && ip netns set nsa-c %d", nsid);
	clear();
	read_overrun();
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 0);
	c = listen_to("nsa-c");
	while (!count_heard(b, RTM_DELNSID, -1))
		wait_and_read(events);
	assert_int_equal(count_heard(b, RTM_DELNSID, -1), 1);
	assert_int_equal(count_heard(c, RTM_DELNSID, -1), 0);
	sh("ip netns del nsa-a && ip netns del nsa-c");
}

/* One that is flooded is the only one to suffer. */
static void test_overrun_of_one(void **state)
{
	__u64 a = add_ns("nsa-a", true);
	int r;

	(void)state;
	open_one("nsa-a");
	shrink(one);
	hear();
	clear();
	sh("ip -n nsa-a link set lo up && seq -f 'route add 10.1.0.%%g/32 dev lo' 100 | "
	   "ip -n nsa-a -b -");
	for (r = 0; r >= 0;)
		r = wait_and_read(one);
	assert_int_equal(r, -ENOBUFS);
	clear();
	hear();
	assert_true(count_heard(a, RTM_NEWLINK, -1) > 0);
	assert_int_equal(count_heard(a, RTM_NEWROUTE, -1), 0);

	clear();
	sh("ip -n nsa-a rule add lookup 9");
	assert_int_equal(wait_and_read(one), 0);
	assert_int_equal(count_heard(a, RTM_NEWRULE, -1), 1);
	sh("ip netns del nsa-a");
}

static void test_bounded(void **state)
{
	struct nsa_netns own = open_ns(NULL);
	size_t routes = 0;
	int r = 1;

	(void)state;
	assert_int_equal(nsa_rtnl_monitor_open_one(&own, &one), 0);
	nsa_netns_close(&own);
	sh("ip link add nsa0 type veth peer name nsa9 && ip link set nsa0 up && ip link set nsa9 "
	   "up && "
	   "for i in $(seq 20); do seq -f \"route add 10.1.$i.%%g/32 dev nsa0\" 250; done | "
	   "ip -b -");
	while (r > 0) {
		clear();
		r = wait_and_read(one);
		routes += count_heard(home, RTM_NEWROUTE, AF_INET);
		assert_true(r == 0 || routes < 5000);
	}
	assert_int_equal(r, 0);
	assert_int_equal(routes, 5000);
	sh("ip link del nsa0");
}

static void test_without_capability(void **state)
{
	(void)state;
	sh("setpriv --bounding-set -net_broadcast --inh-caps -net_broadcast "
	   "sh -c '! "
	   "/proc/%d/exe --open 2>/run/nsa-log' && "
	   "grep -q CAP_NET_BROADCAST /run/nsa-log && rm /run/nsa-log",
	   getpid());
}

static void test_leaks(void **state)
{
	int fds = count_fds();
	struct nsa_rtnl_monitor *other = NULL;

	(void)state;
	assert_int_equal(nsa_rtnl_monitor_open(&other), 0);
	nsa_rtnl_monitor_close(other);
	nsa_rtnl_monitor_close(NULL);
	add_ns("nsa-a", true);
	assert_int_equal(count_fds(), fds);
	sh("ip netns del nsa-a");
}

int main(int argc, char **argv)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_own),
		TEST(test_only_what_was_added),
		TEST(test_all_kinds),
		TEST(test_filter),
		TEST(test_long_message),
		TEST(test_ids),
		TEST(test_death),
		TEST(test_reused_id),
		TEST(test_overrun),
		TEST(test_overrun_death),
		TEST(test_death_after_overrun),
		TEST(test_reused_id_after_overrun),
		TEST(test_one),
		TEST(test_bridges),
		TEST(test_overrun_of_one),
		TEST(test_bounded),
		TEST(test_without_capability),
		TEST(test_leaks),
	};

	if (argc > 1 && !strcmp(argv[1], "--open"))
		return nsa_rtnl_monitor_open(&events) ? 1 : 0;
	sandbox_enter();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
