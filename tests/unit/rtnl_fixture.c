// SPDX-License-Identifier: GPL-2.0-only
/* Namespaces, devices and messages that the tests of user/kernel/rtnl*.c share. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/if_bridge.h>
#include <linux/rtnetlink.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include "rtnl_fixture.h"
#include "sandbox.h"
#include "user/kernel/netlink.h"
#include "user/kernel/netns.h"
#include "user/kernel/netns_open.h"
#include "user/kernel/objects.h"
#include "user/kernel/rtnl.h"
#include "user/kernel/rtnl_link.h"

#define V0_MAC "02:00:00:00:aa:01"
#define V1_MAC "02:00:00:00:aa:02"

struct nsa_netns home, x1, x2;
struct nsa_rtnl *rtnl, *rtnl_x1, *rtnl_x2;

int rtnl_setup(void **state)
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

int rtnl_teardown(void **state)
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

static bool is_port_forwarding(void *data)
{
	return link_get(rtnl, data).port.state == BR_STATE_FORWARDING;
}

int bridge_setup(void **state)
{
	(void)state;
	sh("ip link add br1 type bridge && ip link add r0 type veth peer name r1 && "
	   "ip link add s0 type veth peer name s1 && "
	   "for d in r0 s0; do ip link set $d master br1 || exit; done && "
	   "for d in br1 r0 r1 s0 s1; do ip link set $d up || exit; done");
	return !nsa_nl_wait(&home, RTNLGRP_LINK, 10000, is_port_forwarding, "r0") ||
	       !nsa_nl_wait(&home, RTNLGRP_LINK, 10000, is_port_forwarding, "s0");
}

int bridge_teardown(void **state)
{
	(void)state;
	sh("for d in br1 r0 s0; do ip link del $d || exit; done");
	return 0;
}

struct nsa_link link_get(struct nsa_rtnl *from, const char *name)
{
	struct nsa_link link;

	assert_int_equal(nsa_rtnl_link_by_name(from, name, &link), 0);
	return link;
}

const __u8 *address(const char *text, __u8 *family)
{
	static __u8 addr[16];

	memset(addr, 0, sizeof(addr));
	*family = strchr(text, ':') ? AF_INET6 : AF_INET;
	assert_int_equal(inet_pton(*family, text, addr), 1);
	return addr;
}

bool is_address(const __u8 *addr, const char *text)
{
	__u8 family;

	return !memcmp(addr, address(text, &family), 16);
}

/* What multicast groups tell from now on. */
struct mnl_socket *events_open(int group)
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
void await(struct mnl_socket *events, bool (*wanted)(const struct nlmsghdr *msg))
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

static _Alignas(struct nlmsghdr) char message_buf[1024];

struct nlmsghdr *message(__u8 family, size_t header)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(message_buf);

	*(__u8 *)mnl_nlmsg_put_extra_header(msg, header) = family;
	return msg;
}
