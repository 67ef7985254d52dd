// SPDX-License-Identifier: GPL-2.0-only
/* forge: messages to the netlink sockets of others, in the place of the kernel. */
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "tests/netns/mischief.h"

#define SOCKETS 64

/* Ports of all netlink sockets here but the kernel's and, for what it says itself, "but". */
static int find_sockets(__u32 *ports, __u32 but)
{
	FILE *file = fopen("/proc/thread-self/net/netlink", "re");
	unsigned int protocol, port;
	char line[256];
	int count = 0;

	if (!file)
		err(1, "look for sockets");
	while (count < SOCKETS && fgets(line, sizeof(line), file))
		if (sscanf(line, "%*s %u %u", &protocol, &port) == 2 && !protocol && port &&
		    port != but)
			ports[count++] = port;
	fclose(file);
	return count;
}

static __u32 port_of(int fd)
{
	struct sockaddr_nl own;
	socklen_t len = sizeof(own);

	if (getsockname(fd, (struct sockaddr *)&own, &len))
		err(1, "netlink");
	return own.nl_pid;
}

static void put_lie(bool veth, __u32 link, __s32 nsid)
{
	struct nlmsghdr *msg =
		mischief_message(veth ? RTM_NEWLINK : RTM_DELLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *head = mnl_nlmsg_get_payload(msg);

	msg->nlmsg_flags = NLM_F_MULTI;
	head->ifi_type = 1; /* ARPHRD_ETHER */
	head->ifi_index = veth ? 77 : (int)mischief_dev;
	head->ifi_flags = IFF_UP | IFF_RUNNING;
	mnl_attr_put_str(msg, IFLA_IFNAME, veth ? "evil" : "eth0");
	mnl_attr_put(msg, IFLA_ADDRESS, sizeof(mischief_mac), mischief_mac);
	mnl_attr_put_u32(msg, IFLA_MTU, 1500);
	mnl_attr_put_u32(msg, IFLA_LINK, link);
	mnl_attr_put_u32(msg, IFLA_LINK_NETNSID, (__u32)nsid);
	mischief_put_kind(msg, "veth");
	mischief_done(msg);
}

/* "There is no more", or "it can't be done". */
static void put_end(__u16 type, __s32 error)
{
	struct nlmsghdr *msg = mischief_message(type, 0, sizeof(struct nlmsgerr));
	struct nlmsgerr *end = mnl_nlmsg_get_payload(msg);

	msg->nlmsg_flags = NLM_F_MULTI;
	end->error = error;
	mischief_done(msg);
}

static void lie_to(__u32 port)
{
	const struct sockaddr_nl to = { .nl_family = AF_NETLINK, .nl_pid = port };

	for (size_t at = 0; at < mischief_batch.used;) {
		const struct nlmsghdr *msg = (const void *)(mischief_batch.bytes + at);

		(void)sendto(mischief_batch.fd, msg, msg->nlmsg_len, 0,
			     (const struct sockaddr *)&to, sizeof(to));
		at += NLMSG_ALIGN(msg->nlmsg_len);
	}
}

/* Has the daemon look: it doesn't for what is on no endpoint. */
static void stir(void)
{
	static const struct address a = { AF_INET, 4, { 172, 31, 0, 1 } };
	static bool add;

	add = !add;
	mischief_put_address(&a, add, mischief_dev);
	mischief_flush();
}

/* Whether all was done: others were there, and one that isn't careful believes it. */
static bool forge(char **args)
{
	static int believer = -1;
	static bool met, believed;
	__u32 ports[SOCKETS];
	char answer[512];
	int count;

	if (believer < 0)
		believer = mischief_netlink_socket();
	stir();
	put_lie(true, (__u32)atoi(args[0]), atoi(args[1]));
	put_lie(false, (__u32)atoi(args[0]), atoi(args[1]));
	put_end(NLMSG_ERROR, -ENODEV);
	put_end(NLMSG_DONE, 0);
	for (int round = 0; round < 64; round++) {
		count = find_sockets(ports, port_of(mischief_batch.fd));
		for (int i = 0; i < count; i++) {
			met |= ports[i] != port_of(believer);
			lie_to(ports[i]);
		}
	}
	mischief_batch.used = 0;
	while (recv(believer, answer, sizeof(answer), 0) > 0)
		believed = true;
	return met && believed;
}

void mischief_forge(char **args)
{
	while (!forge(args))
		;
}
