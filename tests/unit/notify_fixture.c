// SPDX-License-Identifier: GPL-2.0-only
/* An owner that gets rtnetlink messages made by hand. */
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>

#include "notify_fixture.h"
#include "user/reconcile/notify.h"
#include "world.h"

int notify_setup(void **state)
{
	static struct notify_fixture f;

	memset(&f, 0, sizeof(f));
	world_make(&f.world);
	f.owner = (struct nsa_owner){
		.cookie = f.world.snapshot.owner->cookie,
		.slot = OWNER_SLOT,
		.snapshot = &f.world.snapshot,
		.reader = { .snapshot = &f.world.snapshot },
		.table = f.world.table,
		.ports = { f.world.ports, PORT_COUNT },
	};
	f.owners[0] = &f.owner;
	f.run = (struct nsa_run){ .state = &f.state };
	f.state = (struct nsa_state){ .hops = f.world.hops, .owners = f.owners, .owner_count = 1 };
	*state = &f;
	return 0;
}

int notify_teardown(void **state)
{
	struct notify_fixture *f = *state;

	nsa_pending_free(&f->owner.carriers);
	nsa_pending_free(&f->owner.learners);
	world_free(&f->world);
	return 0;
}

/* What becomes dirty by the message. */
unsigned int feed(struct notify_fixture *f, const struct nlmsghdr *msg)
{
	f->owner.dirty = 0;
	f->owner.nexthops_pending = false;
	nsa_notify_owner(&f->run, &f->owner, msg);
	return f->owner.dirty;
}

unsigned int feed_route(struct notify_fixture *f, __u16 type, __u16 flags, const char *line)
{
	char buffer[512] = {};
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct nsa_kernel_route k = read_krt(line);
	struct rtmsg *info = mnl_nlmsg_put_extra_header(msg, sizeof(*info));
	struct rtnexthop hops[2] = { { .rtnh_len = sizeof(*hops), .rtnh_ifindex = ETH0 },
				     { .rtnh_len = sizeof(*hops), .rtnh_ifindex = ETH1 } };
	size_t size = nsa_address_size(k.family);

	msg->nlmsg_type = type;
	msg->nlmsg_flags = flags;
	*info = (struct rtmsg){ .rtm_family = k.family,
				.rtm_dst_len = k.dst_len,
				.rtm_src_len = k.src_len,
				.rtm_table = (__u8)k.table,
				.rtm_type = k.type };
	mnl_attr_put(msg, RTA_DST, size, k.dst);
	if (k.multipath)
		mnl_attr_put(msg, RTA_MULTIPATH, sizeof(hops), hops);
	if (k.oif)
		mnl_attr_put_u32(msg, RTA_OIF, (__u32)k.oif);
	if (k.gw_family)
		mnl_attr_put(msg, RTA_GATEWAY, size, k.gw);
	return feed(f, msg);
}

void check_plan(struct notify_fixture *f, const char *plan)
{
	char *text;

	world_settle(&f->world);
	text = world_plan(&f->world);
	assert_string_equal(text, plan);
	free(text);
}
