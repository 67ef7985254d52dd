// SPDX-License-Identifier: GPL-2.0-only
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fib_rules.h>
#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
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
#include "user/cleanup.h"
#include "user/netns.h"
#include "user/nl.h"
#include "user/rtnl.h"

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
	       nsa_netns_open("nsa-x2", &x2) || nsa_rtnl_open(&rtnl, home.fd) ||
	       nsa_rtnl_open(&rtnl_x1, x1.fd) || nsa_rtnl_open(&rtnl_x2, x2.fd);
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
	assert_int_equal(nsa_rtnl_nsid(rtnl, x1.fd, &nsid), 0);
	assert_true(nsid >= 0);
	assert_int_equal(v0.link_nsid, nsid);

	assert_string_equal(m0.kind, "macvlan");
	assert_int_equal(m0.macvlan_mode, MACVLAN_MODE_PRIVATE);
	assert_int_equal(m0.link, v0.ifindex);
	assert_int_equal(nsa_rtnl_nsid(rtnl_x2, home.fd, &nsid), 0);
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
	struct mnl_socket *events = mnl_socket_open(NETLINK_ROUTE);
	struct timeval limit = { .tv_sec = 10 };
	struct nsa_neigh neigh;
	size_t i;

	(void)state;
	assert_non_null(events);
	assert_int_equal(mnl_socket_bind(events, RTMGRP_NEIGH, MNL_SOCKET_AUTOPID), 0);
	assert_int_equal(setsockopt(mnl_socket_get_fd(events), SOL_SOCKET, SO_RCVTIMEO, &limit,
				    sizeof(limit)),
			 0);
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

/* What a new namespace has after a change by ip(8). */
static void rules_after(const char *change, size_t *all, size_t *plain)
{
	struct nsa_rtnl *socket;
	struct nsa_rule *rules;
	struct nsa_netns ns;
	size_t i;

	sh("ip netns add nsa-rules && ip -n nsa-rules %s", change);
	assert_int_equal(nsa_netns_open("nsa-rules", &ns), 0);
	assert_int_equal(nsa_rtnl_open(&socket, ns.fd), 0);
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
	struct nsa_netns other;
	int nsid = 7;

	(void)state;
	sh("ip netns add nsa-x3");
	assert_int_equal(nsa_netns_open("nsa-x3", &other), 0);
	assert_int_equal(nsa_rtnl_nsid(rtnl, other.fd, &nsid), 0);
	assert_int_equal(nsid, -1);
	sh("ip netns set nsa-x3 42");
	assert_int_equal(nsa_rtnl_nsid(rtnl, other.fd, &nsid), 0);
	assert_int_equal(nsid, 42);
	assert_true(nsa_rtnl_nsid(rtnl, 9999, &nsid) < 0);
	assert_int_equal(nsid, 42);
	nsa_netns_close(&other);
	sh("ip netns del nsa-x3");
}

static void test_open(void **state)
{
	struct nsa_rtnl *none = NULL;
	uint64_t cookie = current_cookie();
	int fds = count_fds(), next = dup(STDERR_FILENO);

	(void)state;
	close(next);
	assert_int_equal(nsa_rtnl_open(&none, -1), -EBADF);
	assert_null(none);
	assert_int_equal(nsa_rtnl_open(&none, x1.fd), 0);
	/* The token of the visit had the lowest number, and is closed; the socket the one above. */
	assert_int_equal(fcntl(next, F_GETFD), -1);
	assert_int_equal(fcntl(next + 1, F_GETFD), FD_CLOEXEC);
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
	assert_int_equal(nsa_nl_open(&nl, NETLINK_ROUTE, home.fd), 0);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_fields),
		cmocka_unit_test(test_link_relations),
		cmocka_unit_test(test_link_by_name),
		cmocka_unit_test(test_links_dump),
		cmocka_unit_test(test_link_xdp),
		cmocka_unit_test(test_addrs),
		cmocka_unit_test(test_routes),
		cmocka_unit_test(test_routes_that_go_nowhere),
		cmocka_unit_test(test_routes_with_next_hops),
		cmocka_unit_test(test_routes_from_a_source),
		cmocka_unit_test(test_route_get),
		cmocka_unit_test(test_route_get_errors),
		cmocka_unit_test(test_neighs),
		cmocka_unit_test(test_neigh_resolve),
		cmocka_unit_test(test_neigh_resolve_respects_the_fixed),
		cmocka_unit_test(test_rule_fields),
		cmocka_unit_test(test_plain_rules),
		cmocka_unit_test(test_nsid),
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_dump_larger_than_a_buffer),
		cmocka_unit_test(test_dump_while_links_change),
		cmocka_unit_test(test_interrupted_dump),
	};

	sandbox_enter();
	return cmocka_run_group_tests(tests, setup, teardown);
}
