// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints how many programs hang on each device of a network namespace, hook by hook, then the
 * devices with a clsact qdisc, and those at whose egress it has a filter of nsaccel. iproute2 and
 * bpftool of Debian 12 don't know tcx. Prints nothing for hooks that have none.
 * usage: hooks [NAMESPACE]      a file below /run/netns; default: this process's
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <err.h>
#include <libmnl/libmnl.h>
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/netns/enter.h"

#define TCX_INGRESS 46 /* BPF_TCX_INGRESS, Linux 6.6: newer than Debian 12's headers */
#define TCX_EGRESS  47

#define MAX_PROGRAMS 64

static const struct {
	const char *name;
	enum bpf_attach_type type;
} tc_hooks[] = {
	{ "tcx_ingress", (enum bpf_attach_type)TCX_INGRESS },
	{ "tcx_egress", (enum bpf_attach_type)TCX_EGRESS },
};

static void show_programs(const struct if_nameindex *dev)
{
	__u32 ids[MAX_PROGRAMS];
	__u32 count, id;

	if (!bpf_xdp_query_id((int)dev->if_index, 0, &id) && id)
		printf("%s xdp 1\n", dev->if_name);
	for (size_t i = 0; i < sizeof(tc_hooks) / sizeof(tc_hooks[0]); i++) {
		count = MAX_PROGRAMS;
		if (!bpf_prog_query((int)dev->if_index, tc_hooks[i].type, 0, NULL, ids, &count) &&
		    count)
			printf("%s %s %u\n", dev->if_name, tc_hooks[i].name, count);
	}
}

/* What a dump of qdiscs or filters is searched for. */
struct query {
	__u16 type; /* RTM_GET* */
	int ifindex;
	__u32 parent;
	mnl_attr_cb_t matches; /* looks at an attribute; data: the bool */
	bool found;
};

static int is_clsact(const struct nlattr *attr, void *found)
{
	if (mnl_attr_get_type(attr) == TCA_KIND && !strcmp(mnl_attr_get_str(attr), "clsact"))
		*(bool *)found = true;
	return MNL_CB_OK;
}

static bool is_of_nsaccel(__u32 program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);
	int fd = bpf_prog_get_fd_by_id(program);
	bool named = fd >= 0 && !bpf_obj_get_info_by_fd(fd, &info, &size) &&
		     !strncmp(info.name, "nsaccel", strlen("nsaccel"));

	if (fd >= 0)
		close(fd);
	return named;
}

static int runs_nsaccel(const struct nlattr *attr, void *found)
{
	if (mnl_attr_get_type(attr) == TCA_BPF_ID && is_of_nsaccel(mnl_attr_get_u32(attr)))
		*(bool *)found = true;
	return MNL_CB_OK;
}

static int is_filter_of_nsaccel(const struct nlattr *attr, void *found)
{
	if (mnl_attr_get_type(attr) == TCA_OPTIONS)
		mnl_attr_parse_nested(attr, runs_nsaccel, found);
	return MNL_CB_OK;
}

static int look_at(const struct nlmsghdr *msg, void *data)
{
	const struct tcmsg *tc = mnl_nlmsg_get_payload(msg);
	struct query *query = data;

	/* A dump of qdiscs is of all devices. */
	if (tc->tcm_ifindex == query->ifindex)
		mnl_attr_parse(msg, sizeof(*tc), query->matches, &query->found);
	return MNL_CB_OK;
}

static bool search(struct mnl_socket *nl, struct query *query)
{
	char buffer[1 << 15];
	struct nlmsghdr *msg = mnl_nlmsg_put_header(buffer);
	struct tcmsg *tc = mnl_nlmsg_put_extra_header(msg, sizeof(*tc));
	ssize_t length;

	msg->nlmsg_type = query->type;
	msg->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	tc->tcm_ifindex = query->ifindex;
	tc->tcm_parent = query->parent;
	if (mnl_socket_sendto(nl, msg, msg->nlmsg_len) < 0)
		err(EXIT_FAILURE, "netlink");
	do {
		length = mnl_socket_recvfrom(nl, buffer, sizeof(buffer));
		if (length < 0)
			err(EXIT_FAILURE, "netlink");
	} while (mnl_cb_run(buffer, (size_t)length, 0, 0, look_at, query) > MNL_CB_STOP);
	return query->found;
}

static void show_clsact(struct mnl_socket *nl, const struct if_nameindex *dev)
{
	struct query qdisc = { .type = RTM_GETQDISC,
			       .ifindex = (int)dev->if_index,
			       .matches = is_clsact };
	struct query filter = { .type = RTM_GETTFILTER,
				.ifindex = (int)dev->if_index,
				.parent = TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS),
				.matches = is_filter_of_nsaccel };

	if (!search(nl, &qdisc))
		return;
	printf("%s clsact\n", dev->if_name);
	if (search(nl, &filter))
		printf("%s egress\n", dev->if_name);
}

int main(int argc, char **argv)
{
	const struct if_nameindex *dev;
	struct if_nameindex *devs;
	struct mnl_socket *nl;

	if (argc > 1)
		enter_netns(argv[1]);
	devs = if_nameindex();
	nl = mnl_socket_open(NETLINK_ROUTE);
	if (!devs || !nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
		err(EXIT_FAILURE, "can't look at the devices");
	for (dev = devs; dev->if_index; dev++)
		show_programs(dev);
	for (dev = devs; dev->if_index; dev++)
		show_clsact(nl, dev);
	mnl_socket_close(nl);
	if_freenameindex(devs);
	return EXIT_SUCCESS;
}
