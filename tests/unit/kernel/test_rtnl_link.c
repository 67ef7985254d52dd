// SPDX-License-Identifier: GPL-2.0-only
/* Tests of user/kernel/rtnl_link.c: devices, bridges and their ports, as read and notified. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_link.h"
#include "user/kernel/rtnl_netconf.h"
#include "user/util/cleanup.h"

static void test_link_fields(void **state)
{
	static const __u8 mac[] = { 2, 0, 0, 0, 0xaa, 1 };
	struct nsa_link v0 = link_get(rtnl, "v0"), v1 = link_get(rtnl_x1, "v1");
	struct nsa_link lo = link_get(rtnl, "lo");

	(void)state;
	assert_string_equal(v0.name, "v0");
	assert_string_equal(v0.kind, "veth");
	assert_memory_equal(v0.mac, mac, sizeof(mac));
	assert_true(v0.ethernet);
	assert_int_equal(v0.mtu, 1400);
	assert_true(v0.flags & IFF_UP && v0.flags & IFF_LOWER_UP);
	assert_int_equal(v0.link, v1.ifindex);
	assert_int_equal(v0.master, 0);
	assert_string_equal(v0.master_kind, "");
	assert_int_equal(v0.rx_queues, 3);
	assert_int_equal(v0.tx_queues, 2);
	assert_int_equal(v0.operstate, IF_OPER_UP);
	assert_true(v0.carrier);
	assert_int_equal(v0.xdp_prog_id, 0);
	assert_int_equal(v0.xdp_attached, XDP_ATTACHED_NONE);
	assert_int_equal(v1.link, v0.ifindex);

	assert_int_equal(lo.ifindex, 1);
	assert_string_equal(lo.kind, "");
	assert_false(lo.ethernet);
	assert_int_equal(lo.link, 0);
	assert_int_equal(lo.link_nsid, -1);
	assert_true(lo.flags & IFF_LOOPBACK);
}

static void test_link_relations(void **state)
{
	struct nsa_link v0 = link_get(rtnl, "v0"), m0 = link_get(rtnl_x2, "m0");
	struct nsa_link p0 = link_get(rtnl, "p0"), p1 = link_get(rtnl, "p1");
	int nsid;

	(void)state;
	assert_int_equal(nsa_rtnl_nsid(rtnl, &x1, &nsid), 0);
	assert_true(nsid >= 0);
	assert_int_equal(v0.link_nsid, nsid);

	assert_string_equal(m0.kind, "macvlan");
	assert_int_equal(m0.macvlan_mode, MACVLAN_MODE_PRIVATE);
	assert_int_equal(m0.link, v0.ifindex);
	assert_int_equal(nsa_rtnl_nsid(rtnl_x2, &home, &nsid), 0);
	assert_true(nsid >= 0);
	assert_int_equal(m0.link_nsid, nsid);
	assert_int_equal(m0.operstate, IF_OPER_DOWN);

	assert_int_equal(p0.link, p1.ifindex);
	assert_int_equal(p0.link_nsid, -1);
	assert_int_equal(p0.master, link_get(rtnl, "br0").ifindex);
	assert_string_equal(p0.master_kind, "bridge");
	assert_int_equal(p1.master, 0);
	assert_false(p1.flags & IFF_UP);
	assert_false(p1.carrier);
}

static void test_link_by_name(void **state)
{
	char longest[ALTIFNAMSIZ + 1];
	struct nsa_link link, before;

	(void)state;
	assert_string_equal(link_get(rtnl, "nsa-longer-than-16").name, "p1");
	memset(longest, 'x', sizeof(longest));
	longest[ALTIFNAMSIZ] = '\0';
	memset(&before, 0xa5, sizeof(before));
	link = before;
	assert_int_equal(nsa_rtnl_link_by_name(rtnl, "nsa-none", &link), -ENODEV);
	assert_int_equal(nsa_rtnl_link_by_name(rtnl, "v1", &link), -ENODEV);
	assert_int_equal(nsa_rtnl_link_by_name(rtnl, "", &link), -ENODEV);
	assert_int_equal(nsa_rtnl_link_by_name(rtnl, longest, &link), -ENODEV);
	longest[ALTIFNAMSIZ - 1] = '\0';
	assert_int_equal(nsa_rtnl_link_by_name(rtnl, longest, &link), -ENODEV);
	assert_memory_equal(&link, &before, sizeof(link));
}

static void test_links_dump(void **state)
{
	static const char *const names[] = { "lo", "v0", "br0", "p0", "p1" };
	struct nsa_link *links, single;
	size_t i, j, count, found;

	(void)state;
	assert_int_equal(nsa_rtnl_links(rtnl, &links, &count), 0);
	assert_int_equal(count, 5);
	for (i = 0; i < 5; i++) {
		for (j = 0, found = 0; j < count; j++) {
			if (strcmp(links[j].name, names[i]))
				continue;
			single = link_get(rtnl, names[i]);
			assert_memory_equal(&links[j], &single, sizeof(single));
			found++;
		}
		assert_int_equal(found, 1);
	}
	free(links);
}

static void test_link_gso_limits(void **state)
{
	static const char *const limits[] = { "gso_max_size 65535", "gso_max_segs 2" };

	(void)state;
	assert_false(link_get(rtnl, "v0").gso_limited);
	for (size_t i = 0; i < 2; i++) {
		sh("ip link set v0 %s", limits[i]);
		assert_true(link_get(rtnl, "v0").gso_limited);
		sh("ip link set v0 gso_max_size 65536 gso_max_segs 65535");
		assert_false(link_get(rtnl, "v0").gso_limited);
	}
}

static struct nsa_link vxlan_get(const char *words)
{
	struct nsa_link link;

	sh("ip link add vx0 type vxlan id 5 dstport 4789 %s", words);
	link = link_get(rtnl, "vx0");
	sh("ip link del vx0");
	return link;
}

static void test_link_vxlan(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_link vx0;

	(void)state;
	vx0 = vxlan_get("local 10.9.0.1 dev v0");
	assert_int_equal(vx0.vxlan_lower, v0);
	assert_int_equal(vx0.vxlan_head, 50);
	assert_int_equal(vx0.link_nsid, -1);
	vx0 = vxlan_get("remote 10.9.0.2");
	assert_int_equal(vx0.vxlan_lower, 0);
	assert_int_equal(vx0.vxlan_head, 50);
	assert_int_equal(vxlan_get("remote fd09::2").vxlan_head, 70);
	assert_int_equal(vxlan_get("local fd09::1").vxlan_head, 70);
	assert_int_equal(vxlan_get("").vxlan_head, 70); /* as far as anybody is told */
	assert_int_equal(link_get(rtnl, "v0").vxlan_head, 0);
	/* Its packets stay where it was made. */
	sh("ip link add vx0 netns nsa-x1 type vxlan id 5 dstport 4789 local 10.9.0.2 && "
	   "ip -n nsa-x1 link set vx0 netns nsa-x2");
	vx0 = link_get(rtnl_x2, "vx0");
	sh("ip -n nsa-x2 link del vx0");
	assert_true(vx0.link_nsid >= 0);
}

static int load_pass(__u32 *id)
{
	const struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd;

	fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "nsa_pass", "GPL", insns, 2, NULL);
	assert_true(fd >= 0);
	assert_int_equal(bpf_obj_get_info_by_fd(fd, &info, &len), 0);
	*id = info.id;
	return fd;
}

static void test_link_xdp(void **state)
{
	__cleanup(nsa_closep) int fd = -1;
	struct nsa_link p1 = link_get(rtnl, "p1"), br0 = link_get(rtnl, "br0");
	__u32 id;

	(void)state;
	fd = load_pass(&id);
	assert_int_equal(bpf_xdp_attach(p1.ifindex, fd, XDP_FLAGS_DRV_MODE, NULL), 0);
	assert_int_equal(bpf_xdp_attach(br0.ifindex, fd, XDP_FLAGS_SKB_MODE, NULL), 0);
	p1 = link_get(rtnl, "p1");
	br0 = link_get(rtnl, "br0");
	assert_int_equal(p1.xdp_prog_id, id);
	assert_int_equal(p1.xdp_attached, XDP_ATTACHED_DRV);
	assert_int_equal(br0.xdp_prog_id, id);
	assert_int_equal(br0.xdp_attached, XDP_ATTACHED_SKB);
	assert_int_equal(bpf_xdp_detach(p1.ifindex, XDP_FLAGS_DRV_MODE, NULL), 0);
	assert_int_equal(bpf_xdp_detach(br0.ifindex, XDP_FLAGS_SKB_MODE, NULL), 0);
	assert_int_equal(link_get(rtnl, "p1").xdp_prog_id, 0);
}

static void test_bridge_port(void **state)
{
	static const struct {
		const char *on, *off;
		bool isolated, learning, special;
	} cases[] = {
		{ "isolated on", "isolated off", true, true, false },
		{ "learning off", "learning on", false, false, false },
		{ "locked on", "locked off", false, true, true },
		{ "vlan_tunnel on", "vlan_tunnel off", false, true, true },
		{ "backup_port s0", "nobackup_port", false, true, true },
		/* Of which the outcome for unicast IP is no other. */
		{ "hairpin on", "hairpin off", false, true, false },
		{ "proxy_arp on", "proxy_arp off", false, true, false },
		{ "proxy_arp_wifi on", "proxy_arp_wifi off", false, true, false },
		{ "neigh_suppress on", "neigh_suppress off", false, true, false },
		{ "flood off", "flood on", false, true, false },
		{ "guard on", "guard off", false, true, false },
	};
	struct nsa_bridge_port port = link_get(rtnl, "r0").port;
	size_t i;

	(void)state;
	assert_int_equal(port.state, BR_STATE_FORWARDING);
	assert_true(port.learning);
	assert_false(port.isolated || port.special);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sh("ip link set r0 type bridge_slave %s", cases[i].on);
		port = link_get(rtnl, "r0").port;
		if (port.isolated != cases[i].isolated || port.learning != cases[i].learning ||
		    port.special != cases[i].special)
			fail_msg("'%s': isolated %d, learning %d, special %d", cases[i].on,
				 port.isolated, port.learning, port.special);
		sh("ip link set r0 type bridge_slave %s", cases[i].off);
	}
	port = link_get(rtnl, "r0").port;
	assert_false(port.isolated || port.special);
	sh("bridge link set dev r0 state 0");
	assert_int_equal(link_get(rtnl, "r0").port.state, BR_STATE_DISABLED);
	sh("bridge link set dev r0 state 3");
	assert_int_equal(link_get(rtnl, "p1").port.state, 0);
}

static void test_bridge(void **state)
{
	static const char *const calls[] = { "nf_call_iptables", "nf_call_ip6tables",
					     "nf_call_arptables" };
	struct nlattr *info, *data;
	struct nsa_link link;
	struct nlmsghdr *msg;
	size_t i;

	(void)state;
	link = link_get(rtnl, "br1");
	assert_false(link.bridge_nf_call || link.bridge_vlan_filtering || link.bridge_counts);
	for (i = 0; i < 3; i++) {
		sh("ip link set br1 type bridge %s 1", calls[i]);
		assert_true(link_get(rtnl, "br1").bridge_nf_call);
		sh("ip link set br1 type bridge %s 0", calls[i]);
	}
	assert_int_equal(link.bridge_hold, 300);
	sh("ip link set br1 type bridge ageing_time 2000");
	assert_int_equal(link_get(rtnl, "br1").bridge_hold, 20);
	/* Other switches may say that the topology has changed. */
	sh("ip link set br1 type bridge stp_state 1");
	assert_int_equal(link_get(rtnl, "br1").bridge_hold, 15);
	sh("ip link set br1 type bridge ageing_time 1000");
	assert_int_equal(link_get(rtnl, "br1").bridge_hold, 10);
	sh("ip link set br1 type bridge stp_state 0 && "
	   "ip link set br1 type bridge ageing_time 30000");
	/* The kernel may be without it. */
	msg = message(AF_UNSPEC, sizeof(struct ifinfomsg));
	info = mnl_attr_nest_start(msg, IFLA_LINKINFO);
	mnl_attr_put_strz(msg, IFLA_INFO_KIND, "bridge");
	data = mnl_attr_nest_start(msg, IFLA_INFO_DATA);
	mnl_attr_put_u8(msg, IFLA_BR_VLAN_FILTERING, 1);
	mnl_attr_put_u32(msg, 49, 3); /* IFLA_BR_FDB_MAX_LEARNED, newer than some headers */
	mnl_attr_nest_end(msg, data);
	mnl_attr_nest_end(msg, info);
	assert_true(nsa_rtnl_parse_link(msg, &link));
	assert_true(link.bridge_vlan_filtering && link.bridge_counts);
}

static bool is_isolated_port(const struct nlmsghdr *msg)
{
	struct nsa_bridge_port port;
	struct nsa_link link;
	int ifindex;

	/* All that is told of it is of the bridge's family: as a link it would be half empty. */
	if (!nsa_rtnl_parse_bridge_port(msg, &ifindex, &port))
		return false;
	assert_false(nsa_rtnl_parse_link(msg, &link));
	return ifindex == link_get(rtnl, "r0").ifindex && port.isolated &&
	       port.state == BR_STATE_FORWARDING && port.learning;
}

static bool is_left_port(const struct nlmsghdr *msg)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(msg);
	struct nsa_bridge_port port;
	struct nsa_link link;
	int ifindex;

	if (msg->nlmsg_type != RTM_DELLINK || info->ifi_family != AF_BRIDGE)
		return false;
	assert_false(nsa_rtnl_parse_link(msg, &link));
	assert_false(nsa_rtnl_parse_bridge_port(msg, &ifindex, &port));
	return true;
}

static bool is_free_link(const struct nlmsghdr *msg)
{
	struct nsa_link link;

	return msg->nlmsg_type == RTM_NEWLINK && nsa_rtnl_parse_link(msg, &link) &&
	       !strcmp(link.name, "r0") && !link.master && !link.port.learning;
}

static void test_bridge_port_events(void **state)
{
	struct mnl_socket *events = events_open(RTNLGRP_LINK);

	(void)state;
	sh("bridge link set dev r0 isolated on");
	await(events, is_isolated_port);
	sh("ip link set r0 nomaster");
	await(events, is_left_port);
	await(events, is_free_link);
	sh("ip link set r0 master br1");
	mnl_socket_close(events);
}

static void test_link_ipv6(void **state)
{
	struct nsa_link v0 = link_get(rtnl, "v0");

	(void)state;
	assert_false(v0.disable_ipv6);
	assert_int_equal(v0.mtu6, 1400);
	sh("sysctl -qw net.ipv6.conf.v0.mtu=1300 net.ipv6.conf.p1.disable_ipv6=1");
	assert_int_equal(link_get(rtnl, "v0").mtu6, 1300);
	assert_true(link_get(rtnl, "p1").disable_ipv6);
	sh("ip link set p1 mtu 1000");
	assert_true(link_get(rtnl, "p1").disable_ipv6);
	sh("ip link set p1 mtu 1500");
	sh("sysctl -qw net.ipv6.conf.v0.mtu=1400 net.ipv6.conf.p1.disable_ipv6=0");
	assert_false(link_get(rtnl, "p1").disable_ipv6);
}

static bool is_nameless(const struct nlmsghdr *msg)
{
	struct nsa_netconf conf;

	return nsa_rtnl_parse_netconf(msg, &conf) && conf.ifindex == link_get(rtnl, "v0").ifindex &&
	       !conf.has_forwarding && !conf.has_rp_filter;
}

static void test_link_force_forwarding(void **state)
{
	struct mnl_socket *events;

	(void)state;
	if (access("/proc/sys/net/ipv6/conf/v0/force_forwarding", F_OK)) /* before Linux 6.17 */
		skip();
	events = events_open(RTNLGRP_IPV6_NETCONF);
	assert_false(link_get(rtnl, "v0").force_forwarding);
	sh("sysctl -qw net.ipv6.conf.v0.force_forwarding=1");
	assert_true(link_get(rtnl, "v0").force_forwarding);
	await(events, is_nameless);
	sh("sysctl -qw net.ipv6.conf.v0.force_forwarding=0");
	mnl_socket_close(events);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_fields),
		cmocka_unit_test(test_link_relations),
		cmocka_unit_test(test_link_by_name),
		cmocka_unit_test(test_links_dump),
		cmocka_unit_test(test_link_gso_limits),
		cmocka_unit_test(test_link_vxlan),
		cmocka_unit_test(test_link_xdp),
		BRIDGE_TEST(test_bridge),
		BRIDGE_TEST(test_bridge_port),
		BRIDGE_TEST(test_bridge_port_events),
		cmocka_unit_test(test_link_force_forwarding),
		cmocka_unit_test(test_link_ipv6),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, rtnl_setup, rtnl_teardown);
}
