// SPDX-License-Identifier: GPL-2.0-only
/* Monitors for the tests of rtnl_monitor.c, and the messages that they report. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "netns_fixture.h"
#include "rtnl_monitor_fixture.h"
#include "sandbox.h"
#include "user/kernel/netlink.h"
#include "user/kernel/netns.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_monitor.h"

struct nsa_rtnl_monitor *events, *one;
__u64 home_cookie;

struct heard heard[4096];
size_t heard_count;
static bool marked;
static __u64 marked_cookie;

void clear(void)
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

void on_event(void *data, __u64 cookie, const struct nlmsghdr *msg)
{
	(void)data;
	marked |= is_mark(cookie, msg);
	assert_true(heard_count < sizeof(heard) / sizeof(heard[0]));
	heard[heard_count++] = (struct heard){ cookie, msg->nlmsg_type,
					       *(const __u8 *)mnl_nlmsg_get_payload(msg) };
}

size_t count_heard(__u64 cookie, __u16 type, int family)
{
	size_t count = 0;

	for (size_t i = 0; i < heard_count; i++)
		count += heard[i].cookie == cookie && heard[i].type == type &&
			 (family < 0 || heard[i].family == family);
	return count;
}

int wait_and_read(struct nsa_rtnl_monitor *from)
{
	struct pollfd fd = { .fd = nsa_rtnl_monitor_fd(from), .events = POLLIN };

	assert_int_equal(poll(&fd, 1, PATIENCE_MS), 1);
	return nsa_rtnl_monitor_read(from, on_event, NULL);
}

bool is_readable(const struct nsa_rtnl_monitor *from)
{
	struct pollfd fd = { .fd = nsa_rtnl_monitor_fd(from), .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

void hear_until_mark(struct nsa_rtnl_monitor *from, __u64 cookie)
{
	marked_cookie = cookie;
	for (marked = false; !marked;)
		assert_true(wait_and_read(from) >= 0);
}

/* All that happened until now: the socket keeps the order. */
void hear(void)
{
	sh("ip link add nsa-mark type bridge && ip link del nsa-mark");
	hear_until_mark(events, home_cookie);
}

void hear_one(const char *name, __u64 cookie)
{
	sh("ip -n %s link add nsa-mark type bridge && ip -n %s link del nsa-mark", name, name);
	hear_until_mark(one, cookie);
}

__u64 listen_to(const char *name)
{
	struct nsa_netns ns = open_ns(name);

	assert_int_equal(nsa_rtnl_monitor_add(events, &ns), 0);
	nsa_netns_close(&ns);
	return ns.cookie;
}

/* A namespace, added or not, that nobody holds. */
__u64 add_ns(const char *name, bool listen)
{
	struct nsa_netns ns;

	sh("ip netns add %s", name);
	if (listen)
		return listen_to(name);
	ns = open_ns(name);
	nsa_netns_close(&ns);
	return ns.cookie;
}

int nsid_of(const char *name)
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

/* Until the kernel has taken the namespace to pieces, and its id back. */
void del_ns(const char *name)
{
	sh("ip link add nsa-end type veth peer name nsa-far netns %s && ip netns del %s", name,
	   name);
	assert_true(nsa_nl_wait(NULL, RTNLGRP_LINK, PATIENCE_MS, is_link_gone, "nsa-end"));
}

int monitor_setup(void **state)
{
	(void)state;
	home_cookie = current_cookie();
	clear();
	return nsa_rtnl_monitor_open(&events);
}

int monitor_teardown(void **state)
{
	(void)state;
	nsa_rtnl_monitor_close(one);
	one = NULL;
	nsa_rtnl_monitor_close(events);
	return 0;
}

void open_one(const char *name)
{
	struct nsa_netns ns = open_ns(name);

	assert_int_equal(nsa_rtnl_monitor_open_one(&ns, &one), 0);
	nsa_netns_close(&ns);
}

void open_bridges(const char *name)
{
	struct nsa_netns ns = open_ns(name);

	assert_int_equal(nsa_rtnl_monitor_open_bridges(&ns, &one), 0);
	nsa_netns_close(&ns);
}
