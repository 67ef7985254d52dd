// SPDX-License-Identifier: GPL-2.0-only
/* flood: changes by the thousand. */
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/netns/mischief.h"

#define ADDRESSES   2000
#define NEIGHBOURS  2000
#define CHANGES	    2000
#define LINKS	    20
#define FLOOD_GROUP 77

static void put_numbered(unsigned int i, bool add)
{
	const struct address a = { AF_INET, 4, { 10, 77, (__u8)(i >> 8), (__u8)i } };

	mischief_put_address(&a, add, mischief_dev);
}

static void put_neighbour(unsigned int i, bool add)
{
	const __u8 to[] = { 10, 78, (__u8)(i >> 8), (__u8)i };
	struct nlmsghdr *msg = mischief_message(add ? RTM_NEWNEIGH : RTM_DELNEIGH,
						add ? NLM_F_CREATE : 0, sizeof(struct ndmsg));
	struct ndmsg *head = mnl_nlmsg_get_payload(msg);

	head->ndm_family = AF_INET;
	head->ndm_ifindex = (int)mischief_dev;
	head->ndm_state = NUD_PERMANENT;
	mnl_attr_put(msg, NDA_DST, sizeof(to), to);
	mnl_attr_put(msg, NDA_LLADDR, sizeof(mischief_mac), mischief_mac);
	mischief_done(msg);
}

/* Of the device: another alias, which makes for long news. */
static void put_change(unsigned int i)
{
	struct nlmsghdr *msg = mischief_message(RTM_NEWLINK, 0, sizeof(struct ifinfomsg));
	struct ifinfomsg *head = mnl_nlmsg_get_payload(msg);
	char alias[201];

	head->ifi_index = (int)mischief_dev;
	memset(alias, 'a' + (int)(i % 26), sizeof(alias) - 1);
	alias[sizeof(alias) - 1] = 0;
	mnl_attr_put_strz(msg, IFLA_IFALIAS, alias);
	mischief_done(msg);
}

static void put_link(void)
{
	struct nlmsghdr *msg =
		mischief_message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));

	mnl_attr_put_u32(msg, IFLA_GROUP, FLOOD_GROUP);
	mischief_put_kind(msg, "bridge");
	mischief_done(msg);
}

static void remove_links(void)
{
	struct nlmsghdr *msg = mischief_message(RTM_DELLINK, 0, sizeof(struct ifinfomsg));

	mnl_attr_put_u32(msg, IFLA_GROUP, FLOOD_GROUP);
	mischief_done(msg);
}

void mischief_flood(char **none)
{
	(void)none;
	for (int add = 1; add >= 0; add--) {
		for (unsigned int i = 0; i < ADDRESSES; i++)
			put_numbered(i, add);
		for (unsigned int i = 0; i < NEIGHBOURS; i++)
			put_neighbour(i, add);
		for (unsigned int i = 0; i < CHANGES; i++)
			put_change(i);
		for (unsigned int i = 0; add && i < LINKS; i++)
			put_link();
		if (!add)
			remove_links();
		mischief_flush();
	}
}
