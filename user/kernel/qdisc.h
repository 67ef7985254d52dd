/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is on a device's TC hooks beside tcx, in the calling thread's namespace: the clsact qdisc
 * and its filters. By kernel/netlink.h, not by libbpf's bpf_tc_*(), whose sockets take anybody's
 * messages. 0 or -errno.
 */
#ifndef NSA_KERNEL_QDISC_H
#define NSA_KERNEL_QDISC_H

#include <linux/types.h>
#include <stdbool.h>

int nsa_qdisc_has_clsact(int ifindex, bool *found);
int nsa_qdisc_add_clsact(int ifindex); /* -EEXIST: there is one */
int nsa_qdisc_del_clsact(int ifindex); /* with all its filters */
/* The same by name: *present is 1 if there is one, else 0. Setting 0 leaves a qdisc that has
 * filters alone. */
int nsa_qdisc_get_clsact(const char *ifname, __u32 *present);
int nsa_qdisc_set_clsact(const char *ifname, __u32 present);

/* Filters of the clsact qdisc at one side, except those of a priority. */
int nsa_qdisc_has_filters(int ifindex, bool egress, __u16 except, bool *found);

/* A filter of kind bpf there, whose program decides (direct action). */
struct nsa_filter {
	int ifindex;
	bool egress;
	__u16 priority;
	__u32 handle;
};

int nsa_filter_find(const struct nsa_filter *filter, bool *found);
/* In place of what is there by its priority and handle. */
int nsa_filter_put(const struct nsa_filter *filter, int prog_fd, const char *name);
int nsa_filter_del(const struct nsa_filter *filter);

#endif
