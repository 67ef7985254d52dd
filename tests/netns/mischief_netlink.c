// SPDX-License-Identifier: GPL-2.0-only
/* Batches of netlink messages. */
#include <err.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include "tests/netns/mischief.h"

struct mischief_batch mischief_batch;

int mischief_netlink_socket(void)
{
	const struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0 || bind(fd, (const struct sockaddr *)&any, sizeof(any)))
		err(1, "netlink");
	return fd;
}

void mischief_flush(void)
{
	if (mischief_batch.used &&
	    send(mischief_batch.fd, mischief_batch.bytes, mischief_batch.used, 0) < 0 &&
	    errno != EAGAIN)
		err(1, "netlink");
	mischief_batch.used = 0;
}

/* The next message, of at most 512 bytes. */
struct nlmsghdr *mischief_message(__u16 type, __u16 flags, size_t header)
{
	struct nlmsghdr *msg;

	if (mischief_batch.used + 512 > sizeof(mischief_batch.bytes))
		mischief_flush();
	msg = mnl_nlmsg_put_header(mischief_batch.bytes + mischief_batch.used);
	msg->nlmsg_type = type;
	msg->nlmsg_flags = NLM_F_REQUEST | flags;
	mnl_nlmsg_put_extra_header(msg, header);
	return msg;
}

void mischief_done(const struct nlmsghdr *msg)
{
	mischief_batch.used += NLMSG_ALIGN(msg->nlmsg_len);
}

void mischief_put_kind(struct nlmsghdr *msg, const char *kind)
{
	struct nlattr *info = mnl_attr_nest_start(msg, IFLA_LINKINFO);

	mnl_attr_put_str(msg, IFLA_INFO_KIND, kind);
	mnl_attr_nest_end(msg, info);
}

void mischief_put_address(const struct address *a, bool add, unsigned int ifindex)
{
	struct nlmsghdr *msg = mischief_message(add ? RTM_NEWADDR : RTM_DELADDR,
						add ? NLM_F_CREATE : 0, sizeof(struct ifaddrmsg));
	struct ifaddrmsg *head = mnl_nlmsg_get_payload(msg);

	head->ifa_family = (__u8)a->family;
	head->ifa_prefixlen = (__u8)(8 * a->len);
	head->ifa_index = ifindex;
	head->ifa_flags = a->family == AF_INET6 ? IFA_F_NODAD : 0;
	mnl_attr_put(msg, IFA_LOCAL, a->len, a->bytes);
	mnl_attr_put(msg, IFA_ADDRESS, a->len, a->bytes);
	mischief_done(msg);
}
