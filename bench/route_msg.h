/* SPDX-License-Identifier: GPL-2.0-only */
/* Route changes as rtnetlink messages, for tools that time them or make many. */
#ifndef NSA_BENCH_ROUTE_MSG_H
#define NSA_BENCH_ROUTE_MSG_H

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>

/* "ip route replace DST/LEN via GATEWAY"; returns the message's length. */
static inline size_t route_replace_msg(void *buf, __be32 dst, __u8 len, __be32 gateway,
				       __u16 more_flags)
{
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buf);
	struct rtmsg *rtm;

	msg->nlmsg_type = RTM_NEWROUTE;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE | more_flags;
	rtm = mnl_nlmsg_put_extra_header(msg, sizeof(*rtm));
	rtm->rtm_family = AF_INET;
	rtm->rtm_dst_len = len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put_u32(msg, RTA_DST, dst);
	mnl_attr_put_u32(msg, RTA_GATEWAY, gateway);
	return msg->nlmsg_len;
}

#endif
