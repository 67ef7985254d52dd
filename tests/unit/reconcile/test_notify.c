// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/reconcile/notify.c: what messages make dirty, of owners and other namespaces. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>

#include "notify_fixture.h"
#include "sandbox.h"
#include "user/reconcile/carriers.h"
#include "user/reconcile/notify.h"
#include "world.h"

#define OTHER 555 /* a namespace that is no owner */

static unsigned int feed_link(struct notify_fixture *f, __u16 type, __u8 family, int ifindex,
			      bool up, bool carrier)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	msg->nlmsg_type = type;
	info->ifi_family = family;
	info->ifi_index = ifindex;
	info->ifi_flags = up ? IFF_UP : 0;
	mnl_attr_put_strz(msg, IFLA_IFNAME, "eth0");
	mnl_attr_put_u8(msg, IFLA_CARRIER, carrier);
	return feed(f, msg);
}

/* One that is up, with its peer in the namespace with that id. */
static unsigned int feed_veth(struct notify_fixture *f, int ifindex, int nsid, bool carrier)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	struct nlattr *nest;

	msg->nlmsg_type = RTM_NEWLINK;
	info->ifi_index = ifindex;
	info->ifi_flags = IFF_UP;
	mnl_attr_put_strz(msg, IFLA_IFNAME, "eth0");
	mnl_attr_put_u8(msg, IFLA_CARRIER, carrier);
	mnl_attr_put_u32(msg, IFLA_LINK, 2);
	if (nsid >= 0)
		mnl_attr_put_u32(msg, IFLA_LINK_NETNSID, (__u32)nsid);
	nest = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, "veth");
	mnl_attr_nest_end(msg, nest);
	return feed(f, msg);
}

/* The kernel takes routes away with a link, and gives them back, without a word. */
static void test_links(void **state)
{
	const unsigned int routes = NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	struct notify_fixture *f = *state;
	struct nsa_link *eth0 = world_link(&f->world, ETH0);

	eth0->disable_ipv6 = true; /* of IPv6 and MTUs the messages don't tell */
	eth0->mtu = 0;
	assert_int_equal(f->owner.snapshot->links[0].ifindex, ETH0);
	f->owner.snapshot->devices[0].known = f->owner.snapshot->devices[1].known = true;
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, ETH0, true, true), NSA_DIRTY_LINKS);
	assert_false(f->owner.snapshot->devices[0].known); /* as offloads may have been switched */
	assert_true(f->owner.snapshot->devices[1].known);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, ETH0, false, true),
			 NSA_DIRTY_LINKS | routes);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, ETH0, true, false),
			 NSA_DIRTY_LINKS | routes);
	assert_int_equal(feed_link(f, RTM_DELLINK, AF_UNSPEC, ETH0, true, true),
			 NSA_DIRTY_LINKS | routes);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_UNSPEC, 99, true, true), NSA_DIRTY_LINKS);
	assert_int_equal(feed_link(f, RTM_NEWLINK, AF_BRIDGE, ETH0, false, true), NSA_DIRTY_LINKS);
}

/* Changes of carrier wait, of a veth that leads to another namespace, unless the user named it as a
 * NIC. */
static void test_carriers(void **state)
{
	const unsigned int now = NSA_DIRTY_LINKS | NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6;
	struct notify_fixture *f = *state;
	static const char *const by_red =
		"10.5.0.0/16 kernel veth dev red via 10.2.0.2 to red 13>23 mtu 1500\n";
	static const char *const by_kernel =
		"10.5.0.0/16 kernel pass pass_link_down dev red via 10.2.0.2\n";
	struct nsa_link *red = world_link(&f->world, RED);

	*red = (struct nsa_link){ .ifindex = RED,
				  .name = "eth0",
				  .kind = "veth",
				  .flags = IFF_UP,
				  .carrier = true,
				  .link_nsid = -1,
				  .disable_ipv6 = true };
	f->world.plan.carriers = &f->owner.carriers;
	feed_route(f, ADD, "10.5.0.0/16 via 10.2.0.2 dev red");
	check_plan(f, by_red);
	assert_int_equal(feed_veth(f, RED, 3, false), 0);
	assert_true(nsa_carriers_take(&f->owner));
	assert_int_equal(f->owner.dirty, now);
	check_plan(f, by_red);
	nsa_carriers_pay(&f->owner, 1000000);
	/* From now on its packets are the kernel's, which is news once. */
	assert_int_equal(feed_veth(f, RED, 3, false), NSA_DIRTY_HOPS);
	assert_int_equal(feed_veth(f, RED, 3, true), 0);
	assert_false(nsa_carriers_take(&f->owner));
	check_plan(f, by_kernel);
	assert_int_equal(f->owner.carriers.count, 1);
	f->world.ports[PORT_RED].port.requested = 1;
	assert_int_equal(feed_veth(f, RED, 3, false), now);
	f->world.ports[PORT_RED].port.requested = 0;
	/* A command doesn't come back. */
	f->run.synchronous = true;
	assert_int_equal(feed_veth(f, RED, 3, false), now);
	f->run.synchronous = false;
	/* Its other end is here. */
	assert_int_equal(feed_veth(f, RED, -1, false), now);
	assert_int_equal(f->owner.carriers.count, 1);
}

static void test_news(void **state)
{
	struct notify_fixture *f = *state;
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct rtgenmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(struct rtmsg));

	info->rtgen_family = AF_INET;
	msg->nlmsg_type = RTM_DELNSID;
	assert_int_equal(nsa_notify_namespace(&f->state, OTHER, msg), NSA_NETNS_EVENT_DEAD);
	msg->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(nsa_notify_namespace(&f->state, 0, msg), NSA_NETNS_EVENT_UNKNOWN);
	msg->nlmsg_type = RTM_NEWRULE;
	assert_int_equal(nsa_notify_namespace(&f->state, OTHER, msg), NSA_NETNS_EVENT_NONE);
	assert_int_equal(f->owner.dirty, 0);
	assert_int_equal(feed(f, msg), NSA_DIRTY_SETTINGS);
	msg->nlmsg_type = RTM_NEWADDR;
	assert_int_equal(feed(f, msg), NSA_DIRTY_ADDRS);
	msg->nlmsg_type = RTM_DELADDR;
	assert_int_equal(feed(f, msg), NSA_DIRTY_ADDRS | NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6);
	msg->nlmsg_type = RTM_DELNEXTHOP;
	assert_int_equal(feed(f, msg), NSA_DIRTY_ROUTES4 | NSA_DIRTY_ROUTES6);
}

static enum nsa_netns_event news_of_link(const struct notify_fixture *f, __u16 type, __u8 family,
					 int ifindex, const char *kind)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifinfomsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	struct nlattr *nest;

	msg->nlmsg_type = type;
	info->ifi_family = family;
	info->ifi_index = ifindex;
	nest = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(msg, nest);
	return nsa_notify_namespace(&f->state, f->world.snapshot.endpoints[EP_BLUE].cookie, msg);
}

static enum nsa_netns_event news_of_addr(const struct notify_fixture *f, __u64 cookie, __u16 type,
					 int ifindex)
{
	const __u8 addr[] = { 77, 0, 0, 1 };
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct ifaddrmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));

	msg->nlmsg_type = type;
	info->ifa_family = AF_INET;
	info->ifa_prefixlen = 32;
	info->ifa_index = (__u32)ifindex;
	mnl_attr_put(msg, IFA_LOCAL, sizeof(addr), addr);
	return nsa_notify_namespace(&f->state, cookie, msg);
}

/* Of a namespace's devices and addresses only those count that are an endpoint's, or may become
 * one's. */
static void test_news_of_endpoints(void **state)
{
	struct notify_fixture *f = *state;
	const struct nsa_snapshot_endpoint *blue = &f->world.snapshot.endpoints[EP_BLUE];
	int inner = blue->link.ifindex, other = inner + 1;

	assert_int_equal(news_of_addr(f, blue->cookie, RTM_NEWADDR, inner), NSA_NETNS_EVENT_ADDRS);
	assert_int_equal(news_of_addr(f, blue->cookie, RTM_DELADDR, inner), NSA_NETNS_EVENT_ADDRS);
	assert_int_equal(news_of_addr(f, blue->cookie, RTM_NEWADDR, other), NSA_NETNS_EVENT_NONE);
	assert_int_equal(news_of_addr(f, OTHER, RTM_NEWADDR, inner), NSA_NETNS_EVENT_NONE);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "veth"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_DELLINK, AF_UNSPEC, other, "macvlan"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "macvtap"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "ipvlan"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, inner, "bridge"),
			 NSA_NETNS_EVENT_ENDPOINTS);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_UNSPEC, other, "bridge"),
			 NSA_NETNS_EVENT_NONE);
	assert_int_equal(news_of_link(f, RTM_NEWLINK, AF_BRIDGE, inner, "veth"),
			 NSA_NETNS_EVENT_NONE);
	/* What isn't known to be none may be one. */
	f->world.snapshot.inner_count = 0;
	assert_int_equal(news_of_addr(f, OTHER, RTM_NEWADDR, inner), NSA_NETNS_EVENT_ADDRS);
}

/* An entry that was asked for may have gone unheard: it has to be asked for again. */
static void test_lost(void **state)
{
	const unsigned int kernel = NSA_DIRTY_LINKS | NSA_DIRTY_ADDRS | NSA_DIRTY_NEIGHS |
				    NSA_DIRTY_FDB | NSA_DIRTY_SETTINGS | NSA_DIRTY_ROUTES4 |
				    NSA_DIRTY_ROUTES6;
	struct notify_fixture *f = *state;
	struct nsa_nexthop *hop = nsa_nexthop(f->world.hops, 1);

	feed_route(f, ADD, "10.5.0.0/16 dev eth0");
	f->owner.dirty = 0;
	hop->asked = true;
	nsa_notify_lost(&f->state, &f->owner);
	assert_int_equal(f->owner.dirty, kernel);
	assert_false(hop->asked);
	f->owner.dirty = 0;
	nsa_notify_lost_fdb(&f->state, &f->owner);
	assert_int_equal(f->owner.dirty, NSA_DIRTY_FDB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_links), TEST(test_carriers),
		TEST(test_news),  TEST(test_news_of_endpoints),
		TEST(test_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
