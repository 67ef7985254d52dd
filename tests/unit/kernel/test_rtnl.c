// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/icmpv6.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/rtnetlink.h>
#include <libmnl/libmnl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/time.h>
#include <sys/wait.h>

#include "sandbox.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_addr.h"
#include "user/kernel/rtnl_fdb.h"
#include "user/kernel/rtnl_link.h"
#include "user/kernel/rtnl_neigh.h"
#include "user/kernel/rtnl_netconf.h"
#include "user/kernel/rtnl_route.h"
#include "user/kernel/rtnl_rule.h"
#include "user/util/cleanup.h"
#include "user/kernel/netlink.h"

/* The test's own namespace has v0, whose peer v1 is in nsa-x1, the macvlan m0 of v0 is in nsa-x2.
 * p0, a port of the bridge br0, and p1 are a pair that stays at home. */
#define V0_MAC "02:00:00:00:aa:01"
#define V1_MAC "02:00:00:00:aa:02"

static struct nsa_netns home, x1, x2;
static struct nsa_rtnl *rtnl, *rtnl_x1, *rtnl_x2;

static int setup(void **state)
{
	(void)state;
	sh("ip netns add nsa-x1 && ip netns add nsa-x2 && ip link set lo up");
	sh("ip link add v0 address " V0_MAC " numrxqueues 3 numtxqueues 2 mtu 1400 type veth "
	   "peer name v1 address " V1_MAC " netns nsa-x1");
	sh("ip link add m0 link v0 type macvlan mode private && ip link set m0 netns nsa-x2");
	sh("ip link add br0 type bridge && ip link add p0 type veth peer name p1 && "
	   "ip link set p0 master br0 && ip link property add dev p1 altname nsa-longer-than-16");
	sh("ip link set v0 up && ip -n nsa-x1 link set v1 up");
	sh("ip addr add 10.9.0.1/24 dev v0 && ip addr add fd09::1/64 dev v0 nodad && "
	   "ip -n nsa-x1 addr add 10.9.0.2/24 dev v1 && "
	   "ip -n nsa-x1 addr add fd09::2/64 dev v1 nodad");
	return nsa_netns_open(NULL, &home) || nsa_netns_open("nsa-x1", &x1) ||
	       nsa_netns_open("nsa-x2", &x2) || nsa_rtnl_open(&rtnl, &home) ||
	       nsa_rtnl_open(&rtnl_x1, &x1) || nsa_rtnl_open(&rtnl_x2, &x2);
}

static int teardown(void **state)
{
	(void)state;
	nsa_rtnl_close(rtnl);
	nsa_rtnl_close(rtnl_x1);
	nsa_rtnl_close(rtnl_x2);
	nsa_netns_close(&home);
	nsa_netns_close(&x1);
	nsa_netns_close(&x2);
	sh("ip netns del nsa-x1 && ip netns del nsa-x2");
	return 0;
}

static struct nsa_link link_get(struct nsa_rtnl *from, const char *name)
{
	struct nsa_link link;

	assert_int_equal(nsa_rtnl_link_by_name(from, name, &link), 0);
	return link;
}

static const __u8 *address(const char *text, __u8 *family)
{
	static __u8 addr[16];

	memset(addr, 0, sizeof(addr));
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(*family, text, addr), 1);
	return addr;
}

static bool is_address(const __u8 *addr, const char *text)
{
	__u8 family;

	return !memcmp(addr, address(text, &family), 16);
}

#define assert_address(addr, text) assert_true(is_address(addr, text))

/* What multicast groups tell from now on. */
static struct mnl_socket *events_open(int group)
{
	struct mnl_socket *events = mnl_socket_open(NETLINK_ROUTE);
	struct timeval limit = { .tv_sec = 10 };

	assert_non_null(events);
	assert_int_equal(mnl_socket_bind(events, 0, MNL_SOCKET_AUTOPID), 0);
	assert_int_equal(
		mnl_socket_setsockopt(events, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)), 0);
	assert_int_equal(setsockopt(mnl_socket_get_fd(events), SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)),
			 0);
	return events;
}

/* Waits for the message that is wanted. */
static void await(struct mnl_socket *events, bool (*wanted)(const struct nlmsghdr *msg))
{
	_Alignas(struct nlmsghdr) char buf[32768];
	const struct nlmsghdr *msg;
	int len;

	for (;;) {
		len = mnl_socket_recvfrom(events, buf, sizeof(buf));
		assert_true(len > 0);
		for (msg = (void *)buf; mnl_nlmsg_ok(msg, len); msg = mnl_nlmsg_next(msg, &len))
			if (wanted(msg))
				return;
	}
}

/* A message of the test's own, with a header of so many bytes, all 0 but the family. */
static _Alignas(struct nlmsghdr) char message_buf[1024];

static struct nlmsghdr *message(__u8 family, size_t header)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(message_buf);

	*(__u8 *)mnl_nlmsg_put_extra_header(msg, header) = family;
	return msg;
}

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

static struct nsa_addr addr_get(const char *text)
{
	struct nsa_addr *addrs, found = {};
	size_t i, count;

	assert_int_equal(nsa_rtnl_addrs(rtnl, &addrs, &count), 0);
	for (i = 0; i < count; i++)
		if (is_address(addrs[i].addr, text))
			found = addrs[i];
	free(addrs);
	assert_int_not_equal(found.ifindex, 0);
	return found;
}

static void test_addrs(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_addr addr;

	(void)state;
	sh("ip addr add 10.9.1.1 peer 10.9.1.2/32 dev v0 scope link noprefixroute");
	sh("ip addr add fd09:1::1 peer fd09:1::2/128 dev v0 nodad");
	addr = addr_get("10.9.0.1");
	assert_int_equal(addr.ifindex, v0);
	assert_int_equal(addr.family, AF_INET);
	assert_int_equal(addr.prefixlen, 24);
	assert_int_equal(addr.scope, RT_SCOPE_UNIVERSE);
	assert_true(addr.flags & IFA_F_PERMANENT);

	addr = addr_get("10.9.1.1");
	assert_int_equal(addr.prefixlen, 32);
	assert_int_equal(addr.scope, RT_SCOPE_LINK);
	/* Of those that no longer fit in ifa_flags. */
	assert_true(addr.flags & IFA_F_NOPREFIXROUTE);

	addr = addr_get("fd09::1");
	assert_int_equal(addr.family, AF_INET6);
	assert_int_equal(addr.prefixlen, 64);
	assert_true(addr.flags & IFA_F_NODAD);
	assert_int_equal(addr_get("fd09:1::1").prefixlen, 128);
	addr = addr_get("127.0.0.1");
	assert_int_equal(addr.ifindex, 1);
	assert_int_equal(addr.scope, RT_SCOPE_HOST);
	assert_int_equal(addr_get("::1").ifindex, 1);
	sh("ip addr del 10.9.1.1 peer 10.9.1.2/32 dev v0 && ip addr del fd09:1::1/128 dev v0");
}

/* How many there are to such a prefix, and one of them. */
static size_t find_routes(const char *dst, __u8 len, struct nsa_krt *found)
{
	struct nsa_krt *routes;
	size_t i, count, matches = 0;
	__u8 family;

	address(dst, &family);
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	for (i = 0; i < count; i++) {
		if (routes[i].family == family && routes[i].dst_len == len &&
		    is_address(routes[i].dst, dst)) {
			*found = routes[i];
			matches++;
		}
	}
	free(routes);
	return matches;
}

static struct nsa_krt route(const char *dst, __u8 len)
{
	struct nsa_krt found;

	assert_int_equal(find_routes(dst, len, &found), 1);
	return found;
}

static void test_routes(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_krt krt;

	(void)state;
	krt = route("10.9.0.0", 24);
	assert_int_equal(krt.type, RTN_UNICAST);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.gw_family, 0);
	assert_int_equal(krt.table, RT_TABLE_MAIN);
	assert_int_equal(krt.scope, RT_SCOPE_LINK);
	assert_int_equal(krt.protocol, RTPROT_KERNEL);
	assert_int_equal(krt.metric, 0);
	assert_int_equal(krt.mtu, 0);
	krt = route("10.9.0.1", 32);
	assert_int_equal(krt.type, RTN_LOCAL);
	assert_int_equal(krt.table, RT_TABLE_LOCAL);
	assert_int_equal(route("10.9.0.255", 32).type, RTN_BROADCAST);

	sh("ip route add default via 10.9.0.9 metric 7 proto static");
	krt = route("0.0.0.0", 0);
	assert_int_equal(krt.gw_family, AF_INET);
	assert_address(krt.gw, "10.9.0.9");
	assert_int_equal(krt.metric, 7);
	assert_int_equal(krt.protocol, RTPROT_STATIC);
	sh("ip route del default");

	sh("ip route add 10.1.0.0/16 via 10.9.0.9 tos 0x10 mtu 1300 table 1000");
	krt = route("10.1.0.0", 16);
	assert_int_equal(krt.table, 1000);
	assert_int_equal(krt.mtu, 1300);
	assert_int_equal(krt.tos, 0x10);
	sh("ip route flush table 1000");

	sh("ip route add 10.2.0.0/16 via inet6 fd09::9 dev v0");
	krt = route("10.2.0.0", 16);
	assert_int_equal(krt.gw_family, AF_INET6);
	assert_address(krt.gw, "fd09::9");
	sh("ip route del 10.2.0.0/16");

	sh("ip route add 10.2.0.0/16 via 172.31.1.1 dev v0 onlink");
	assert_true(route("10.2.0.0", 16).flags & RTNH_F_ONLINK);
	sh("ip route del 10.2.0.0/16");

	sh("ip -6 route add fd10::/64 via fd09::9 metric 5 mtu 1300");
	krt = route("fd10::", 64);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.gw_family, AF_INET6);
	assert_address(krt.gw, "fd09::9");
	assert_int_equal(krt.metric, 5);
	assert_int_equal(krt.mtu, 1300);
	assert_int_equal(krt.src_len, 0);
	sh("ip -6 route del fd10::/64");
}

static void test_routes_that_go_nowhere(void **state)
{
	static const struct {
		const char *name;
		__u8 type;
	} types[] = {
		{ "blackhole", RTN_BLACKHOLE },
		{ "unreachable", RTN_UNREACHABLE },
		{ "prohibit", RTN_PROHIBIT },
		{ "throw", RTN_THROW },
	};
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		sh("ip route add %s 10.3.0.0/16", types[i].name);
		assert_int_equal(route("10.3.0.0", 16).type, types[i].type);
		sh("ip route del 10.3.0.0/16");
		sh("ip -6 route add %s fd10::/64", types[i].name);
		assert_int_equal(route("fd10::", 64).type, types[i].type);
		sh("ip -6 route del fd10::/64");
	}
}

static void test_routes_with_next_hops(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_krt krt;

	(void)state;
	sh("ip route add 10.4.0.0/16 nexthop via 10.9.0.3 nexthop via 10.9.0.4");
	krt = route("10.4.0.0", 16);
	assert_true(krt.multipath);
	assert_int_equal(krt.oif, 0);
	assert_int_equal(krt.gw_family, 0);
	sh("ip route del 10.4.0.0/16");

	sh("ip -6 route add fd10::/64 nexthop via fd09::3 nexthop via fd09::4");
	assert_true(route("fd10::", 64).multipath);
	sh("ip -6 route del fd10::/64");

	sh("ip nexthop add id 5 via 10.9.0.6 dev v0 && ip nexthop add id 6 group 5 && "
	   "ip route add 10.5.0.0/16 nhid 5 && ip route add 10.6.0.0/16 nhid 6");
	krt = route("10.5.0.0", 16);
	assert_int_equal(krt.nh_id, 5);
	assert_int_equal(krt.oif, v0);
	assert_address(krt.gw, "10.9.0.6");
	krt = route("10.6.0.0", 16);
	assert_int_equal(krt.nh_id, 6);
	assert_false(krt.multipath);
	assert_int_equal(krt.oif, v0);
	assert_address(krt.gw, "10.9.0.6");
	sh("ip nexthop del id 6 && ip nexthop del id 5");

	/* RTA_MULTIPATH with one next hop. */
	sh("ip nexthop add id 7 via fd09::6 dev v0 && ip nexthop add id 8 group 7 && "
	   "ip -6 route add fd10::/64 nhid 8");
	krt = route("fd10::", 64);
	assert_int_equal(krt.nh_id, 8);
	assert_false(krt.multipath);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.gw_family, AF_INET6);
	assert_address(krt.gw, "fd09::6");
	sh("ip nexthop del id 8 && ip nexthop del id 7");

	sh("ip route add 10.7.0.0/16 encap ip id 7 dst 10.9.0.7 dev v0");
	assert_true(route("10.7.0.0", 16).encap);
	assert_false(route("10.9.0.0", 24).encap);
	sh("ip route del 10.7.0.0/16");
}

static void test_routes_count_their_next_hops(void **state)
{
	struct nsa_krt krt;

	(void)state;
	assert_int_equal(route("10.9.0.0", 24).hops, 1);
	sh("ip route add 10.4.0.0/16 nexthop via 10.9.0.3 nexthop via 10.9.0.4 nexthop dev v0");
	krt = route("10.4.0.0", 16);
	assert_true(krt.multipath);
	assert_int_equal(krt.hops, 3);
	assert_int_equal(krt.flags, 0);
	assert_false(krt.encap);
	assert_false(krt.hop_down);
	sh("ip route del 10.4.0.0/16");

	sh("ip route add 10.4.0.0/16 nexthop via 10.9.0.3 "
	   "nexthop encap ip id 7 dst 10.9.0.7 via 10.9.0.4");
	assert_true(route("10.4.0.0", 16).encap);
	sh("ip route del 10.4.0.0/16");

	sh("ip route add blackhole 10.4.0.0/16");
	assert_int_equal(route("10.4.0.0", 16).hops, 0);
	sh("ip route del 10.4.0.0/16");

	sh("ip nexthop add id 5 via 10.9.0.5 dev v0 && ip nexthop add id 6 via 10.9.0.6 dev v0 && "
	   "ip nexthop add id 7 group 5/6 && ip nexthop add id 8 blackhole && "
	   "ip route add 10.4.0.0/16 nhid 7 && ip route add 10.5.0.0/16 nhid 8");
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.nh_id, 7);
	assert_true(krt.multipath);
	assert_int_equal(krt.hops, 2);
	assert_int_equal(route("10.5.0.0", 16).type, RTN_BLACKHOLE);
	sh("sysctl -qw net.ipv4.nexthop_compat_mode=0");
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.nh_id, 7);
	assert_int_equal(krt.hops, 0);
	sh("sysctl -qw net.ipv4.nexthop_compat_mode=1");
	sh("for id in 8 7 6 5; do ip nexthop del id $id || exit; done");
}

/* d0 has no carrier while its peer is down. */
static void test_routes_that_are_down(void **state)
{
	struct nsa_krt krt;

	(void)state;
	sh("ip link add d0 type veth peer name d1 && ip link set d0 up && "
	   "ip addr add 10.8.0.1/24 dev d0 && ip route add 10.4.0.0/16 nexthop via 10.9.0.3 "
	   "nexthop via 10.8.0.2 dev d0 onlink");
	krt = route("10.8.0.0", 24);
	assert_true(krt.flags & RTNH_F_LINKDOWN);
	assert_true(krt.hop_down);
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.hops, 2);
	assert_true(krt.hop_down);
	sh("ip link del d0");
}

static void test_route_metrics(void **state)
{
	struct nsa_krt krt;

	(void)state;
	sh("ip route add 10.4.0.0/16 via 10.9.0.3 mtu lock 1300 && "
	   "ip route add 10.5.0.0/16 via 10.9.0.3 mtu 1300 advmss lock 1200");
	krt = route("10.4.0.0", 16);
	assert_int_equal(krt.mtu, 1300);
	assert_true(krt.mtu_locked);
	krt = route("10.5.0.0", 16);
	assert_int_equal(krt.mtu, 1300);
	assert_false(krt.mtu_locked);
	sh("ip route del 10.4.0.0/16 && ip route del 10.5.0.0/16");

	/* A lock without a value: by a gateway the kernel goes by the least that IPv4 knows. */
	sh("ip route add 10.4.0.0/16 via 10.9.0.3 mtu lock 0 && "
	   "ip route add 10.5.0.0/16 dev v0 mtu lock 0 && "
	   "ip route add 10.6.0.0/16 mtu lock 0 nexthop via 10.9.0.3 nexthop via 10.9.0.4");
	assert_int_equal(route("10.4.0.0", 16).mtu, 576);
	assert_int_equal(route("10.5.0.0", 16).mtu, 0);
	assert_int_equal(route("10.6.0.0", 16).mtu, 576);
	sh("ip route del 10.4.0.0/16 && ip route del 10.5.0.0/16 && ip route del 10.6.0.0/16");

	sh("ip -6 route add fd10::/64 via fd09::9 pref high");
	assert_int_equal(route("fd10::", 64).pref, ICMPV6_ROUTER_PREF_HIGH);
	assert_false(route("fd10::", 64).expires);
	sh("ip -6 route replace fd10::/64 via fd09::9 expires 600");
	assert_true(route("fd10::", 64).expires);
	/* Of a router's advertisements the kernel tells before it has set the time. */
	sh("ip -6 route replace fd10::/64 via fd09::9 proto ra");
	assert_true(route("fd10::", 64).expires);
	sh("ip -6 route del fd10::/64");
	assert_int_equal(sizeof(struct nsa_krt), 68); /* there are 1,000,000 */
}

static bool is_new_route(const struct nlmsghdr *msg)
{
	struct nsa_krt krt;

	return msg->nlmsg_type == RTM_NEWROUTE && nsa_rtnl_parse_route(msg, &krt) &&
	       krt.family == AF_INET && krt.dst_len == 16 && is_address(krt.dst, "10.4.0.0") &&
	       krt.gw_family == AF_INET6 && is_address(krt.gw, "fd09::9");
}

static bool is_deleted_route(const struct nlmsghdr *msg)
{
	struct nsa_krt krt;

	return msg->nlmsg_type == RTM_DELROUTE && nsa_rtnl_parse_route(msg, &krt) &&
	       is_address(krt.dst, "10.4.0.0");
}

static void test_route_events(void **state)
{
	struct mnl_socket *events = events_open(RTNLGRP_IPV4_ROUTE);
	struct nsa_krt krt, before;
	struct nlmsghdr *msg;
	struct rtmsg *info;

	(void)state;
	sh("ip route add 10.4.0.0/16 via inet6 fd09::9 dev v0");
	await(events, is_new_route);
	sh("ip route del 10.4.0.0/16");
	await(events, is_deleted_route);
	mnl_socket_close(events);

	memset(&before, 0xa5, sizeof(before));
	krt = before;
	msg = message(AF_INET, sizeof(struct rtmsg));
	info = mnl_nlmsg_get_payload(msg);
	assert_true(nsa_rtnl_parse_route(msg, &krt));
	info->rtm_flags = RTM_F_CLONED;
	krt = before;
	assert_false(nsa_rtnl_parse_route(msg, &krt));
	/* Multicast routing has the same messages. */
	msg = message(RTNL_FAMILY_IPMR, sizeof(struct rtmsg));
	assert_false(nsa_rtnl_parse_route(msg, &krt));
	assert_memory_equal(&krt, &before, sizeof(krt));
}

struct seen {
	size_t count, inet6;
	int error; /* to give back at the third */
};

static int see(void *data, const struct nsa_krt *krt)
{
	struct seen *seen = data;

	seen->inet6 += krt->family == AF_INET6;
	return ++seen->count == 3 ? seen->error : 0;
}

static void test_each_route(void **state)
{
	struct seen inet = {}, inet6 = {}, stopped = { .error = -ENOSPC };
	struct nsa_krt *routes;
	size_t count;

	(void)state;
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	free(routes);
	assert_int_equal(nsa_rtnl_each_route(rtnl, AF_INET, see, &inet), 0);
	assert_int_equal(nsa_rtnl_each_route(rtnl, AF_INET6, see, &inet6), 0);
	assert_int_equal(inet.count + inet6.count, count);
	assert_int_equal(inet.inet6, 0);
	assert_int_equal(inet6.inet6, inet6.count);
	/* Not called any more; and the socket is ready for the next request. */
	assert_int_equal(nsa_rtnl_each_route(rtnl, AF_INET, see, &stopped), -ENOSPC);
	assert_int_equal(stopped.count, 3);
	assert_string_equal(link_get(rtnl, "v0").name, "v0");
}

static void test_routes_from_a_source(void **state)
{
	struct nsa_krt krt;

	(void)state;
	/* Only with CONFIG_IPV6_SUBTREES. */
	if (system("ip -6 route add fd10::/64 from fd11::/48 dev v0 2>/dev/null"))
		skip();
	krt = route("fd10::", 64);
	assert_int_equal(krt.src_len, 48);
	sh("ip -6 route del fd10::/64 from fd11::/48");
}

static int route_get(const char *dst, struct nsa_krt *krt)
{
	__u8 family;
	const __u8 *addr = address(dst, &family);

	return nsa_rtnl_route_get(rtnl, family, addr, krt);
}

static void test_route_get(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_krt krt;

	(void)state;
	assert_int_equal(route_get("10.9.0.7", &krt), 0);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.type, RTN_UNICAST);
	assert_int_equal(krt.table, RT_TABLE_MAIN);
	assert_int_equal(krt.gw_family, 0);
	assert_int_equal(krt.dst_len, 32);
	assert_address(krt.dst, "10.9.0.7");
	assert_int_equal(route_get("10.9.0.1", &krt), 0);
	assert_int_equal(krt.type, RTN_LOCAL);

	sh("ip -6 route add fd10::/64 via fd09::9");
	assert_int_equal(route_get("fd10::1", &krt), 0);
	assert_int_equal(krt.oif, v0);
	assert_int_equal(krt.table, RT_TABLE_MAIN);
	assert_address(krt.gw, "fd09::9");
	sh("ip -6 route del fd10::/64");

	/* The answer of the namespace that the socket is of. */
	assert_int_equal(route_get("10.9.0.2", &krt), 0);
	assert_int_equal(krt.type, RTN_UNICAST);
	assert_int_equal(nsa_rtnl_route_get(rtnl_x1, AF_INET, (__u8[]){ 10, 9, 0, 2 }, &krt), 0);
	assert_int_equal(krt.type, RTN_LOCAL);
}

static void test_route_get_errors(void **state)
{
	static const struct {
		const char *type;
		int r;
	} cases[] = {
		{ "blackhole", -EINVAL },
		{ "unreachable", -EHOSTUNREACH },
		{ "prohibit", -EACCES },
	};
	struct nsa_krt krt, before;
	size_t i;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	krt = before;
	assert_int_equal(route_get("10.3.0.1", &krt), -ENETUNREACH);
	assert_int_equal(route_get("fd10::1", &krt), -ENETUNREACH);
	for (i = 0; i < 3; i++) {
		sh("ip route add %s 10.3.0.0/16 && ip -6 route add %s fd10::/64", cases[i].type,
		   cases[i].type);
		assert_int_equal(route_get("10.3.0.1", &krt), cases[i].r);
		assert_int_equal(route_get("fd10::1", &krt), cases[i].r);
		sh("ip route del 10.3.0.0/16 && ip -6 route del fd10::/64");
	}
	assert_memory_equal(&krt, &before, sizeof(krt));
}

static bool find_neigh(const char *text, struct nsa_neigh *found)
{
	struct nsa_neigh *neighs;
	size_t i, count;
	bool is_there = false;

	assert_int_equal(nsa_rtnl_neighs(rtnl, &neighs, &count), 0);
	for (i = 0; i < count && !is_there; i++) {
		is_there = is_address(neighs[i].addr, text);
		if (is_there)
			*found = neighs[i];
	}
	free(neighs);
	return is_there;
}

static int resolve(const char *text)
{
	__u8 family;
	const __u8 *addr = address(text, &family);

	return nsa_rtnl_neigh_resolve(rtnl, link_get(rtnl, "v0").ifindex, family, addr);
}

static void test_neighs(void **state)
{
	static const __u8 mac[] = { 2, 0, 0, 0, 0, 3 };
	struct nsa_neigh neigh;

	(void)state;
	sh("ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent");
	sh("ip neigh add fd09::3 lladdr 02:00:00:00:00:03 dev v0 nud stale router");
	assert_true(find_neigh("10.9.0.3", &neigh));
	assert_int_equal(neigh.ifindex, link_get(rtnl, "v0").ifindex);
	assert_int_equal(neigh.family, AF_INET);
	assert_int_equal(neigh.state, NUD_PERMANENT);
	assert_true(neigh.has_mac);
	assert_memory_equal(neigh.mac, mac, sizeof(mac));
	assert_true(find_neigh("fd09::3", &neigh));
	assert_int_equal(neigh.family, AF_INET6);
	assert_int_equal(neigh.state, NUD_STALE);
	assert_true(neigh.flags & NTF_ROUTER);
	sh("ip neigh del 10.9.0.3 dev v0 && ip neigh del fd09::3 dev v0");
}

/* Lets pass what the kernel tells of neighbours until the one is resolved. */
static void await_neigh(struct mnl_socket *events, const char *text, struct nsa_neigh *neigh)
{
	char buf[8192];

	while (!find_neigh(text, neigh) || !neigh->has_mac)
		assert_true(mnl_socket_recvfrom(events, buf, sizeof(buf)) > 0);
}

static void test_neigh_resolve(void **state)
{
	static const char *const peers[] = { "10.9.0.2", "fd09::2" };
	static const __u8 mac[] = { 2, 0, 0, 0, 0xaa, 2 };
	struct mnl_socket *events = events_open(RTNLGRP_NEIGH);
	struct nsa_neigh neigh;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		assert_int_equal(resolve(peers[i]), 0);
		await_neigh(events, peers[i], &neigh);
		assert_memory_equal(neigh.mac, mac, sizeof(mac));
		sh_says("managed", "ip -d neigh show to %s", peers[i]);
		/* Once more, now that it is there. */
		assert_int_equal(resolve(peers[i]), 0);
		assert_true(find_neigh(peers[i], &neigh) && neigh.has_mac);
	}
	mnl_socket_close(events);
	assert_int_equal(resolve("10.9.0.99"), 0);
	assert_true(find_neigh("10.9.0.99", &neigh));
	assert_false(neigh.has_mac);
	sh("ip neigh flush dev v0");
}

static void test_neigh_resolve_respects_the_fixed(void **state)
{
	struct nsa_neigh neigh;

	(void)state;
	sh("ip neigh add 10.9.0.3 lladdr 02:00:00:00:00:03 dev v0 nud permanent");
	sh("ip neigh add 10.9.0.4 lladdr 02:00:00:00:00:04 dev v0 nud stale extern_learn");
	assert_int_equal(resolve("10.9.0.3"), 0);
	assert_int_equal(resolve("10.9.0.4"), 0);
	assert_true(find_neigh("10.9.0.3", &neigh));
	assert_int_equal(neigh.state, NUD_PERMANENT);
	assert_true(find_neigh("10.9.0.4", &neigh));
	assert_true(neigh.flags & NTF_EXT_LEARNED);
	assert_int_equal(neigh.state, NUD_STALE);
	sh("ip neigh del 10.9.0.3 dev v0 && ip neigh del 10.9.0.4 dev v0");
	assert_int_equal(nsa_rtnl_neigh_resolve(rtnl, 9999, AF_INET, (__u8[]){ 10, 9, 0, 2 }),
			 -ENODEV);
}

static int use(const char *text)
{
	__u8 family;
	const __u8 *addr = address(text, &family);

	return nsa_rtnl_neigh_use(rtnl, link_get(rtnl, "v0").ifindex, family, addr);
}

/* As if a packet were sent, nothing else. */
static void test_neigh_use(void **state)
{
	static const struct {
		const char *addr, *options, *after;
		__u16 state;
	} cases[] = {
		{ "10.9.0.3", "lladdr 02:00:00:00:00:03 nud stale", "DELAY", NUD_DELAY },
		{ "fd09::3", "lladdr 02:00:00:00:00:03 nud stale router", "router DELAY",
		  NUD_DELAY },
		{ "10.9.0.4", "lladdr 02:00:00:00:00:04 nud stale extern_learn",
		  "extern_learn DELAY", NUD_DELAY },
		{ "10.9.0.5", "lladdr 02:00:00:00:00:05 nud stale protocol 42", "DELAY proto babel",
		  NUD_DELAY },
		{ "10.9.0.6", "lladdr 02:00:00:00:00:06 nud permanent", "PERMANENT",
		  NUD_PERMANENT },
		{ "10.9.0.7", "lladdr 02:00:00:00:00:07 nud noarp", "NOARP", NUD_NOARP },
		{ "10.9.0.8", "lladdr 02:00:00:00:00:08 nud reachable", "REACHABLE",
		  NUD_REACHABLE },
		{ "10.9.0.99", "nud failed", "INCOMPLETE", NUD_INCOMPLETE },
	};
	struct nsa_neigh neigh;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		sh("ip neigh add %s dev v0 %s", cases[i].addr, cases[i].options);
		assert_int_equal(use(cases[i].addr), 0);
		assert_true(find_neigh(cases[i].addr, &neigh));
		assert_int_equal(neigh.state, cases[i].state);
		sh_says(cases[i].after, "ip neigh show nud all to %s | sed 's/ *$//'",
			cases[i].addr);
		sh("ip neigh del %s dev v0", cases[i].addr);
	}
	assert_int_equal(use("10.9.0.9"), -ENOENT);
	assert_false(find_neigh("10.9.0.9", &neigh));

	/* One that is kept fresh stays so. */
	assert_int_equal(resolve("10.9.0.98"), 0);
	assert_int_equal(use("10.9.0.98"), 0);
	assert_true(find_neigh("10.9.0.98", &neigh));
	assert_true(neigh.managed);
	assert_int_equal(neigh.protocol, NSA_NEIGH_PROTOCOL);
	sh("ip neigh flush dev v0");
}

/* Bridges. br1 and its ports r0 and s0, whose peers are r1 and s1, are up. */

static bool is_port_forwarding(void *data)
{
	return link_get(rtnl, data).port.state == BR_STATE_FORWARDING;
}

static int bridge_setup(void **state)
{
	(void)state;
	sh("ip link add br1 type bridge && ip link add r0 type veth peer name r1 && "
	   "ip link add s0 type veth peer name s1 && "
	   "for d in r0 s0; do ip link set $d master br1 || exit; done && "
	   "for d in br1 r0 r1 s0 s1; do ip link set $d up || exit; done");
	return !nsa_nl_wait(&home, RTNLGRP_LINK, 10000, is_port_forwarding, "r0") ||
	       !nsa_nl_wait(&home, RTNLGRP_LINK, 10000, is_port_forwarding, "s0");
}

static int bridge_teardown(void **state)
{
	(void)state;
	sh("for d in br1 r0 s0; do ip link del $d || exit; done");
	return 0;
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

static bool find_fdb(const __u8 *mac, struct nsa_fdb *found)
{
	struct nsa_fdb *fdb;
	size_t i, count;
	bool is_there = false;

	assert_int_equal(nsa_rtnl_fdb(rtnl, 0, &fdb, &count), 0);
	for (i = 0; i < count && !is_there; i++) {
		is_there = !memcmp(fdb[i].mac, mac, sizeof(fdb[i].mac));
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

/* Settings */

static bool find_netconf(__u8 family, int ifindex, struct nsa_netconf *found)
{
	struct nsa_netconf *confs;
	size_t i, count, matches = 0;

	assert_int_equal(nsa_rtnl_netconf(rtnl, &confs, &count), 0);
	for (i = 0; i < count; i++) {
		if (confs[i].family == family && confs[i].ifindex == ifindex) {
			*found = confs[i];
			matches++;
		}
	}
	free(confs);
	assert_true(matches <= 1);
	return matches;
}

static void test_netconf(void **state)
{
	int v0 = link_get(rtnl, "v0").ifindex;
	struct nsa_netconf conf;

	(void)state;
	sh("sysctl -qw net.ipv4.conf.v0.forwarding=1 net.ipv4.conf.v0.rp_filter=2 "
	   "net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=0");
	assert_true(find_netconf(AF_INET, v0, &conf));
	assert_true(conf.has_forwarding && conf.forwarding);
	assert_true(conf.has_rp_filter);
	assert_int_equal(conf.rp_filter, 2);
	assert_true(find_netconf(AF_INET, NSA_NETCONF_ALL, &conf));
	assert_false(conf.forwarding);
	assert_int_equal(conf.rp_filter, 1);
	assert_true(find_netconf(AF_INET, NSA_NETCONF_DEFAULT, &conf));
	assert_int_equal(conf.rp_filter, 0);
	sh("sysctl -qw net.ipv4.conf.v0.forwarding=0 net.ipv4.conf.v0.rp_filter=0 "
	   "net.ipv4.conf.all.rp_filter=0");

	assert_true(find_netconf(AF_INET6, v0, &conf));
	assert_true(conf.has_forwarding);
	assert_false(conf.forwarding || conf.has_rp_filter);
	sh("sysctl -qw net.ipv6.conf.all.forwarding=1");
	assert_true(find_netconf(AF_INET6, NSA_NETCONF_ALL, &conf));
	assert_true(conf.forwarding);
	sh("sysctl -qw net.ipv6.conf.all.forwarding=0");
	assert_false(find_netconf(AF_INET6, 9999, &conf));
}

static bool is_rp_filter(const struct nlmsghdr *msg)
{
	struct nsa_netconf conf;

	return msg->nlmsg_type == RTM_NEWNETCONF && nsa_rtnl_parse_netconf(msg, &conf) &&
	       conf.family == AF_INET && conf.ifindex == link_get(rtnl, "v0").ifindex &&
	       conf.has_rp_filter && conf.rp_filter == 1 && !conf.has_forwarding;
}

static bool is_forwarding(const struct nlmsghdr *msg)
{
	struct nsa_netconf conf;

	return nsa_rtnl_parse_netconf(msg, &conf) && conf.ifindex == NSA_NETCONF_ALL &&
	       conf.has_forwarding && conf.forwarding && !conf.has_rp_filter;
}

/* They tell what has changed, and only that. */
static void test_netconf_events(void **state)
{
	struct mnl_socket *events = events_open(RTNLGRP_IPV4_NETCONF);

	(void)state;
	sh("sysctl -qw net.ipv4.conf.v0.rp_filter=1");
	await(events, is_rp_filter);
	sh("sysctl -qw net.ipv4.ip_forward=1");
	await(events, is_forwarding);
	sh("sysctl -qw net.ipv4.ip_forward=0 net.ipv4.conf.v0.rp_filter=0");
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

/* Messages too short for their header, and of other families, fill nothing. */
static void test_parse_refuses(void **state)
{
	union {
		struct nsa_link link;
		struct nsa_addr addr;
		struct nsa_krt route;
		struct nsa_neigh neigh;
		struct nsa_fdb fdb;
		struct nsa_rule rule;
		struct nsa_netconf netconf;
		struct nsa_bridge_port port;
	} out, before;
	static const __u8 families[] = { AF_PACKET, AF_INET, AF_INET6, AF_BRIDGE };
	int ifindex = 7;
	size_t i;

	(void)state;
	memset(&before, 0xa5, sizeof(before));
	out = before;
	for (i = 0; i < sizeof(families); i++) {
		struct nlmsghdr *msg = message(families[i], i ? 0 : sizeof(struct ifinfomsg));

		assert_false(nsa_rtnl_parse_link(msg, &out.link));
		assert_false(nsa_rtnl_parse_bridge_port(msg, &ifindex, &out.port));
		assert_false(nsa_rtnl_parse_addr(msg, &out.addr));
		assert_false(nsa_rtnl_parse_route(msg, &out.route));
		assert_false(nsa_rtnl_parse_any_route(msg, &out.route));
		assert_false(nsa_rtnl_parse_neigh(msg, &out.neigh));
		assert_false(nsa_rtnl_parse_fdb(msg, &out.fdb));
		assert_false(nsa_rtnl_parse_rule(msg, &out.rule));
		assert_false(nsa_rtnl_parse_netconf(msg, &out.netconf));
	}
	assert_memory_equal(&out, &before, sizeof(out));
	assert_int_equal(ifindex, 7);
}

/* What a new namespace has after a change by ip(8). */
static void rules_after(const char *change, size_t *all, size_t *plain)
{
	struct nsa_rtnl *socket;
	struct nsa_rule *rules;
	struct nsa_netns ns;
	size_t i;

	sh("ip netns add nsa-rules && ip -n nsa-rules %s", change);
	assert_int_equal(nsa_netns_open("nsa-rules", &ns), 0);
	assert_int_equal(nsa_rtnl_open(&socket, &ns), 0);
	assert_int_equal(nsa_rtnl_rules(socket, &rules, all), 0);
	for (i = 0, *plain = 0; i < *all; i++)
		*plain += rules[i].plain;
	free(rules);
	nsa_rtnl_close(socket);
	nsa_netns_close(&ns);
	sh("ip netns del nsa-rules");
}

static void test_rule_fields(void **state)
{
	struct nsa_rule *rules;
	size_t i, count, found = 0;

	(void)state;
	sh("ip -6 rule add from fd11::/48 lookup 1000 pref 500 && ip rule add prohibit pref 600");
	assert_int_equal(nsa_rtnl_rules(rtnl, &rules, &count), 0);
	assert_int_equal(count, 7);
	for (i = 0; i < count; i++) {
		if (rules[i].priority == 500) {
			assert_int_equal(rules[i].family, AF_INET6);
			assert_int_equal(rules[i].table, 1000);
			assert_int_equal(rules[i].action, FR_ACT_TO_TBL);
			found++;
		} else if (rules[i].priority == 600) {
			assert_int_equal(rules[i].family, AF_INET);
			assert_int_equal(rules[i].action, FR_ACT_PROHIBIT);
			found++;
		}
	}
	assert_int_equal(found, 2);
	free(rules);
	sh("ip -6 rule del pref 500 && ip rule del pref 600");
}

static void test_plain_rules(void **state)
{
	static const char *const odd[] = {
		"rule add lookup main pref 500",
		"rule add from 10.0.0.0/8 lookup main pref 32766",
		"rule add to 10.0.0.0/8 lookup main pref 32766",
		"rule add iif lo lookup main pref 32766",
		"rule add oif lo lookup main pref 32766",
		"rule add fwmark 1 lookup main pref 32766",
		"rule add tos 0x10 lookup main pref 32766",
		"rule add ipproto 6 lookup main pref 32766", /* names take /etc/protocols */
		"rule add uidrange 0-9 lookup main pref 32766",
		"rule add not from all lookup main pref 32766",
		"rule add lookup main suppress_prefixlength 0 pref 32766",
		"rule add lookup main suppress_ifgroup 1 pref 32766",
		"rule add lookup 1000 pref 32766",
		"rule add prohibit pref 32766",
		"-6 rule add lookup default pref 32767",
	};
	size_t i, all, plain;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		rules_after(odd[i], &all, &plain);
		if (all != 6 || plain != 5)
			fail_msg("'%s': %zu rules, %zu plain", odd[i], all, plain);
	}
	rules_after("link set lo up", &all, &plain);
	assert_int_equal(all, 5);
	assert_int_equal(plain, 5);
	rules_after("rule del pref 32767", &all, &plain);
	assert_int_equal(plain, 4);
	/* Taken away and put back is as good as unaltered. */
	rules_after("rule del pref 32767 && ip -n nsa-rules rule add lookup default pref 32767",
		    &all, &plain);
	assert_int_equal(all, 5);
	assert_int_equal(plain, 5);
}

static void test_nsid(void **state)
{
	const struct nsa_netns nowhere = { .path = "/run/netns/nsa-none", .held = -1 };
	struct nsa_netns other;
	int nsid = 7;

	(void)state;
	sh("ip netns add nsa-x3");
	assert_int_equal(nsa_netns_open("nsa-x3", &other), 0);
	assert_int_equal(nsa_rtnl_nsid(rtnl, &other, &nsid), 0);
	assert_int_equal(nsid, -1);
	sh("ip netns set nsa-x3 42");
	assert_int_equal(nsa_rtnl_nsid(rtnl, &other, &nsid), 0);
	assert_int_equal(nsid, 42);
	assert_int_equal(nsa_rtnl_nsid(rtnl, &nowhere, &nsid), -ENOENT);
	assert_int_equal(nsid, 42);
	nsa_netns_close(&other);
	sh("ip netns del nsa-x3");
}

static void test_open(void **state)
{
	const struct nsa_netns nowhere = { .path = "/run/netns/nsa-none", .held = -1 };
	struct nsa_rtnl *none = NULL;
	uint64_t cookie = current_cookie();
	int fds = count_fds(), next = dup(STDERR_FILENO);

	(void)state;
	close(next);
	assert_int_equal(nsa_rtnl_open(&none, &nowhere), -ENOENT);
	assert_null(none);
	assert_int_equal(nsa_rtnl_open(&none, &x1), 0);
	/* The socket took over the lowest number from the namespace; the visit's token is closed. */
	assert_int_equal(fcntl(next, F_GETFD), FD_CLOEXEC);
	assert_int_equal(count_fds(), fds + 1);
	assert_int_equal(current_cookie(), cookie);
	nsa_rtnl_close(none);
	nsa_rtnl_close(NULL);
	assert_int_equal(count_fds(), fds);
}

static void test_dump_larger_than_a_buffer(void **state)
{
	struct nsa_krt *routes;
	size_t i, count, matches = 0;

	(void)state;
	sh("for i in $(seq 0 4999); do echo route add 10.20.$((i / 250)).$((i %% 250)) dev v0; "
	   "done "
	   "| ip -b -");
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	for (i = 0; i < count; i++)
		matches += routes[i].dst_len == 32 && routes[i].dst[1] == 20;
	free(routes);
	assert_int_equal(matches, 5000);
	sh("ip route flush root 10.20.0.0/16");
	assert_int_equal(nsa_rtnl_routes(rtnl, &routes, &count), 0);
	free(routes);
	assert_true(count < 100);
}

#define LINKS 100

static void add_links(void)
{
	sh("for i in $(seq %d); do echo link add nsa-s$i group 7 type veth; done | ip -b -", LINKS);
}

/* At once: one by one takes a second. */
static void del_links(void)
{
	sh("ip link del group 7");
}

/* Makes and removes a bridge all the time. */
static pid_t churn_start(void)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		execl("/bin/sh", "sh", "-c",
		      "while :; do ip link add nsa-c type bridge; ip link del nsa-c; done", NULL);
		_exit(1);
	}
	setpgid(pid, pid); /* here too: whoever comes first */
	return pid;
}

static void churn_end(pid_t pid)
{
	assert_int_equal(kill(-pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* Links that come and go interrupt dumps; none that stays may be missing or there twice. */
static void test_dump_while_links_change(void **state)
{
	struct nsa_link *links;
	size_t i, count, stable;
	pid_t churner;
	int round;

	(void)state;
	add_links();
	churner = churn_start();
	for (round = 0; round < 200; round++) {
		assert_int_equal(nsa_rtnl_links(rtnl, &links, &count), 0);
		for (i = 0, stable = 0; i < count; i++)
			stable += !strncmp(links[i].name, "nsa-s", 5);
		free(links);
		assert_int_equal(stable, LINKS);
	}
	churn_end(churner);
	del_links();
}

static int count_message(const struct nlmsghdr *msg, void *count)
{
	(void)msg;
	++*(size_t *)count;
	return MNL_CB_OK;
}

/* One layer below: the interruption is told, and the socket is ready for the next request. */
static void test_interrupted_dump(void **state)
{
	struct ifinfomsg *header;
	struct nsa_nl nl;
	pid_t churner;
	size_t count;
	int r;

	(void)state;
	add_links();
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, &home), 0);
	churner = churn_start();
	do {
		nsa_nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(*header));
		count = 0;
		r = nsa_nl_talk(&nl, count_message, &count);
	} while (!r);
	assert_int_equal(r, -EINTR);
	assert_true(count >= LINKS);
	churn_end(churner);

	header = nsa_nl_header(nsa_nl_request(&nl, RTM_GETLINK, NLM_F_ACK, sizeof(*header)));
	header->ifi_index = 1;
	count = 0;
	assert_int_equal(nsa_nl_talk(&nl, count_message, &count), 0);
	assert_int_equal(count, 1);
	/* A dump that fails says so at its end or at its start. */
	header = nsa_nl_header(nsa_nl_request(&nl, RTM_GETLINK, NLM_F_DUMP, sizeof(*header)));
	header->ifi_change = 1;
	assert_int_equal(nsa_nl_talk(&nl, count_message, &count), -EINVAL);
	nsa_nl_close(&nl);
	del_links();
}

#define BRIDGE_TEST(test) cmocka_unit_test_setup_teardown(test, bridge_setup, bridge_teardown)

/* Which the kernel never says: whoever counts on at most all bits must not meet them. */
static void test_too_long_prefixes(void **state)
{
	struct {
		struct nlmsghdr header;
		union {
			struct rtmsg route;
			struct ifaddrmsg addr;
		};
		struct nlattr attr;
		__u8 address[4];
	} msg = { .header = { .nlmsg_len = sizeof(msg) } };
	struct nsa_krt krt;
	struct nsa_addr addr;

	(void)state;
	msg.attr = (struct nlattr){ sizeof(msg.attr) + sizeof(msg.address), RTA_DST };
	msg.route = (struct rtmsg){ .rtm_family = AF_INET, .rtm_dst_len = 32, .rtm_src_len = 32 };
	assert_true(nsa_rtnl_parse_route(&msg.header, &krt));
	msg.route.rtm_dst_len = 33;
	assert_false(nsa_rtnl_parse_route(&msg.header, &krt));
	msg.route = (struct rtmsg){ .rtm_family = AF_INET6, .rtm_dst_len = 0, .rtm_src_len = 129 };
	assert_false(nsa_rtnl_parse_route(&msg.header, &krt));

	msg.header.nlmsg_len = sizeof(msg) - sizeof(msg.route) + sizeof(msg.addr);
	memmove((char *)&msg.addr + sizeof(msg.addr), &msg.attr,
		sizeof(msg.attr) + sizeof(msg.address));
	msg.addr = (struct ifaddrmsg){ .ifa_family = AF_INET, .ifa_prefixlen = 32 };
	assert_true(nsa_rtnl_parse_addr(&msg.header, &addr));
	msg.addr.ifa_prefixlen = 33;
	assert_false(nsa_rtnl_parse_addr(&msg.header, &addr));
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
		cmocka_unit_test(test_addrs),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_routes_that_go_nowhere),
		cmocka_unit_test(test_routes_with_next_hops),
		cmocka_unit_test(test_routes_count_their_next_hops),
		cmocka_unit_test(test_routes_that_are_down),
		cmocka_unit_test(test_route_metrics),
		cmocka_unit_test(test_route_events),
		cmocka_unit_test(test_each_route),
		cmocka_unit_test(test_routes_from_a_source),
		cmocka_unit_test(test_route_get),
		cmocka_unit_test(test_route_get_errors),
		cmocka_unit_test(test_neighs),
		cmocka_unit_test(test_neigh_resolve),
		cmocka_unit_test(test_neigh_resolve_respects_the_fixed),
		cmocka_unit_test(test_neigh_use),
		BRIDGE_TEST(test_bridge),
		BRIDGE_TEST(test_bridge_port),
		BRIDGE_TEST(test_bridge_port_events),
		BRIDGE_TEST(test_fdb),
		BRIDGE_TEST(test_fdb_use),
		BRIDGE_TEST(test_neigh_events),
		cmocka_unit_test(test_fdb_that_is_usable),
		cmocka_unit_test(test_netconf),
		cmocka_unit_test(test_link_force_forwarding),
		cmocka_unit_test(test_netconf_events),
		cmocka_unit_test(test_link_ipv6),
		cmocka_unit_test(test_parse_refuses),
		cmocka_unit_test(test_rule_fields),
		cmocka_unit_test(test_plain_rules),
		cmocka_unit_test(test_nsid),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_dump_larger_than_a_buffer),
		cmocka_unit_test(test_dump_while_links_change),
		cmocka_unit_test(test_interrupted_dump),
		cmocka_unit_test(test_too_long_prefixes),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, setup, teardown);
}
